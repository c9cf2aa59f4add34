"""The filters of the conversions list, and the exact ids by which it is searched.

Offer, partner and time are served by an index; status and lock change too often for one and stay
bounded by the time range, as does the advertiser.
"""

from dataclasses import replace
from typing import Any

import django_filters
from django.db.models import QuerySet
from django.forms import HiddenInput
from django.utils.translation import gettext_lazy as _

from conversions.models import Conversion
from conversions.rules import Status
from convertr.jobs.models import Job, Outcome
from convertr.network.models import Advertiser, Offer, Partner
from convertr.ui.lists import ChoicesFilter, TimedFilterSet, by_number, by_text, by_uuid
from convertr.ui.lists.filters import Asker, Chip

ANY = _("Any")


def offers(asker: Asker) -> QuerySet[Offer]:
    """The offers that this person may know: a partner those that it runs."""
    user = asker.user
    return Offer.objects.filter(partners=user.partner) if user.is_partner else Offer.objects.all()


def jobs(asker: Asker) -> QuerySet[Job]:
    return Job.objects.visible_to(asker.user)


class ConversionFilters(TimedFilterSet):
    time_field = "converted_at"
    search_keys = {
        "id": by_number("id"),
        "uuid": by_uuid("uuid"),
        "transaction_id": by_text("transaction_id"),
        "order_id": by_text("order_id"),
        "click_id": by_text("click_id"),
        "request_id": by_text("request_id"),
    }
    # Rows named by these are few, whenever they were made.
    timeless = ("q", "job")
    unserved = ("status", "advertiser", "locked")
    narrowing = ("q", "job", "offer", "partner")

    status = ChoicesFilter(label=_("Status"), choices=Status.choices)
    offer = django_filters.ModelChoiceFilter(label=_("Offer"), queryset=offers, empty_label=ANY)
    partner = django_filters.ModelChoiceFilter(
        label=_("Partner"), queryset=Partner.objects.all(), empty_label=ANY
    )
    advertiser = django_filters.ModelChoiceFilter(
        label=_("Advertiser"),
        field_name="offer__advertiser",
        queryset=Advertiser.objects.all(),
        empty_label=ANY,
    )
    locked = django_filters.ChoiceFilter(
        label=_("Locked"),
        choices=[("1", _("Locked")), ("0", _("Not locked"))],
        empty_label=ANY,
    )
    job = django_filters.ModelChoiceFilter(
        label=_("Changed by job"), queryset=jobs, method="changed_by", widget=HiddenInput
    )

    def too_wide(self, cleaned: dict[str, Any]) -> bool:
        """A partner sees its own conversions only, which an index finds."""
        return not self.request.user.is_partner and super().too_wide(cleaned)

    def changed_by(
        self, queryset: QuerySet[Conversion], name: str, value: Job
    ) -> QuerySet[Conversion]:
        """What a job wrote."""
        changed = value.rows.filter(outcome=Outcome.APPLIED).values("target_id")
        return queryset.filter(pk__in=changed)

    def chip(self, name: str, value: Any) -> Chip:
        chip = super().chip(name, value)
        return replace(chip, text=str(value.pk)) if name == "job" else chip
