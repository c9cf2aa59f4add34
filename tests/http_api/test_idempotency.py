"""Idempotency-Key: a write that is sent again is answered again, and done once."""

import threading
from datetime import timedelta

import pytest
from django.db import connection
from django.utils import timezone

from conversions.api import writes
from conversions.models import Conversion
from convertr.http_api import forgetting, idempotency
from convertr.http_api.models import IdempotentAnswer
from convertr.jobs.models import Job
from tests.factories import make_conversion, make_conversions, make_offer, make_partner
from tests.http_api.conftest import Caller

URL = "/v1/networks/reporting/conversions"


def send(caller, ids, name="first", status="approved", url=URL):
    body = {"conversion_ids": ids, "conversion_status": status}
    return caller.call("PATCH", url, body, **{"Idempotency-Key": name})


def seen(answer):
    names = ("Content-Type", "Location", "X-Job-Id")
    return answer.status_code, answer.content, [answer.get(name) for name in names]


@pytest.fixture
def uuid(db):
    return make_conversion().uuid.hex


def test_the_same_call_is_answered_again_and_done_once(network, uuid):
    first, again = send(network, [uuid]), send(network, [uuid])

    assert seen(first) == seen(again)
    assert first.json() == {"result": True}
    assert ("Idempotent-Replayed" in first, again["Idempotent-Replayed"]) == (False, "true")
    assert Job.objects.count() == 1


def test_a_workers_job_is_stored_once_too(network):
    ids = [conversion.uuid.hex for conversion in make_conversions(150)]

    assert seen(send(network, ids)) == seen(send(network, ids))
    assert Job.objects.get().total == 150


@pytest.mark.parametrize(
    ("method", "what", "body"),
    [
        ("PATCH", "", {"conversion_status": "rejected"}),
        ("PUT", "/payoutrevenue", {"payout": 4.25}),
        ("PATCH", "/payoutrevenue", {"revenue": 5}),
        ("PUT", "/saleamount", {"sale_amount": 20}),
        ("PATCH", "/saleamount", {"sale_amount": 20}),
        ("PUT", "/notes", {"notes": "Seen."}),
    ],
)
def test_every_write_knows_it(network, method, what, body):
    conversion = make_conversion(status="approved", transaction_id="T-1")
    path = f"{URL}/{conversion.uuid.hex if what else 'T-1'}{what}"
    answers = [network.call(method, path, body, **{"Idempotency-Key": "k"}) for _ in range(2)]

    assert seen(answers[0]) == seen(answers[1])
    assert (answers[0].status_code, Job.objects.count()) == (200, 1)


def test_conversions_are_added_once(network):
    offer, partner = make_offer(), make_partner()
    body = {
        "offer_id": offer.pk,
        "affiliate_id": partner.pk,
        "number_of_conversions": 3,
        "timezone_id": 67,
        "is_now": True,
    }
    path = "/v1/networks/conversions/reporting"
    answers = [network.call("POST", path, body, **{"Idempotency-Key": "k"}) for _ in range(2)]

    assert seen(answers[0]) == seen(answers[1])
    assert (answers[0].status_code, Conversion.objects.count()) == (200, 3)


def test_another_call_under_the_same_key_is_refused(network, uuid):
    send(network, [uuid])

    for other in (
        send(network, [uuid], status="rejected"),
        send(network, [uuid, uuid]),
        send(network, [uuid], url=f"{URL}?x=1"),
        network.call(
            "PATCH", f"{URL}/T-1", {"conversion_status": "approved"}, **{"Idempotency-Key": "first"}
        ),
    ):
        assert other.status_code == 409
        assert "used for another call" in other.json()["error"]
    assert Job.objects.count() == 1


def test_names_are_each_keys_own(network, agency, uuid):
    send(network, [uuid])
    other = send(Caller(agency), [uuid], status="rejected")

    assert other.status_code == 200
    assert Job.objects.count() == 2


@pytest.mark.parametrize("name", ["", "  ", "x" * 256, "a\tb", "\x7f"])
def test_a_name_that_is_none(network, uuid, name):
    answer = send(network, [uuid], name=name)

    assert answer.status_code == 400
    assert "1 to 255 printable" in answer.json()["error"]


def test_what_was_refused_may_be_sent_again(network, uuid):
    """Nothing was done, so nothing is remembered: the same key takes the mended call."""
    assert send(network, []).status_code == 400
    assert send(network, [uuid]).json() == {"result": True}


def test_a_day_later_it_is_forgotten(network, uuid):
    send(network, [uuid])
    IdempotentAnswer.objects.update(created_at=timezone.now() - timedelta(hours=23, minutes=59))
    assert "Idempotent-Replayed" in send(network, [uuid])

    IdempotentAnswer.objects.update(created_at=timezone.now() - timedelta(hours=24, minutes=1))
    assert "Idempotent-Replayed" not in send(network, [uuid], status="rejected")
    assert "Idempotent-Replayed" in send(network, [uuid], status="rejected")
    assert Job.objects.count() == 2


def test_housekeeping_takes_what_is_over(network, uuid):
    send(network, [uuid], name="old")
    IdempotentAnswer.objects.update(created_at=timezone.now() - timedelta(hours=25))
    send(network, [uuid], name="new")

    idempotency.forget_old()

    assert [answer.name for answer in IdempotentAnswer.objects.all()] == ["new"]


def test_housekeeping_takes_them_batch_by_batch(network, monkeypatch, django_assert_num_queries):
    monkeypatch.setattr(forgetting, "BATCH", 2)
    names = [str(number) for number in range(7)]
    rows = [IdempotentAnswer(key=network.key, name=name, status=200) for name in names]
    IdempotentAnswer.objects.bulk_create(rows)
    renewed = IdempotentAnswer.objects.filter(name__in=["0", "6"])
    old = timezone.now() - timedelta(hours=25)
    IdempotentAnswer.objects.exclude(pk__in=renewed).update(created_at=old)

    with django_assert_num_queries(3 * 2):
        idempotency.forget_old()

    assert set(IdempotentAnswer.objects.values_list("name", flat=True)) == {"0", "6"}


def test_a_fall_in_between_stores_neither(network, uuid, monkeypatch):
    """The job's rows are written when the call fails; the answer isn't."""

    def fall(job):
        assert Job.objects.filter(pk=job.pk, state="done").exists()
        raise RuntimeError

    with monkeypatch.context() as patched:
        patched.setattr(writes, "done", fall)
        assert send(network, [uuid]).status_code == 500
    assert not Job.objects.exists()
    assert not IdempotentAnswer.objects.exists()

    assert send(network, [uuid]).json() == {"result": True}
    assert Job.objects.count() == 1


@pytest.mark.django_db(transaction=True)
def test_while_the_first_runs_the_second_is_refused(network, uuid, monkeypatch):
    within, go_on = threading.Event(), threading.Event()
    own, answers = writes.done, []

    def wait(job):
        within.set()
        assert go_on.wait(30)
        return own(job)

    def first():
        try:
            answers.append(send(network, [uuid]))
        finally:
            connection.close()

    with monkeypatch.context() as patched:
        patched.setattr(writes, "done", wait)
        thread = threading.Thread(target=first)
        thread.start()
        try:
            assert within.wait(30)
            second = send(network, [uuid])
        finally:
            go_on.set()
            thread.join(30)

    assert second.status_code == 409
    assert "still running" in second.json()["error"]
    assert seen(send(network, [uuid])) == seen(answers[0])
    assert Job.objects.count() == 1
