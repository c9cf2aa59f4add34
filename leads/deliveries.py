"""What whoever sends leads does with them: see what waits, claim, tell what became of it.

An integration's leads are claimed together, and settled together: one sending at a time. Claiming
holds the leads in id order, so that none is flagged away while it leaves (leads.flagging).
"""

from collections.abc import Collection
from typing import Any

from django.db import connection, transaction
from django.db.models import Exists, OuterRef, QuerySet

from leads.models import Lead, LeadDelivery
from leads.rules import DeliveryState, Status

# Worked out at this moment: leads that were flagged, deleted or delivered since drop out.
_WAITING = """
    d.integration = %(integration)s AND d.state = 'queued' AND d.round = l.round
    AND l.status = 'valid' AND NOT l.delivered AND NOT l.undelivered AND l.deleted_at IS NULL
"""
_CLAIM = f"""
WITH held AS MATERIALIZED (
    SELECT d.id FROM leads_leaddelivery d JOIN leads_lead l ON l.id = d.lead_id
    WHERE {_WAITING} ORDER BY l.id FOR NO KEY UPDATE OF l
)
UPDATE leads_leaddelivery d SET state = 'sending', changed_at = now()
FROM held WHERE d.id = held.id AND d.state = 'queued'
"""  # noqa: S608  a part of this file
# Leads first, and in the order of their ids, as everybody holds them; then their deliveries.
_HOLD_SENDING = """
SELECT count(*) FROM (
    SELECT l.id FROM leads_lead l WHERE l.id IN (
        SELECT lead_id FROM leads_leaddelivery
        WHERE integration = %(integration)s AND state = 'sending'
    ) ORDER BY l.id FOR NO KEY UPDATE
) held
"""
_SETTLE = """
WITH settled AS (
    UPDATE leads_leaddelivery SET state = %(state)s, changed_at = now()
    WHERE integration = %(integration)s AND state = 'sending' RETURNING lead_id
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


def claim(integration: int) -> int:
    """Take what waits: from now on it is being sent. Answers how many; in `recorded()`."""
    with connection.cursor() as cursor:
        cursor.execute(_CLAIM, {"integration": integration})
        return int(cursor.rowcount)


def settle(integration: int, state: DeliveryState) -> int:
    """Tell what became of what was claimed; answers how many. In `recorded()`.

    SENT delivers the leads; QUEUED gives them back, to be sent another time.
    """
    values: dict[str, Any] = {
        "integration": integration,
        "state": str(state),
        "delivered": state == DeliveryState.SENT,
    }
    with connection.cursor() as cursor:
        cursor.execute(_HOLD_SENDING, values)
        cursor.execute(_SETTLE, values)
        return int(cursor.fetchone()[0])


def remove(integration: int, lead_ids: Collection[int]) -> int:
    """Take leads off an integration's list; answers how many were on it."""
    return _move(integration, lead_ids, DeliveryState.QUEUED, DeliveryState.REMOVED)


def put_back(integration: int, lead_ids: Collection[int]) -> int:
    """Put removed leads back on the list; answers how many were removed."""
    return _move(integration, lead_ids, DeliveryState.REMOVED, DeliveryState.QUEUED)


def _move(
    integration: int, lead_ids: Collection[int], was: DeliveryState, becomes: DeliveryState
) -> int:
    values: dict[str, Any] = {
        "integration": integration,
        "leads": list(lead_ids),
        "was": str(was),
        "becomes": str(becomes),
    }
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(_HOLD, values)
        cursor.execute(_MOVE, values)
        return int(cursor.rowcount)
