"""POST /v1/networks/conversions/reporting: conversions added by the network."""

from datetime import datetime
from typing import Annotated, Any

from django.http import HttpRequest, HttpResponse, JsonResponse
from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from ninja import Router, Schema
from pydantic import Field

from conversions.adding import MOST_AT_ONCE, add_conversions
from conversions.api.asked import moment
from conversions.api.writes import DONE
from convertr.accounts.models import Scope
from convertr.errors import DomainError
from convertr.http_api import timezones
from convertr.http_api.access import allowed, network_key
from convertr.http_api.idempotency import idempotent
from convertr.http_api.types import Amount, Flag, Id, Text

router = Router(auth=network_key, tags=["Conversion updates"])
TEXTS = ("order_id", "adv1", "adv2", "adv3", "adv4", "adv5")


class AddIn(Schema):
    """What is null counts as left out."""

    offer_id: Id
    event_id: Id | None = None
    affiliate_id: Id
    number_of_conversions: Annotated[int, Field(strict=True, ge=1, le=MOST_AT_ONCE)] | None = None
    timezone_id: Id
    is_now: Flag
    date: Text | None = None
    order_id: Text | None = None
    adv1: Text | None = None
    adv2: Text | None = None
    adv3: Text | None = None
    adv4: Text | None = None
    adv5: Text | None = None
    revenue_amount: Amount | None = None
    is_revenue_amount_submitted: Flag | None = None
    payout_amount: Amount | None = None
    is_payout_amount_submitted: Flag | None = None


@router.post("/conversions/reporting", response=DONE, url_name="add_conversions")
@idempotent
def add(request: HttpRequest, body: AddIn) -> HttpResponse:
    """Add 1 to 50 approved conversions, now or at a date, with the offer's amounts or others."""
    actor = allowed(request, Scope.CONVERSIONS, "conversions.change_conversions")
    add_conversions(
        actor=actor,
        offer_id=body.offer_id,
        event_id=body.event_id or 0,
        partner_id=body.affiliate_id,
        number=body.number_of_conversions or 1,
        at=_at(body),
        amounts=_amounts(body),
        texts={name: getattr(body, name) or "" for name in TEXTS},
    )
    return JsonResponse({"result": True})


def _at(body: AddIn) -> datetime:
    where = timezones.zone(body.timezone_id)
    if body.is_now:
        return timezone.now()
    if not body.date:
        raise DomainError("date_missing", _("Give date, or is_now true."))
    return moment("date", body.date, where)[0]


def _amounts(body: AddIn) -> dict[str, Any]:
    amounts = {}
    for side in ("payout", "revenue"):
        if getattr(body, f"is_{side}_amount_submitted"):
            amount = getattr(body, f"{side}_amount")
            if amount is None:
                text = _("%(side)s_amount is missing.") % {"side": side}
                raise DomainError("amount_missing", text)
            amounts[side] = amount
    return amounts
