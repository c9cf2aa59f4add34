"""What whoever sends leads does with them: see what waits, claim, tell what became of it.

An integration's leads are claimed together, and settled together: one sending at a time. Claiming
holds the leads in id order, so that none is flagged away while it leaves (leads.flagging).
"""

from collections.abc import Collection
from typing import Any

from django.db import connection
from django.db.models import Exists, F, OuterRef, QuerySet

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
FROM held WHERE d.id = held.id
"""  # noqa: S608  a part of this file
_SETTLE = """
WITH settled AS (
    UPDATE leads_leaddelivery SET state = %(state)s, changed_at = now()
    WHERE integration = %(integration)s AND state = 'sending' RETURNING lead_id
),
held AS MATERIALIZED (
    SELECT l.id FROM leads_lead l WHERE %(delivered)s AND l.id IN (SELECT lead_id FROM settled)
    ORDER BY l.id FOR NO KEY UPDATE
),
delivered AS (
    UPDATE leads_lead l SET delivered = true, undelivered = false, version = l.version + 1,
        first_delivered_at = coalesce(l.first_delivered_at, now()), updated_at = now()
    FROM held WHERE l.id = held.id AND NOT l.delivered
)
SELECT count(*) FROM settled
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
    rows = LeadDelivery.objects.filter(
        integration=integration, lead__in=lead_ids, state=was, round=F("lead__round")
    )
    return LeadDelivery.objects.filter(pk__in=rows.values("pk")).update(state=becomes)
