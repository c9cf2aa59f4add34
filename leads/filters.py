"""The filters of Global Leads.

Campaign, partner and time are served by an index; what processing, flags and deliveries write
changes too often for one and stays bounded by the time range, as does the advertiser.
"""

from dataclasses import replace
from typing import Any

import django_filters
from django.db.models import QuerySet
from django.forms import HiddenInput
from django.utils.translation import gettext_lazy as _

from convertr.jobs.models import Job, Outcome
from convertr.network.models import Advertiser, Campaign, Partner
from convertr.ui.lists import ChoicesFilter, TimedFilterSet, by_number, by_uuid
from convertr.ui.lists.filters import Asker, Chip
from leads import searching
from leads.models import KeptSearch, Lead
from leads.rules import Processing, Replacement, Status

ANY = _("Any")
NO_STATUS = "none"


def jobs(asker: Asker) -> QuerySet[Job]:
    return Job.objects.visible_to(asker.user)


def searches(asker: Asker) -> QuerySet[KeptSearch]:
    """One's own."""
    return KeptSearch.objects.filter(owner=asker.user)


class LeadFilters(TimedFilterSet):
    search_keys = {"id": by_number("id"), "hash": by_uuid("hash")}
    # Rows named by these are few, whenever they were made.
    timeless = ("q", "f", "job")
    unserved = ("status", "advertiser", "delivered", "replacement", "processing")
    narrowing = ("q", "f", "job", "campaign", "partner")
    too_wide_text = _("Narrow it: choose a time range, a campaign or a partner.")

    status = ChoicesFilter(
        label=_("Status"),
        choices=[(status or NO_STATUS, status.label) for status in Status],
        method="in_status",
    )
    campaign = django_filters.ModelChoiceFilter(
        label=_("Campaign"), queryset=Campaign.objects.all(), empty_label=ANY
    )
    partner = django_filters.ModelChoiceFilter(
        label=_("Partner"), queryset=Partner.objects.all(), empty_label=ANY
    )
    advertiser = django_filters.ModelChoiceFilter(
        label=_("Advertiser"),
        field_name="campaign__advertiser",
        queryset=Advertiser.objects.all(),
        empty_label=ANY,
    )
    delivered = django_filters.ChoiceFilter(
        label=_("Delivery"),
        choices=[("1", _("Delivered")), ("0", _("Undelivered"))],
        empty_label=ANY,
    )
    replacement = django_filters.ChoiceFilter(
        label=_("Replacement"), choices=Replacement.choices, empty_label=ANY
    )
    processing = ChoicesFilter(label=_("Processing"), choices=Processing.choices)
    job = django_filters.ModelChoiceFilter(
        label=_("Changed by job"), queryset=jobs, method="changed_by", widget=HiddenInput
    )
    f = django_filters.ModelChoiceFilter(
        label=_("Search"),
        queryset=searches,
        method="kept_search",
        widget=HiddenInput,
        error_messages={
            "invalid_choice": _("This search is not kept any more. Search again."),
        },
    )

    def in_status(self, queryset: QuerySet[Lead], name: str, value: list[str]) -> QuerySet[Lead]:
        statuses = ["" if one == NO_STATUS else one for one in value]
        return queryset.filter(status__in=statuses) if statuses else queryset

    def changed_by(self, queryset: QuerySet[Lead], name: str, value: Job) -> QuerySet[Lead]:
        """What a job of leads wrote."""
        if not value.kind.startswith("leads."):
            return queryset.none()
        changed = value.rows.filter(outcome=Outcome.APPLIED).values("target_id")
        return queryset.filter(pk__in=changed)

    def kept_search(self, queryset: QuerySet[Lead], name: str, value: KeptSearch) -> QuerySet[Lead]:
        return queryset.filter(searching.condition(value))

    def chip(self, name: str, value: Any) -> Chip:
        if name == "f":
            # What was searched for is nowhere kept.
            return Chip(name, "", str(_("Search")))
        chip = super().chip(name, value)
        return replace(chip, text=str(value.pk)) if name == "job" else chip
