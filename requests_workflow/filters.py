"""The filters of the Explorer, and the ids by which requests are searched.

Time, raiser, conversion and what waits for the system are served by an index; the rest stays
bounded by the time range.
"""

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import django_filters
from django import forms
from django.db.models import Exists, OuterRef, Q, QuerySet
from django.http import QueryDict
from django.utils.translation import gettext_lazy as _

from conversions.filters import jobs, offers
from conversions.models import Conversion
from convertr.accounts.models import User
from convertr.jobs.models import Job, Outcome
from convertr.network.models import Advertiser, Partner
from convertr.ui.lists import ChoicesFilter, TimedFilterSet, by_number, by_text, by_uuid
from convertr.ui.lists.filters import MAX_ID, Asker, Chip
from requests_workflow.models import ConversionRequest
from requests_workflow.rules import OPEN, Status, Type

ANY = _("Any")
ALL = "any"
# A key of conversions may name many; their requests are looked up by id.
MOST_CONVERSIONS = 1_000


def raisers(asker: Asker) -> QuerySet[User]:
    """Who has raised requests; a partner's people know their own."""
    raised = ConversionRequest.objects.filter(raised_by=OuterRef("pk"))
    people = User.objects.filter(Exists(raised)).order_by("full_name", "pk")
    return people.filter(partner=asker.user.partner) if asker.user.is_partner else people


def by_conversion(key: Callable[[str], Q | None]) -> Callable[[str], Q | None]:
    """A search key of the requests' conversions."""

    def of_requests(text: str) -> Q | None:
        found = key(text)
        if found is None:
            return None
        ids = Conversion.objects.filter(found).values_list("pk", flat=True)[:MOST_CONVERSIONS]
        return Q(conversion_id__in=list(ids))

    return of_requests


def by_wish(name: str) -> Callable[[str], Q | None]:
    """A key that a new conversion is to have; of what still waits, which is little."""

    def of_requests(text: str) -> Q | None:
        return Q(status=Status.INQUIRED, **{f"wanted__{name}": text}) if text else None

    return of_requests


def either(*keys: Callable[[str], Q | None]) -> Callable[[str], Q | None]:
    """A search key that is any of several."""

    def any_of(text: str) -> Q | None:
        found = Q(pk__in=[])
        for key in keys:
            found |= key(text) or Q(pk__in=[])
        return found

    return any_of


def by_key(name: str) -> Callable[[str], Q | None]:
    """A text key of the conversion, or of one that is still asked for."""
    return either(by_conversion(by_text(name)), by_wish(name))


class NumberFilter(django_filters.NumberFilter):  # type: ignore[misc]
    """A whole number that can be an id."""

    field_class = forms.IntegerField

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **{"min_value": 1, "max_value": MAX_ID, **kwargs})


class RequestFilters(TimedFilterSet):
    """Without a status in the URL: what is open (requests.md, "Portal and Explorer")."""

    time_field = "raised_at"
    default_range = "14d"
    everything = f"range=any&status={ALL}"
    too_wide_text = _("Narrow it: choose a time range, a conversion or who raised it.")
    search_keys = {
        "id": by_number("id"),
        "conversion": by_number("conversion_id"),
        "uuid": by_conversion(by_uuid("uuid")),
        "order_id": by_key("order_id"),
        "transaction_id": by_key("transaction_id"),
        "request_id": by_key("request_id"),
    }
    timeless = ("q", "conversion", "job")
    unserved = ("status", "type", "offer", "advertiser", "partner")
    narrowing = ("q", "conversion", "raiser", "job")

    status = ChoicesFilter(
        label=_("Status"),
        choices=[*Status.choices, (ALL, _("Any status"))],
        method="in_status",
    )
    type = django_filters.ChoiceFilter(label=_("Type"), choices=Type.choices, empty_label=ANY)
    offer = django_filters.ModelChoiceFilter(label=_("Offer"), queryset=offers, empty_label=ANY)
    advertiser = django_filters.ModelChoiceFilter(
        label=_("Advertiser"),
        field_name="offer__advertiser",
        queryset=Advertiser.objects.all(),
        empty_label=ANY,
    )
    partner = django_filters.ModelChoiceFilter(
        label=_("Partner"), queryset=Partner.objects.all(), empty_label=ANY
    )
    raiser = django_filters.ModelChoiceFilter(
        label=_("Raised by"), field_name="raised_by", queryset=raisers, empty_label=ANY
    )
    conversion = NumberFilter(label=_("Conversion"), field_name="conversion_id")
    job = django_filters.ModelChoiceFilter(
        label=_("Changed by job"), queryset=jobs, method="changed_by", widget=forms.HiddenInput
    )

    def __init__(self, data: QueryDict, *args: Any, **kwargs: Any) -> None:
        data = data.copy()
        named = any(data.get(name) for name in (*self.timeless, "status"))
        if not named:
            data.setlist("status", [str(status) for status in OPEN])
        super().__init__(data, *args, **kwargs)

    def in_status(
        self, queryset: QuerySet[ConversionRequest], name: str, value: list[str]
    ) -> QuerySet[ConversionRequest]:
        return queryset if ALL in value or not value else queryset.filter(status__in=value)

    def changed_by(
        self, queryset: QuerySet[ConversionRequest], name: str, value: Job
    ) -> QuerySet[ConversionRequest]:
        """What a job of requests wrote."""
        if not value.kind.startswith("requests."):
            return queryset.none()
        return queryset.filter(
            pk__in=value.rows.filter(outcome=Outcome.APPLIED).values("target_id")
        )

    def too_wide(self, cleaned: dict[str, Any]) -> bool:
        """A partner sees its own only; of what waits there is little, and an index of it."""
        statuses = set(cleaned.get("status") or [ALL])
        if ALL in statuses:
            cleaned = {**cleaned, "status": []}
        waiting = statuses <= {Status.INQUIRED, Status.ACCEPTED}
        return not (self.request.user.is_partner or waiting) and super().too_wide(cleaned)

    def chips(self) -> list[Chip]:
        every = ALL in self.form.cleaned_data.get("status", [])
        return [chip for chip in super().chips() if not (every and chip.name == "status")]

    def chip(self, name: str, value: Any) -> Chip:
        chip = super().chip(name, value)
        if name == "job":
            return replace(chip, text=str(value.pk))
        # Without it in the URL what is open would come back.
        return Chip(name, chip.label, chip.text, ALL) if name == "status" else chip
