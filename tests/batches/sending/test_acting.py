"""What people do: batch now, resend, mark as sent, cancel; and in which state they can."""

import pytest

from batches import services
from batches.models import Batch
from batches.rules import State
from convertr.audit.models import Entry
from convertr.errors import DomainError
from convertr.ui.models import Notification
from leads.models import Lead
from tests.batches.kit import again, make_integration, make_waiting, now_due, states, work
from tests.batches.sending.kit import one_batch

pytestmark = pytest.mark.django_db


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
