"""What is sent: what waits, claimed once and sent once, as it was when it was claimed."""

from datetime import UTC, datetime

import pytest
from django.core.files.storage import default_storage
from django.utils import timezone

from batches import claiming
from batches.models import Attempt, Batch, Integration
from leads.models import Lead, LeadEvent
from tests.batches.kit import (
    again,
    hurry,
    make_integration,
    make_waiting,
    now_due,
    set_leads,
    states,
    work,
)
from tests.batches.sending.kit import one_batch, rows_of
from tests.leads.kit import done, make_leads

pytestmark = pytest.mark.django_db


def test_what_waits_is_sent_once_delivered_and_billable(memory, integration):
    leads = make_waiting(3, integration)

    assert work() > 0
    assert work() == 0

    [content] = memory.files.values()
    assert rows_of(content) == [
        ["ID", "E-mail", "City"],
        *([str(lead.pk), lead.data["email"], "London"] for lead in leads),
    ]
    batch = one_batch()
    assert (batch.state, batch.leads, batch.size) == ("sent", 3, len(content))
    with default_storage.open(batch.stored) as stored:
        assert stored.read() == content
    assert states() == ["sent"] * 3
    assert all(lead.is_billable and lead.first_delivered_at for lead in Lead.objects.all())
    assert LeadEvent.objects.filter(delivered=True).count() == 3
    assert [one.outcome for one in batch.tries.all()] == ["sent"]
    assert again(integration).next_due_at > timezone.now()


def test_nothing_waits_so_nothing_is_sent_but_an_empty_file_where_wanted(memory, integration):
    work()
    assert not Batch.objects.exists()

    Integration.objects.update(send_empty=True)
    now_due(integration)
    work()
    assert [rows_of(content) for content in memory.files.values()] == [[["ID", "E-mail", "City"]]]


@pytest.mark.parametrize("act", ["invalid", "test", "delivered", "delete"])
def test_what_is_flagged_away_before_it_is_claimed_drops_out(memory, integration, agency, act):
    first, second = make_waiting(2, integration)
    done(agency, act, [first])

    work()

    [content] = memory.files.values()
    assert [row[0] for row in rows_of(content)[1:]] == [str(second.pk)]


def test_what_is_undelivered_by_a_person_is_not_sent(memory, integration):
    [lead] = make_waiting(1, integration)
    set_leads([lead], undelivered=True)

    work()
    assert memory.files == {}


def test_a_lead_is_in_one_sent_file_a_round(memory, integration, agency):
    [lead] = make_waiting(1, integration)
    work()
    now_due(integration)
    work()
    assert len(memory.files) == 1

    # Taken back and flagged valid to it again, it stays sent in this round.
    set_leads([lead], delivered=False)
    done(agency, "valid", [lead], integrations=[integration.pk])
    now_due(integration)
    work()
    assert len(memory.files) == 1


def test_a_cumulative_file_holds_all_that_are_still_valid_and_delivers_the_new_ones(memory):
    integration = make_integration(kind="cumulative", due=True)
    first, second = make_waiting(2, integration)
    work()
    set_leads([first], status="invalid")
    [third] = make_leads(1, integration.campaign)
    set_leads([third], data={"email": "third@analytical.org"})
    now_due(integration)
    work()
    now_due(integration)
    work()  # nothing new: nothing is sent

    batches = list(Batch.objects.order_by("pk"))
    ids = [[row[0] for row in rows_of(memory.files[batch.name])[1:]] for batch in batches]
    assert ids == [[str(first.pk), str(second.pk)], [str(second.pk), str(third.pk)]]
    assert [(batch.leads, batch.new_leads) for batch in batches] == [(2, 2), (2, 1)]


def test_what_is_set_up_or_edited_later_changes_the_next_batch_only(memory, integration):
    [lead] = make_waiting(1, integration)
    memory.fail("unreachable")
    work()
    Integration.objects.update(fields=[["Mail", "field:email"]], label="Other")
    Lead.objects.filter(pk=lead.pk).update(data={"email": "other@analytical.org"})
    hurry()
    work()

    [(name, content)] = memory.files.items()
    assert rows_of(content)[0] == ["ID", "E-mail", "City"]
    assert rows_of(content)[1][1] == lead.data["email"]
    assert name.startswith("Shop_")


def test_a_frozen_run_is_claimed_once(memory, integration):
    """Two beats, two workers: the second finds nothing."""
    make_waiting(1, integration)
    assert isinstance(claiming.claim_one_due(), Batch)
    assert claiming.claim_one_due() is False
    assert datetime.now(UTC) > one_batch().due_at
    assert Attempt.objects.count() == 0
