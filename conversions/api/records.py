"""A conversion as the API tells it, in the fields of Everflow's raw conversions.

Times are Unix seconds (0: none), money is in the offer's currency (a sale amount of 0: none told).
A partner's record is made of what `visibility` lets a partner see; its `revenue` is what the
partner earns: the payout (conversions.md, "HTTP API").
"""

from collections.abc import Callable, Iterable, Mapping
from datetime import datetime
from typing import Any

from django.db.models import QuerySet

from conversions.models import Conversion, Reason
from conversions.visibility import shown_to
from convertr.accounts.models import User
from convertr.network.api import NETWORK_ID
from convertr.network.models import OfferEvent
from convertr.network.rates import payout_type, revenue_type

Tell = Callable[[Conversion], Any]
SUBS = tuple(f"sub{n}" for n in range(1, 7))
ADVS = tuple(f"adv{n}" for n in range(1, 6))


def _text(name: str) -> Tell:
    return lambda c: getattr(c, name)


def _seconds(at: datetime | None) -> int:
    return int(at.timestamp()) if at else 0


def _payout_type(c: Conversion) -> str:
    return payout_type(c.payout_fixed, c.payout_percent)


def _revenue_type(c: Conversion) -> str:
    return revenue_type(c.revenue_fixed, c.revenue_percent)


# By field: what visibility calls it, and its value.
FIELDS: dict[str, tuple[str, Tell]] = {
    "conversion_id": ("uuid", lambda c: c.uuid.hex),
    "conversion_unix_timestamp": ("converted_at", lambda c: _seconds(c.converted_at)),
    "click_unix_timestamp": ("clicked_at", lambda c: _seconds(c.clicked_at)),
    "status": ("status", _text("status")),
    "payout_type": ("payout_rate", _payout_type),
    "revenue_type": ("revenue_rate", _revenue_type),
    "payout": ("payout", lambda c: float(c.payout)),
    "revenue": ("revenue", lambda c: float(c.revenue)),
    "sale_amount": ("sale_amount", lambda c: float(c.sale_amount or 0)),
    "currency_id": ("currency", lambda c: c.offer.currency),
    "transaction_id": ("transaction_id", _text("transaction_id")),
    "order_id": ("order_id", _text("order_id")),
    "click_id": ("click_id", _text("click_id")),
    "request_id": ("request_id", _text("request_id")),
    **{name: (name, _text(name)) for name in (*SUBS, *ADVS)},
    "source_id": ("source", _text("source")),
    "is_event": ("event", lambda c: c.event.name != OfferEvent.BASE),
    "event": ("event", lambda c: c.event.name),
    "notes": ("note", _text("note")),
    "country": ("country", _text("country")),
    "device_type": ("device", _text("device")),
    "conversion_user_ip": ("ip", lambda c: c.ip or ""),
    "is_locked": ("locked", _text("locked")),
    "reason_code": ("reason", _text("reason_code")),
}
# What a partner reads under these names is its own side.
PARTNERS: dict[str, tuple[str, Tell]] = {
    "revenue_type": ("payout_rate", lambda c: revenue_type(c.payout_fixed, c.payout_percent)),
    "revenue": ("payout", FIELDS["payout"][1]),
}
NETWORKS_ONLY = ("payout", "payout_type")
Reasons = Mapping[str, tuple[int, str]]


def fields_for(user: User) -> dict[str, Tell]:
    """The plain fields of this person's records, in their order, with what tells them."""
    fields = dict(FIELDS)
    if user.is_partner:
        fields = {name: known for name, known in fields.items() if name not in NETWORKS_ONLY}
        fields |= PARTNERS
    return {name: tell for name, (needs, tell) in fields.items() if shown_to(user, [needs])}


def with_related(queryset: QuerySet[Conversion], user: User) -> QuerySet[Conversion]:
    """The rows with all that their records tell; a query a party, whatever the number of rows.

    Many rows share few offers: to read each of these once takes half the time of a join.
    """
    related = ["offer", "event"]
    if shown_to(user, ["advertiser"]):
        related.append("offer__advertiser")
    if shown_to(user, ["partner"]):
        related.append("partner")
    return queryset.prefetch_related(*related)


def records(conversions: Iterable[Conversion], user: User) -> list[dict[str, Any]]:
    """The records of rows read `with_related`; one query more for their reasons."""
    rows = list(conversions)
    reasons = reasons_of(rows)
    fields = fields_for(user)
    return [_record(row, user, fields, reasons) for row in rows]


def record(conversion: Conversion, user: User) -> dict[str, Any]:
    """One conversion's record, as this person may read it."""
    return records([conversion], user)[0]


def reasons_of(rows: Iterable[Conversion]) -> Reasons:
    """Number and public text of each reason that these rows name."""
    codes = {row.reason_code for row in rows} - {""}
    found = Reason.objects.filter(code__in=codes).values_list("code", "pk", "text")
    return {code: (pk, text) for code, pk, text in found} if codes else {}


def _record(
    c: Conversion, user: User, fields: Mapping[str, Tell], reasons: Reasons
) -> dict[str, Any]:
    told = {name: tell(c) for name, tell in fields.items()}
    told["error_code"], told["error_message"] = reasons.get(c.reason_code, (0, c.reason_code))
    told["relationship"] = _relationship(c, user)
    return told


def _relationship(c: Conversion, user: User) -> dict[str, Any]:
    offer = c.offer
    parties: dict[str, Any] = {
        "offer": {
            "network_offer_id": offer.pk,
            "network_id": NETWORK_ID,
            "name": offer.name,
            "offer_status": offer.status,
            "currency_id": offer.currency,
        }
    }
    if shown_to(user, ["advertiser"]):
        parties["offer"]["network_advertiser_id"] = offer.advertiser_id
        parties["advertiser"] = {
            "network_advertiser_id": offer.advertiser_id,
            "name": offer.advertiser.name,
        }
    if shown_to(user, ["partner"]):
        parties["affiliate"] = {"network_affiliate_id": c.partner_id, "name": c.partner.name}
    return {**parties, "query_parameters": {}}
