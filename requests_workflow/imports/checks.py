"""Checks that the rows of a file share, whether they raise requests or change them. Pure."""

from collections.abc import Iterable, Mapping
from decimal import Decimal
from typing import Any

from conversions.making import amounts_of_sale
from conversions.rules import MAX_AMOUNT
from conversions.rules import Status as ConversionStatus
from convertr.jobs.models import Outcome
from convertr.network.models import OfferEvent
from requests_workflow import rules
from requests_workflow.imports.facts import Asked, Facts, Tracked
from requests_workflow.rules import Move, Type, Who
from requests_workflow.wanted import differing

IDENTITY = ("request_id", "transaction_id", "converted_at")
COLUMN_OF = {"converted_at": "conversion_time"}


class Wrong(Exception):  # noqa: N818  a row that is wrong
    """Why a row can't be done: an outcome, a code and its parameters."""

    def __init__(self, code: str, outcome: str = Outcome.INVALID, **params: Any) -> None:
        super().__init__(code)
        self.code, self.outcome, self.params = code, outcome, params


def conversion_of(row: Asked, facts: Facts) -> Tracked:
    if not row.uuid and row.conversion is None:
        raise Wrong("empty_key", column="conversion_uuid")
    by_id = facts.conversions.get(row.conversion) if row.conversion is not None else None
    by_uuid = facts.by_uuid.get(row.uuid)
    found = by_id or by_uuid
    if (
        found is None
        or (row.uuid and by_uuid is not found)
        or (row.conversion is not None and by_id is not found)
    ):
        raise Wrong("not_found", Outcome.NOT_FOUND)
    return found


def asked_of(
    fields: Mapping[str, str],
    conversion: Tracked,
    facts: Facts,
    *,
    had: Mapping[str, str] | None = None,
) -> tuple[dict[str, str], dict[str, Any]]:
    """What differs from the conversion, and what it has of that; blanks around a text don't."""
    present = conversion.present
    same = {name for name, value in fields.items() if (present[name] or "").strip() == value != ""}
    reason = {"reason_code"} if "status" in fields.keys() - same else set()
    told = {n: v for n, v in fields.items() if n not in same or n in reason}
    asked = differing(told, present)
    if asked.get("status") == ConversionStatus.PENDING:
        raise Wrong("open_not_possible")
    check_reason(asked, facts, had=(had or {}, present))
    return asked, {name: present[name] for name in asked}


def without_identity(fields: dict[str, str], conversion: Tracked) -> dict[str, str]:
    """A change's file may say what the conversion is called, but can't change that."""
    for name in IDENTITY:
        if name in fields and fields[name] != conversion.identity(name):
            raise Wrong("not_askable", column=COLUMN_OF.get(name, name))
    return {name: value for name, value in fields.items() if name not in IDENTITY}


def check_raise(type_: Type, facts: Facts) -> None:
    if rules.RAISE_PERMISSIONS[type_] not in facts.permissions:
        raise Wrong(rules.FORBIDDEN)


def check_move(move: Move, status: str, type_: str, who: Who) -> None:
    if refused := rules.refusal(move, status=status, type_=type_, who=who):
        raise Wrong(refused, **({"status": status} if refused == rules.NO_WAY else {}))


def check_parties(row: Asked, offer: int, partner: int, facts: Facts) -> None:
    if row.offer not in (None, offer):
        raise Wrong("not_of_request", column="offer_id")
    if row.partner not in (None, partner):
        raise Wrong("not_of_request", column="partner_id")
    check_currency(row, offer, facts)


def check_currency(row: Asked, offer: int, facts: Facts) -> None:
    currency = facts.offers[offer].currency
    if row.currency and row.currency != currency:
        raise Wrong("other_currency", currency=currency, value=row.currency)


def check_new(fields: Mapping[str, str], event: OfferEvent) -> None:
    sale = Decimal(fields["sale_amount"]) if "sale_amount" in fields else None
    both = amounts_of_sale(event, sale)
    if max(both["payout"], both["revenue"]) > MAX_AMOUNT:
        raise Wrong("amount_too_large")


def check_reason(
    fields: Mapping[str, str], facts: Facts, *, had: Iterable[Mapping[str, str | None]] = ()
) -> None:
    """A reason is one of the catalogue; a retired one may stay where it was."""
    code = fields.get("reason_code", "")
    kept = [values.get("reason_code") for values in had]
    if code and code not in kept and code not in facts.reasons:
        raise Wrong("unknown_reason", value=code[:80])
