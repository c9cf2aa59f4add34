"""Decisions, one or thousands: conditional on the version that the decider saw, in one statement.

Of two deciders at once one wins, and the other is told who was first. Nobody decides an own
request without `decide_own_request` (four eyes). Accepting validates first (`validation`).
"""

import json
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from django.core.exceptions import PermissionDenied
from django.db import connection, transaction
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from convertr.accounts.access import require
from convertr.accounts.models import User
from convertr.audit.context import recorded
from convertr.errors import DomainError
from convertr.jobs.planner import join_by_hash
from convertr.jobs.texts import render
from requests_workflow import rules, wanted
from requests_workflow.access import permissions_of, who
from requests_workflow.models import ConversionRequest
from requests_workflow.nudge import nudge
from requests_workflow.rules import FORBIDDEN, FOUR_EYES, NO_WAY, TRANSITIONS, Move, Status, Type
from requests_workflow.services import discussing, notifying
from requests_workflow.services.validation import CONFLICT, JUDGING, VALUES, present_of
from requests_workflow.visibility import ANYWAY, person_shown_to

STALE = "stale"
# For `Choice.anyway`: whatever the conversion has become.
ANY = "*"
_DECIDE = f"""
WITH asked AS MATERIALIZED (
    SELECT * FROM unnest(%(ids)s::bigint[], %(versions)s::int[], %(reasons)s::text[],
        %(anyway)s::text[]) AS given (id, version, reason, anyway)
),
held AS MATERIALIZED (
    SELECT * FROM requests_workflow_conversionrequest WHERE id = ANY(%(ids)s::bigint[])
    ORDER BY id FOR NO KEY UPDATE
),
{{judging}},
told AS MATERIALIZED (
    SELECT a.id, a.reason, h.raised_by_id, j.agreed, j.code = '{CONFLICT}' AS waived, CASE
            WHEN h.id IS NULL THEN 'gone'
            WHEN h.raised_by_id = %(actor)s AND NOT %(may_decide_own)s THEN '{FOUR_EYES}'
            WHEN h.version <> a.version THEN '{STALE}'
            WHEN h.status <> ALL (%(sources)s::text[]) THEN '{NO_WAY}'
            ELSE CASE WHEN j.code = '{CONFLICT}' AND a.anyway IN ('{ANY}', j.params->>'seen')
                THEN NULL ELSE j.code END
        END AS code,
        CASE WHEN h.status <> ALL (%(sources)s::text[])
            THEN jsonb_build_object('status', h.status) ELSE j.params END AS params
    FROM asked a LEFT JOIN held h ON h.id = a.id LEFT JOIN judged j ON j.id = a.id
),
decided AS (
    UPDATE requests_workflow_conversionrequest r SET
        status = %(target)s, version = r.version + 1, decided_by_id = %(actor)s,
        decided_at = now(), decision_reason = t.reason,
        move_note = CASE WHEN t.waived THEN '{ANYWAY}' ELSE '' END,
        failure_code = '', failure_params = '{{{{}}}}',
        agreed = CASE WHEN %(target)s = '{Status.ACCEPTED}' THEN t.agreed ELSE r.agreed END
    FROM told t WHERE r.id = t.id AND t.code IS NULL AND r.id = ANY(%(ids)s::bigint[])
)
SELECT id, raised_by_id, code, params::text FROM told
"""  # noqa: S608  parts of this file
# A rejection needs no look at the conversion.
_UNJUDGED = """
judged AS (SELECT id, NULL::text AS code, '{}'::jsonb AS params, NULL::jsonb AS agreed FROM held)
"""


@dataclass(frozen=True)
class Choice:
    """A request, the version of it that the decider saw, and a reason of its own.

    `anyway`: the conflict in spite of which it is accepted (`Problem.seen`), or ANY.
    """

    request_id: int
    version: int
    reason: str = ""
    anyway: str = ""


@dataclass(frozen=True)
class Refused:
    """Why a request was not decided: a code and its parameters (requests_workflow.texts)."""

    code: str
    params: dict[str, Any]


def decide_many(
    *,
    actor: User,
    move: Move,
    choices: Sequence[Choice],
    reason: str = "",
) -> dict[int, Refused | None]:
    """Accept, reject or retry requests in one transaction; answers None for each one decided.

    A rejection needs a reason, for all or of each choice's own: DomainError `reason_missing`.
    """
    require(actor, rules.DECIDE)
    sources = TRANSITIONS[move]
    reasons = [discussing.checked_text(one.reason or reason, "reason_bad") for one in choices]
    if move == Move.REJECT and not all(reasons or [reason.strip()]):
        raise DomainError("reason_missing", _("Give a reason for rejecting."))
    if not choices:
        return {}
    judged = move != Move.REJECT
    values: dict[str, Any] = {
        **VALUES,
        "ids": [choice.request_id for choice in choices],
        "versions": [choice.version for choice in choices],
        "actor": actor.pk,
        "may_decide_own": actor.has_perm(rules.DECIDE_OWN),
        "sources": [str(status) for status in sources],
        "target": str(next(iter(sources.values()))),
        "reasons": reasons if move == Move.REJECT else [""] * len(choices),
        "anyway": [choice.anyway for choice in choices],
    }
    with recorded(), connection.cursor() as cursor:
        join_by_hash()
        cursor.execute(_DECIDE.format(judging=JUDGING if judged else _UNJUDGED), values)
        told = cursor.fetchall()
        decided = [(pk, raiser) for pk, raiser, code, _params in told if code is None]
        notifying.tell_decided(decided, what=move, by=actor.pk)
        if judged and decided:
            transaction.on_commit(nudge, robust=True)
    return {
        pk: Refused(code, json.loads(params or "{}")) if code else None
        for pk, _raiser, code, params in told
    }


def accept(
    *,
    actor: User,
    request: ConversionRequest,
    version: int,
    anyway: str = "",
    revenue: str = "",
) -> ConversionRequest:
    """Accept a request; it is processed within seconds. `revenue`: the agency sets it, too.

    `anyway`: see Choice.
    """
    with transaction.atomic():
        if revenue.strip():
            _set_revenue(actor, request, version, revenue)
        return _decide(actor, Move.ACCEPT, request, version, anyway=anyway)


def reject(
    *, actor: User, request: ConversionRequest, version: int, reason: str
) -> ConversionRequest:
    """Reject an inquired or a failed request, saying why."""
    return _decide(actor, Move.REJECT, request, version, reason=reason)


def retry(
    *, actor: User, request: ConversionRequest, version: int, anyway: str = ""
) -> ConversionRequest:
    """Let a failed request be processed again."""
    return _decide(actor, Move.RETRY, request, version, anyway=anyway)


def withdraw(*, actor: User, request: ConversionRequest, version: int) -> ConversionRequest:
    """Take back one's own request: rejected, with the reason "withdrawn"."""
    with recorded():
        held = hold(actor, Move.WITHDRAW, request, version)
        held.decided_by, held.decided_at = actor, timezone.now()
        held.decision_reason, held.move_note = rules.WITHDRAWN, ""
        _store(held, Move.WITHDRAW)
    return held


def reopen(
    *, actor: User, request: ConversionRequest, version: int, comment: str
) -> ConversionRequest:
    """Ask again for what was rejected, with a comment; from now on this is when it was raised."""
    if not comment.strip():
        raise DomainError("comment_missing", _("Write why you ask again."))
    with recorded():
        held = hold(actor, Move.REOPEN, request, version)
        held.decided_by = held.decided_at = None
        held.decision_reason, held.move_note = "", comment.strip()
        if held.type == Type.CHANGE and held.conversion_id:
            now = present_of(held.conversion_id)
            held.before = {name: now.get(name) for name in held.wanted}
        _store(held, Move.REOPEN)
        # The raiser tells the agency; to the raiser it is told below.
        by_raiser = held.raised_by_id == actor.pk
        discussing.comment(actor=actor, request=held, text=comment, tell=by_raiser)
        notifying.tell_decided([notifying.raiser_of(held)], what=Move.REOPEN, by=actor.pk)
    return held


def hold(actor: User, move: Move, request: ConversionRequest, version: int) -> ConversionRequest:
    """The request as it is, held for this transaction, where the move may be made."""
    held = ConversionRequest.objects.select_for_update().get(pk=request.pk)
    refused = rules.refusal(move, status=held.status, type_=held.type, who=who(actor, held))
    if refused == FORBIDDEN:
        raise PermissionDenied
    if held.version != version:
        raise _refused(actor, held, Refused(STALE, {}))
    if refused:
        raise _refused(actor, held, Refused(refused, {"status": held.status}))
    return held


def _store(held: ConversionRequest, move: Move) -> None:
    held.status = TRANSITIONS[move][Status(held.status)]
    held.version += 1
    held.save()


def _set_revenue(actor: User, request: ConversionRequest, version: int, revenue: str) -> None:
    """The agency's part of what a partner asks for (requests.md, "Portal")."""
    require(actor, rules.DECIDE)
    try:
        amount = wanted.FIELDS["revenue"].read("revenue", revenue)
    except wanted.BadValue as error:
        raise DomainError(error.code, render(error.code, error.params), **error.params) from error
    with recorded():
        held = hold(actor, Move.ACCEPT, request, version)
        if held.raiser_partner_id is None or "revenue" in held.wanted:
            text = _("Only a partner's request that names no revenue leaves it to you.")
            raise DomainError("revenue_not_open", text)
        held.wanted = {**held.wanted, "revenue": amount}
        if held.conversion_id and "revenue" not in held.before:
            held.before = {**held.before, "revenue": present_of(held.conversion_id)["revenue"]}
        held.save(update_fields=["wanted", "before"])


def _decide(
    actor: User,
    move: Move,
    request: ConversionRequest,
    version: int,
    *,
    reason: str = "",
    anyway: str = "",
) -> ConversionRequest:
    if rules.DECIDE not in permissions_of(actor):
        raise PermissionDenied
    choice = Choice(request.pk, version, anyway=anyway)
    told = decide_many(actor=actor, move=move, choices=[choice], reason=reason)
    request.refresh_from_db()
    if refused := told[request.pk]:
        raise _refused(actor, request, refused)
    return request


def _refused(actor: User, request: ConversionRequest, refused: Refused) -> DomainError:
    """The sentence of a refusal; of two at once, the second is told who was first."""
    if refused.code == STALE and request.decided_by and request.status != Status.INQUIRED:
        first = {
            "who": person_shown_to(actor, request.decided_by),
            "status": request.get_status_display().lower(),
        }
        text = _("%(who)s was first: the request is %(status)s now.") % first
        return DomainError(STALE, text, status=request.status)
    params: dict[str, Any] = dict(refused.params)
    if "status" in params:
        params["status"] = Status(params["status"]).label.lower()
    sentence = render(refused.code, params)
    return DomainError(refused.code, f"{sentence[:1].upper()}{sentence[1:]}.", **refused.params)
