"""What is due becomes a batch: once a run, with its leads and its set-up frozen (batches.md).

All in one transaction: the batch's row, the leads that it takes (leads.deliveries), and each line
of its file, cell by cell. What is changed afterwards, of the leads or of the set-up, is not in it.
"""

import logging
from collections.abc import Iterable
from datetime import datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from django.db import connection
from django.db.models import QuerySet
from django.utils import timezone

from batches import files, mapping, names, schedules
from batches.models import Batch, Integration
from batches.rules import OPEN, Kind
from convertr.accounts.models import User
from convertr.audit.context import acting, recorded
from leads import deliveries

log = logging.getLogger(__name__)
_INSTANT = timedelta(microseconds=1)
# The leads that a batch takes; a cumulative one has those that its integration has had, too.
_TAKEN = """
    SELECT d.lead_id, true AS is_new FROM leads_leaddelivery d
    WHERE d.parcel = %s AND d.state = 'sending'
"""
_ALL = f"""
    SELECT lead_id, bool_or(is_new) AS is_new FROM (
        {_TAKEN} UNION ALL SELECT d.lead_id, false FROM leads_leaddelivery d
        WHERE d.integration = %s AND d.state = 'sent'
    ) every GROUP BY lead_id
"""  # noqa: S608  a part of this file
_FREEZE = """
INSERT INTO batches_batchlead (batch_id, seq, lead_id, is_new, cells)
SELECT %s, row_number() OVER (ORDER BY l.id), l.id, found.is_new, {cells}
FROM ({found}) found
JOIN leads_lead l ON l.id = found.lead_id
JOIN network_campaign c ON c.id = l.campaign_id
JOIN network_partner p ON p.id = l.partner_id
WHERE l.status = 'valid' AND l.deleted_at IS NULL AND l.erased_at IS NULL
"""


def due_now(now: datetime) -> QuerySet[Integration]:
    """Integrations whose time has come, and that have no batch under way."""
    open_ones = Batch.objects.filter(state__in=OPEN).values("integration")
    waiting = Integration.objects.filter(active=True, next_due_at__lte=now)
    return waiting.exclude(kind=Kind.REALTIME).exclude(pk__in=open_ones)


def claim_one_due() -> Batch | bool:
    """Claim the batch of one integration that is due and that nobody else has in hand.

    True where there was one with nothing to send, False where none is due.
    """
    now = timezone.now()
    with acting(channel="system"), recorded():
        waiting = due_now(now).select_for_update(of=("self",), skip_locked=True)
        integration = waiting.select_related("campaign").order_by("next_due_at", "pk").first()
        if integration is None:
            return False
        if _is_open(integration):
            # Claimed by another in the moment before this one held the row.
            return True
        return _run(integration, now) or True


def claim_now(integration: Integration, *, actor: User) -> Batch | None:
    """Claim what waits at once, whatever the schedule says; None where nothing does.

    The caller holds the integration's row, in `recorded()`.
    """
    return _claim(integration, timezone.now(), requested_by=actor)


def is_past_its_end(integration: Integration, at: datetime) -> bool:
    """Whether the campaign is over at that moment, in the schedule's zone."""
    ends_on = integration.campaign.ends_on
    return ends_on is not None and at.astimezone(_zone(integration)).date() > ends_on


def plan(integration: Integration, *, after: datetime) -> None:
    """Work out its next run after a moment; none for what is off, in real time, or at rest."""
    campaign = integration.campaign
    if integration.rests_since is not None and integration.rests_since != campaign.ends_on:
        integration.rests_since = None
    resting = integration.rests_since is not None
    if not integration.active or resting or integration.kind == Kind.REALTIME:
        integration.next_due_at = None
        return
    if integration.hold_until:
        after = max(after, integration.hold_until - _INSTANT)
    integration.next_due_at = schedules.read(integration.schedule).after(after)


def wake(integrations: Iterable[Integration]) -> None:
    """Plan those anew whose campaign has got another end date since they rest."""
    for integration in integrations:
        plan(integration, after=timezone.now())
        integration.save(update_fields=["next_due_at", "rests_since"])


def _run(integration: Integration, now: datetime) -> Batch | None:
    """Make the run that is due, once for all that were missed, and plan the next."""
    assert integration.next_due_at is not None  # noqa: S101  for mypy: it is due
    schedule = schedules.read(integration.schedule)
    at = schedules.due(schedule, integration.next_due_at - _INSTANT, now) or integration.next_due_at
    skipped = integration.skip_due_at is not None and integration.skip_due_at >= at
    held = integration.hold_until is not None and at < integration.hold_until
    batch = None if skipped or held else _claim(integration, at)
    if skipped:
        integration.skip_due_at = None
    elif not held and is_past_its_end(integration, at):
        integration.rests_since = integration.campaign.ends_on
    plan(integration, after=now)
    integration.save(update_fields=["next_due_at", "skip_due_at", "rests_since", "sequence"])
    return batch


def _claim(
    integration: Integration, at: datetime, *, requested_by: User | None = None
) -> Batch | None:
    """The batch with its leads; None, and nothing written, where there is nothing to send."""
    batch = Batch.objects.create(
        integration=integration,
        due_at=at,
        at_once=requested_by is not None,
        requested_by=requested_by,
        frozen=frozen(integration),
        next_attempt_at=timezone.now(),
    )
    batch.new_leads = deliveries.claim(integration.pk, batch.pk)
    if not batch.new_leads and (requested_by or not integration.send_empty):
        batch.delete()
        return None
    if batch.new_leads:
        batch.leads = _freeze(batch, integration, at)
    integration.sequence += 1
    batch.name = _name(batch, integration, at)
    batch.save(update_fields=["new_leads", "leads", "name"])
    return batch


def frozen(integration: Integration) -> dict[str, Any]:
    """What a batch keeps of its integration's set-up."""
    return {
        "label": integration.label,
        "kind": integration.kind,
        "zone": schedules.read(integration.schedule).zone,
        "fields": integration.fields,
        "file": integration.file,
        "file_credential": integration.file_credential_id,
        **where_to(integration),
    }


def where_to(integration: Integration) -> dict[str, Any]:
    """Of that, where the file goes; sending it again goes to where it is set up then."""
    return {
        "destination": integration.destination,
        "credential": integration.credential_id,
        "host_key": integration.host_key,
    }


def _freeze(batch: Batch, integration: Integration, at: datetime) -> int:
    """Write the lines of the file; answers how many."""
    cells, given = mapping.columns_sql(integration.fields, now=at, zone=batch.frozen["zone"])
    found: str = _TAKEN
    taken: tuple[int, ...] = (batch.pk,)
    if integration.kind == Kind.CUMULATIVE:
        found, taken = _ALL, (batch.pk, integration.pk)
    with connection.cursor() as cursor:
        values: list[int | str] = [batch.pk, *given, *taken]
        cursor.execute(_FREEZE.format(cells=cells, found=found), values)
        return int(cursor.rowcount)


def _name(batch: Batch, integration: Integration, at: datetime) -> str:
    options = files.read(integration.file)
    return names.fill(
        options.name,
        label=integration.label,
        campaign_id=integration.campaign_id,
        at=at.astimezone(_zone(integration)),
        batch_id=batch.pk,
        sequence=integration.sequence,
        extension=options.extension,
    )


def _zone(integration: Integration) -> ZoneInfo:
    return ZoneInfo(schedules.read(integration.schedule).zone)


def _is_open(integration: Integration) -> bool:
    return Batch.objects.filter(integration=integration, state__in=OPEN).exists()
