"""Which leads are called for now: claims of calls, and what came of them, many in few statements.

A call is claimed (state sending, its lead being sent) and committed before it leaves. A claim whose
sender is gone is called again under the same key: unknown, repeated.
"""

import uuid
from collections.abc import Collection, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any

from django.conf import settings
from django.db import connection

from batches import pending
from batches.models import Integration
from convertr.audit.context import acting, recorded
from convertr.outbound.answers import Answer
from convertr.outbound.backoff import GIVE_UP_AFTER
from convertr.outbound.retries import due_again
from leads import deliveries

AT_ONCE = 200
_STORE = f"""
INSERT INTO batches_call (integration_id, lead_id, round, key, state, due_at, attempts, outcome,
    created_at)
SELECT d.integration, d.lead_id, d.round, gen_random_uuid(), 'waiting', now(), 0, '', now()
FROM leads_leaddelivery d JOIN leads_lead l ON l.id = d.lead_id
JOIN batches_integration i ON i.id = d.integration AND i.active AND i.kind = 'realtime'
WHERE {deliveries.WAITS}
ON CONFLICT (integration_id, lead_id, round) DO UPDATE SET
    state = 'waiting', due_at = now(), attempts = 0, give_up_at = NULL, ended_at = NULL
    WHERE batches_call.state = 'failed'
"""  # noqa: S608  a part of this project
_UNKNOWN = ("timeout", "cut", "error", "unknown")
# What its sender left under way is logged as unknown, in its own place: before the repeat.
_CLAIM = """
WITH picked AS (
    SELECT c.id, c.state, c.claimed_at, c.outcome FROM batches_call c
    JOIN batches_integration i ON i.id = c.integration_id AND i.active
    WHERE c.state = 'waiting' AND c.due_at <= now()
        OR c.state = 'sending' AND c.claimed_at < now() - %(silent)s
    ORDER BY c.due_at, c.id LIMIT %(most)s FOR NO KEY UPDATE OF c SKIP LOCKED
), lost AS (
    INSERT INTO batches_callattempt (call_id, at, outcome, repeat)
    SELECT id, claimed_at, 'unknown', outcome = ANY(%(unknown)s) FROM picked
    WHERE state = 'sending' ORDER BY id
)
UPDATE batches_call c SET state = 'sending', token = %(token)s, claimed_at = now(),
    attempts = c.attempts + 1, give_up_at = coalesce(c.give_up_at, now() + %(give_up_after)s),
    outcome = CASE WHEN c.state = 'sending' THEN 'unknown' ELSE c.outcome END
FROM picked WHERE c.id = picked.id
RETURNING c.id, c.integration_id, c.lead_id, c.round, c.key, c.attempts, c.give_up_at, c.outcome
"""
_DROP = """
UPDATE batches_call SET state = 'failed', token = NULL, outcome = 'withdrawn', ended_at = now()
WHERE id = ANY(%(ids)s) AND token = %(token)s
"""
_TELL = """
WITH told AS (
    SELECT * FROM unnest(%(id)s::bigint[], %(state)s::text[], %(due)s::timestamptz[],
        %(outcome)s::text[], %(repeat)s::bool[], %(status)s::int[], %(ms)s::int[],
        %(at)s::timestamptz[])
    AS told (id, state, due, outcome, repeat, status, ms, at)
), written AS (
    UPDATE batches_call c SET state = told.state, token = NULL, outcome = told.outcome,
        due_at = coalesce(told.due, c.due_at),
        ended_at = CASE WHEN told.state = 'waiting' THEN NULL ELSE now() END
    FROM told WHERE c.id = told.id AND c.token = %(token)s AND c.state = 'sending'
    RETURNING told.*
), logged AS (
    INSERT INTO batches_callattempt (call_id, at, outcome, repeat, status, milliseconds)
    SELECT id, at, outcome, repeat, status, ms FROM written ORDER BY at
)
SELECT id, state FROM written
"""
# What a lead's delivery becomes with its call; after an unknown outcome it stays as being sent.
_BECOMES = {"sent": "sent", "failed": "failed", "waiting": "queued"}


@dataclass(frozen=True, slots=True)
class Claimed:
    """One call to make. `repeat`: the attempt before it may have arrived."""

    id: int
    integration_id: int
    lead_id: int
    round: int
    key: uuid.UUID
    attempts: int
    give_up_at: datetime
    last: str
    # What the call says: names and values, of the same moment.
    names: Sequence[str] = ()
    cells: Sequence[str] = ()

    @property
    def delivery(self) -> tuple[int, int, int]:
        """As leads.deliveries calls it."""
        return self.lead_id, self.integration_id, self.round

    @property
    def repeat(self) -> bool:
        return self.last in _UNKNOWN


@dataclass(frozen=True, slots=True)
class Finished:
    """A call that was made. `taken`: whether its answer says that the lead was."""

    claimed: Claimed
    at: datetime
    answer: Answer
    taken: bool


def store() -> int:
    """A call for each lead that waits for a real-time integration; answers how many are new."""
    with connection.cursor() as cursor:
        cursor.execute(_STORE)
        return int(cursor.rowcount)


def claim(token: uuid.UUID) -> list[Claimed]:
    """Claim calls whose leads still wait; those of others end as withdrawn."""
    while True:
        claimed, going = _claim_some(token)
        if going or not claimed:
            return going


def _claim_some(token: uuid.UUID) -> tuple[int, list[Claimed]]:
    """How many were claimed, and those of them that go."""
    values: dict[str, Any] = {
        "token": token,
        "most": AT_ONCE,
        "silent": timedelta(seconds=settings.POSTBACK_SILENT_SECONDS),
        "give_up_after": GIVE_UP_AFTER,
        "unknown": list(_UNKNOWN),
    }
    with acting(channel="system"), recorded(), connection.cursor() as cursor:
        cursor.execute(_CLAIM, values)
        claimed = [Claimed(*row) for row in cursor.fetchall()]
        going = deliveries.begin([one.delivery for one in claimed])
        staying = [one.id for one in claimed if one.delivery not in going]
        if staying:
            cursor.execute(_DROP, {"ids": staying, "token": token})
        return len(claimed), _with_cells([one for one in claimed if one.delivery in going])


def tell(finished: Sequence[Finished], token: uuid.UUID) -> None:
    """Write what came of calls, and what that makes of their leads."""
    fates = [_fate(one) for one in finished]
    values: dict[str, Any] = {
        "token": token,
        "id": [one.claimed.id for one in finished],
        "state": [state for state, _due in fates],
        "due": [due for _state, due in fates],
        "outcome": [_word(one) for one in finished],
        "repeat": [one.claimed.repeat for one in finished],
        "status": [one.answer.status for one in finished],
        "ms": [one.answer.milliseconds for one in finished],
        "at": [one.at for one in finished],
    }
    with acting(channel="system"), recorded(), connection.cursor() as cursor:
        cursor.execute(_TELL, values)
        states = dict(cursor.fetchall())
        deliveries.end(
            [
                (*one.claimed.delivery, becomes)
                for one in finished
                if one.claimed.id in states
                and (becomes := _becomes(one, states[one.claimed.id])) is not None
            ]
        )


def _becomes(finished: Finished, state: str) -> str | None:
    if state == "waiting" and finished.answer.unknown:
        return None
    return _BECOMES[state]


def _fate(finished: Finished) -> tuple[str, datetime | None]:
    """The call's next state, and when it is tried again."""
    claimed, answer = finished.claimed, finished.answer
    if finished.taken:
        return "sent", None
    if answer.delivered or not answer.transient:
        return "failed", None
    due = due_again(
        attempts=claimed.attempts,
        give_up_at=claimed.give_up_at,
        retry_after=answer.retry_after,
    )
    return ("waiting", due) if due else ("failed", None)


def _word(finished: Finished) -> str:
    """The outcome; a 2xx whose answer lacks the pattern was rejected."""
    if finished.answer.delivered and not finished.taken:
        return "rejected"
    return str(finished.answer.outcome)


def _with_cells(claimed: Collection[Claimed]) -> list[Claimed]:
    """With what each is to say, worked out by one statement an integration."""
    ready: list[Claimed] = []
    ids = {one.integration_id for one in claimed}
    for integration in Integration.objects.filter(pk__in=ids):
        own = [one for one in claimed if one.integration_id == integration.pk]
        leads = [one.lead_id for one in own]
        found = pending.cells(integration.fields, leads, zone=settings.TIME_ZONE)
        names = [header for header, _source in integration.fields]
        ready += [replace(one, names=names, cells=found[one.lead_id]) for one in own]
    return ready
