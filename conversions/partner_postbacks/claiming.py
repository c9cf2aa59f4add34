"""What the sender asks of the database before it calls: whose turn it is, and claims of events.

A claim is written before the call leaves (state sending, one more attempt), under the sender's
token; SKIP LOCKED keeps two senders apart. What went silent is freed again (freeing.py).
"""

import uuid
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from django.db import connection

from conversions.partner_postbacks.fairness import Wish
from conversions.partner_postbacks.macros import SAMPLE, fill_in, host_of
from convertr.outbound.backoff import GIVE_UP_AFTER

# Any number will do that nobody else takes.
_LOCK = 7_201_934
# A test is sent whether its postback is on or off.
_OPEN = "(e.is_test OR (p.active AND (p.hold_until IS NULL OR p.hold_until <= now())))"
_DUE = f"""
SELECT p.id, p.partner_id, p.url FROM conversions_partnerpostback p WHERE EXISTS (
    SELECT FROM conversions_postbackevent e
    WHERE e.postback_id = p.id AND e.state = 'waiting' AND e.due_at <= now() AND {_OPEN}
)
"""  # noqa: S608  no value of anybody's
# Never two of one conversion at once to one postback: the later might arrive first.
_CLAIM = f"""
WITH picked AS MATERIALIZED (
    SELECT found.id, found.created_on
    FROM unnest(%(postbacks)s::bigint[], %(most)s::int[]) AS quota (postback_id, most)
    JOIN conversions_partnerpostback p ON p.id = quota.postback_id
    CROSS JOIN LATERAL (
        SELECT e.id, e.created_on FROM conversions_postbackevent e
        WHERE e.postback_id = p.id AND e.state = 'waiting' AND e.due_at <= now() AND {_OPEN}
            AND (e.is_test OR NOT EXISTS (
                SELECT FROM conversions_postbackevent other
                WHERE other.conversion_id = e.conversion_id AND other.postback_id = e.postback_id
                    AND other.state = 'sending' AND NOT other.is_test
            ))
        ORDER BY e.due_at LIMIT quota.most FOR NO KEY UPDATE OF e SKIP LOCKED
    ) found
), claimed AS (
    UPDATE conversions_postbackevent e SET state = 'sending', token = %(token)s,
        claimed_at = clock_timestamp(), attempts = e.attempts + 1,
        give_up_at = coalesce(e.give_up_at, now() + %(give_up_after)s)
    FROM picked
    WHERE e.id = picked.id AND e.created_on = picked.created_on AND e.state = 'waiting'
    RETURNING e.*
)
SELECT e.id, e.created_on, e.postback_id, e.is_test, e.attempts, e.give_up_at,
    e.code IN ('timeout', 'cut', 'error', 'unknown') AS repeat, p.partner_id, p.method, p.url,
    e.conversion_id, e.version, e.status, e.payout, c.uuid, c.transaction_id, c.order_id,
    c.offer_id, c.partner_id AS affiliate_id, c.sub1, c.sub2, c.sub3, c.sub4, c.sub5, c.sub6,
    o.currency, v.name AS event, c.id IS NULL AS gone
FROM claimed e
JOIN conversions_partnerpostback p ON p.id = e.postback_id
LEFT JOIN conversions_conversion c ON c.id = e.conversion_id
LEFT JOIN network_offer o ON o.id = c.offer_id
LEFT JOIN network_offerevent v ON v.id = c.event_id
ORDER BY e.due_at
"""  # noqa: S608  the same


@dataclass(frozen=True, slots=True)
class Claimed:
    """One call to make. `repeat`: the attempt before it may have arrived."""

    event_id: int
    created_on: date
    postback_id: int
    partner_id: int
    attempts: int
    give_up_at: datetime
    is_test: bool
    repeat: bool
    method: str
    host: str
    # Filled in; empty where the conversion is gone.
    url: str


def take_turn() -> bool:
    """Become the one sender, until `end_turn` or the end of this connection."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_try_advisory_lock(%s)", [_LOCK])
        return bool(cursor.fetchone()[0])


def end_turn() -> None:
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_unlock(%s)", [_LOCK])


def due() -> list[Wish]:
    """The postbacks with something to be sent now."""
    with connection.cursor() as cursor:
        cursor.execute(_DUE)
        return [Wish(pk, partner, host_of(url)) for pk, partner, url in cursor.fetchall()]


def claim(quotas: Mapping[int, int], token: uuid.UUID) -> list[Claimed]:
    """Claim up to so many events of each postback, the longest due first."""
    asked: dict[str, Any] = {
        "postbacks": list(quotas),
        "most": list(quotas.values()),
        "token": token,
        "give_up_after": GIVE_UP_AFTER,
    }
    with connection.cursor() as cursor:
        cursor.execute(_CLAIM, asked)
        names = [column.name for column in cursor.description or ()]
        return [_claimed(dict(zip(names, row, strict=True))) for row in cursor.fetchall()]


def _claimed(row: dict[str, Any]) -> Claimed:
    gone = row["gone"] and not row["is_test"]
    return Claimed(
        row["id"],
        row["created_on"],
        row["postback_id"],
        row["partner_id"],
        row["attempts"],
        row["give_up_at"],
        row["is_test"],
        row["repeat"],
        row["method"],
        host_of(row["url"]),
        "" if gone else fill_in(row["url"], values(row)),
    )


def values(row: Mapping[str, Any]) -> dict[str, str]:
    """What the macros stand for: status and payout as of the change, the rest as it is."""
    if row["is_test"]:
        return {**SAMPLE, "change_id": f"test-{row['id']}"}
    names = (
        "transaction_id",
        "order_id",
        "status",
        "currency",
        "offer_id",
        "affiliate_id",
        "event",
    )
    subs = tuple(f"sub{n}" for n in range(1, 7))
    return {
        "conversion_id": str(row["conversion_id"]),
        "conversion_uuid": str(row["uuid"]),
        "payout": f"{row['payout']:.4f}".rstrip("0").rstrip("."),
        "change_id": f"{row['conversion_id']}-{row['version']}",
        **{name: str(row[name]) for name in (*names, *subs)},
    }
