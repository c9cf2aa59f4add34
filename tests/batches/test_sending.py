"""From what waits to what was sent: claimed once, built once, sent once, or said to be unknown."""

import csv
import io
from datetime import UTC, datetime, timedelta

import pytest
from django.core import mail
from django.core.files.storage import default_storage
from django.utils import timezone

from batches import claiming, services, ticking
from batches.models import Attempt, Batch, Integration
from batches.rules import State
from convertr.audit.models import Entry
from convertr.errors import DomainError
from convertr.ui.models import Notification
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
from tests.leads.kit import done, make_lead_campaign, make_leads

pytestmark = pytest.mark.django_db


def rows_of(content):
    return list(csv.reader(io.StringIO(content.decode())))


@pytest.fixture
def integration(memory):
    return make_integration(due=True)


def one_batch():
    return Batch.objects.get()


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


# --- when ---


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


# --- what can go wrong ---


def test_a_passing_failure_is_tried_again_in_growing_gaps_for_a_day(memory, integration, agency):
    Integration.objects.update(created_by=agency)
    make_waiting(1, integration)
    for _ in range(2):
        memory.fail("unreachable", words="Connection refused")
        hurry()
        work()
    batch = one_batch()
    assert (batch.state, batch.attempts) == ("sending", 2)
    assert batch.next_attempt_at > timezone.now() + timedelta(seconds=50)
    assert states() == ["sending"]

    Batch.objects.update(give_up_at=timezone.now(), next_attempt_at=timezone.now())
    memory.fail("unreachable")
    work()
    assert (again(batch).state, states()) == ("failed", ["sending"])
    assert Notification.objects.get().user == agency


def test_a_lasting_failure_stops_at_once_and_its_owner_is_told(
    memory, integration, agency, django_capture_on_commit_callbacks
):
    Integration.objects.update(created_by=agency)
    make_waiting(1, integration)
    memory.fail("auth_refused", words="Permission denied", permanent=True)
    with django_capture_on_commit_callbacks(execute=True):
        work()

    batch = one_batch()
    assert (batch.state, batch.code) == ("failed", "auth_refused")
    assert [one.to for one in mail.outbox] == [[agency.email]]
    assert "could not be sent" in mail.outbox[0].subject
    hurry()
    work()
    assert batch.tries.count() == 1


def test_what_may_have_arrived_is_looked_into(memory, integration):
    make_waiting(1, integration)
    memory.fail("timeout", unknown=True, arrives=True)
    work()

    assert one_batch().state == "sent"
    assert [one.outcome for one in one_batch().tries.all()] == ["unknown"]
    assert states() == ["sent"]
    assert len(memory.sent) == 1


def test_what_may_have_arrived_and_is_not_there_is_held(memory, integration, agency):
    make_waiting(1, integration)
    memory.fail("timeout", unknown=True)
    work()

    assert (one_batch().state, states(), memory.files) == ("held", ["sending"], {})
    assert Notification.objects.get().params["what"] == "held"


def test_who_can_not_be_asked_is_asked_later(memory, integration):
    make_waiting(1, integration)
    memory.fail("timeout", unknown=True, arrives=True)
    memory.lost_from_sight = True
    work()
    assert one_batch().state == "sending"

    memory.lost_from_sight = False
    hurry()
    work()
    assert (one_batch().state, len(memory.sent)) == ("sent", 1)


def test_what_knows_its_key_is_repeated_and_says_so(memory, integration, caplog):
    memory.after_unknown = "repeat"
    make_waiting(1, integration)
    memory.fail("timeout", unknown=True, arrives=True)
    work()
    hurry()
    work()

    assert one_batch().state == "sent"
    assert len(set(memory.keys)) == 1
    assert len(memory.keys) == 2
    assert [one.repeat for one in one_batch().tries.all()] == [False, True]
    assert "unknown, repeated" in caplog.text


def test_repeats_come_in_growing_gaps_for_a_day_and_are_held_then(memory, integration):
    memory.after_unknown = "repeat"
    make_waiting(1, integration)
    for attempt in (1, 2):
        memory.fail("timeout", unknown=True, arrives=True)
        hurry()
        work()
        batch = one_batch()
        assert (batch.state, batch.attempts) == ("sending", attempt)
        assert batch.next_attempt_at > timezone.now() + timedelta(seconds=25 * attempt)

    Batch.objects.update(give_up_at=timezone.now())
    memory.fail("timeout", unknown=True, arrives=True)
    hurry()
    work()
    assert (one_batch().state, states()) == ("held", ["sending"])


def test_what_may_have_arrived_once_is_held_whatever_comes_after(memory, integration):
    memory.after_unknown = "repeat"
    make_waiting(1, integration)
    memory.fail("timeout", unknown=True, arrives=True)
    work()
    memory.fail("refused", permanent=True)
    hurry()
    work()
    assert (one_batch().state, one_batch().code) == ("held", "refused")


def test_mail_that_may_have_left_is_held(memory, integration):
    memory.after_unknown = "hold"
    make_waiting(1, integration)
    memory.fail("timeout", unknown=True, arrives=True)
    work()

    assert (one_batch().state, len(memory.sent)) == ("held", 1)


def test_a_fault_of_ours_fails_the_batch_alone(memory, integration, monkeypatch):
    make_waiting(1, integration)

    def broken(upload, finishing):
        raise RuntimeError

    monkeypatch.setattr(memory, "send", broken)
    work()
    assert (one_batch().state, one_batch().code) == ("failed", "internal")


# --- what people do ---


def test_batch_now_overrides_the_schedule_and_is_in_the_audit(memory, agency):
    integration = make_integration()
    make_waiting(2, integration)
    with pytest.raises(DomainError, match="full name"):
        services.batch_now(actor=agency, integration=integration, signature="Somebody")

    batch = services.batch_now(actor=agency, integration=integration, signature=str(agency))
    assert (batch.leads, batch.at_once) == (2, True)
    with pytest.raises(DomainError, match="under way"):
        services.batch_now(actor=agency, integration=integration, signature=str(agency))
    work()
    assert again(batch).state == "sent"
    entry = Entry.objects.get(action="batch.sent_now")
    assert entry.details["severity"] == "high"
    with pytest.raises(DomainError, match="No lead waits"):
        services.batch_now(actor=agency, integration=integration, signature=str(agency))


def test_a_sent_batch_is_sent_again_as_it_was(memory, integration, agency):
    [lead] = make_waiting(1, integration)
    work()
    before = again(one_batch())
    Lead.objects.filter(pk=lead.pk).update(data={})

    services.resend(actor=agency, batch=before, signature=str(agency))
    work()
    after = one_batch()
    assert len(memory.sent) == 2
    assert (after.state, after.sha256, after.sent_at) == ("sent", before.sha256, before.sent_at)


def test_a_resend_that_fails_leaves_it_sent(memory, integration, agency):
    make_waiting(1, integration)
    work()
    services.resend(actor=agency, batch=one_batch(), signature=str(agency))
    memory.fail("auth_refused", permanent=True)
    work()

    assert (one_batch().state, states()) == ("sent", ["sent"])
    assert Notification.objects.exists()


@pytest.mark.parametrize("after_unknown", ["look", "hold"])
def test_a_held_batch_is_resent_or_marked_as_sent(memory, integration, agency, after_unknown):
    memory.after_unknown = after_unknown
    make_waiting(1, integration)
    memory.fail("timeout", unknown=True)
    work()
    services.resend(actor=agency, batch=one_batch(), signature=str(agency))
    work()
    assert (one_batch().state, len(memory.sent), states()) == ("sent", 1, ["sent"])


def test_marked_as_sent_its_leads_are_delivered(memory, integration, agency):
    make_waiting(1, integration)
    memory.fail("timeout", unknown=True)
    work()
    services.mark_sent(actor=agency, batch=one_batch(), signature=str(agency))
    work()
    assert (one_batch().state, states(), memory.sent) == ("sent", ["sent"], [])
    assert Lead.objects.get().delivered


def test_cancelled_its_leads_wait_again(memory, integration, agency):
    make_waiting(2, integration)
    memory.fail("auth_refused", permanent=True)
    work()
    services.cancel(actor=agency, batch=one_batch())
    work()
    assert (one_batch().state, states()) == ("cancelled", ["queued"] * 2)

    now_due(integration)
    work()
    assert states() == ["sent"] * 2
    assert [batch.state for batch in Batch.objects.order_by("pk")] == ["cancelled", "sent"]


ALLOWED = {
    "resend": {State.SENT, State.HELD, State.FAILED},
    "mark_sent": {State.HELD, State.FAILED},
    "cancel": {State.HELD, State.FAILED},
}


@pytest.mark.parametrize("state", State)
@pytest.mark.parametrize("act", ALLOWED)
def test_what_can_be_done_in_which_state(memory, integration, agency, act, state):
    make_waiting(1, integration)
    work()
    Batch.objects.update(state=state)
    signed = {} if act == "cancel" else {"signature": str(agency)}
    do = getattr(services, act)
    if state in ALLOWED[act]:
        do(actor=agency, batch=one_batch(), **signed)
        return
    with pytest.raises(DomainError) as refused:
        do(actor=agency, batch=one_batch(), **signed)
    assert (refused.value.code, one_batch().state) == ("wrong_state", state)


def test_a_frozen_run_is_claimed_once(memory, integration):
    """Two beats, two workers: the second finds nothing."""
    make_waiting(1, integration)
    assert isinstance(claiming.claim_one_due(), Batch)
    assert claiming.claim_one_due() is False
    assert datetime.now(UTC) > one_batch().due_at
    assert Attempt.objects.count() == 0
