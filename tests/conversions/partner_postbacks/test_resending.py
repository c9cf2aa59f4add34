"""Sending once more what is in the log: one event, or all of a state."""

import threading

import pytest
from django.core.exceptions import PermissionDenied
from django.db import connection, transaction

from conversions.models import Conversion
from conversions.partner_postbacks import resending
from conversions.partner_postbacks.models import PostbackEvent
from convertr.accounts.permissions import grant
from convertr.audit.models import Entry
from convertr.errors import DomainError
from tests.conversions.partner_postbacks.kit import send_all
from tests.factories import make_conversion, make_postback, make_postback_event

pytestmark = pytest.mark.django_db


@pytest.fixture
def postback(partner):
    return make_postback(partner)


@pytest.mark.parametrize("state", ["delivered", "failed", "stopped"])
def test_resending_keeps_the_change_id(agency, postback, conversion, state):
    event = make_postback_event(postback, conversion, state=state, attempts=3)
    before = event.change_id

    resending.resend(actor=agency, postback=postback, event=event)

    event = PostbackEvent.objects.get()
    assert (event.state, event.attempts, event.change_id) == ("waiting", 0, before)


@pytest.mark.parametrize("state", ["waiting", "sending", "superseded"])
def test_what_can_not_be_resent(agency, postback, conversion, state):
    event = make_postback_event(postback, conversion, state=state)

    with pytest.raises(DomainError) as refused:
        resending.resend(actor=agency, postback=postback, event=event)

    assert refused.value.code == "not_resendable"


def test_no_older_one_is_resent_beside_a_newer(agency, postback, conversion):
    older = make_postback_event(postback, conversion, state="failed")
    make_postback_event(postback, make_conversion())
    conversion.version += 1
    make_postback_event(postback, conversion)

    with pytest.raises(DomainError) as refused:
        resending.resend(actor=agency, postback=postback, event=older)

    assert refused.value.code == "newer_waits"


def test_nothing_is_resent_to_one_that_is_off(agency, partner, conversion):
    postback = make_postback(partner, active=False)
    event = make_postback_event(postback, conversion, state="stopped")

    with pytest.raises(DomainError) as refused:
        resending.resend(actor=agency, postback=postback, event=event)

    assert refused.value.code == "postback_off"


# --- All of a state -------------------------------------------------------------------------------


def stopped(postback, number=1, **fields):
    """So many events of conversions of their own, stopped, the oldest first."""
    fields = {"state": "stopped", "attempts": 3, **fields}
    return [make_postback_event(postback, make_conversion(), **fields) for _ in range(number)]


def found(event):
    return PostbackEvent.objects.get(pk=event.pk).state


def test_all_stopped_are_sent_again_under_their_change_ids(agency, postback):
    events = stopped(postback, 3)
    [failed] = stopped(postback, state="failed")
    before = [event.change_id for event in events]

    assert resending.resend_all(actor=agency, postback=postback, state="stopped") == 3

    again = PostbackEvent.objects.filter(state="waiting").order_by("id")
    assert [event.change_id for event in again] == before
    assert {(event.attempts, event.give_up_at, event.stale) for event in again} == {
        (0, None, False)
    }
    assert found(failed) == "failed"
    entry = Entry.objects.get(action="postback.resent_all")
    assert (entry.subject, entry.details) == (
        f"postback {postback.pk}",
        {"state": "stopped", "number": 3},
    )


def test_all_failed_of_this_postback_only_and_no_tests(agency, partner, postback):
    [ours] = stopped(postback, state="failed")
    [others] = stopped(make_postback(partner), state="failed")
    [test] = stopped(postback, state="failed", is_test=True)

    assert resending.resend_all(actor=agency, postback=postback, state="failed") == 1

    assert [found(one) for one in (ours, others, test)] == ["waiting", "failed", "failed"]


def test_so_many_at_once_and_the_rest_next_time(agency, postback, monkeypatch):
    monkeypatch.setattr(resending, "MOST_AT_ONCE", 2)
    events = stopped(postback, 3)

    assert resending.resend_all(actor=agency, postback=postback, state="stopped") == 2
    assert [found(event) for event in events] == ["waiting", "waiting", "stopped"]

    assert resending.resend_all(actor=agency, postback=postback, state="stopped") == 1
    assert resending.resend_all(actor=agency, postback=postback, state="stopped") == 0
    assert Entry.objects.filter(action="postback.resent_all").count() == 2


@pytest.mark.parametrize("newer", ["waiting", "sending", "delivered", "failed", "stopped"])
def test_of_a_conversion_only_the_last_change(agency, postback, conversion, newer):
    older = make_postback_event(postback, conversion, state="stopped")
    conversion.version += 1
    later = make_postback_event(postback, conversion, state=newer)

    resending.resend_all(actor=agency, postback=postback, state="stopped")

    assert found(older) == "stopped"
    assert found(later) == ("waiting" if newer == "stopped" else newer)


def test_not_beside_an_older_one_that_waits(agency, postback, conversion):
    make_postback_event(postback, conversion)
    conversion.version += 1
    event = make_postback_event(postback, conversion, state="stopped")

    assert resending.resend_all(actor=agency, postback=postback, state="stopped") == 0
    assert found(event) == "stopped"


def test_nothing_that_no_longer_holds(agency, postback, conversion):
    """Rejected while the postback was off: nobody is told that it is approved."""
    Conversion.objects.update(status="approved")
    conversion.refresh_from_db()
    event = make_postback_event(postback, conversion, state="stopped")
    Conversion.objects.update(status="rejected")

    assert resending.resend_all(actor=agency, postback=postback, state="stopped") == 0
    assert found(event) == "stopped"


def test_all_to_one_that_is_off(agency, partner):
    postback = make_postback(partner, active=False)
    stopped(postback)

    with pytest.raises(DomainError) as refused:
        resending.resend_all(actor=agency, postback=postback, state="stopped")

    assert refused.value.code == "postback_off"


def test_no_other_state(agency, postback):
    with pytest.raises(DomainError) as refused:
        resending.resend_all(actor=agency, postback=postback, state="delivered")

    assert refused.value.code == "not_resendable"


def test_all_only_by_those_who_manage_it(agency2, other_partner_user, postback):
    grant(other_partner_user, ["conversions.manage_postbacks"])
    for actor in (agency2, other_partner_user):
        with pytest.raises(PermissionDenied):
            resending.resend_all(actor=actor, postback=postback, state="stopped")


@pytest.mark.django_db(transaction=True)
def test_a_conversion_that_is_being_changed_is_not_waited_for(agency, postback):
    changing, other = stopped(postback, 2)
    held, release = threading.Event(), threading.Event()

    def change():
        with transaction.atomic():
            Conversion.objects.select_for_update().get(pk=changing.conversion_id)
            held.set()
            release.wait(10)
        connection.close()

    writer = threading.Thread(target=change)
    writer.start()
    held.wait(10)
    try:
        assert resending.resend_all(actor=agency, postback=postback, state="stopped") == 1
    finally:
        release.set()
        writer.join()

    assert [found(changing), found(other)] == ["stopped", "waiting"]


@pytest.mark.django_db(transaction=True)
def test_after_a_switch_off_nothing_is_lost(agency, partner, sink):
    postback = make_postback(partner, sink.url("/200?c={change_id}"))
    events = stopped(postback, 5)

    resending.resend_all(actor=agency, postback=postback, state="stopped")
    send_all()

    assert sorted(sink.queries("c")) == sorted(event.change_id for event in events)
    assert {found(event) for event in events} == {"delivered"}
