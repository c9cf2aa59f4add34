"""What an answer makes of a call and its lead: done, refused, or unknown and repeated."""

from datetime import timedelta

import pytest
from django.utils import timezone

from batches.realtime import calling
from leads.models import Lead
from tests.batches.kit import PAST, states
from tests.batches.realtime.kit import called, hurry, keys, make_realtime

pytestmark = pytest.mark.django_db


ANSWERED = [
    # path, pattern; state, outcome, of the delivery
    ("/200", "", ("sent", "delivered", "sent")),
    ("/204", "", ("sent", "delivered", "sent")),
    ("/200", "^thanks$", ("sent", "delivered", "sent")),
    ("/200", '"ok":true', ("failed", "rejected", "failed")),
    ("/500", "", ("waiting", "http_status", "queued")),
    ("/500", "thanks", ("waiting", "http_status", "queued")),
    ("/429/7", "", ("waiting", "http_status", "queued")),
    ("/410", "", ("failed", "http_status", "failed")),
    ("/400", "", ("failed", "http_status", "failed")),
    ("/redirect/http:%2F%2F127.0.0.1%2F200", "", ("failed", "redirect", "failed")),
    ("/hang", "", ("waiting", "timeout", "sending")),
    ("/cut", "", ("waiting", "cut", "sending")),
]


@pytest.mark.parametrize(("path", "success", "expected"), ANSWERED)
def test_what_an_answer_means(sink, path, success, expected):
    _leads, call = called(make_realtime(sink, path, success=success))

    [delivery] = states()
    assert (call.state, call.outcome, delivery) == expected
    assert Lead.objects.get().delivered == (call.state == "sent")
    assert (call.ended_at is None) == (call.state == "waiting")
    assert calling.run() == 0
    assert len(sink.received) == 1


def test_what_failed_in_passing_is_tried_again_under_the_same_key(sink):
    sink.plan["shop"] = "500"
    [_lead], call = called(make_realtime(sink, "/shop"))
    assert call.due_at > timezone.now() + timedelta(seconds=20)
    sink.plan["shop"] = "200"
    hurry()

    assert calling.run() == 1
    assert keys(sink) == [str(call.key)] * 2
    assert [one.repeat for one in call.tries.all()] == [False, False]
    assert states() == ["sent"]


def test_it_is_given_up_after_a_day(sink):
    [_lead], call = called(make_realtime(sink, "/500"))
    assert call.give_up_at > timezone.now() + timedelta(hours=23)
    hurry(give_up_at=PAST)
    calling.run()

    call.refresh_from_db()
    assert (call.state, call.attempts, states()) == ("failed", 2, ["failed"])


@pytest.mark.parametrize("way", ["hang", "cut"])
def test_what_nobody_knows_of_is_repeated_under_the_same_key_and_says_so(sink, caplog, way):
    sink.plan["shop"] = way
    [_lead], call = called(make_realtime(sink, "/shop"))
    sink.plan["shop"] = "200"
    hurry()

    assert calling.run() == 1
    assert keys(sink) == [str(call.key)] * 2
    assert [one.repeat for one in call.tries.all()] == [False, True]
    assert "unknown, repeated" in caplog.text
    assert states() == ["sent"]


def test_a_private_address_is_not_called(sink, settings):
    settings.OUTBOUND_ALLOW = ()
    _leads, call = called(make_realtime(sink))

    assert sink.received == []
    assert (call.state, call.outcome, states()) == ("failed", "refused_address", ["failed"])
