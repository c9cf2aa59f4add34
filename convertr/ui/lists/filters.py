"""Filters of lists: search by exact ids, time ranges, choices; each shown as a removable chip.

Filters name what an index serves; a filter without one (a status, which changes too often to be
indexed) stays bounded by the list's default time range.
"""

import re
from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime, time, timedelta
from typing import Any
from uuid import UUID

import django_filters
from django import forms
from django.db.models import Model, Q, QuerySet
from django.http import QueryDict
from django.utils import timezone
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from convertr.accounts.models import User

MAX_ID = 2**63 - 1
DAY = forms.DateInput(attrs={"type": "date"})
RANGES: dict[str, str | Promise] = {
    "today": _("Today"),
    "yesterday": _("Yesterday"),
    "7d": _("Last 7 days"),
    "14d": _("Last 14 days"),
    "30d": _("Last 30 days"),
    "month": _("This month"),
    "last_month": _("Last month"),
    "any": _("Any time"),
}


@dataclass(frozen=True)
class Asker:
    """What a filter's choices may depend on."""

    user: User


@dataclass(frozen=True)
class Chip:
    """An active filter in words; removing it sets its parameter to `instead`."""

    name: str
    label: str
    text: str
    instead: str = ""


class ListFilterSet(django_filters.FilterSet):  # type: ignore[misc]
    """Base of all filter sets; filters that are not in `names` don't exist for this person.

    `search_keys` say by which exact keys `q` finds rows.
    """

    search_keys: dict[str, Callable[[str], Q | None]] = {}
    # The parameters that show the list without any filter.
    everything = ""

    q = django_filters.CharFilter(method="search", label=_("Search"), max_length=255)

    def __init__(
        self,
        data: QueryDict,
        queryset: QuerySet[Any],
        *,
        user: User,
        names: Collection[str],
        search: Collection[str],
    ) -> None:
        self.search_names = [key for key in self.search_keys if key in search]
        super().__init__(data, queryset, request=Asker(user))
        unused = {"q"} if not self.search_names else set()
        for name in unused | set(self.filters) - set(names):
            del self.filters[name]

    def search(self, queryset: QuerySet[Any], name: str, value: str) -> QuerySet[Any]:
        """Rows of which any key is exactly this text."""
        found = Q(pk__in=[])
        for key in self.search_names:
            found |= self.search_keys[key](value.strip()) or Q(pk__in=[])
        return queryset.filter(found)

    def chips(self) -> list[Chip]:
        """What the list is filtered by, in words."""
        values = self.form.cleaned_data.items()
        return [self.chip(name, value) for name, value in values if value not in (None, "", [])]

    def chip(self, name: str, value: Any) -> Chip:
        field = self.form.fields[name]
        return Chip(name, str(field.label or name), words(field, value))


class TimedFilterSet(ListFilterSet):
    """A filter set with a time range: the default one unless the URL names days or a `timeless`.

    `time_field` is the indexed time by which the list is sorted.
    """

    time_field = "created_at"
    default_range = "30d"
    everything = "range=any"
    # Filters that find few rows by themselves, whenever those were made.
    timeless: tuple[str, ...] = ("q",)
    # Filters that no index serves, and those that narrow the list enough to go without a time.
    unserved: tuple[str, ...] = ()
    narrowing: tuple[str, ...] = ("q",)
    too_wide_text: str | Promise = _("Narrow it: choose a time range, an offer or a partner.")

    range = django_filters.ChoiceFilter(
        method="in_range", label=_("Time"), choices=list(RANGES.items()), empty_label=None
    )
    since = django_filters.DateFilter(method="from_day", label=_("From"), widget=DAY)
    until = django_filters.DateFilter(method="to_day", label=_("To"), widget=DAY)

    def __init__(self, data: QueryDict, *args: Any, **kwargs: Any) -> None:
        data = data.copy()
        if data.get("since") or data.get("until"):
            data["range"] = "any"
        elif not data.get("range"):
            timeless = any(data.get(name) for name in self.timeless)
            data["range"] = "any" if timeless else self.default_range
        super().__init__(data, *args, **kwargs)

    def get_form_class(self) -> type[forms.Form]:
        """The form of the filters, which refuses a search through everything ever made."""
        too_wide, told, base = self.too_wide, self.too_wide_text, super().get_form_class()

        class NarrowForm(base):  # type: ignore[misc,valid-type]
            def clean(self) -> dict[str, Any]:
                cleaned: dict[str, Any] = super().clean()
                if not self.errors and too_wide(cleaned):
                    self.add_error("range", told)
                return cleaned

        return NarrowForm

    def too_wide(self, cleaned: dict[str, Any]) -> bool:
        """Whether rows would be looked for one by one, from the newest to the oldest."""
        given = {name for name, value in cleaned.items() if value not in (None, "", [])}
        unbounded = cleaned.get("range") == "any" and "since" not in given
        return unbounded and bool(given & {*self.unserved}) and not given & {*self.narrowing}

    def in_range(self, queryset: QuerySet[Any], name: str, value: str) -> QuerySet[Any]:
        start, end = bounds(value, timezone.localdate())
        queryset = self.from_day(queryset, name, start) if start else queryset
        return self.to_day(queryset, name, end) if end else queryset

    def from_day(self, queryset: QuerySet[Any], name: str, value: date) -> QuerySet[Any]:
        """Rows from the first moment of the day on, in the person's zone."""
        moment = timezone.make_aware(datetime.combine(value, time.min))
        return queryset.filter(**{f"{self.time_field}__gte": moment})

    def to_day(self, queryset: QuerySet[Any], name: str, value: date) -> QuerySet[Any]:
        """Rows to the last moment of the day."""
        moment = timezone.make_aware(datetime.combine(value, time.max))
        return queryset.filter(**{f"{self.time_field}__lte": moment})

    def chips(self) -> list[Chip]:
        unbounded = self.form.cleaned_data.get("range") == "any"
        return [c for c in super().chips() if not (unbounded and c.name == "range")]

    def chip(self, name: str, value: Any) -> Chip:
        chip = super().chip(name, value)
        # Without it in the URL the default range would come back.
        return replace(chip, label="", instead="any") if name == "range" else chip


def words(field: forms.Field, value: Any) -> str:
    """A filter's value as a person reads it."""
    if isinstance(value, list | QuerySet):
        return ", ".join(words(field, one) for one in value)
    if isinstance(field, forms.ChoiceField) and not isinstance(value, Model):
        choices = {str(key): label for key, label in field.choices}  # type: ignore[union-attr,misc]
        return str(choices.get(str(value), value))
    return str(value)


def bounds(name: str, today: date) -> tuple[date | None, date | None]:
    """The first and last day of a named range; None is open."""
    month = today.replace(day=1)
    before = month - timedelta(days=1)
    return {
        "today": (today, None),
        "yesterday": (today - timedelta(days=1), today - timedelta(days=1)),
        "7d": (today - timedelta(days=6), None),
        "14d": (today - timedelta(days=13), None),
        "30d": (today - timedelta(days=29), None),
        "month": (month, None),
        "last_month": (before.replace(day=1), before),
    }.get(name, (None, None))


class ChoicesFilter(django_filters.MultipleChoiceFilter):  # type: ignore[misc]
    """Any of several choices, as one IN."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        kwargs = {"distinct": False, "widget": forms.CheckboxSelectMultiple, **kwargs}
        super().__init__(*args, **kwargs)

    def filter(self, qs: QuerySet[Any], value: Sequence[str]) -> QuerySet[Any]:
        return qs.filter(**{f"{self.field_name}__in": value}) if value else qs


_DIGITS = re.compile(r"\d{1,19}", re.ASCII)


def by_number(field: str) -> Callable[[str], Q | None]:
    """A search key that is a number."""

    def key(text: str) -> Q | None:
        number = int(text) if _DIGITS.fullmatch(text) else MAX_ID + 1
        return Q(**{field: number}) if number <= MAX_ID else None

    return key


def by_uuid(field: str) -> Callable[[str], Q | None]:
    """A search key that is a UUID, with or without hyphens."""

    def key(text: str) -> Q | None:
        try:
            return Q(**{field: UUID(text)})
        except ValueError:
            return None

    return key


def by_text(field: str) -> Callable[[str], Q | None]:
    """A search key that is a text."""

    def key(text: str) -> Q | None:
        return Q(**{field: text}) if text else None

    return key
