"""The filters of the lists of parties, which are short enough to search by a part of a name."""

import django_filters
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from convertr.network.models import Advertiser, Offer, Status
from convertr.ui.lists import ChoicesFilter, ListFilterSet, by_number


def by_part(text: str) -> Q | None:
    """Parties with the text anywhere in their name."""
    return Q(name__icontains=text) if text else None


class PartyFilters(ListFilterSet):
    search_keys = {"id": by_number("id"), "name": by_part}

    status = ChoicesFilter(label=_("Status"), choices=Status.choices)


class OfAdvertiserFilters(PartyFilters):
    advertiser = django_filters.ModelChoiceFilter(
        label=_("Advertiser"), queryset=Advertiser.objects.all()
    )


def _currencies() -> list[tuple[str, str]]:
    """The currencies in use."""
    used = Offer.objects.order_by("currency").values_list("currency", flat=True).distinct()
    return [(currency, currency) for currency in used]


class OfferFilters(OfAdvertiserFilters):
    currency = django_filters.ChoiceFilter(label=_("Currency"), choices=_currencies)
