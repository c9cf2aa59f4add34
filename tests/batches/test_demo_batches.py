"""The demo's integrations and batches: something of each, nothing that runs by itself."""

from collections import Counter
from datetime import timedelta

import pytest
from django.core.management import call_command
from django.utils import timezone

from batches import building, pending, services, settling, ticking, working
from batches.credentials import secret_of
from batches.models import Attempt, Batch, Credential, Integration
from convertr.accounts.models import User
from leads.models import Lead, LeadDelivery

pytestmark = pytest.mark.django_db


def test_all_there_is_to_look_at(monkeypatch):
    told = []
    monkeypatch.setattr(ticking, "nudge", told.append)
    monkeypatch.setattr(ticking, "nudge_calls", lambda: told.append("call"))
    call_command("seed_demo", conversions=0, leads=600)

    kinds = Integration.objects.values_list("kind", "active", "destination__kind")
    assert sorted(kinds) == [
        ("cumulative", True, "email"),
        ("default", True, "s3"),
        ("default", True, "sftp"),
        ("realtime", False, "realtime"),
    ]
    states = Counter(Batch.objects.values_list("state", flat=True))
    assert (states["failed"], states["held"]) == (1, 1)
    assert states["sent"] > 8
    assert Attempt.objects.count() == Batch.objects.count()
    integrations = list(Integration.objects.filter(active=True))
    assert set(pending.counts([one.pk for one in integrations])) == {i.pk for i in integrations}
    for batch in Batch.objects.all():
        assert batch.lines.count() == batch.leads >= batch.new_leads > 0
        with building.open_stored(batch) as file:
            assert len(file.read()) == batch.size
        assert LeadDelivery.objects.filter(parcel=batch.pk).count() == batch.new_leads

    # Nothing is due, to be settled or to be called; nor is it for hours.
    ticking.tick()
    assert (told, working.work()) == ([], 0)
    assert min(one.next_due_at for one in integrations) > timezone.now() + timedelta(hours=12)
    assert all("demo" in str(secret_of(one)) for one in Credential.objects.all())
    before = Batch.objects.count(), Credential.objects.count(), LeadDelivery.objects.count()
    call_command("seed_demo", conversions=0, leads=600)
    assert (
        Batch.objects.count(),
        Credential.objects.count(),
        LeadDelivery.objects.count(),
    ) == before

    # What is stuck can be brought to its end.
    agency = User.objects.get(email="agency@demo.test")
    failed, held = Batch.objects.get(state="failed"), Batch.objects.get(state="held")
    services.cancel(actor=agency, batch=failed)
    settling.settle(failed)
    services.mark_sent(actor=agency, batch=held, signature=str(agency))
    settling.settle(held)
    for batch, delivered in ((failed, False), (held, True)):
        of = batch.lines.filter(is_new=True).values("lead_id")
        assert set(Lead.objects.filter(pk__in=of).values_list("delivered")) == {(delivered,)}


def test_without_leads_there_are_integrations_only():
    call_command("seed_demo", conversions=0, leads=0)

    assert (Integration.objects.count(), Batch.objects.count()) == (4, 0)
    call_command("seed_demo", conversions=0, leads=0)
    assert Integration.objects.count() == 4
