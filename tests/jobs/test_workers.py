"""Real workers on real servers: killed, starved of messages, several at once."""

import random
import threading
from collections import Counter
from contextlib import ExitStack

import pytest
import redis
from django.db import connection, transaction
from django.test import Client
from django.utils import timezone

from conversions.models import Conversion, ConversionEvent
from convertr import embedded
from convertr.jobs import services
from convertr.jobs.models import Heartbeat, Job, JobChunk, State
from tests import workers
from tests.factories import make_conversions, verify_csv
from tests.servers import DATA, servers
from tests.workers import until

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture(autouse=True)
def quiet_broker():
    workers.forget_messages()


def verified(agency, conversions, wanted):
    job = verify_csv(agency, "conversion_id,status", *([c.pk, wanted] for c in conversions))
    assert job.counts == {"ready": len(conversions)}
    return job


def state(job):
    return Job.objects.values_list("state", flat=True).get(pk=job.pk)


def until_done(job, *processes, seconds=60):
    def ended():
        return Job.objects.get(pk=job.pk).finished_at

    until(ended, seconds=seconds, what=f"job {job.pk} to end")
    job.refresh_from_db()
    assert job.state == State.DONE, [process.said() for process in processes]


def assert_applied_once(job, conversions, status):
    """Each row applied, each conversion written once, one entry in history each."""
    assert job.counts == {"applied": len(conversions)}
    ids = {c.pk for c in conversions}
    assert Conversion.objects.filter(pk__in=ids, status=status).count() == len(ids)
    written = Counter(
        ConversionEvent.objects.filter(
            pgh_context__metadata__job_id=job.pk, pgh_label="update"
        ).values_list("pgh_obj_id", flat=True)
    )
    assert written == dict.fromkeys(ids, 1)


def test_a_worker_killed_at_a_random_moment_of_10000_rows_ten_times_over(agency, settings):
    settings.JOB_CHUNK_ROWS = 500
    chance = random.Random(20261121)
    made = make_conversions(10_000)
    struck = retaken = 0
    with ExitStack() as running:
        beat, current = running.enter_context(
            workers.stopped_after(workers.beat(), workers.worker("killed", children=4))
        )
        until(Heartbeat.objects.exists, what="the first tick")
        for turn in range(10):
            wanted = ("APPROVED", "REJECTED")[turn % 2]
            job = verified(agency, made, wanted)
            services.confirm(actor=agency, job=job, data={"note": "x"})
            until_chunks_are_done(job, chance.randrange(20))
            if turn in (3, 7):
                # The whole worker; otherwise one of its children, which share the job.
                current.kill()
                current = workers.worker(f"killed-{turn}", children=4)
                running.enter_context(workers.stopped_after(current))
            else:
                current.kill_child(chance)
            struck += state(job) != State.DONE
            until_done(job, current, beat)
            assert_applied_once(job, made, wanted.lower())
            assert not Conversion.objects.exclude(version=turn + 2).exists()
            retaken += job.chunks.filter(attempts__gt=1).count()
    # The kills did hit jobs that ran, and chunks that were being written.
    assert struck >= 5
    assert retaken


def until_chunks_are_done(job, number):
    done = JobChunk.objects.filter(job=job, state=JobChunk.State.DONE)
    until(lambda: done.count() >= number, every=0.001, what=f"{number} chunks")


def test_two_workers_share_one_job_and_a_slow_one_keeps_its_chunk(agency, settings):
    settings.JOB_CHUNK_ROWS = 100
    made = make_conversions(2_000)
    job = verified(agency, made, "APPROVED")
    done = JobChunk.objects.filter(job=job, state=JobChunk.State.DONE)
    with workers.stopped_after(
        workers.worker("one"), workers.worker("two"), workers.beat()
    ) as running:
        # Whoever takes the first chunk waits for this row; only the other can do the rest.
        with transaction.atomic():
            Conversion.objects.select_for_update().get(pk=made[0].pk)
            confirm_elsewhere(agency, job)
            until(lambda: done.count() == 19, what="the other chunks")
            # Silent for longer than a dead one may be, and nudged for: it is alive, and keeps it.
            until(lambda: seconds_since(job.chunks.get(state="open").heartbeat_at) > 1.5)
        until_done(job, *running)

    assert_applied_once(job, made, "approved")
    assert job.chunks.order_by("first").first().attempts == 1


def confirm_elsewhere(agency, job):
    """In a transaction of its own, which another connection can see."""

    def confirm():
        services.confirm(actor=agency, job=job)
        connection.close()

    thread = threading.Thread(target=confirm)
    thread.start()
    thread.join()


def test_ticks_go_on_and_the_worker_is_seen_while_all_its_children_are_busy(agency, client):
    """Two jobs wait for a row that is held here: both children have one for as long."""
    made = make_conversions(2)
    jobs = [verified(agency, [one], "APPROVED") for one in made]
    with workers.stopped_after(
        workers.worker(children=2, queues="celery"), workers.ticks(), workers.beat()
    ) as running:
        with transaction.atomic():
            list(Conversion.objects.select_for_update().filter(pk__in=[c.pk for c in made]))
            for job in jobs:
                confirm_elsewhere(agency, job)
            until(lambda: {state(job) for job in jobs} == {State.RUNNING}, what="both children")
            until(lambda: client.get("/readyz").status_code == 200, what="/readyz")
            for name in ("beat", "worker"):
                then = seen(name)
                until(lambda name=name, then=then: seen(name) > then, what=f"{name}'s next sign")
            assert {state(job) for job in jobs} == {State.RUNNING}
        for job in jobs:
            until_done(job, *running)


def seen(name):
    return Heartbeat.objects.get(name=name).seen_at


def seconds_since(moment):
    return (timezone.now() - moment).total_seconds()


def test_an_emptied_redis_loses_nothing(agency, settings):
    settings.JOB_CHUNK_ROWS = 500
    made = make_conversions(2_000)
    job = verified(agency, made, "APPROVED")
    services.confirm(actor=agency, job=job)
    with redis.Redis.from_url(embedded.redis_url(DATA)) as broker:
        assert broker.llen("celery")
        broker.flushall()
    with workers.stopped_after(workers.worker(), workers.beat()) as both:
        until_done(job, *both)

    assert_applied_once(job, made, "approved")


def test_confirm_answers_without_a_broker_and_the_job_is_done_once_it_is_back(agency):
    made = make_conversions(20)
    job = verified(agency, made, "APPROVED")
    page = Client()
    page.force_login(agency)
    with workers.stopped_after(workers.worker(), workers.beat()) as both:
        until(Heartbeat.objects.exists, what="the first tick")
        embedded.children.stop(servers.valkey)
        try:
            answer = page.post(f"/v2/jobs/{job.pk}/confirm", headers={"HX-Request": "true"})
            shown = page.get(f"/v2/jobs/{job.pk}")
        finally:
            servers.start_valkey()
        assert answer.status_code == 200
        assert "processing has begun" in answer.headers["HX-Trigger"]
        assert shown.status_code == 200
        until_done(job, *both)

    assert_applied_once(job, made, "approved")


@pytest.fixture
def fresh_pool():
    """Leaves no test after it the connections of this process that were cut as well."""
    yield
    connection.close()
    connection.close_pool()


def test_workers_whose_connections_are_cut_go_on(agency, settings, fresh_pool):
    settings.JOB_CHUNK_ROWS = 50
    made = make_conversions(2_000)
    job = verified(agency, made, "APPROVED")
    cut = 0
    with workers.stopped_after(workers.worker(children=2), workers.beat()) as both:
        until(Heartbeat.objects.exists, what="the first tick")
        services.confirm(actor=agency, job=job)
        for done in range(5, 36, 5):
            until_chunks_are_done(job, done)
            cut += cut_connections_of_others()
        until_done(job, *both)

    assert cut
    assert_applied_once(job, made, "approved")


def cut_connections_of_others():
    """As a restart of the database does to whoever is connected; answers how many there were."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT count(pg_terminate_backend(pid)) FROM pg_stat_activity"
            " WHERE datname = current_database() AND pid <> pg_backend_pid()"
        )
        return cursor.fetchone()[0]
