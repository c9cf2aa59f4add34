"""What becomes of each row of a file: raise, edit, decide, or leave alone, and why. Pure.

The rules are those of single requests (`rules`, `wanted`, services.raising); what Confirm then
does with a ready row is its `Plan`.
"""

from collections.abc import Iterable
from typing import Any

from convertr.jobs.models import Outcome
from requests_workflow import rules
from requests_workflow.imports.checks import (
    Wrong,
    asked_of,
    check_currency,
    check_move,
    check_new,
    check_parties,
    check_raise,
    check_reason,
    conversion_of,
    without_identity,
)
from requests_workflow.imports.facts import Asked, Facts, Request, Tracked
from requests_workflow.imports.verdicts import Plan, Verdict, public, ready
from requests_workflow.rules import Move, Status, Type
from requests_workflow.services.raising import of_new


def judge_all(rows: Iterable[Asked], facts: Facts) -> list[Verdict]:
    """The verdict of each row, each by itself."""
    verdicts = [_judge(row, facts) for row in rows]
    if facts.own_partner is not None:
        for verdict in verdicts:
            verdict.was, verdict.becomes = public(verdict.was), public(verdict.becomes)
    return verdicts


def _judge(row: Asked, facts: Facts) -> Verdict:
    try:
        if row.request is not None:
            return _existing(row, facts)
        return _change(row, facts) if row.type == Type.CHANGE else _create(row, facts)
    except Wrong as wrong:
        return Verdict(row, wrong.outcome, wrong.code, wrong.params)


# --- new requests ---


def _change(row: Asked, facts: Facts) -> Verdict:
    conversion = conversion_of(row, facts)
    check_raise(Type.CHANGE, facts)
    check_parties(row, conversion.offer, conversion.partner, facts)
    fields = without_identity(row.fields, conversion)
    fields, before = asked_of(fields, conversion, facts)
    move = _first_move(row, Type.CHANGE, facts)
    subject = ("conversion", conversion.id)
    if not fields:
        return Verdict(row, Outcome.UNCHANGED, "already_so", subject=subject)
    parties = {
        "conversion": conversion.id,
        "offer": conversion.offer,
        "event": conversion.event,
        "partner": conversion.partner,
    }
    plan = Plan(Type.CHANGE, parties, fields, before, move, row.reason, row.comment)
    return ready(row, subject, plan, was=before, status=None)


def _create(row: Asked, facts: Facts) -> Verdict:
    check_raise(Type.CREATE, facts)
    if row.uuid or row.conversion is not None:
        raise Wrong("conversion_given")
    if row.offer is None:
        raise Wrong("empty_key", column="offer_id")
    offer = facts.offers.get(row.offer)
    if offer is None or not offer.askable:
        raise Wrong("offer_not_found", Outcome.NOT_FOUND)
    partner = facts.own_partner if row.partner is None else row.partner
    if partner is None:
        raise Wrong("empty_key", column="partner_id")
    theirs = facts.own_partner not in (None, partner)
    if theirs or (partner not in facts.partners and partner != facts.own_partner):
        raise Wrong("partner_not_found", Outcome.NOT_FOUND)
    if offer.partners and partner not in offer.partners:
        raise Wrong("partner_not_on_offer")
    if offer.base is None:
        raise Wrong("event_unknown")
    check_currency(row, row.offer, facts)
    fields = of_new(row.fields)
    check_new(fields, facts.events[offer.base])
    check_reason(fields, facts)
    parties = {"conversion": None, "offer": row.offer, "event": offer.base, "partner": partner}
    move = _first_move(row, Type.CREATE, facts)
    plan = Plan(Type.CREATE, parties, fields, {}, move, row.reason, row.comment)
    return ready(row, _subject_of_new(row, partner), plan, was={}, status=None)


def _subject_of_new(row: Asked, partner: int) -> tuple[Any, ...]:
    """Two rows of one key are the same sale; without any key only those that are all alike.

    One click (`transaction_id`) may lead to several.
    """
    for name in ("request_id", "order_id"):
        if key := row.fields.get(name):
            return ("new", row.offer, name, key)
    return ("new", row.offer, partner, *sorted(row.fields.items()))


def _first_move(row: Asked, type_: Type, facts: Facts) -> Move | None:
    """The decision that a new request comes with; by its raiser, whom four eyes concern."""
    if row.decision in ("", Status.INQUIRED):
        return None
    move = {Status.ACCEPTED: Move.ACCEPT, Status.REJECTED: Move.REJECT}.get(Status(row.decision))
    if move is None:
        raise Wrong("status_of_system", status=row.decision.upper())
    check_move(move, Status.INQUIRED, type_, facts.who(facts.actor))
    if move == Move.REJECT and not row.reason:
        raise Wrong("reason_missing")
    return move


# --- requests that are there ---


def _existing(row: Asked, facts: Facts) -> Verdict:
    request = facts.requests.get(row.request or 0)
    if request is None:
        raise Wrong("request_not_found", Outcome.NOT_FOUND)
    conversion = facts.conversions.get(request.conversion or 0)
    _check_same_subject(row, request, conversion, facts)
    fields = row.fields
    if request.type == Type.CHANGE and conversion:
        fields = without_identity(fields, conversion)
    # What the row says nothing about stays as it was asked for.
    fields = {**request.wanted, **fields}
    move = _move(row, request, facts)
    plan = Plan(request.type, move=move, reason=row.reason, comment=row.comment)
    subject = ("request", request.id)
    if fields != request.wanted:
        fields, before = _edited(request, fields, conversion, facts)
    if fields != request.wanted:
        plan.fields, plan.before = fields, before
    elif not move and not row.comment:
        return Verdict(row, Outcome.UNCHANGED, "already_so", subject=subject)
    if row.comment and not rules.may_comment(facts.who(request.raised_by)):
        raise Wrong(rules.FORBIDDEN)
    return ready(
        row,
        subject,
        plan,
        was=request.wanted,
        status=request.status,
        target=request.id,
        version=request.version,
    )


def _check_same_subject(
    row: Asked, request: Request, conversion: Tracked | None, facts: Facts
) -> None:
    if row.type and row.type != request.type:
        raise Wrong("not_of_request", column="request_type")
    if row.conversion is not None and row.conversion != request.conversion:
        raise Wrong("not_of_request", column="conversion_id")
    if row.uuid and (conversion is None or row.uuid != conversion.uuid):
        raise Wrong("not_of_request", column="conversion_uuid")
    check_parties(row, request.offer, request.partner, facts)


def _move(row: Asked, request: Request, facts: Facts) -> Move | None:
    if row.decision in ("", request.status):
        if row.reason and row.reason != request.decision_reason.strip():
            raise Wrong(rules.NO_WAY, status=request.status)
        return None
    if row.decision in (Status.PROCESSED, Status.FAILED):
        raise Wrong("status_of_system", status=row.decision.upper())
    if row.decision == Status.INQUIRED:
        raise Wrong(rules.NO_WAY, status=request.status)
    accept = Move.RETRY if request.status == Status.FAILED else Move.ACCEPT
    move = accept if row.decision == Status.ACCEPTED else Move.REJECT
    check_move(move, request.status, request.type, facts.who(request.raised_by))
    if move == Move.REJECT and not row.reason:
        raise Wrong("reason_missing")
    return move


def _edited(
    request: Request, fields: dict[str, str], conversion: Tracked | None, facts: Facts
) -> tuple[dict[str, str], dict[str, Any]]:
    """As services.raising.edit would: what is asked for now, and what the conversion has of it."""
    check_move(Move.EDIT, request.status, request.type, facts.who(request.raised_by))
    if request.type == Type.CREATE:
        fields = of_new(fields)
        check_new(fields, facts.events[request.event])
        check_reason(fields, facts, had=[request.wanted])
        return fields, {}
    if conversion is None:
        raise Wrong("not_found", Outcome.NOT_FOUND)
    asked, before = asked_of(fields, conversion, facts, had=request.wanted)
    if not asked:
        raise Wrong("nothing_asked")
    return asked, before
