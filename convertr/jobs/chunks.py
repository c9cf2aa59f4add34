"""Chunks: ranges of a job's rows, cut at Confirm, claimed by one worker each."""

import uuid
from typing import Any

from django.conf import settings
from django.db import connection
from django.db.models import QuerySet

from convertr.jobs import kinds
from convertr.jobs.models import Job, JobChunk, JobRow, Outcome

_CUT = """
INSERT INTO jobs_jobchunk (job_id, first, last, rows, state, attempts)
SELECT %(job)s, min(place), max(place), count(*), 'open', 0
FROM (
    SELECT {by} AS place, (row_number() OVER (ORDER BY {by}) - 1) / %(size)s AS chunk
    FROM jobs_jobrow
    WHERE created_on = %(day)s AND job_id = %(job)s AND outcome = %(open)s
) open_rows
GROUP BY chunk
"""

# SKIP LOCKED passes over chunks whose worker is alive and writing; of the others, only those that
# nobody took, or whose taker has been silent, are free.
_CLAIM = """
UPDATE jobs_jobchunk SET token = %(token)s, heartbeat_at = now(), attempts = attempts + 1
WHERE id = (
    SELECT c.id FROM jobs_jobchunk c JOIN jobs_job j ON j.id = c.job_id
    WHERE c.job_id = %(job)s AND c.state = 'open' AND j.state IN ('queued', 'running')
      AND (c.heartbeat_at IS NULL OR c.heartbeat_at < now() - make_interval(secs => %(silent)s))
    ORDER BY c.first LIMIT 1
    FOR UPDATE OF c SKIP LOCKED
)
RETURNING id
"""

_COUNT = """
SELECT outcome, count(*) FROM jobs_jobrow
WHERE created_on = %(day)s AND job_id = %(job)s GROUP BY outcome
"""

_COPY_APPLIED = """
INSERT INTO jobs_jobrow
    (created_on, job_id, seq, line, input, target_id, before, after, outcome)
SELECT %(new_day)s, %(new_job)s, seq, line, input, target_id, after, before, 'ready'
FROM jobs_jobrow WHERE created_on = %(day)s AND job_id = %(job)s AND outcome = 'applied'
"""


def of_job(job: Job) -> dict[str, Any]:
    """SQL parameters that select a job's rows in their partition."""
    return {"job": job.pk, "day": job.created_on}


def of_chunk(job: Job, chunk: JobChunk) -> dict[str, Any]:
    """SQL parameters that select a chunk's rows."""
    return {**of_job(job), "first": chunk.first, "last": chunk.last}


def place_and_open(job: Job) -> tuple[str, Outcome]:
    """The column that cuts a job's rows into chunks, and the outcome of those still to be done.

    Verified rows have targets; what is applied as it comes has only its order.
    """
    if kinds.get(job.kind).verifies:
        return "target_id", Outcome.READY
    return "seq", Outcome.STAGED


def cut(job: Job) -> int:
    """Cut the open rows of a job into chunks; answers how many."""
    place, open_outcome = place_and_open(job)
    values = {**of_job(job), "open": open_outcome, "size": settings.JOB_CHUNK_ROWS}
    with connection.cursor() as cursor:
        cursor.execute(_CUT.format(by=place), values)
        return int(cursor.rowcount)


def open_rows(chunk: JobChunk, first: int, last: int) -> QuerySet[JobRow]:
    """The rows of a chunk between two places that are still to be done."""
    place, open_outcome = place_and_open(chunk.job)
    span = {f"{place}__range": (first, last)}
    return chunk.job.rows.filter(**span, outcome=open_outcome)


def claim(job_id: int) -> JobChunk | None:
    """Take the next free chunk of a job under a token of one's own."""
    values = {"token": uuid.uuid4(), "job": job_id, "silent": settings.JOB_SILENT_SECONDS}
    with connection.cursor() as cursor:
        cursor.execute(_CLAIM, values)
        taken = cursor.fetchone()
    return JobChunk.objects.get(pk=taken[0]) if taken else None


def lock(chunk: JobChunk) -> bool:
    """Hold a claimed chunk for this transaction; False where someone else has it by now.

    The job's row is held in share mode, so that a cancel waits until the chunk is written.
    """
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT 1 FROM jobs_jobchunk c JOIN jobs_job j ON j.id = c.job_id"
            " WHERE c.id = %s AND c.token = %s AND c.state = 'open'"
            " AND j.state IN ('queued', 'running') FOR UPDATE OF c FOR SHARE OF j",
            [chunk.pk, chunk.token],
        )
        return cursor.fetchone() is not None


def count(job: Job) -> dict[str, int]:
    """A job's rows by outcome."""
    with connection.cursor() as cursor:
        cursor.execute(_COUNT, of_job(job))
        return dict(cursor.fetchall())


def halve(chunk: JobChunk) -> None:
    """Replace a chunk that fails by its halves, so that the one bad row ends up alone."""
    middle = (chunk.first + chunk.last) // 2
    for first, last in ((chunk.first, middle), (middle + 1, chunk.last)):
        rows = open_rows(chunk, first, last).count()
        if rows:
            JobChunk.objects.create(job=chunk.job, first=first, last=last, rows=rows)
    chunk.delete()


def copy_applied(original: Job, undoing: Job) -> int:
    """Stage the rows that a job applied for its undoing, before and after swapped."""
    values = {**of_job(original), "new_job": undoing.pk, "new_day": undoing.created_on}
    with connection.cursor() as cursor:
        cursor.execute(_COPY_APPLIED, values)
        return int(cursor.rowcount)
