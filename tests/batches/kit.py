"""Integrations with leads that wait for them, and a destination in memory that obeys."""

from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta

from django.utils import timezone

from batches import claiming, working
from batches.destinations.base import TransportError
from batches.models import Batch, Integration
from convertr.audit.context import recorded
from leads.models import Lead, LeadDelivery
from tests.leads.kit import make_lead_campaign, make_leads

FIELDS = [["ID", "meta:id"], ["E-mail", "field:email"], ["City", "field:city"]]
DAILY = {"every": "weekdays", "zone": "UTC", "times": ["08:00"], "weekdays": list(range(7))}
CSV = {
    "format": "csv", "delimiter": ",", "quoting": "minimal", "header": True, "line_end": "lf",
    "bom": False, "zipped": False, "name": "{label}_{batch_id}", "overwrite": False,
    "neutralise": False,
}  # fmt: skip
PAST = datetime(2026, 1, 1, tzinfo=UTC)


def make_integration(campaign=None, *, destination=None, due=False, **values):
    """A daily CSV to a destination in memory; `due` since a minute."""
    made = Integration.objects.create(
        **{
            "label": "Shop",
            "campaign": campaign or make_lead_campaign(),
            "schedule": DAILY,
            "fields": FIELDS,
            "file": CSV,
            "destination": destination or {"kind": "memory"},
            **values,
        }
    )
    claiming.plan(made, after=timezone.now())
    if due:
        made.next_due_at = timezone.now() - timedelta(minutes=1)
    made.save()
    return made


def make_waiting(count, integration, **fields):
    """Valid leads that wait for this integration."""
    return make_leads(count, integration.campaign, **fields)


def now_due(integration):
    """Its next run is now."""
    Integration.objects.filter(pk=integration.pk).update(next_due_at=timezone.now())


def work():
    """All that is due, as a worker does it; again what waits for a later attempt."""
    return working.work()


def hurry():
    """What would be tried later is tried now."""
    Batch.objects.update(next_attempt_at=timezone.now())


def states(integration=None):
    found = LeadDelivery.objects.all()
    if integration is not None:
        found = found.filter(integration=integration.pk)
    return sorted(found.values_list("state", flat=True))


def again(thing):
    return type(thing).objects.get(pk=thing.pk)


def set_leads(leads, **fields):
    with recorded():
        Lead.objects.filter(pk__in=[lead.pk for lead in leads]).update(**fields)


@dataclass
class Memory:
    """A destination: `files` by name; `errors` are raised one a call, before or after the file
    has arrived. `after_unknown` as a real one has it."""

    after_unknown: str = "look"
    files: dict[str, bytes] = field(default_factory=dict)
    sent: list[str] = field(default_factory=list)
    keys: list[str] = field(default_factory=list)
    errors: list[tuple[str, TransportError]] = field(default_factory=list)
    lost_from_sight: bool = False
    key = "memory"
    label = "Memory"
    credential_kinds = ()

    def read(self, stored):
        return stored

    def words(self, options):
        return "memory"

    def transport(self, options, *, secret, host_key, **more):
        return self

    def fail(self, code="unreachable", *, arrives=False, **more):
        """The next call fails so; `arrives`: after the file is there."""
        self.errors.append(("after" if arrives else "before", TransportError(code, **more)))

    def send(self, upload, finishing):
        when, error = self.errors.pop(0) if self.errors else ("", None)
        if when == "before" and not error.unknown:
            raise error
        with upload.open() as file:
            content = file.read()
        assert len(content) == upload.size
        finishing()
        if when == "before":
            raise error
        self.files[upload.name] = content
        self.sent.append(upload.name)
        self.keys.append(upload.key)
        if when == "after":
            raise error
        return "Taken"

    def arrived(self, upload):
        if self.lost_from_sight:
            raise TransportError("unreachable")
        return len(self.files.get(upload.name, b"")) == upload.size and upload.name in self.files
