"""Paging by key: the rows after (or before) a row, at the same cost at any depth.

A key is the sort value and the primary key of a page's first or last row, so the index that
serves the order serves the page too; OFFSET would read all rows before it (stack.md §7).
"""

from dataclasses import dataclass, field
from typing import Any, cast

from django.core.exceptions import ValidationError
from django.db.models import F, Field, Model, QuerySet
from django.db.models.fields.tuple_lookups import Tuple, TupleGreaterThan, TupleLessThan

SEPARATOR = "~"


@dataclass(frozen=True)
class Order:
    """A sort column that can't be null, with the primary key as tie-break in the same direction.

    `unique`: among the rows that are paged no two have the same, so that it needs no tie-break.
    """

    model: type[Model]
    column: str
    field: str
    descending: bool
    unique: bool = False

    @property
    def fields(self) -> list[str]:
        if self.unique:
            return [self.field]
        key = self.model._meta.pk.name
        return [key] if self.field in (key, "pk") else [self.field, key]

    def apply(self, queryset: QuerySet[Any], *, backwards: bool = False) -> QuerySet[Any]:
        sign = "-" if self.descending != backwards else ""
        return queryset.order_by(*(f"{sign}{name}" for name in self.fields))

    def beyond(self, queryset: QuerySet[Any], key: list[Any], *, backwards: bool) -> QuerySet[Any]:
        """The rows after `key` in this order, or before it."""
        down = self.descending != backwards
        if len(self.fields) == 1:
            return queryset.filter(**{f"{self.fields[0]}__{'lt' if down else 'gt'}": key[0]})
        compare = TupleLessThan if down else TupleGreaterThan
        return queryset.filter(compare(Tuple(*map(F, self.fields)), tuple(key)))

    def key_of(self, row: Model) -> str:
        """The row's key as it stands in the URL."""
        return SEPARATOR.join(self._model_field(n).value_to_string(row) for n in self.fields)

    def values_of(self, row: Model) -> list[Any]:
        return [getattr(row, name) for name in self.fields]

    def parse(self, text: str) -> list[Any] | None:
        """The values of a key from a URL; None where it is not one of this order."""
        parts = text.rsplit(SEPARATOR, len(self.fields) - 1)
        if len(parts) != len(self.fields) or "\0" in text:
            return None
        try:
            pairs = zip(self.fields, parts, strict=True)
            return [self._model_field(name).clean(part, None) for name, part in pairs]
        except (ValidationError, OverflowError):
            return None

    def _model_field(self, name: str) -> "Field[Any, Any]":
        return cast("Field[Any, Any]", self.model._meta.get_field(name))


@dataclass
class Page:
    """Rows of one page. `first` is the ordinal of its first row, as far as it is known."""

    rows: list[Any] = field(default_factory=list)
    has_previous: bool = False
    has_next: bool = False
    first: int | None = 1


def first_page(queryset: QuerySet[Any], order: Order, *, per: int) -> Page:
    rows = list(order.apply(queryset)[: per + 1])
    return Page(rows[:per], has_next=len(rows) > per)


def page_after(
    queryset: QuerySet[Any], order: Order, key: list[Any], *, per: int, first: int | None
) -> Page:
    rows = list(order.apply(order.beyond(queryset, key, backwards=False))[: per + 1])
    return Page(rows[:per], has_previous=True, has_next=len(rows) > per, first=first)


def page_before(
    queryset: QuerySet[Any], order: Order, key: list[Any], *, per: int, first: int | None
) -> Page:
    """The page that ends before `key`; the first page in full where it would be a short one."""
    reverse = order.apply(order.beyond(queryset, key, backwards=True), backwards=True)
    rows = list(reverse[: per + 1])
    if len(rows) <= per:
        return first_page(queryset, order, per=per)
    return Page(rows[:per][::-1], has_previous=True, has_next=True, first=first)


def last_page(queryset: QuerySet[Any], order: Order, *, per: int) -> Page:
    rows = list(order.apply(queryset, backwards=True)[: per + 1])
    return Page(rows[:per][::-1], has_previous=len(rows) > per, first=None)
