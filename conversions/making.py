"""How a conversion is made: its event's rates copied, its amounts worked out from them."""

from decimal import Decimal
from typing import Any, TypedDict

from conversions.models import Conversion
from conversions.rules import from_sale
from convertr.network.models import OfferEvent

RATE_FIELDS = (
    "payout_fixed",
    "payout_percent",
    "revenue_fixed",
    "revenue_percent",
)


class Amounts(TypedDict, total=False):
    payout: Decimal
    revenue: Decimal


def amounts_of_sale(rates: OfferEvent | Conversion, sale_amount: Decimal | None) -> Amounts:
    """Both sides for a sale by the rates given; without a sale only the fixed parts."""
    sale = Decimal(0) if sale_amount is None else sale_amount
    return {
        "payout": from_sale(sale, percent=rates.payout_percent, fixed=rates.payout_fixed),
        "revenue": from_sale(sale, percent=rates.revenue_percent, fixed=rates.revenue_fixed),
    }


def percentage_amounts(conversion: Conversion, sale_amount: Decimal) -> Amounts:
    """What a sale makes of the sides that have a percentage; a purely fixed side stays out."""
    both = amounts_of_sale(conversion, sale_amount)
    changed: Amounts = {}
    if conversion.payout_percent:
        changed["payout"] = both["payout"]
    if conversion.revenue_percent:
        changed["revenue"] = both["revenue"]
    return changed


def build(event: OfferEvent, **fields: Any) -> Conversion:
    """An unsaved conversion of an event: rates copied, so that later changes of the offer change
    no past conversion; `payout` and `revenue` worked out unless given (conversions.md)."""
    rates = {name: getattr(event, name) for name in RATE_FIELDS}
    amounts = amounts_of_sale(event, fields.get("sale_amount"))
    return Conversion(**{"offer_id": event.offer_id, "event": event, **rates, **amounts, **fields})
