"""A kind of job of our own: it notes what it applies, and stumbles where it is told to."""

import pytest
from django.db import DataError, OperationalError, connection

from convertr.jobs import kinds, services
from convertr.jobs.chunks import of_chunk
from convertr.jobs.kinds import Kind, Resolution
from convertr.jobs.models import JobChunk, Outcome
from convertr.jobs.staging import StagedRow

_APPLY = """
UPDATE jobs_jobrow SET outcome = 'applied', after = jsonb_build_object(
    'times', coalesce((after->>'times')::int, 0) + 1)
WHERE created_on = %(day)s AND job_id = %(job)s AND outcome = 'ready'
  AND target_id BETWEEN %(first)s AND %(last)s
"""


class Counting(Kind):
    """Rows with an odd key are ready under twice their number as target; even ones unchanged."""

    name = "tests.counting"
    label = "Counting"
    permission = "conversions.change_conversions"
    undo_kind = "tests.counting"

    def __init__(self):
        self.bad_targets = set()
        self.deadlocks = 0
        self.tried = []

    def resolve(self, job):
        job.rows.filter(key_id__isnull=True).update(outcome=Outcome.NOT_FOUND)
        for row in job.rows.filter(key_id__isnull=False):
            row.target_id, row.before = row.key_id * 2, {"times": 0}
            row.outcome = Outcome.READY if row.key_id % 2 else Outcome.UNCHANGED
            job.rows.filter(seq=row.seq).update(
                target_id=row.target_id, outcome=row.outcome, before=row.before
            )
        ready = job.rows.filter(outcome=Outcome.READY).count()
        return Resolution({"ready": ready, "unchanged": job.total - ready}, {"seen": job.total})

    def apply(self, job, chunk):
        targets = list(
            job.rows.filter(
                target_id__range=(chunk.first, chunk.last), outcome=Outcome.READY
            ).values_list("target_id", flat=True)
        )
        self.tried.append(len(targets))
        if self.deadlocks:
            self.deadlocks -= 1
            raise OperationalError("deadlock detected")
        with connection.cursor() as cursor:
            cursor.execute(_APPLY, of_chunk(job, chunk))
        if self.bad_targets.intersection(targets):
            raise DataError("this one won't do")


@pytest.fixture
def counting():
    kind = Counting()
    kinds.register(kind)
    yield kind
    kinds._kinds.pop(kind.name)


@pytest.fixture
def stage(counting, agency):
    """stage(n) answers a verified job of n ready rows, whose targets are 2, 6, 10 …"""

    def staged(count, **options):
        rows = [StagedRow(n, [str(n)], key_id=2 * n - 1) for n in range(1, count + 1)]
        return services.stage(actor=agency, kind=counting.name, rows=rows, **options)

    return staged


@pytest.fixture
def confirmed(stage, agency):
    """confirmed(n) answers a queued job of n rows, cut into chunks but not begun."""
    return lambda count: services.confirm(actor=agency, job=stage(count))


@pytest.fixture
def open_chunks():
    return lambda job: JobChunk.objects.filter(job=job, state=JobChunk.State.OPEN).count()
