"""The page of a list: one URL for the page, its htmx parts and what a person changes on it.

All state is in the URL: filters, `sort`, `columns`, `per`, and the place as `after`, `before` or
`last` with `start`, the ordinal of its first row as far as it is known.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Any

from django.conf import settings
from django.http import Http404, HttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import render
from django.utils.cache import patch_vary_headers
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from convertr.accounts.access import SignedInRequest
from convertr.replica import reading
from convertr.ui.lists import keyset, saved, selection
from convertr.ui.lists.acts import ListActs
from convertr.ui.lists.counting import Count, count
from convertr.ui.lists.definition import PLACE, Query, exports_of
from convertr.ui.lists.filters import Chip

PER_PAGE = (50, 100, 200)


@dataclass(frozen=True)
class Heading:
    """A sortable column's link, and how it is sorted: ascending, descending, or not (empty)."""

    url: str
    state: str = ""

    @property
    def icon(self) -> str:
        return {"ascending": "arrow-up", "descending": "arrow-down"}.get(self.state, "sort")


class ListView(ListActs):
    """A list's page. Subclasses say what is listed (see `List`) and what can be done with it.

    `selection_template` holds the buttons of the selection bar; without it rows can't be ticked.
    `export_template` adds lines to the export menu.
    """

    template_name = "ui/list.html"
    region_template = "ui/list_region.html"
    actions_template: str | None = None
    selection_template: str | None = None
    empty_template: str | None = None
    export_template: str | None = None
    search_template = "ui/list_search.html"
    search_label: str | Promise = _("Search by any ID")

    # --- what the URL says ---

    def setup(self, request: Any, *args: Any, **kwargs: Any) -> None:
        super().setup(request, *args, **kwargs)
        self.query = Query(type(self), request.user, request.GET)

    @cached_property
    def per(self) -> int:
        asked = self.request.GET.get("per", "")
        return int(asked) if asked in map(str, PER_PAGE) else PER_PAGE[0]

    @cached_property
    def page(self) -> keyset.Page:
        """The rows to show; the first page where the place in the URL is none of this order."""
        params, query = self.query.params, self.query
        queryset, order = reading(self.with_related(query.queryset)), query.order
        if params.get("last"):
            return keyset.last_page(queryset, order, per=self.per)
        after, before = (order.parse(params.get(name, "")) for name in ("after", "before"))
        if after:
            return keyset.page_after(queryset, order, after, per=self.per, first=self.start)
        if before:
            return keyset.page_before(queryset, order, before, per=self.per, first=self.start)
        return keyset.first_page(queryset, order, per=self.per)

    @property
    def start(self) -> int | None:
        asked = self.query.params.get("start", "")
        number = int(asked) if asked.isascii() and asked.isdigit() and len(asked) < 13 else 0
        return number or None

    def url(self, **changes: Any) -> str:
        """This list with parameters changed (None drops one); its place is dropped."""
        params = self.query.shown.copy()
        for name, value in changes.items():
            params.pop(name, None)
            if value is not None:
                params[name] = str(value)
        return f"?{params.urlencode()}"

    # --- answers ---

    def get(self, request: SignedInRequest) -> HttpResponseBase:
        part = request.GET.get("part", "")
        if part:
            return self.part(part)
        return self.show()

    def show(self) -> HttpResponse:
        """The page; only its region where htmx asks for that."""
        region = self.request.htmx and self.request.htmx.target == "list"
        template = self.region_template if region else self.template_name
        response = render(self.request, template, self.context())
        patch_vary_headers(response, ["HX-Request", "HX-Target"])
        if region:
            response["HX-Push-Url"] = f"{self.request.path}{self.here()}"
        return response

    def here(self) -> str:
        """The URL of what is shown, without anything empty."""
        return self.url(**{name: self.query.params.get(name) or None for name in PLACE})

    def part(self, name: str) -> HttpResponse:
        """A part of the page that is fetched when it is opened."""
        parts: dict[str, Callable[[], dict[str, Any]]] = {
            "filters": self.filters_context,
            "columns": self.columns_context,
            "views": self.views_context,
            "count": lambda: {"count": count(reading(self.query.queryset), exactly=True)},
            "selection": self.selection_context,
        }
        make = parts.get(name)
        if make is None:
            raise Http404
        context = {"list": self, "query": self.query.shown.urlencode(), **make()}
        return render(self.request, f"ui/list_{name}.html", context)

    def context(self) -> dict[str, Any]:
        """What the page's template gets; subclasses may add to it."""
        page = self.page
        selectable = self.selection_template is not None and self.may_select()
        table = self.table_class(
            page.rows,
            columns=self.query.columns,
            selectable=selectable,
            **self.table_options(self.request.user, page.rows),
        )
        table.headings = self.headings()
        return {
            "list": self,
            "table": table,
            "page": page,
            "place": self.place(),
            "count": self.count,
            "errors": self.query.errors,
            "chips": [(chip, self.chip_url(chip)) for chip in self.chips],
            "query": self.query.shown.urlencode(),
            "selectable": selectable,
            "q": self.query.params.get("q", ""),
            "search_label": self.search_label if self.query.filterset.search_names else "",
            "has_filters": set(self.query.filterset.filters) - {"q"},
            "hidden": self.pairs(),
            "sizes": [(size, self.url(per=size)) for size in PER_PAGE],
            "everything": f"?{self.query.filterset.everything}",
        }

    def pairs(self) -> list[tuple[str, str]]:
        """The list's parameters for the hidden fields of a form."""
        return [(name, value) for name, values in self.query.shown.lists() for value in values]

    def may_select(self) -> bool:
        """Whether this person can act on rows of the list."""
        return True

    @cached_property
    def count(self) -> Count:
        if not self.page.has_next and not self.page.has_previous:
            return Count(len(self.page.rows))
        return count(reading(self.query.queryset))

    @cached_property
    def chips(self) -> list[Chip]:
        return [] if self.query.errors else self.query.filterset.chips()

    def chip_url(self, chip: Chip) -> str:
        """The list without this filter."""
        return self.url(**{chip.name: chip.instead or None})

    def headings(self) -> Mapping[str, Heading]:
        """The links of sortable columns: the other direction of the one in use, else downwards."""
        order = self.query.order
        headings = {}
        for column in self.sorts:
            state, sort = "", f"-{column}"
            if column == order.column:
                state = "descending" if order.descending else "ascending"
                sort = column if order.descending else f"-{column}"
            headings[column] = Heading(self.url(sort=sort), state)
        return headings

    def place(self) -> dict[str, str]:
        """Links to the pages around this one, by key, and which rows these are."""
        page, order, links = self.page, self.query.order, {}
        if not page.rows:
            return {}
        first, size = page.first, len(page.rows)
        if first:
            links["rows"] = f"{first:,}–{first + size - 1:,}"
        if page.has_next:
            at = first + size if first else None
            links["next"] = self.url(after=order.key_of(page.rows[-1]), start=at)
            links["last"] = self.url(last=1)
        if page.has_previous:
            at = max(first - self.per, 1) if first else None
            links["previous"] = self.url(before=order.key_of(page.rows[0]), start=at)
            links["first"] = self.url()
        return links

    def filters_context(self) -> dict[str, Any]:
        fields = set(self.query.filterset.filters) - {"q"}
        hidden = [(name, value) for name, value in self.pairs() if name not in fields]
        return {"form": self.query.filterset.form, "hidden": hidden}

    def columns_context(self) -> dict[str, Any]:
        chosen = self.query.columns
        rest = [name for name in self.columns_for(self.request.user) if name not in chosen]
        label = self.table_class.label
        return {"columns": [(n, label(n), n in chosen) for n in [*chosen, *rest]]}

    @property
    def export_templates(self) -> list[str]:
        """The further lines of the export menu: the list's own, and those of other apps."""
        return [*([self.export_template] if self.export_template else []), *exports_of(self.name)]

    def selection_context(self) -> dict[str, Any]:
        return {"offer": selection.offer_all(self.query), "max": settings.SELECTION_MAX}

    def views_context(self) -> dict[str, Any]:
        return {"views": saved.views_for(self.request.user, type(self))}
