"""A hundred writers at once on the same conversions: nothing waits in a circle, nothing is lost."""

import random
from concurrent.futures import ThreadPoolExecutor
from itertools import pairwise

import pytest
from django.db import connection

from conversions.models import Conversion, ConversionEvent
from convertr.jobs.models import Job, JobRow
from tests.factories import make_conversions, run_job
from tests.http_api.test_statuses import patch

pytestmark = pytest.mark.django_db(transaction=True)
WRITERS, CONVERSIONS, EACH = 100, 30, 20


@pytest.fixture
def conversions(settings):
    settings.API_RATE = settings.API_BURST = 100_000
    pool = connection.pool
    before = pool.min_size, pool.max_size, pool.timeout
    # Many of them in the database at once, and none turned away on a slow machine.
    pool.resize(1, 40)
    pool.timeout = 120
    yield make_conversions(CONVERSIONS)
    pool.resize(*before[:2])
    pool.timeout = before[2]


def at_once(write, number=WRITERS):
    """Call write(n) from that many threads at once; their answers in order."""

    def closing(n):
        try:
            return write(n)
        finally:
            connection.close()

    with ThreadPoolExecutor(number) as threads:
        return list(threads.map(closing, range(number)))


def test_all_are_applied_and_the_last_one_stands(network, conversions):
    shuffle = random.Random(5)
    calls = [
        (shuffle.sample([c.uuid.hex for c in conversions], EACH), ("approved", "rejected")[n % 2])
        for n in range(WRITERS)
    ]
    answers = at_once(lambda n: patch(network, *calls[n]))
    assert [answer.json() for answer in answers] == [{"result": True}] * WRITERS

    jobs = [Job.objects.get(pk=answer["X-Job-Id"]) for answer in answers]
    # Who had to wait for too long is a worker's.
    jobs = [job if job.state == "done" else run_job(job) for job in jobs]
    assert {job.state for job in jobs} == {"done"}
    assert all(sum(job.counts.values()) == EACH for job in jobs)
    assert {outcome for job in jobs for outcome in job.counts} <= {"applied", "unchanged"}

    written = JobRow.objects.filter(outcome="applied")
    events = ConversionEvent.objects.filter(pgh_label="update")
    assert events.count() == written.count() > CONVERSIONS
    assert_history_is_what_was_changed(written, jobs)


def assert_history_is_what_was_changed(written, jobs):
    """Conversion by conversion: the chain of entries is that of the jobs' rows, without a gap."""
    for conversion in Conversion.objects.all():
        chain = list(conversion.events.order_by("pgh_id").select_related("pgh_context"))
        assert conversion.status == chain[-1].status
        assert conversion.version == len(chain)
        by_job = {row.job_id: row for row in written.filter(target_id=conversion.pk)}
        assert len(by_job) == len(chain) - 1
        for before, after in pairwise(chain):
            row = by_job[after.pgh_context.metadata["job_id"]]
            assert (row.before["status"], row.after["status"]) == (before.status, after.status)


def test_calls_and_workers_write_the_same_conversions_at_once(network, conversions, settings):
    """Jobs of several chunks, applied by several workers, beside calls that are applied at once."""
    settings.JOB_CHUNK_ROWS = 7
    ids = [c.uuid.hex for c in conversions]

    def write(n):
        status = ("approved", "rejected")[n % 2]
        if n % 4:
            return patch(network, random.Random(n).sample(ids, EACH), status)
        settings.JOB_INLINE_ROWS = 0
        return patch(network, random.Random(n).sample(ids, CONVERSIONS), status)

    answers = at_once(write, 24)
    assert all(answer.json() == {"result": True} for answer in answers)
    open_jobs = list(Job.objects.exclude(state="done").values_list("pk", flat=True))
    assert open_jobs
    at_once(lambda n: run_job(Job.objects.get(pk=open_jobs[n % len(open_jobs)])), 12)
    for pk in open_jobs:
        run_job(Job.objects.get(pk=pk))
    jobs = list(Job.objects.all())
    assert {job.state for job in jobs} == {"done"}
    assert_history_is_what_was_changed(JobRow.objects.filter(outcome="applied"), jobs)


def test_a_held_lock_leaves_the_call_to_a_worker(network, conversions, settings):
    settings.JOB_INLINE_LOCK_SECONDS = 0.1
    one = conversions[0]
    holder = connection.copy()
    holder.set_autocommit(False)
    try:
        with holder.cursor() as cursor:
            cursor.execute(
                "SELECT 1 FROM conversions_conversion WHERE id = %s FOR UPDATE", [one.pk]
            )
        answer = patch(network, [one.uuid.hex])
    finally:
        holder.rollback()
        holder.close()
    job = Job.objects.get(pk=answer["X-Job-Id"])
    assert (answer.json(), job.state) == ({"result": True}, "staging")
    assert Conversion.objects.get(pk=one.pk).version == 1
    assert run_job(job).counts == {"applied": 1}


def test_an_error_in_the_call_leaves_it_to_a_worker_which_finds_the_row(network, conversions):
    """As a constraint would refuse one of the rows: the others are applied."""
    bad = conversions[3]
    with connection.cursor() as cursor:
        cursor.execute(
            "ALTER TABLE conversions_conversion ADD CONSTRAINT test_refuses"
            f" CHECK (id <> {bad.pk} OR status = 'pending')"
        )
    try:
        answer = patch(network, [c.uuid.hex for c in conversions])
        job = Job.objects.get(pk=answer["X-Job-Id"])
        assert job.state == "staging"
        job = run_job(job)
    finally:
        with connection.cursor() as cursor:
            cursor.execute("ALTER TABLE conversions_conversion DROP CONSTRAINT test_refuses")
    assert job.counts == {"applied": CONVERSIONS - 1, "failed": 1}
    assert job.rows.get(outcome="failed").input == [bad.uuid.hex]
