"""What conversions show on the pages of parties: figures by status, and an offer's postback."""

from datetime import timedelta
from decimal import Decimal
from typing import Any, NamedTuple
from urllib.parse import urlencode

from django.conf import settings
from django.db.models import Count, Q, Sum
from django.http import HttpRequest
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from conversions.models import Conversion
from conversions.rules import Status
from convertr.accounts.access import person
from convertr.network.models import Advertiser, Offer, Partner
from convertr.ui.cached import cached
from convertr.ui.registry import Panel, register_panel, staff_only

FIGURES_DAYS = 30
KEPT_SECONDS = 60
# What an advertiser's system puts in; names in braces are to be replaced.
PLACEHOLDERS = {
    "partner": "{partner}",
    "transaction_id": "{transaction_id}",
    "request_id": "{request_id}",
    "status": "{status}",
    "sale_amount": "{sale_amount}",
}


class Figure(NamedTuple):
    """The conversions of one status in one currency; money as stored, not only what counts."""

    status: str
    label: str
    currency: str
    conversions: int
    payout: Decimal
    revenue: Decimal


def figures(scope: Q) -> list[Figure]:
    """The last 30 days by status and currency; bounded, so that an index serves it."""
    since = timezone.now() - timedelta(days=FIGURES_DAYS)
    rows = (
        Conversion.objects.filter(scope, converted_at__gte=since)
        .values("status", "offer__currency")
        .annotate(n=Count("id"), payout=Sum("payout"), revenue=Sum("revenue"))
        .order_by("offer__currency", "status")
        .values_list("status", "offer__currency", "n", "payout", "revenue")
    )
    places = {status: place for place, status in enumerate(Status.values)}
    found = [
        Figure(status, str(Status(status).label), currency, n, payout, revenue)
        for status, currency, n, payout, revenue in rows
    ]
    return sorted(found, key=lambda figure: (figure.currency, places[figure.status]))


def _offer_figures(request: HttpRequest, offer: Offer) -> dict[str, Any]:
    return _figures(Q(offer=offer), "offer", offer.pk)


def _partner_figures(request: HttpRequest, partner: Partner) -> dict[str, Any]:
    return _figures(Q(partner=partner), "partner", partner.pk)


def _advertiser_figures(request: HttpRequest, advertiser: Advertiser) -> dict[str, Any]:
    offers = list(advertiser.offers.values_list("pk", flat=True))
    return _figures(Q(offer__in=offers), "advertiser", advertiser.pk)


def _figures(scope: Q, name: str, pk: int) -> dict[str, Any]:
    address = f"{reverse('conversions:list')}?{urlencode({name: pk})}"
    shown = cached(f"party-figures:{name}:{pk}", KEPT_SECONDS, lambda: figures(scope))
    # No index finds an advertiser's conversions of all time.
    all_url = "" if name == "advertiser" else f"{address}&range=any"
    return {"figures": shown, "days": FIGURES_DAYS, "list_url": address, "all_url": all_url}


def _postback(request: HttpRequest, offer: Offer) -> dict[str, Any]:
    """The address with its secret for those who may see it, else with a placeholder."""
    may_see = person(request).has_perm("network.view_postback_secret")
    query = {"offer": offer.pk, **PLACEHOLDERS}
    query["token"] = offer.postback_token if may_see else "{token}"
    address = f"{settings.SITE_URL}{reverse('postback')}?{urlencode(query, safe='{}')}"
    return {"address": address, "may_see": may_see, "offer": offer}


def register_panels() -> None:
    """Called once when Django is ready."""
    template = "conversions/party_figures.html"
    title = _("Conversions, last 30 days")
    register_panel(
        *(
            Panel(page, "figures", title, template, context, 10, visible=staff_only)
            for page, context in (
                ("offer", _offer_figures),
                ("partner", _partner_figures),
                ("advertiser", _advertiser_figures),
            )
        ),
        Panel(
            "offer",
            "postback",
            _("Postback address"),
            "conversions/offer_postback.html",
            _postback,
            20,
            visible=staff_only,
        ),
    )
