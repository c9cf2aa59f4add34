"""Writing what other apps decided about conversions: any number in few statements.

What is written stands under the same guards as every change: in the order of ids, never to a
locked or an invalid one, and only where the fields that it names are as the decider saw them.
"""

from collections.abc import Iterable, Sequence
from functools import cache
from typing import Any, NamedTuple
from uuid import UUID, uuid4

from django.db import connection

from conversions.making import RATE_FIELDS
from conversions.partner_postbacks.firing import fire
from conversions.rules import CHANGEABLE, Status
from conversions.sql import by_rate

# What can be written, with the type of each column.
COLUMNS = {
    "status": "varchar", "reason_code": "varchar",
    "payout": "numeric", "revenue": "numeric", "sale_amount": "numeric",
    "order_id": "varchar", **{f"sub{n}": "varchar" for n in range(1, 7)}, "note": "text",
}  # fmt: skip
# What of a change of a conversion the others' verified changes rely on (Conversion.version).
COUNTED = ("status", "payout", "revenue", "sale_amount")


def _as_text(name: str) -> str:
    return f"c.{name}::text" if COLUMNS[name] == "numeric" else f"c.{name}"


def present(names: Iterable[str]) -> str:
    """SQL: these fields of the conversion `c` as they are, an object of texts."""
    pairs = ", ".join(f"'{name}', {_as_text(name)}" for name in names)
    return f"jsonb_build_object({pairs})"


PRESENT = present(COLUMNS)
_WRITE = """
WITH asked AS MATERIALIZED (
    SELECT id, after::jsonb AS after, expected::jsonb AS expected
    FROM unnest(%(ids)s::bigint[], %(after)s::text[], %(expected)s::text[])
        AS given (id, after, expected)
),
held AS MATERIALIZED (
    SELECT c.id, c.status, c.locked, {present} AS present
    FROM conversions_conversion c WHERE c.id = ANY(%(ids)s::bigint[])
    ORDER BY c.id FOR NO KEY UPDATE
),
judged AS MATERIALIZED (
    SELECT a.id, h.status AS old_status, a.after || CASE
            WHEN a.after->>'status' <> h.status AND NOT a.after ? 'reason_code'
            -- The reason of the former status says nothing of the new one.
            THEN '{{"reason_code": ""}}'::jsonb ELSE '{{}}' END AS after, CASE
        WHEN h.id IS NULL THEN 'gone'
        WHEN h.status <> ALL (%(changeable)s) THEN 'conversion_invalid'
        WHEN h.locked THEN 'conversion_locked'
        WHEN NOT h.present @> a.expected THEN 'conversion_changed'
        END AS code
    FROM asked a LEFT JOIN held h ON h.id = a.id
),
written AS (
    UPDATE conversions_conversion c SET {assigned},
        version = c.version + (j.after ?| %(counted)s::text[])::int
    FROM judged j WHERE c.id = j.id AND j.code IS NULL
)
SELECT id, code, code IS NULL AND coalesce(after->>'status' <> old_status, false) FROM judged
"""


@cache
def _write(names: frozenset[str]) -> str:
    """The statement for changes that name these columns: each one that can't occur saves time."""
    named = [name for name in COLUMNS if name in names | {"reason_code"}]
    assigned = ", ".join(
        f"{n} = CASE WHEN j.after ? '{n}' THEN (j.after->>'{n}')::{COLUMNS[n]} ELSE c.{n} END"
        for n in named
    )
    return _WRITE.format(present=present(named), assigned=assigned)


class Change(NamedTuple):
    """New values of one conversion's fields, and what they have to be now.

    Both are JSON objects of texts, as in PRESENT. A new status without a reason clears the reason.
    """

    conversion_id: int
    after: str
    expected: str


def write(changes: Sequence[Change], *, names: Iterable[str]) -> dict[int, str | None]:
    """Write each change, one a conversion, and tell the partners of new statuses.

    `names`: the fields that may occur in them. Answers for each conversion's id None, or the code
    of why it was left alone: gone, conversion_invalid, conversion_locked, conversion_changed. In
    the caller's transaction, which `audit.context.recorded` has opened.
    """
    if not changes:
        return {}
    values: dict[str, Any] = {
        "ids": [change.conversion_id for change in changes],
        "after": [change.after for change in changes],
        "expected": [change.expected for change in changes],
        "changeable": [str(status) for status in CHANGEABLE],
        "counted": list(COUNTED),
    }
    with connection.cursor() as cursor:
        cursor.execute(_write(frozenset(names)), values)
        told = cursor.fetchall()
    fire([pk for pk, _code, by_status in told if by_status], send=True)
    return {pk: code for pk, code, _by_status in told}


class New(NamedTuple):
    """A conversion to be made: its parties, and values as a JSON object of texts."""

    offer_id: int
    event_id: int
    partner_id: int
    values: str


_TEXTS = ("transaction_id", "request_id", "order_id", *(f"sub{n}" for n in range(1, 7)))


def _amount(side: str) -> str:
    """SQL of a side's amount: the one that is given, else as `making.amounts_of_sale`."""
    rated = by_rate("coalesce(n.sale, 0)", side, of="e.")
    return f"coalesce((n.v->>'{side}')::numeric, {rated})"


_ADD = f"""
WITH asked AS MATERIALIZED (
    SELECT given.*, values::jsonb AS v, (values::jsonb->>'sale_amount')::numeric AS sale
    FROM unnest(%(uuids)s::uuid[], %(offers)s::bigint[], %(events)s::bigint[],
        %(partners)s::bigint[], %(values)s::text[])
        WITH ORDINALITY AS given (uuid, offer_id, event_id, partner_id, values, place)
)
INSERT INTO conversions_conversion (uuid, offer_id, event_id, partner_id, status, payout, revenue,
    sale_amount, {", ".join(RATE_FIELDS)}, {", ".join(_TEXTS)}, reason_code, note, converted_at,
    created_at, version, locked, click_id, adv1, adv2, adv3, adv4, adv5, source, country, device)
SELECT n.uuid, n.offer_id, n.event_id, n.partner_id, coalesce(n.v->>'status', '{Status.PENDING}'),
    {_amount("payout")}, {_amount("revenue")}, n.sale,
    {", ".join(f"e.{name}" for name in RATE_FIELDS)},
    {", ".join(f"coalesce(n.v->>'{name}', '')" for name in _TEXTS)},
    coalesce(n.v->>'reason_code', ''), coalesce(n.v->>'note', ''),
    coalesce((n.v->>'converted_at')::timestamptz, now()), now(), 1, false,
    '', '', '', '', '', '', '', '', ''
FROM asked n JOIN network_offerevent e ON e.id = n.event_id AND e.offer_id = n.offer_id
ORDER BY n.place
ON CONFLICT (request_id, offer_id) WHERE request_id <> '' DO NOTHING
RETURNING id, uuid
"""  # noqa: S608  parts of this file


def add(new: Sequence[New]) -> list[int | None]:
    """Make conversions, their event's rates copied, and tell their partners of statuses.

    Answers each one's id in the order given; None where its offer has one with this request ID
    (made in this very moment, perhaps). In the caller's transaction, as `write`.
    """
    if not new:
        return []
    uuids = [uuid4() for _ in new]
    values: dict[str, Any] = {
        "uuids": uuids,
        "offers": [one.offer_id for one in new],
        "events": [one.event_id for one in new],
        "partners": [one.partner_id for one in new],
        "values": [one.values for one in new],
    }
    with connection.cursor() as cursor:
        cursor.execute(_ADD, values)
        made: dict[UUID, int] = {uuid: pk for pk, uuid in cursor.fetchall()}
    fire(list(made.values()), send=True)
    return [made.get(uuid) for uuid in uuids]
