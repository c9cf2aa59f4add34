"""What a list is: its table, filters, order and whitelists; and one query of it by one person.

The page, the selection and the exports all read a list through `Query`, so that they agree.
"""

from collections.abc import Mapping, Sequence
from functools import cached_property
from typing import Any, ClassVar

from django.db.models import Model, QuerySet
from django.http import QueryDict
from django.utils.functional import Promise

from convertr.accounts.models import User
from convertr.ui.lists.filters import ListFilterSet
from convertr.ui.lists.keyset import Order
from convertr.ui.lists.tables import ListTable
from convertr.ui.models import ListColumns

# Parameters that say where in the list one is, not what the list shows.
PLACE = ("after", "before", "last", "start")


class List:
    """One list of the app. Whitelists: what isn't named for a person doesn't exist for them.

    `sorts` names columns and the field of the same table by which an index orders them; such a
    field can't be null.
    """

    name: ClassVar[str]
    title: ClassVar[str | Promise]
    table_class: ClassVar[type[ListTable]]
    filterset_class: ClassVar[type[ListFilterSet]]
    sorts: ClassVar[Mapping[str, str]] = {"id": "id"}
    default_sort: ClassVar[str] = "-id"
    default_columns: ClassVar[Sequence[str]] = ()

    @classmethod
    def allows(cls, user: User) -> bool:
        """Whether this person may see the list at all."""
        return True

    @classmethod
    def visible_to(cls, user: User) -> QuerySet[Any]:
        """Everything in the list that this person may see."""
        raise NotImplementedError

    @classmethod
    def with_related(cls, queryset: QuerySet[Any]) -> QuerySet[Any]:
        """The queryset with what its columns show of other tables."""
        return queryset

    @classmethod
    def for_export(cls, queryset: QuerySet[Any]) -> QuerySet[Any]:
        """The same for thousands of rows; prefetching makes each related row only once."""
        return cls.with_related(queryset)

    @classmethod
    def columns_for(cls, user: User) -> list[str]:
        """The columns that this person may choose from."""
        return cls.table_class.names()

    @classmethod
    def filters_for(cls, user: User) -> list[str]:
        """The filters that this person may use."""
        return list(cls.filterset_class.base_filters)

    @classmethod
    def search_for(cls, user: User) -> list[str]:
        """The keys by which this person may search."""
        return list(cls.filterset_class.search_keys)

    @classmethod
    def table_options(cls, user: User, rows: Sequence[Any]) -> dict[str, Any]:
        """Further arguments of the table, such as texts that its cells look up."""
        return {}


_lists: dict[str, type[List]] = {}


def register_list(list_class: type[List]) -> None:
    """Make a list known by its name to workers, which export it."""
    _lists[list_class.name] = list_class


def registered(name: str) -> type[List]:
    """The list of that name; KeyError where no app has registered it."""
    return _lists[name]


_exports: dict[str, list[str]] = {}


def register_export(list_name: str, template: str) -> None:
    """Add a template with further lines to the export menu of another app's list."""
    _exports.setdefault(list_name, []).append(template)


def exports_of(list_name: str) -> list[str]:
    """The templates that other apps have added to a list's export menu."""
    return _exports.get(list_name, [])


class Query:
    """A list as one person asked for it: filters, order, columns, all from the URL's parameters."""

    def __init__(self, list_class: type[List], user: User, params: QueryDict) -> None:
        self.list, self.user, self.params = list_class, user, params

    @cached_property
    def filterset(self) -> ListFilterSet:
        return self.list.filterset_class(
            self.params,
            self.list.visible_to(self.user),
            user=self.user,
            names=self.list.filters_for(self.user),
            search=self.list.search_for(self.user),
        )

    @cached_property
    def errors(self) -> dict[str, list[str]]:
        """What is wrong with the filters, by their labels."""
        form = self.filterset.form
        return {str(form.fields[n].label or n): list(e) for n, e in form.errors.items()}

    @cached_property
    def queryset(self) -> QuerySet[Any]:
        """The filtered rows; none where a filter is wrong, so that it never means "all"."""
        found: QuerySet[Any] = self.filterset.qs
        return found.none() if self.errors else found

    @cached_property
    def order(self) -> Order:
        asked = self.params.get("sort", "")
        sort = asked if asked.removeprefix("-") in self.list.sorts else self.list.default_sort
        column = sort.removeprefix("-")
        model: type[Model] = self.list.visible_to(self.user).model
        return Order(model, column, self.list.sorts[column], descending=sort.startswith("-"))

    @cached_property
    def columns(self) -> list[str]:
        """The columns to show: the URL's, else the person's own, else the list's."""
        allowed = self.list.columns_for(self.user)
        default = [c for c in self.list.default_columns or allowed if c in allowed]
        if "columns" in self.params:
            return known(self.params.get("columns", "").split(","), allowed) or default
        own = ListColumns.objects.filter(user=self.user, list_name=self.list.name).first()
        return (known(own.columns, allowed) if own else []) or default

    @cached_property
    def shown(self) -> QueryDict:
        """The parameters that bring this list back: no place in it, no default, nothing empty."""
        kept = QueryDict(mutable=True)
        ours = {*self.list.filters_for(self.user), "sort", "columns", "per"}
        for name, values in self.params.lists():
            values = [value for value in values if value]
            if name in ours and values:
                kept.setlist(name, values)
        if "columns" in kept:
            kept["columns"] = ",".join(self.columns)
        # So that searching for an id, which has no default range, isn't held to it.
        default = getattr(self.list.filterset_class, "default_range", None)
        if default and kept.get("range") == default:
            del kept["range"]
        return kept


def known(names: Sequence[str], allowed: Sequence[str]) -> list[str]:
    """The names that are allowed, each once, in the order asked for."""
    return [name for name in dict.fromkeys(names) if name in allowed]
