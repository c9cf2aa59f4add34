"""Who calls: each lead once, whoever comes, dies or is taken over."""

import json
import threading
import uuid

import pytest
from django.db import OperationalError, connection
from django.utils import timezone

from batches import surely, ticking
from batches.models import Call, CallAttempt
from batches.realtime import calling, claiming
from convertr.outbound.answers import Answer, Outcome
from leads.models import Lead
from tests.batches.kit import PAST, make_waiting, set_leads, states
from tests.batches.realtime.kit import died, keys, make_realtime
from tests.leads.kit import done

pytestmark = pytest.mark.django_db


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
