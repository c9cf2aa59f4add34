"""Batches of the demo: files of the last weeks, one that failed, one that is held, and what waits.

Nothing is sent: each is written down as it would have been, with its file in storage.
"""

from collections.abc import Iterator, Sequence
from datetime import datetime, timedelta
from typing import NamedTuple
from zoneinfo import ZoneInfo

from django.db import transaction
from django.db.models import QuerySet
from django.utils import timezone

from batches import building, claiming, files, names, pending, schedules
from batches.models import Attempt, Batch, BatchLead, Integration
from batches.rules import Kind, Outcome, Stage, State
from convertr.demo.integrations import make_integrations
from leads.models import Lead, LeadDelivery
from leads.rules import DeliveryState, Status

# So far back files were sent, and of so many days leads wait.
SENT_DAYS, WAITING_DAYS = 28, 4
DAILY_RUNS = 14
# How many leads a batch that is stuck has.
STUCK = 25
TOOK = timedelta(seconds=7)


class Plan(NamedTuple):
    """A batch to write: when it was due, with which new leads, and what became of it."""

    at: datetime
    integration: Integration
    leads: list[Lead]
    state: State = State.SENT


def make_batches() -> None:
    """Integrations, and batches where there are leads; only into a database without any."""
    with transaction.atomic():
        make_integrations()
        if Batch.objects.exists():
            return
        found = Integration.objects.filter(active=True).exclude(kind=Kind.REALTIME)
        integrations = list(found.order_by("pk"))
        plans = [plan for one in integrations for plan in _plans(one)]
        # What was sent first comes first, so that ids and times go together.
        for plan in sorted(plans, key=lambda plan: plan.at):
            _write(plan)
        for one in integrations:
            _let_wait(one)


def _plans(integration: Integration) -> Iterator[Plan]:
    """Its runs of the last weeks; the last one of S3 failed, the last one by e-mail is held."""
    ends = {"s3": State.FAILED, "email": State.HELD}
    end = ends.get(integration.destination["kind"])
    *earlier, last = _runs(integration)
    since = timezone.now() - timedelta(days=SENT_DAYS)
    valid = _valid(integration)
    for at in earlier if end else [*earlier, last]:
        leads = valid.filter(delivered=True, created_at__gt=since, created_at__lte=at)
        since = at
        if leads:
            yield Plan(at, integration, list(leads))
    stuck = list(valid.filter(delivered=False, created_at__lte=last)[:STUCK])
    if end and stuck:
        yield Plan(last, integration, stuck, end)


def _runs(integration: Integration) -> list[datetime]:
    """When it was due, the earliest first; at least once."""
    schedule = schedules.read(integration.schedule)
    before, runs = timezone.now(), list[datetime]()
    while len(runs) < DAILY_RUNS and (at := schedule.latest(before)):
        if runs and at < timezone.now() - timedelta(days=SENT_DAYS):
            break
        runs.insert(0, at)
        before = at - timedelta(seconds=1)
    return runs


def _valid(integration: Integration) -> QuerySet[Lead]:
    leads = Lead.objects.alive().filter(campaign=integration.campaign_id, status=Status.VALID)
    return leads.order_by("pk")


def _write(plan: Plan) -> None:
    """The batch with its lines, its file, its attempt, and what its leads know of it."""
    integration = plan.integration
    integration.sequence += 1
    integration.save(update_fields=["sequence"])
    batch = Batch.objects.create(
        integration=integration,
        due_at=plan.at,
        created_at=plan.at,
        frozen=claiming.frozen(integration),
        new_leads=len(plan.leads),
    )
    batch.leads = _add_lines(batch, plan.leads)
    batch.name = _name(batch, integration)
    batch.save(update_fields=["name", "leads"])
    batch = building.build(batch)
    batch.built_at, batch.attempts = plan.at, 1
    batch.state, batch.code = plan.state, _code(plan.state)
    batch.sent_at = plan.at + TOOK if plan.state == State.SENT else None
    batch.save()
    _add_attempt(batch)
    state = DeliveryState.SENT if plan.state == State.SENT else DeliveryState.SENDING
    _tell(plan.leads, integration, state, batch)


def _add_lines(batch: Batch, new: Sequence[Lead]) -> int:
    """Its new leads, and of a cumulative file those that it has had; answers how many."""
    integration = batch.integration
    ids = {lead.pk for lead in new}
    if integration.kind == Kind.CUMULATIVE:
        had = LeadDelivery.objects.filter(integration=integration.pk, state=DeliveryState.SENT)
        ids |= set(had.values_list("lead_id", flat=True))
    zone, mine = batch.frozen["zone"], {lead.pk for lead in new}
    found = pending.cells(integration.fields, ids, zone=zone)
    BatchLead.objects.bulk_create(
        BatchLead(batch=batch, seq=seq, lead_id=lead, is_new=lead in mine, cells=cells)
        for seq, (lead, cells) in enumerate(found.items(), start=1)
    )
    return len(found)


def _name(batch: Batch, integration: Integration) -> str:
    options = files.read(integration.file)
    return names.fill(
        options.name,
        label=integration.label,
        campaign_id=integration.campaign_id,
        at=batch.due_at.astimezone(ZoneInfo(batch.frozen["zone"])),
        batch_id=batch.pk,
        sequence=integration.sequence,
        extension=options.extension,
    )


def _code(state: State) -> str:
    return {State.FAILED: "not_allowed", State.HELD: "unknown"}.get(state, "")


def _add_attempt(batch: Batch) -> None:
    """Refused at once, lost after the last byte, or taken."""
    outcome, code, words = {
        State.FAILED: (Outcome.PERMANENT, "not_allowed", "403 AccessDenied Access Denied"),
        State.HELD: (Outcome.UNKNOWN, "timeout", ""),
    }.get(State(batch.state), (Outcome.SENT, "", "OK"))
    Attempt.objects.create(
        batch=batch,
        began_at=batch.due_at,
        ended_at=batch.due_at + TOOK,
        stage=Stage.BEGUN if outcome == Outcome.PERMANENT else Stage.FINISHING,
        outcome=outcome,
        code=code,
        words=words,
    )


def _let_wait(integration: Integration) -> None:
    """The valid leads of the last days wait, those that no batch has taken."""
    since = timezone.now() - timedelta(days=WAITING_DAYS)
    leads = list(_valid(integration).filter(delivered=False, created_at__gt=since))
    _tell(leads, integration, DeliveryState.QUEUED)


def _tell(
    leads: Sequence[Lead],
    integration: Integration,
    state: DeliveryState,
    batch: Batch | None = None,
) -> None:
    """Write where these leads are; what a batch has taken stays with it."""
    rows = [
        LeadDelivery(
            lead=lead,
            integration=integration.pk,
            round=lead.round,
            state=state,
            parcel=batch.pk if batch else None,
            changed_at=batch.due_at if batch else lead.created_at,
        )
        for lead in leads
    ]
    if batch is None:
        LeadDelivery.objects.bulk_create(rows, ignore_conflicts=True)
        return
    LeadDelivery.objects.bulk_create(
        rows,
        update_conflicts=True,
        unique_fields=["lead", "integration", "round"],
        update_fields=["state", "parcel", "changed_at"],
    )
