"""The sender against a real server: what is sent, logged, tried again, and what holds up nobody."""

import threading
import time
from datetime import timedelta

import pytest
from django.core import mail
from django.db import connection
from django.utils import timezone

from conversions.partner_postbacks import claiming, recording
from conversions.partner_postbacks.macros import MACROS
from conversions.partner_postbacks.models import PartnerPostback, PostbackAttempt, PostbackEvent
from convertr.accounts.permissions import grant
from convertr.outbound import checked
from convertr.ui.models import Notification
from tests.conversions.partner_postbacks.kit import (
    approve,
    attempts,
    change,
    make_due,
    send_all,
    states,
)
from tests.factories import (
    make_conversion,
    make_conversions,
    make_offer,
    make_partner,
    make_postback,
)

pytestmark = pytest.mark.django_db(transaction=True)


def test_a_change_is_told(agency, conversion, postback, sink):
    change(agency, conversion)

    began = time.monotonic()
    assert send_all() is False
    passed = time.monotonic() - began

    [received] = sink.received
    assert received.method == "GET"
    assert received.query == {"c": f"{conversion.pk}-2", "s": "approved"}
    assert states() == ["delivered"]
    assert attempts() == [("delivered", 200, False)]
    attempt = PostbackAttempt.objects.get()
    assert attempt.answer == "thanks"
    assert 0 < attempt.milliseconds < passed * 1_000


def test_every_macro_is_filled_in_and_encoded(conversion, partner, sink):
    query = "&".join(f"{name}={{{name}}}" for name in MACROS)
    make_postback(partner, sink.url(f"/200/{{sub1}}?{query}"), method="POST")

    approve(conversion)
    send_all()

    [received] = sink.received
    assert (received.method, received.path) == ("POST", "/200/a%20b%26c")
    assert received.query == {
        "conversion_id": str(conversion.pk),
        "conversion_uuid": str(conversion.uuid),
        "transaction_id": conversion.transaction_id,
        "status": "approved",
        "payout": "4",
        "currency": "EUR",
        "offer_id": str(conversion.offer_id),
        "affiliate_id": str(partner.pk),
        "sub1": "a b&c",
        **{f"sub{n}": "" for n in range(2, 7)},
        "order_id": conversion.order_id,
        "event": "Base",
        "change_id": f"{conversion.pk}-2",
    }


@pytest.mark.parametrize(
    ("path", "outcome", "status"),
    [
        ("/500", "http_status", 500),
        ("/429/0", "http_status", 429),
        ("/hang", "timeout", None),
        ("/cut", "cut", None),
    ],
)
def test_what_may_pass_is_tried_again(conversion, partner, sink, path, outcome, status):
    make_postback(partner, sink.url(f"{path}?c={{change_id}}"))
    approve(conversion)

    send_all()

    assert attempts() == [(outcome, status, False)]
    event = PostbackEvent.objects.get()
    assert (event.state, event.attempts) == ("waiting", 1)
    assert timedelta(seconds=20) < event.due_at - timezone.now() < timedelta(seconds=40)
    assert PartnerPostback.objects.get().failures == 1

    sink.plan = {path.split("/")[1]: "200"}
    make_due()
    send_all()

    assert states() == ["delivered"]
    unknown = outcome in ("timeout", "cut")
    assert attempts()[1] == ("delivered", 200, unknown)
    assert sink.queries("c") == [f"{conversion.pk}-2"] * 2
    assert PartnerPostback.objects.get().failures == 0


@pytest.mark.parametrize(
    ("path", "outcome", "status"),
    [
        ("/410", "http_status", 410),
        ("/404", "http_status", 404),
        ("/redirect/http:%2F%2F127.0.0.1%2F200", "redirect", 302),
    ],
)
def test_what_stays_is_not(conversion, partner, sink, path, outcome, status):
    make_postback(partner, sink.url(path))
    approve(conversion)

    send_all()

    assert states() == ["failed"]
    assert attempts() == [(outcome, status, False)]
    assert len(sink.received) == 1


def test_nobody_listening_is_tried_again(conversion, postback, sink):
    approve(conversion)
    sink.stop()

    send_all()

    assert states() == ["waiting"]
    assert attempts() == [("no_connection", None, False)]


def test_a_name_that_leads_inside_is_not_called(conversion, partner, sink, monkeypatch):
    monkeypatch.setattr(checked, "look_up", lambda _host, _port: ["93.184.215.14", "10.0.0.7"])
    make_postback(partner, f"http://partner.test:{sink.port}/200")
    approve(conversion)

    send_all()

    assert states() == ["failed"]
    assert attempts() == [("refused_address", None, False)]
    assert sink.accepted == 0


def test_loopback_is_closed_unless_allowed(conversion, postback, sink, settings):
    settings.OUTBOUND_ALLOW = ()
    approve(conversion)

    send_all()

    assert attempts() == [("refused_address", None, False)]
    assert sink.accepted == 0


def test_after_a_day_it_is_given_up(conversion, partner, sink):
    make_postback(partner, sink.url("/500"))
    approve(conversion)
    send_all()
    PostbackEvent.objects.update(give_up_at=timezone.now() + timedelta(seconds=10))
    make_due()

    send_all()

    assert states() == ["failed"]


def test_a_server_that_asks_for_time_holds_the_whole_postback(offer, partner, sink):
    make_postback(partner, sink.url("/429/3600"))
    first, second = make_conversions(2, offer=offer, partner=partner)
    approve(first)
    send_all()

    held = PartnerPostback.objects.get().hold_until - timezone.now()
    assert timedelta(minutes=59) < held <= timedelta(hours=1)
    assert PostbackEvent.objects.get().due_at > timezone.now() + timedelta(minutes=59)
    approve(second)
    send_all()

    assert len(sink.received) == 1
    assert states() == ["waiting", "waiting"]


def test_a_delay_is_kept(conversion, partner, sink):
    make_postback(partner, sink.url("/200"), delay_seconds=300)
    approve(conversion)
    send_all()

    assert sink.received == []
    wait = PostbackEvent.objects.get().due_at - timezone.now()
    assert timedelta(seconds=290) < wait <= timedelta(seconds=300)

    make_due()
    send_all()
    assert states() == ["delivered"]


def test_answers_that_are_no_text(conversion, partner, sink):
    make_postback(partner, sink.url("/binary"))
    approve(conversion)

    send_all()

    assert PostbackAttempt.objects.get().answer == "a�b�<script>"


# --- Switched off ---------------------------------------------------------------------------------


@pytest.fixture
def failing(partner, sink):
    """A postback one failure before its end."""
    postback = make_postback(partner, sink.url("/500"))
    postback.failures = recording.MOST_FAILURES - 1
    postback.failing_since = timezone.now() - recording.FAILING_FOR
    postback.save()
    return postback


def test_the_25th_failure_switches_off_and_tells_the_owner(
    agency, agency2, partner_user, other_partner_user, failing, offer, partner
):
    grant(partner_user, ["conversions.manage_postbacks"])
    grant(other_partner_user, ["conversions.manage_postbacks"])
    PartnerPostback.objects.update(created_by=agency)
    late = make_conversion(offer=offer, partner=partner)
    approve(late)
    PostbackEvent.objects.update(due_at=timezone.now() + timedelta(hours=1))
    approve(make_conversion(offer=offer, partner=partner))

    send_all()

    failing.refresh_from_db()
    assert (failing.active, failing.failures) == (False, 25)
    assert failing.switched_off_at is not None
    assert states() == ["stopped", "stopped"]
    told = Notification.objects.values_list("user__email", "kind")
    assert sorted(told) == [
        (agency.email, "postback_switched_off"),
        (partner_user.email, "postback_switched_off"),
    ]
    assert sorted(one.to[0] for one in mail.outbox) == [agency.email, partner_user.email]
    assert failing.url not in mail.outbox[0].body


def test_not_within_ten_minutes(failing, conversion):
    since = timezone.now() - recording.FAILING_FOR + timedelta(seconds=30)
    PartnerPostback.objects.update(failing_since=since)
    approve(conversion)

    send_all()

    failing.refresh_from_db()
    assert (failing.active, failing.failures) == (True, 25)
    assert states() == ["waiting"]


def test_not_before_the_25th(failing, conversion):
    PartnerPostback.objects.update(failures=23)
    approve(conversion)

    send_all()

    failing.refresh_from_db()
    assert (failing.active, failing.failures) == (True, 24)


def test_a_success_begins_the_count_anew(failing, conversion, sink):
    sink.plan = {"500": "200"}
    approve(conversion)

    send_all()

    failing.refresh_from_db()
    assert (failing.failures, failing.failing_since) == (0, None)


# --- Side by side ---------------------------------------------------------------------------------


def test_at_most_four_connections_a_host(offer, partner, sink):
    make_postback(partner, sink.url("/slow/0.02?n={conversion_id}"))
    make_postback(partner, sink.url("/slow/0.02?m={conversion_id}"))
    approve(*make_conversions(40, offer=offer, partner=partner))

    send_all()

    assert len(sink.received) == 80
    assert sink.most_busy == 4
    assert set(states()) == {"delivered"}


def test_a_slow_endpoint_holds_up_nobody_else(sink, settings):
    """The other's are all there before the first call of the one that hangs has ended."""
    settings.OUTBOUND_TOTAL_SECONDS = 6
    slow, fast = make_partner(), make_partner()
    offer = make_offer(partners=[slow, fast])
    make_postback(slow, sink.url("/hang", host="127.0.0.2").replace("127.0.0.2", "localhost"))
    make_postback(fast, sink.url("/200?n={conversion_id}"))
    approve(*make_conversions(20, offer=offer, partner=slow))
    approve(*make_conversions(50, offer=offer, partner=fast))

    def fast_ones():
        return [one.at for one in sink.received if one.path == "/200"]

    send_all(should_stop=lambda: len(fast_ones()) == 50)

    began = min(one.at for one in sink.received if one.path == "/hang")
    assert len(fast_ones()) == 50
    assert max(fast_ones()) < began + settings.OUTBOUND_TOTAL_SECONDS
    hanging = PostbackEvent.objects.filter(attempts=1, state="waiting").count()
    assert hanging == 4


def test_two_senders_send_each_once(offer, partner, sink, monkeypatch):
    """Even where both have the turn."""
    monkeypatch.setattr(claiming, "take_turn", lambda: True)
    monkeypatch.setattr(claiming, "end_turn", lambda: None)
    make_postback(partner, sink.url("/slow/0.01?n={conversion_id}"))
    conversions = make_conversions(60, offer=offer, partner=partner)
    approve(*conversions)

    threads = [threading.Thread(target=send_all) for _ in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert sorted(sink.queries("n")) == sorted(str(one.pk) for one in conversions)
    assert set(states()) == {"delivered"}
    assert PostbackAttempt.objects.count() == 60


def test_only_one_has_the_turn(conversion, postback, sink):
    approve(conversion)
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_lock(%s)", [claiming._LOCK])

    assert send_all() is False
    assert sink.received == []

    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_unlock(%s)", [claiming._LOCK])
    send_all()
    assert len(sink.received) == 1
