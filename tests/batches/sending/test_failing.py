"""What can go wrong: failures that pass or last, and what may have arrived or not."""

from datetime import timedelta

import pytest
from django.core import mail
from django.utils import timezone

from batches.models import Batch, Integration
from convertr.ui.models import Notification
from tests.batches.kit import again, hurry, make_waiting, states, work
from tests.batches.sending.kit import one_batch

pytestmark = pytest.mark.django_db


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
