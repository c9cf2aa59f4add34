"""When it is sent: missed, skipped and held runs, a campaign's end, one batch at a time."""

from datetime import timedelta

import pytest
from django.utils import timezone

from batches import ticking
from batches.models import Batch, Integration
from tests.batches.kit import again, hurry, make_integration, make_waiting, now_due, work
from tests.batches.sending.kit import one_batch
from tests.leads.kit import make_lead_campaign, make_leads

pytestmark = pytest.mark.django_db


def test_missed_runs_become_one(memory):
    integration = make_integration()
    make_waiting(1, integration)
    Integration.objects.update(next_due_at=timezone.now() - timedelta(days=3))

    work()
    assert Batch.objects.count() == 1
    assert again(integration).next_due_at > timezone.now()
    assert timezone.now() - one_batch().due_at < timedelta(days=1)


def test_the_next_run_can_be_skipped_or_held(memory, integration):
    make_waiting(1, integration)
    Integration.objects.update(skip_due_at=timezone.now())
    work()
    assert (memory.files, again(integration).skip_due_at) == ({}, None)

    until = timezone.now() + timedelta(days=3)
    Integration.objects.update(hold_until=until, next_due_at=timezone.now())
    work()
    assert memory.files == {}
    assert again(integration).next_due_at >= until


def test_a_campaign_past_its_end_sends_what_waits_once_more_and_rests(memory):
    campaign = make_lead_campaign()
    integration = make_integration(campaign, due=True)
    make_waiting(1, integration)
    campaign.ends_on = timezone.now().date() - timedelta(days=2)
    campaign.save()

    work()
    assert len(memory.files) == 1
    assert again(integration).next_due_at is None

    campaign.ends_on = None
    campaign.save()
    ticking.wake_rested()
    assert again(integration).next_due_at > timezone.now()


def test_one_batch_of_an_integration_at_a_time(memory, integration):
    make_waiting(1, integration)
    memory.fail("unreachable")
    work()
    make_leads(1, integration.campaign)
    now_due(integration)
    work()
    assert Batch.objects.count() == 1

    hurry()
    work()
    assert Batch.objects.count() == 2
    assert len(memory.files) == 2
