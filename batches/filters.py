"""The filters of pending and of sent batches: the same five, and the state of each."""

from dataclasses import replace
from typing import Any

import django_filters
from django.db.models import QuerySet
from django.forms import NumberInput
from django.http import QueryDict
from django.utils.translation import gettext_lazy as _

from batches.rules import OPEN, Kind, State
from convertr.ui.lists import ChoicesFilter, ListFilterSet, by_number
from convertr.ui.lists.filters import MAX_ID, Chip

ANY = "any"


class CampaignFilters(ListFilterSet):
    """By advertiser, campaign and label; `of` leads from the list's model to an integration.

    `default_state` is what the list shows as long as nobody asks for another; a search by id looks
    in all states.
    """

    search_keys = {"id": by_number("id")}
    everything = f"state={ANY}"
    default_state = ANY
    of = ""

    advertiser_id = django_filters.NumberFilter(
        label=_("Advertiser ID"), method="by_id", widget=NumberInput({"min": 1})
    )
    advertiser_name = django_filters.CharFilter(
        label=_("Advertiser name"), method="by_name", max_length=200
    )
    campaign_id = django_filters.NumberFilter(
        label=_("Campaign ID"), method="by_id", widget=NumberInput({"min": 1})
    )
    campaign_name = django_filters.CharFilter(
        label=_("Campaign name"), method="by_name", max_length=200
    )
    label = django_filters.CharFilter(label=_("Label"), method="by_name", max_length=100)

    PATHS = {
        "advertiser_id": "campaign__advertiser_id",
        "advertiser_name": "campaign__advertiser__name__icontains",
        "campaign_id": "campaign_id",
        "campaign_name": "campaign__name__icontains",
        "label": "label__icontains",
    }

    def __init__(self, data: QueryDict, *args: Any, **kwargs: Any) -> None:
        data = data.copy()
        if not data.get("state"):
            data["state"] = ANY if data.get("q") else self.default_state
        super().__init__(data, *args, **kwargs)

    def by_id(self, queryset: QuerySet[Any], name: str, value: Any) -> QuerySet[Any]:
        """Of exactly this advertiser or campaign; none has an id that no id can be."""
        if value != int(value) or not 0 < value <= MAX_ID:
            return queryset.none()
        return queryset.filter(**{f"{self.of}{self.PATHS[name]}": int(value)})

    def by_name(self, queryset: QuerySet[Any], name: str, value: str) -> QuerySet[Any]:
        return queryset.filter(**{f"{self.of}{self.PATHS[name]}": value.strip()})

    def chips(self) -> list[Chip]:
        return [c for c in super().chips() if not (c.name == "state" and self.any_state)]

    def chip(self, name: str, value: Any) -> Chip:
        chip = super().chip(name, value)
        # Without it in the URL the default state would come back.
        return replace(chip, instead=ANY) if name == "state" else chip

    @property
    def any_state(self) -> bool:
        return bool(self.form.cleaned_data.get("state") == ANY)


class PendingFilters(CampaignFilters):
    """Those that are on, unless one asks for what is switched off."""

    default_state = "on"

    kind = ChoicesFilter(label=_("Type"), choices=Kind.choices)
    state = django_filters.ChoiceFilter(
        label=_("State"),
        choices=[("on", _("On")), ("off", _("Off")), (ANY, _("Any"))],
        empty_label=None,
        method="in_state",
    )

    def in_state(self, queryset: QuerySet[Any], name: str, value: str) -> QuerySet[Any]:
        return queryset if value == ANY else queryset.filter(active=value == "on")


class SentFilters(CampaignFilters):
    """What was sent, unless one asks for another state."""

    default_state = State.SENT
    of = "integration__"

    state = django_filters.ChoiceFilter(
        label=_("State"),
        choices=[
            (State.SENT, State.SENT.label),
            ("open", _("On its way")),
            (State.HELD, State.HELD.label),
            (State.FAILED, State.FAILED.label),
            (State.CANCELLED, State.CANCELLED.label),
            (ANY, _("Any")),
        ],
        empty_label=None,
        method="in_state",
    )
    integration = django_filters.NumberFilter(
        label=_("Integration ID"), widget=NumberInput({"min": 1}), method="of_integration"
    )

    def in_state(self, queryset: QuerySet[Any], name: str, value: str) -> QuerySet[Any]:
        if value == ANY:
            return queryset
        return queryset.filter(state__in=OPEN if value == "open" else [value])

    def of_integration(self, queryset: QuerySet[Any], name: str, value: Any) -> QuerySet[Any]:
        known = value == int(value) and 0 < value <= MAX_ID
        return queryset.filter(integration=int(value)) if known else queryset.none()
