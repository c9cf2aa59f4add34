"""Global Leads: the list of leads, and one lead's page (leads.md, "Global Leads")."""

from collections.abc import Sequence
from typing import Any

from django.db.models import QuerySet
from django.http import HttpResponse, QueryDict
from django.http.response import HttpResponseBase
from django.shortcuts import render
from django.utils.cache import patch_vary_headers
from django.utils.decorators import method_decorator
from django.utils.translation import gettext_lazy as _
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_GET

from convertr.accounts.access import SignedInRequest, permission_required
from convertr.accounts.models import User
from convertr.errors import DomainError
from convertr.ui.lists import ListView, Query, Selection
from leads import searching
from leads.access import VIEW, lead_for, may_view
from leads.detail import context_of
from leads.filters import LeadFilters
from leads.models import Lead
from leads.tables import Catalogue, LeadTable
from leads.visibility import shown_to

FOLDER = "leads"


@method_decorator(sensitive_post_parameters("text"), name="dispatch")
class LeadList(ListView):
    """Leads that a person sees, newest first."""

    name = "leads"
    title = _("Global Leads")
    table_class = LeadTable
    filterset_class = LeadFilters
    sorts = {"created_at": "created_at", "id": "id"}
    default_sort = "-created_at"
    default_columns = (
        "id", "status", "campaign", "partner", "firstName", "lastName", "email", "telephone",
        "delivery", "billable", "score", "processing", "created_at", "first_delivered_at",
    )  # fmt: skip
    actions_template = f"{FOLDER}/list_actions.html"
    selection_template = f"{FOLDER}/list_selection.html"
    empty_template = f"{FOLDER}/list_empty.html"
    search_template = f"{FOLDER}/list_search.html"
    search_label = _("ID, hash, e-mail, telephone or name")

    @classmethod
    def allows(cls, user: User) -> bool:
        return may_view(user)

    @classmethod
    def visible_to(cls, user: User) -> QuerySet[Lead]:
        return Lead.objects.visible_to(user)

    @classmethod
    def with_related(cls, queryset: QuerySet[Any]) -> QuerySet[Any]:
        return queryset.select_related("campaign__advertiser", "partner").defer("received")

    @classmethod
    def for_export(cls, queryset: QuerySet[Any]) -> QuerySet[Any]:
        return queryset.prefetch_related("campaign__advertiser", "partner").defer("received")

    @classmethod
    def columns_for(cls, user: User) -> list[str]:
        return shown_to(user, super().columns_for(user))

    @classmethod
    def filters_for(cls, user: User) -> list[str]:
        return shown_to(user, super().filters_for(user))

    @classmethod
    def search_for(cls, user: User) -> list[str]:
        return shown_to(user, super().search_for(user))

    @classmethod
    def table_options(cls, user: User, rows: Sequence[Any]) -> dict[str, Any]:
        return {"catalogue": Catalogue(rows)}

    def post(self, request: SignedInRequest) -> HttpResponseBase:
        own = {"search": self.search, "view": self.look_into}
        act = own.get(request.POST.get("act", ""))
        if act is None:
            return super().post(request)
        self.query = Query(type(self), request.user, QueryDict(request.POST.get("query", "")))
        try:
            return act()
        except DomainError as refused:
            return self.refuse(refused)

    def search(self) -> HttpResponse:
        """The list with what was searched for: keys in the address, all else kept as digests."""
        text = self.request.POST.get("text", "").replace("\0", "").strip()
        params = self.query.shown.copy()
        for name in ("q", "f"):
            params.pop(name, None)
        if text and searching.is_key(self.request.user, text):
            params["q"] = text
        elif text:
            params["f"] = str(searching.keep(actor=self.request.user, text=text).pk)
        self.query = Query(type(self), self.request.user, params)
        return self.show() if self.request.htmx else self.back()

    def look_into(self) -> HttpResponse:
        """The panel of the first lead that is ticked."""
        chosen = Selection.from_request(self.request, type(self)).queryset.order_by("-pk")
        lead = lead_for(self.request.user, chosen.values_list("pk", flat=True)[0])
        return shown(self.request, lead, beside=True)

    def save_view(self) -> HttpResponseBase:
        """A search ends after a day, and is one's own: no view keeps it."""
        self.query.shown.pop("f", None)
        return super().save_view()


@permission_required(VIEW)
@require_GET
def detail(request: SignedInRequest, lead_id: int) -> HttpResponse:
    """A lead: its data before and after the transforms, what the jobs said, history, deliveries.

    The side panel of the list gets the same without the frame.
    """
    beside = bool(request.htmx and request.htmx.target == "panel-body")
    return shown(request, lead_for(request.user, lead_id), beside=beside)


def shown(request: SignedInRequest, lead: Lead, *, beside: bool) -> HttpResponse:
    template = f"{FOLDER}/panel.html" if beside else f"{FOLDER}/detail.html"
    response = render(request, template, context_of(lead, request.user))
    patch_vary_headers(response, ["HX-Request", "HX-Target"])
    return response
