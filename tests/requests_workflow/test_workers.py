"""Accepted requests and real workers: told by a message, by a tick, and killed at it."""

from collections import Counter

import pytest
from django.db import connection, transaction

from conversions.models import Conversion, ConversionEvent
from requests_workflow.models import ConversionRequest, RequestEvent
from requests_workflow.nudge import nudge
from requests_workflow.rules import Move, Status
from requests_workflow.services import deciding
from tests import workers
from tests.factories import make_conversions
from tests.workers import until

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture(autouse=True)
def quiet_broker():
    workers.forget_messages()


@pytest.fixture
def accept_all(agency, raiser, offer, partner):
    """accept_all(count) answers the conversions that as many accepted requests would approve."""

    def accepted(count):
        conversions = make_conversions(count, offer=offer, partner=partner)
        ConversionRequest.objects.bulk_create(
            [
                ConversionRequest(
                    type="change",
                    conversion=one,
                    offer=offer,
                    event=one.event,
                    partner=partner,
                    wanted={"status": "approved"},
                    before={"status": "pending"},
                    raised_by=raiser,
                    raiser_partner=partner,
                )
                for one in conversions
            ]
        )
        found = ConversionRequest.objects.values_list("pk", "version")
        choices = [deciding.Choice(*one) for one in found]
        deciding.decide_many(actor=agency, move=Move.ACCEPT, choices=choices)
        return conversions

    return accepted


def left():
    return ConversionRequest.objects.exclude(status=Status.PROCESSED).count()


def assert_each_once(conversions):
    written = Counter(
        ConversionEvent.objects.filter(pgh_label="update").values_list("pgh_obj_id", flat=True)
    )
    assert written == {one.pk: 1 for one in conversions}
    moves = Counter(RequestEvent.objects.filter(status="processed").values_list("pgh_obj_id"))
    assert set(moves.values()) == {1}


def test_a_worker_that_is_told_processes_it(accept_all):
    with workers.stopped_after(workers.worker()) as [process]:
        conversions = accept_all(3)
        until(lambda: not left(), what="the requests to be processed")
        assert process.alive
    assert_each_once(conversions)


def test_a_lost_message_is_made_up_by_a_tick(accept_all):
    conversions = accept_all(3)
    workers.forget_messages()
    with workers.stopped_after(workers.worker(), workers.beat()):
        until(lambda: not left(), what="a tick")
    assert_each_once(conversions)


def being_processed():
    """Whether a worker holds the turn at this moment."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT count(*) FROM pg_locks WHERE locktype = 'advisory'")
        return cursor.fetchone()[0] > 0


def test_a_worker_that_is_killed_at_it_leaves_nothing_half_done(accept_all):
    """It waits for a conversion that somebody holds, in the middle of its batch, and dies there."""
    conversions = accept_all(2_000)
    for _kill in range(2):
        with transaction.atomic():
            Conversion.objects.select_for_update().get(pk=conversions[-1].pk)
            nudge()
            with workers.stopped_after(workers.worker()):
                until(being_processed, what="a worker to be at it", every=0.005)
        until(lambda: not being_processed(), what="the database to notice")
        assert left() == len(conversions)
    with workers.stopped_after(workers.worker(), workers.beat()):
        until(lambda: not left(), what="the requests to be processed")
    assert_each_once(conversions)


def test_long_jobs_keep_no_accepted_request_waiting(accept_all):
    """The worker of jobs is not there at all, and it is processed all the same."""
    with workers.stopped_after(workers.worker("soon", queues="soon")):
        conversions = accept_all(3)
        until(lambda: not left(), what="the requests to be processed")
    assert_each_once(conversions)
