"""What whoever sends leads does with them: see what waits, claim, tell what became of it.

What an integration takes leaves as one parcel, and is settled by it. Claiming holds the leads in id
order, so that none is flagged away while it leaves (leads.flagging).
"""

from collections.abc import Collection
from typing import Any

from django.db import connection, transaction
from django.db.models import Exists, OuterRef, QuerySet

from leads.models import Lead, LeadDelivery
from leads.rules import DeliveryState, Status

# Worked out at this moment: leads that were flagged, deleted or delivered since drop out.
# SQL of a delivery `d` and its lead `l`.
WAITS = """
    d.state = 'queued' AND d.round = l.round
    AND l.status = 'valid' AND NOT l.delivered AND NOT l.undelivered AND l.deleted_at IS NULL
"""
_CLAIM = f"""
WITH held AS MATERIALIZED (
    SELECT d.id FROM leads_leaddelivery d JOIN leads_lead l ON l.id = d.lead_id
    WHERE d.integration = %(integration)s AND {WAITS} ORDER BY l.id FOR NO KEY UPDATE OF l
)
UPDATE leads_leaddelivery d SET state = 'sending', parcel = %(parcel)s, changed_at = now()
FROM held WHERE d.id = held.id AND d.state = 'queued'
"""  # noqa: S608  a part of this file
# Leads first, and in the order of their ids, as everybody holds them; then their deliveries.
_HOLD_SENDING = """
SELECT array_agg(id) FROM (
    SELECT l.id FROM leads_lead l WHERE l.id IN (
        SELECT lead_id FROM leads_leaddelivery
        WHERE parcel = %(parcel)s AND state = 'sending' ORDER BY lead_id LIMIT %(most)s
    ) ORDER BY l.id FOR NO KEY UPDATE
) held
"""
# What comes back in another round than it left is not wanted any more.
_SETTLE = """
WITH settled AS (
    UPDATE leads_leaddelivery d SET changed_at = now(),
        state = CASE WHEN %(state)s = 'queued' AND d.round <> l.round THEN 'withdrawn'
                ELSE %(state)s END,
        parcel = CASE WHEN %(state)s = 'queued' THEN NULL ELSE d.parcel END
    FROM leads_lead l
    WHERE d.parcel = %(parcel)s AND d.state = 'sending' AND d.lead_id = ANY(%(leads)s)
        AND l.id = d.lead_id
    RETURNING d.lead_id
),
delivered AS (
    UPDATE leads_lead l SET delivered = true, undelivered = false, version = l.version + 1,
        first_delivered_at = coalesce(l.first_delivered_at, now()), updated_at = now()
    FROM settled s WHERE %(delivered)s AND l.id = s.lead_id AND NOT l.delivered
)
SELECT count(*) FROM settled
"""
_HOLD = "SELECT id FROM leads_lead WHERE id = ANY(%(leads)s) ORDER BY id FOR NO KEY UPDATE"
_MOVE = """
UPDATE leads_leaddelivery d SET state = %(becomes)s, changed_at = now()
FROM leads_lead l WHERE l.id = d.lead_id AND d.round = l.round AND d.state = %(was)s
    AND d.integration = %(integration)s AND d.lead_id = ANY(%(leads)s)
RETURNING d.lead_id
"""

_BEGIN = f"""
WITH going AS (
    SELECT d.id, d.state FROM unnest(%(leads)s::bigint[], %(integrations)s::bigint[],
        %(rounds)s::int[]) AS asked (lead, integration, round)
    JOIN leads_leaddelivery d ON d.lead_id = asked.lead AND d.integration = asked.integration
        AND d.round = asked.round
    JOIN leads_lead l ON l.id = d.lead_id
    WHERE d.state = 'sending' OR {WAITS}
)
UPDATE leads_leaddelivery d SET state = 'sending', changed_at = now()
FROM going WHERE d.id = going.id RETURNING d.lead_id, d.integration, d.round
"""  # noqa: S608  a part of this file
_END = """
WITH ended AS (
    UPDATE leads_leaddelivery d SET state = told.state, changed_at = now()
    FROM unnest(%(leads)s::bigint[], %(integrations)s::bigint[], %(rounds)s::int[],
        %(states)s::text[]) AS told (lead, integration, round, state)
    WHERE d.lead_id = told.lead AND d.integration = told.integration AND d.round = told.round
        AND d.state = 'sending'
    RETURNING d.lead_id, d.state
)
UPDATE leads_lead l SET delivered = true, undelivered = false, version = l.version + 1,
    first_delivered_at = coalesce(l.first_delivered_at, now()), updated_at = now()
WHERE l.id IN (SELECT lead_id FROM ended WHERE state = 'sent') AND NOT l.delivered
"""


def waiting(integration: int) -> QuerySet[Lead]:
    """The leads that would be sent now, in the order of their ids."""
    queued = LeadDelivery.objects.filter(
        lead=OuterRef("pk"),
        integration=integration,
        state=DeliveryState.QUEUED,
        round=OuterRef("round"),
    )
    leads = Lead.objects.alive().filter(status=Status.VALID, delivered=False, undelivered=False)
    return leads.filter(Exists(queued)).order_by("pk")


def claim(integration: int, parcel: int) -> int:
    """Take what waits: from now on it is being sent. Answers how many; in `recorded()`.

    `parcel` is what the provider calls this sending; no other of its sendings has that number.
    """
    with connection.cursor() as cursor:
        cursor.execute(_CLAIM, {"integration": integration, "parcel": parcel})
        return int(cursor.rowcount)


def settle(parcel: int, state: DeliveryState, *, most: int | None = None) -> int:
    """Tell what became of what was claimed, of `most` leads at once; answers how many.

    SENT delivers the leads; QUEUED gives them back, to be sent another time. In `recorded()`.
    """
    values: dict[str, Any] = {
        "parcel": parcel,
        "most": most,
        "state": str(state),
        "delivered": state == DeliveryState.SENT,
    }
    with connection.cursor() as cursor:
        cursor.execute(_HOLD_SENDING, values)
        values["leads"] = cursor.fetchone()[0]
        if not values["leads"]:
            return 0
        cursor.execute(_SETTLE, values)
        return int(cursor.fetchone()[0])


def begin(asked: Collection[tuple[int, int, int]]) -> set[tuple[int, int, int]]:
    """Take leads that are sent one by one, each (lead, integration, round), in `recorded()`.

    Answers those that go: that still wait, or that were being sent already.
    """
    if not asked:
        return set()
    with connection.cursor() as cursor:
        cursor.execute(_HOLD, {"leads": [lead for lead, _integration, _round in asked]})
        cursor.execute(_BEGIN, _columns(("leads", "integrations", "rounds"), asked))
        return set(cursor.fetchall())


def end(told: Collection[tuple[int, int, int, str]]) -> None:
    """Tell what became of leads sent one by one: (lead, integration, round, state).

    In `recorded()`; `sent` delivers the lead, `queued` lets it wait again.
    """
    if not told:
        return
    with connection.cursor() as cursor:
        cursor.execute(_HOLD, {"leads": [lead for lead, *_more in told]})
        cursor.execute(_END, _columns(("leads", "integrations", "rounds", "states"), told))


def _columns(names: Collection[str], rows: Collection[tuple[Any, ...]]) -> dict[str, Any]:
    """Rows as an array a column, for unnest."""
    return dict(zip(names, (list(column) for column in zip(*rows, strict=True)), strict=True))


def remove(integration: int, lead_ids: Collection[int]) -> list[int]:
    """Take leads off an integration's list; answers those that were on it."""
    return _move(integration, lead_ids, DeliveryState.QUEUED, DeliveryState.REMOVED)


def put_back(integration: int, lead_ids: Collection[int]) -> list[int]:
    """Put removed leads back on the list; answers those that were removed."""
    return _move(integration, lead_ids, DeliveryState.REMOVED, DeliveryState.QUEUED)


def _move(
    integration: int, lead_ids: Collection[int], was: DeliveryState, becomes: DeliveryState
) -> list[int]:
    values: dict[str, Any] = {
        "integration": integration,
        "leads": list(lead_ids),
        "was": str(was),
        "becomes": str(becomes),
    }
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(_HOLD, values)
        cursor.execute(_MOVE, values)
        return sorted(lead for (lead,) in cursor.fetchall())
