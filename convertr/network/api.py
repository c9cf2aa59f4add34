"""GET /v1/networks/offers: the network's offers and what they pay, in Everflow's shape."""

from typing import Any

from django.http import Http404, HttpRequest
from django.utils.translation import gettext as _
from ninja import Router, Schema

from convertr.accounts.models import Scope
from convertr.http_api.access import allowed, network_key
from convertr.http_api.paging import page_of
from convertr.http_api.types import Error, Id, Paging
from convertr.network.models import Offer, OfferEvent
from convertr.network.rates import payout_type, revenue_type

router = Router(auth=network_key, tags=["Offers"])
REFUSALS = {400: Error, 401: Error, 403: Error, 404: Error, 429: Error}
# There is one network a server.
NETWORK_ID = 1


class AdvertiserOut(Schema):
    network_advertiser_id: int
    name: str
    account_status: str


class RateOut(Schema):
    """What one event pays: amounts in the offer's currency, percentages of the sale."""

    network_offer_payout_revenue_id: int
    entry_name: str
    is_default: bool
    payout_type: str
    payout_amount: float
    payout_percentage: float
    revenue_type: str
    revenue_amount: float
    revenue_percentage: float


class RatesOut(Schema):
    total: int
    entries: list[RateOut]


class OfferRelationsOut(Schema):
    advertiser: AdvertiserOut
    payout_revenue: RatesOut


class OfferOut(Schema):
    network_offer_id: int
    network_id: int
    network_advertiser_id: int
    name: str
    offer_status: str
    currency_id: str
    time_created: int
    relationship: OfferRelationsOut


class OffersOut(Schema):
    offers: list[OfferOut]
    paging: Paging


@router.get("/offers", response={200: OffersOut, **REFUSALS}, url_name="offers")
def offers(request: HttpRequest, page: str = "", page_size: str = "") -> dict[str, Any]:
    """All offers in the order of their ids: 50 a page unless told, at most 2,000."""
    allowed(request, Scope.READ)
    asked = page_of(page, page_size)
    found = Offer.objects.order_by("pk")
    total = found.count()
    shown = found.select_related("advertiser").prefetch_related("events")
    rows = shown[asked.start : asked.end] if asked.start < total else ()
    return {"offers": [_offer(offer) for offer in rows], "paging": asked.told(total)}


@router.get("/offers/{offer_id}", response={200: OfferOut, **REFUSALS}, url_name="offer")
def offer(request: HttpRequest, offer_id: Id) -> dict[str, Any]:
    """One offer by its `network_offer_id`."""
    allowed(request, Scope.READ)
    found = Offer.objects.select_related("advertiser").filter(pk=offer_id).first()
    if found is None:
        raise Http404(_("No offer has this ID."))
    return _offer(found)


def _offer(offer: Offer) -> dict[str, Any]:
    """What the API tells of an offer; never its postback secret."""
    events = list(offer.events.all())
    advertiser = offer.advertiser
    return {
        "network_offer_id": offer.pk,
        "network_id": NETWORK_ID,
        "network_advertiser_id": advertiser.pk,
        "name": offer.name,
        "offer_status": offer.status,
        "currency_id": offer.currency,
        "time_created": int(offer.created_at.timestamp()),
        "relationship": {
            "advertiser": {
                "network_advertiser_id": advertiser.pk,
                "name": advertiser.name,
                "account_status": advertiser.status,
            },
            "payout_revenue": {"total": len(events), "entries": [_rate(e) for e in events]},
        },
    }


def _rate(event: OfferEvent) -> dict[str, Any]:
    return {
        "network_offer_payout_revenue_id": event.pk,
        "entry_name": event.name,
        "is_default": event.name == OfferEvent.BASE,
        "payout_type": payout_type(event.payout_fixed, event.payout_percent),
        "payout_amount": event.payout_fixed,
        "payout_percentage": event.payout_percent,
        "revenue_type": revenue_type(event.revenue_fixed, event.revenue_percent),
        "revenue_amount": event.revenue_fixed,
        "revenue_percentage": event.revenue_percent,
    }
