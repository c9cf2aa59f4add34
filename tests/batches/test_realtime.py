"""Leads told by HTTP as they become valid, against a real server: once each, or unknown."""

import json
import logging
import threading
import uuid
from datetime import timedelta
from urllib.parse import parse_qsl

import pytest
from django.db import OperationalError, connection
from django.utils import timezone

from batches import surely, ticking, vault
from batches.models import Call, CallAttempt, Credential, Integration
from batches.realtime import calling, claiming
from convertr.outbound.addresses import networks
from convertr.outbound.answers import Answer, Outcome
from leads.models import Lead, LeadEvent
from tests.batches.kit import FIELDS, PAST, make_integration, make_waiting, set_leads, states
from tests.leads.kit import done
from tests.outbound.sink import Sink

pytestmark = pytest.mark.django_db
SECRET = "s3cret-token-of-the-shop"


@pytest.fixture(scope="module")
def server():
    made = Sink()
    yield made
    made.stop()


@pytest.fixture
def sink(server):
    server.received.clear()
    server.plan.clear()
    return server


@pytest.fixture(autouse=True)
def loopback(settings):
    """Loopback may be called; who hangs is given up on, but not who is late on a busy machine."""
    settings.OUTBOUND_ALLOW = networks(["127.0.0.0/8"])
    settings.OUTBOUND_CONNECT_SECONDS = settings.OUTBOUND_TOTAL_SECONDS = 2.5


def make_realtime(sink, path="/200", *, credential=None, **stored):
    destination = {"kind": "realtime", "url": sink.url(path), **stored}
    return make_integration(kind="realtime", destination=destination, credential=credential)


def called(integration, count=1):
    """Leads that became valid and were called for; the one call."""
    leads = make_waiting(count, integration)
    assert calling.run() == count
    return leads, Call.objects.order_by("pk").first()


def hurry(**fields):
    """What would be tried later is tried now."""
    Call.objects.update(due_at=PAST, **fields)


def keys(sink):
    return [one.headers["Idempotency-Key"] for one in sink.received]


def died():
    """The sender of all that is being sent has not been heard of for long."""
    Call.objects.update(claimed_at=timezone.now() - timedelta(hours=1))


# --- what is called, and what it makes of the lead ---


def test_a_lead_that_becomes_valid_is_told_once_and_delivered(sink):
    integration = make_realtime(sink, "/200?shop=7")
    [lead], call = called(integration)
    assert calling.run() == 0

    [got] = sink.received
    assert (got.method, got.path, got.query) == ("POST", "/200", {"shop": "7"})
    assert got.headers["Content-Type"] == "application/json"
    assert got.headers["Idempotency-Key"] == str(call.key)
    said = {"ID": str(lead.pk), "E-mail": lead.data["email"], "City": "London"}
    assert json.loads(got.body) == said
    assert (call.state, call.outcome, call.attempts) == ("sent", "delivered", 1)
    attempt = call.tries.get()
    assert (attempt.outcome, attempt.status, attempt.repeat) == ("delivered", 200, False)
    assert states() == ["sent"]
    lead = Lead.objects.get()
    assert lead.is_billable
    assert lead.first_delivered_at
    event = LeadEvent.objects.get(delivered=True)
    assert event.pgh_context.metadata["channel"] == "system"


def test_as_a_form_by_put(sink):
    integration = make_realtime(sink, method="PUT", body="form")
    leads = make_waiting(1, integration)
    set_leads(leads, data={"email": "ada&b=c@analytical.org", "city": "Zürich é"})
    calling.run()

    [got] = sink.received
    assert got.method == "PUT"
    assert got.headers["Content-Type"] == "application/x-www-form-urlencoded"
    assert parse_qsl(got.body.decode())[1:] == [
        ("E-mail", "ada&b=c@analytical.org"),
        ("City", "Zürich é"),
    ]


def test_the_mapping_of_the_moment_counts(sink):
    integration = make_realtime(sink)
    make_waiting(1, integration)
    Integration.objects.update(fields=[["Mail", "field:email"]])
    calling.run()

    assert list(json.loads(sink.received[0].body)) == ["Mail"]


def test_leads_flagged_valid_to_it_by_a_person_go_too(sink, agency):
    integration = make_realtime(sink)
    Integration.objects.update(active=False)
    [lead] = make_waiting(1, integration)
    assert calling.run() == 0
    Integration.objects.update(active=True)

    done(agency, "valid", [lead], integrations=[integration.pk])
    assert calling.run() == 1
    done(agency, "valid", [lead], integrations=[integration.pk])
    assert calling.run() == 0


def test_a_lead_in_another_round_is_another_call(sink, agency):
    integration = make_realtime(sink)
    [lead], _call = called(integration)
    done(agency, "undelivered", [lead])
    done(agency, "reprocess", [lead])

    assert calling.run() == 1
    assert len(set(keys(sink))) == 2


# --- what its answer means ---

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


# --- who calls ---


def test_a_lead_flagged_away_before_its_call_is_withdrawn(sink, agency):
    integration = make_realtime(sink)
    first, second = make_waiting(2, integration)
    claiming.store()
    done(agency, "invalid", [first])

    assert calling.run() == 1
    found = dict(Call.objects.values_list("lead_id", "outcome"))
    assert found == {first.pk: "withdrawn", second.pk: "delivered"}
    assert [json.loads(one.body)["ID"] for one in sink.received] == [str(second.pk)]
    assert not Lead.objects.get(pk=first.pk).delivered

    # Flagged back in the same round, it is called for after all.
    done(agency, "valid", [first], integrations=[integration.pk])
    assert calling.run() == 1


def test_many_that_were_flagged_away_hold_up_nobody(sink, monkeypatch):
    monkeypatch.setattr(claiming, "AT_ONCE", 2)
    integration = make_realtime(sink)
    *gone, last = make_waiting(5, integration)
    claiming.store()
    set_leads(gone, status="test")

    assert calling.run() == 1
    assert json.loads(sink.received[0].body)["ID"] == str(last.pk)


def test_a_lead_that_is_being_called_for_stays_what_it_is(sink, agency):
    [lead] = make_waiting(1, make_realtime(sink))
    claiming.store()
    assert len(claiming.claim(uuid.uuid4())) == 1

    done(agency, "invalid", [lead])
    assert Lead.objects.get().status == "valid"


def test_what_a_sender_that_died_had_in_hand_is_repeated(sink, caplog):
    make_waiting(1, make_realtime(sink))
    claiming.store()
    [claimed] = claiming.claim(uuid.uuid4())
    assert calling.run() == 0  # it may be alive
    died()

    assert calling.run() == 1
    assert keys(sink) == [str(claimed.key)]
    tries = list(CallAttempt.objects.values_list("outcome", "repeat"))
    assert tries == [("unknown", False), ("delivered", True)]
    assert "unknown, repeated" in caplog.text
    assert (Call.objects.get().state, states()) == ("sent", ["sent"])


def test_what_two_senders_had_in_hand_was_repeated_twice(sink):
    make_waiting(1, make_realtime(sink))
    claiming.store()
    for _sender in range(2):
        assert len(claiming.claim(uuid.uuid4())) == 1
        died()

    assert calling.run() == 1
    tries = list(CallAttempt.objects.values_list("outcome", "repeat"))
    assert tries == [("unknown", False), ("unknown", True), ("delivered", True)]


def test_an_outcome_is_kept_while_the_database_is_away(sink, monkeypatch):
    make_waiting(1, make_realtime(sink))
    tell, away = claiming.tell, iter((True, True, False))

    def told(finished, token):
        if next(away):
            raise OperationalError("the server closed the connection")
        tell(finished, token)

    monkeypatch.setattr(claiming, "tell", told)
    monkeypatch.setattr(surely, "PAUSE_SECONDS", 0)
    # The test's own connection is to live on.
    monkeypatch.setattr(surely.connection, "close", lambda: None)

    assert calling.run() == 1
    assert len(sink.received) == 1
    assert CallAttempt.objects.get().outcome == "delivered"
    assert (Call.objects.get().state, states()) == ("sent", ["sent"])


def test_a_sender_that_was_taken_over_writes_nothing(sink):
    make_waiting(1, make_realtime(sink))
    claiming.store()
    first, second = uuid.uuid4(), uuid.uuid4()
    [claimed] = claiming.claim(first)
    died()
    assert len(claiming.claim(second)) == 1
    told = claiming.Finished(
        claimed, timezone.now(), Answer(Outcome.HTTP_STATUS, 1, 410), taken=False
    )

    claiming.tell([told], first)
    assert (Call.objects.get().state, states()) == ("sending", ["sending"])
    claiming.tell([told], second)
    assert (Call.objects.get().state, states()) == ("failed", ["failed"])


@pytest.mark.django_db(transaction=True)
def test_two_senders_at_once_call_nothing_twice(sink, monkeypatch):
    monkeypatch.setattr(claiming, "AT_ONCE", 3)
    make_waiting(24, make_realtime(sink, "/slow/0.01"))
    begin, made = threading.Barrier(3), []

    def send_all():
        begin.wait()
        try:
            made.append(calling.run())
        finally:
            connection.close()

    threads = [threading.Thread(target=send_all) for _ in range(3)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert sum(made) == 24
    assert len(set(keys(sink))) == len(sink.received) == 24
    assert states() == ["sent"] * 24


def test_beat_sees_what_waits(sink, monkeypatch):
    told = []
    monkeypatch.setattr(ticking, "nudge_calls", lambda: told.append(1))
    integration = make_realtime(sink)
    ticking.tick()
    assert told == []

    make_waiting(1, integration)
    ticking.tick()
    assert told == [1]
    calling.run()
    ticking.tick()
    assert told == [1]
    Call.objects.update(state="waiting", due_at=PAST)
    ticking.tick()
    assert told == [1, 1]


# --- what may not be seen ---


@pytest.mark.parametrize("path", ["/200", "/500", "/hang", "/410"])
def test_the_credential_goes_along_and_stands_nowhere(sink, caplog, path):
    caplog.set_level(logging.DEBUG)
    credential = Credential.objects.create(
        name="Shop",
        kind="http_header",
        ciphertext=vault.seal({"header": f"Authorization: Bearer {SECRET}"}),
    )
    [lead], call = called(make_realtime(sink, path, credential=credential))

    assert sink.received[0].headers["Authorization"] == f"Bearer {SECRET}"
    kept = [*Call.objects.values(), *call.tries.values(), *Integration.objects.values()]
    for text in (caplog.text, str(kept)):
        assert SECRET not in text
        assert lead.data["email"] not in text


def test_what_cant_be_opened_is_not_called(sink, caplog):
    credential = Credential.objects.create(name="Shop", kind="http_header", ciphertext=b"lost")
    [_lead], call = called(make_realtime(sink, credential=credential))

    assert sink.received == []
    assert call.state == "failed"
    assert "vault_key_missing" in caplog.text


def test_a_fault_of_ours_is_unknown_and_names_no_lead(sink, caplog, monkeypatch):
    async def broken(self, *args, content, **kwargs):
        raise RuntimeError(content)

    monkeypatch.setattr(calling.Client, "send", broken)
    [lead], call = called(make_realtime(sink))

    assert (call.state, call.outcome, states()) == ("waiting", "error", ["sending"])
    assert "RuntimeError" in caplog.text
    assert lead.data["email"] not in caplog.text
    assert FIELDS[1][0] not in caplog.text
