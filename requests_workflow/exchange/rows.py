"""Requests, and conversions to be changed, as cells of the one format.

What is exported can be imported and changes nothing: cells hold what the reader makes the same of.
"""

from collections.abc import Callable
from decimal import Decimal
from typing import Any

from conversions.models import Conversion
from conversions.rules import Status as ConversionStatus
from requests_workflow.exchange.columns import Column
from requests_workflow.models import ConversionRequest
from requests_workflow.rules import Status, Type
from requests_workflow.wanted import FIELDS, WORD_OF_STATUS, BadValue

# More digits than a worksheet's numbers keep.
_EXACT = Decimal(10) ** 11
Cells = dict[str, Any]


def request_cells(request: ConversionRequest) -> Cells:
    """What a request asks for and where it stands; a field that it doesn't name is empty."""
    wanted = request.wanted
    cells: Cells = {
        "conversion_request_id": request.pk,
        "request_type": request.type.upper(),
        "request_status": request.status.upper(),
        "conversion_id": request.conversion_id,
        "conversion_uuid": request.conversion.uuid if request.conversion else None,
        "offer_id": request.offer_id,
        "partner_id": request.partner_id,
        "conversion_time": wanted.get("converted_at"),
        "status": WORD_OF_STATUS.get(wanted.get("status", "")),
        "currency": request.offer.currency,
        "reason": wanted.get("reason_code"),
    }
    if request.status == Status.REJECTED:
        cells["reason"] = request.decision_reason
    names = ("request_id", "order_id", "transaction_id", *_SUBS)
    cells |= {name: wanted.get(name) for name in names}
    return cells | {name: _amount(wanted.get(name)) for name in _AMOUNTS}


def conversion_cells(conversion: Conversion) -> Cells:
    """A conversion as a request for its change that changes nothing yet."""
    rejected = conversion.status == ConversionStatus.REJECTED
    cells: Cells = {
        "request_type": Type.CHANGE.upper(),
        "conversion_id": conversion.pk,
        "conversion_uuid": conversion.uuid,
        "offer_id": conversion.offer_id,
        "partner_id": conversion.partner_id,
        "conversion_time": _time(conversion),
        "status": WORD_OF_STATUS.get(conversion.status),
        "currency": conversion.offer.currency,
        "reason": conversion.reason_code if rejected else None,
    }
    names = ("request_id", "order_id", "transaction_id", *_SUBS)
    cells |= {name: getattr(conversion, name) for name in names}
    return cells | {name: _amount(getattr(conversion, name)) for name in _AMOUNTS}


_SUBS = tuple(f"sub{n}" for n in range(1, 7))
_AMOUNTS = ("payout", "revenue", "sale_amount")
MAKERS: dict[type, Callable[[Any], Cells]] = {
    ConversionRequest: request_cells,
    Conversion: conversion_cells,
}


def cells_of(record: ConversionRequest | Conversion, columns: list[Column]) -> list[Any]:
    """A row of the format with these columns."""
    made = MAKERS[type(record)](record)
    return [made.get(column.name) for column in columns]


def _amount(value: Any) -> Decimal | str | None:
    """A number; as a text where a worksheet would round it."""
    if value is None:
        return None
    amount = Decimal(value)
    return amount if amount < _EXACT else f"{amount:f}"


def _time(conversion: Conversion) -> str | None:
    """When it happened; nothing where the reader wouldn't take it (it lies in the future)."""
    try:
        return FIELDS["converted_at"].read("conversion_time", conversion.converted_at.isoformat())
    except BadValue:
        return None
