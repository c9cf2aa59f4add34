"""Senders that were interrupted, and calls that went wrong on our side: nothing stays under way."""

import threading
from datetime import timedelta

import pytest
from django.db import connection
from django.utils import timezone

from conversions.partner_postbacks import recording
from conversions.partner_postbacks.models import PartnerPostback, PostbackEvent
from convertr.outbound.http import Client
from tests.conversions.partner_postbacks.kit import (
    approve,
    attempts,
    change,
    make_due,
    send_all,
    states,
)
from tests.factories import make_conversions, make_postback
from tests.workers import until

pytestmark = pytest.mark.django_db(transaction=True)


def left_under_way(**fields):
    """As a sender that was killed leaves it."""
    long_ago = timezone.now() - timedelta(seconds=90)
    fields = {"state": "sending", "attempts": 1, "claimed_at": long_ago, **fields}
    PostbackEvent.objects.update(**fields)


def test_what_a_killed_sender_left_is_sent_again_as_unknown(conversion, postback, sink):
    approve(conversion)
    left_under_way()

    send_all()

    assert attempts() == [("unknown", None, False), ("delivered", 200, True)]
    assert sink.queries("c") == [f"{conversion.pk}-2"]


def test_not_what_is_under_way(conversion, postback, sink):
    approve(conversion)
    left_under_way(claimed_at=timezone.now())

    send_all()

    assert states() == ["sending"]
    assert sink.received == []


def test_not_what_was_superseded_meanwhile(agency, conversion, postback, sink):
    change(agency, conversion)
    left_under_way()
    change(agency, conversion, "REJECTED")

    send_all()

    assert states() == ["superseded", "delivered"]
    assert sink.queries("s") == ["rejected"]


def test_an_older_one_under_way_goes_first(agency, conversion, postback, sink):
    change(agency, conversion)
    left_under_way(claimed_at=timezone.now())
    change(agency, conversion, "REJECTED")

    send_all()
    assert states() == ["sending", "waiting"]

    left_under_way(state="failed")
    PostbackEvent.objects.filter(status="rejected").update(state="waiting", attempts=0)
    send_all()
    assert sink.queries("s") == ["rejected"]


def test_asked_to_stop_it_begins_nothing(conversion, postback, sink):
    approve(conversion)

    send_all(should_stop=lambda: True)

    assert sink.received == []
    assert states() == ["waiting"]


def test_an_outcome_survives_a_database_that_goes_away(conversion, partner, sink):
    """The connection breaks while the call is under way: its outcome is written all the same."""
    make_postback(partner, sink.url("/slow/0.3?c={change_id}"))
    approve(conversion)
    sending = threading.Thread(target=send_all)
    sending.start()
    until(lambda: sink.received, what="the call")

    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT count(pg_terminate_backend(pid)) FROM pg_stat_activity"
            " WHERE datname = current_database() AND pid <> pg_backend_pid()"
            " AND pid IN (SELECT pid FROM pg_locks WHERE locktype = 'advisory')"
        )
        assert cursor.fetchone() == (1,)
    sending.join()

    assert states() == ["delivered"]
    assert attempts() == [("delivered", 200, False)]
    assert len(sink.received) == 1


# --- Silent again and again -----------------------------------------------------------------------


def test_each_silence_makes_the_next_attempt_later(conversion, postback, sink):
    approve(conversion)
    for done, at_least, at_most in ((2, 60, 72), (3, 120, 144), (12, 14_400, 17_280)):
        later = timezone.now() + timedelta(days=2)
        left_under_way(attempts=done, give_up_at=later)

        send_all()

        event = PostbackEvent.objects.get()
        wait = (event.due_at - timezone.now()).total_seconds()
        assert event.state == "waiting"
        assert at_least - 20 < wait <= at_most
    assert sink.received == []


@pytest.mark.parametrize(("attempts_made", "left"), [(1, -1), (5, 60)])
def test_what_would_be_repeated_after_its_day_has_failed(
    conversion, postback, sink, attempts_made, left
):
    approve(conversion)
    end = timezone.now() + timedelta(seconds=left)
    left_under_way(attempts=attempts_made, give_up_at=end)

    send_all()

    assert states() == ["failed"]
    assert attempts() == [("unknown", None, False)]
    assert sink.received == []


def test_a_silence_is_a_failure_of_its_postback(offer, partner, postback):
    approve(*make_conversions(3, offer=offer, partner=partner))
    left_under_way(attempts=2, give_up_at=timezone.now() + timedelta(hours=1))

    send_all()

    postback.refresh_from_db()
    assert (postback.active, postback.failures) == (True, 3)
    # However long ago the sender went away, that is no failing of the postback's.
    assert timezone.now() - postback.failing_since < timedelta(seconds=30)


def test_silences_in_a_row_switch_off(conversion, postback, sink):
    since = timezone.now() - recording.FAILING_FOR
    PartnerPostback.objects.update(failures=recording.MOST_FAILURES - 1, failing_since=since)
    approve(conversion)
    left_under_way()

    send_all()

    postback.refresh_from_db()
    assert (postback.active, postback.failures) == (False, 25)
    assert states() == ["stopped"]
    assert sink.received == []


def test_a_silent_one_of_a_postback_that_is_off_is_stopped(conversion, postback):
    approve(conversion)
    left_under_way()
    PartnerPostback.objects.update(active=False)

    send_all()

    assert states() == ["stopped"]


def test_an_error_of_ours_is_an_outcome(offer, partner, sink, monkeypatch, caplog):
    """The others are sent, and what went wrong is tried again."""
    make_postback(partner, sink.url("/200?secret=sesame&c={conversion_id}"))
    bad, good = make_conversions(2, offer=offer, partner=partner)
    send = Client.send

    async def sending(client, method, url):
        if url.endswith(f"c={bad.pk}"):
            raise RuntimeError(url)
        return await send(client, method, url)

    monkeypatch.setattr(Client, "send", sending)
    approve(bad, good)
    send_all()

    assert dict(PostbackEvent.objects.values_list("conversion_id", "state")) == {
        bad.pk: "waiting",
        good.pk: "delivered",
    }
    assert sorted(attempts()) == [("delivered", 200, False), ("error", None, False)]
    assert "RuntimeError" in caplog.text
    assert "sesame" not in caplog.text

    monkeypatch.undo()
    make_due()
    send_all()
    assert states() == ["delivered", "delivered"]
    assert attempts()[-1] == ("delivered", 200, True)
