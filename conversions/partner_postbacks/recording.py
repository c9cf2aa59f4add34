"""What the sender tells the database after its calls: many outcomes in few statements."""

import uuid
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

from django.db import connection, transaction

from conversions.partner_postbacks.claiming import Claimed
from convertr.outbound.answers import Answer
from convertr.outbound.retries import due_again

# Switched off after so many failed attempts in a row, over at least so long.
MOST_FAILURES = 25
FAILING_FOR = timedelta(minutes=10)

# An outcome counts only for whoever still holds the claim, and once.
_TELL = """
WITH told AS MATERIALIZED (
    SELECT * FROM unnest(%(id)s::bigint[], %(day)s::date[], %(at)s::timestamptz[],
        %(outcome)s::text[], %(repeat)s::bool[], %(status)s::int[], %(ms)s::int[],
        %(answer)s::text[], %(state)s::text[], %(due)s::timestamptz[])
    AS told (id, day, at, outcome, repeat, status, ms, answer, state, due)
), held AS MATERIALIZED (
    SELECT e.created_on, e.postback_id, told.* FROM conversions_postbackevent e
    JOIN told ON e.id = told.id AND e.created_on = told.day
    WHERE e.token = %(token)s AND e.state = 'sending' ORDER BY e.id FOR NO KEY UPDATE OF e
), written AS (
    UPDATE conversions_postbackevent e SET token = NULL, code = held.outcome,
        due_at = coalesce(held.due, e.due_at),
        state = CASE WHEN held.state <> 'waiting' THEN held.state
                     WHEN e.stale THEN 'superseded'
                     WHEN coalesce(p.active, false) THEN 'waiting' ELSE 'stopped' END
    FROM held LEFT JOIN conversions_partnerpostback p ON p.id = held.postback_id
    WHERE e.id = held.id AND e.created_on = held.created_on
    RETURNING held.*
)
INSERT INTO conversions_postbackattempt
    (created_on, postback_id, event_id, at, outcome, repeat, status, milliseconds, answer)
SELECT (at AT TIME ZONE 'UTC')::date, postback_id, id, at, outcome, repeat, status, ms, answer
FROM written ORDER BY at
"""
_GIVE_BACK = """
UPDATE conversions_postbackevent e SET token = NULL, attempts = greatest(e.attempts, 1) - 1,
    state = CASE WHEN e.stale THEN 'superseded' ELSE 'waiting' END
FROM unnest(%(id)s::bigint[], %(day)s::date[]) AS back (id, day)
WHERE e.id = back.id AND e.created_on = back.day AND e.token = %(token)s AND e.state = 'sending'
"""
_COUNT = """
UPDATE conversions_partnerpostback p SET
    failures = CASE WHEN c.delivered THEN c.failures ELSE p.failures + c.failures END,
    failing_since = CASE WHEN c.delivered THEN c.since ELSE coalesce(p.failing_since, c.since) END,
    hold_until = greatest(p.hold_until, c.hold)
FROM unnest(%(id)s::bigint[], %(delivered)s::bool[], %(failures)s::int[],
    %(since)s::timestamptz[], %(hold)s::timestamptz[]) AS c (id, delivered, failures, since, hold)
WHERE p.id = c.id AND (c.failures > 0 OR p.failures > 0)
RETURNING p.id, p.active AND p.failures >= %(most)s AND p.failing_since <= now() - %(for)s
"""


@dataclass(frozen=True, slots=True)
class Finished:
    """A call that was made, when it began, and its answer."""

    claimed: Claimed
    at: datetime
    answer: Answer


@dataclass(slots=True)
class _Count:
    """What the calls of one postback come to, in the order in which they ended."""

    delivered: bool = False
    failures: int = 0
    since: datetime | None = None
    hold: datetime | None = None

    def add(self, finished: Finished) -> None:
        answer, now = finished.answer, datetime.now(UTC)
        if answer.delivered:
            self.delivered, self.failures, self.since = True, 0, None
            return
        self.failures += 1
        self.since = self.since or now
        if answer.status == 429 and answer.retry_after:
            self.hold = now + answer.retry_after


def record(finished: Sequence[Finished], token: uuid.UUID) -> list[int]:
    """Write outcomes and attempts; answers the postbacks that have failed for too long."""
    if not finished:
        return []
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(_TELL, {**_columns(finished), "token": token})
        counts = _counts(finished)
        if not counts:
            return []
        cursor.execute(_COUNT, counts)
        return [pk for pk, is_over in cursor.fetchall() if is_over]


def give_back(claimed: Iterable[Claimed], token: uuid.UUID) -> None:
    """Free events that were claimed and not called."""
    events = list(claimed)
    if not events:
        return
    values: dict[str, Any] = {
        "id": [event.event_id for event in events],
        "day": [event.created_on for event in events],
        "token": token,
    }
    with connection.cursor() as cursor:
        cursor.execute(_GIVE_BACK, values)


def _columns(finished: Sequence[Finished]) -> dict[str, Any]:
    fates = [_fate(one) for one in finished]
    return {
        "id": [one.claimed.event_id for one in finished],
        "day": [one.claimed.created_on for one in finished],
        "at": [one.at for one in finished],
        "outcome": [_word(one) for one in finished],
        "repeat": [one.claimed.repeat for one in finished],
        "status": [one.answer.status for one in finished],
        "ms": [one.answer.milliseconds for one in finished],
        "answer": [_text(one.answer.body) for one in finished],
        "state": [state for state, _due in fates],
        "due": [due for _state, due in fates],
    }


def _fate(finished: Finished) -> tuple[str, datetime | None]:
    """The event's next state, and when it is tried again. Tests are sent once."""
    claimed, answer = finished.claimed, finished.answer
    if answer.delivered:
        return "delivered", None
    if claimed.is_test or not answer.transient:
        return "failed", None
    due = due_again(
        attempts=claimed.attempts,
        give_up_at=claimed.give_up_at,
        retry_after=answer.retry_after,
    )
    return ("waiting", due) if due else ("failed", None)


def _word(finished: Finished) -> str:
    gone = not finished.claimed.url
    return "gone" if gone else str(finished.answer.outcome)


def _text(body: bytes) -> str:
    """As text that PostgreSQL takes."""
    return body.decode("utf-8", "replace").replace("\0", "�")


def _counts(finished: Sequence[Finished]) -> dict[str, Any]:
    """By postback; tests count neither way, nor what was never called."""
    found: dict[int, _Count] = {}
    for one in finished:
        if not one.claimed.is_test and one.claimed.url:
            found.setdefault(one.claimed.postback_id, _Count()).add(one)
    if not found:
        return {}
    # In the order of ids, so that two never wait for each other in a circle.
    ordered = dict(sorted(found.items()))
    return {
        "id": list(ordered),
        "delivered": [count.delivered for count in ordered.values()],
        "failures": [count.failures for count in ordered.values()],
        "since": [count.since for count in ordered.values()],
        "hold": [count.hold for count in ordered.values()],
        "most": MOST_FAILURES,
        "for": FAILING_FOR,
    }
