"""What workers do with jobs: verify, apply chunk by chunk, finish, recover what went silent.

Every step is safe to repeat and to interrupt: a step is one transaction, begun by a conditional
UPDATE or a claim, so that a lost, doubled or late message changes nothing (design.md).
"""

import logging
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from datetime import timedelta

from django.conf import settings
from django.db import DatabaseError, OperationalError, connections, transaction
from django.db.models import Exists, F, OuterRef, Q
from django.utils import timezone
from psycopg.errors import LockNotAvailable

from convertr import stopping
from convertr.audit.context import acting, recorded
from convertr.jobs import chunks, kinds
from convertr.jobs.models import ACTIVE_STATES, Job, JobChunk, Outcome, State
from convertr.jobs.notify import tell_requester
from convertr.jobs.nudge import nudge
from convertr.jobs.staging import rows_from_input

log = logging.getLogger(__name__)
# Before Confirm, or for want of one: a worker makes the rows, or decides their fate.
WORKED_STATES = (State.STAGING, State.VERIFYING)


def advance(job_id: int) -> None:
    """Bring a job as far as it goes: what a worker does when it is nudged."""
    job = Job.objects.get(pk=job_id)
    if job.state == State.VERIFYING:
        verify(job_id)
    if job.state == State.STAGING:
        job = make_rows(job)
    if job.state in ACTIVE_STATES:
        if job.total:
            apply_chunks(job)
        else:
            produce(job)


def verify(job_id: int) -> None:
    """Resolve the staged rows; in the end the job waits for its Confirm, or has failed."""
    if not try_once_more(job_id):
        return
    try:
        with recorded():
            # Whoever holds it is verifying it.
            job = Job.objects.select_for_update(skip_locked=True).filter(pk=job_id).first()
            if job and job.state == State.VERIFYING:
                resolve(job)
    except OperationalError:
        log.warning("Job %s: verifying is tried again", job_id, exc_info=True)
    except Exception:
        log.exception("Job %s could not be verified", job_id)
        fail(job_id, "verify_failed")


def try_once_more(job_id: int) -> bool:
    """Count an attempt at a step without chunks, before it is made.

    A step that took its worker down too often fails the job, so that every job ends.
    """
    tried = Job.objects.filter(pk=job_id, finished_at=None)
    tried.update(attempts=F("attempts") + 1, heartbeat_at=timezone.now())
    attempts = tried.values_list("attempts", flat=True).first() or 0
    if attempts > settings.JOB_CHUNK_ATTEMPTS:
        fail(job_id, "attempts_used_up", attempts=attempts - 1)
        return False
    return True


def resolve(job: Job) -> None:
    """Let the kind decide each row, and keep what it found."""
    found = kinds.get(job.kind).resolve(job)
    now = timezone.now()
    job.state, job.counts, job.summary = State.VERIFIED, found.counts, found.summary
    job.verified_at, job.expires_at = now, now + timedelta(hours=settings.JOB_VERIFIED_HOURS)
    job.save(update_fields=["state", "counts", "summary", "verified_at", "expires_at"])


def make_rows(job: Job) -> Job:
    """Turn a job's kept keys into rows and chunks, once; answers the job as it then is."""
    if try_once_more(job.pk):
        with transaction.atomic():
            taken = Job.objects.select_for_update(skip_locked=True).filter(pk=job.pk).first()
            if taken and taken.state == State.STAGING:
                rows_from_input(taken)
                chunks.cut(taken)
                taken.state, taken.heartbeat_at, taken.attempts = State.QUEUED, None, 0
                taken.save(update_fields=["state", "heartbeat_at", "attempts"])
    return Job.objects.get(pk=job.pk)


def apply_at_once(job: Job, keys: str) -> bool:
    """Store a small job, its rows and what they change, in one transaction: all, or nothing.

    False where a lock was not had in time, or a row can't be written: the job is then a worker's,
    which tries again and finds out which row it is.
    """
    try:
        with acting(job.confirmed_by, channel=job.channel), transaction.atomic():
            kinds.get(job.kind).apply_keys(job, keys)
    except DatabaseError as error:
        # A lock not had in time is nothing to look into.
        details = not isinstance(error.__cause__, LockNotAvailable)
        log.warning("A call's job is left to a worker", exc_info=details)
        return False
    return True


def apply_chunks(job: Job) -> None:
    """Claim and apply chunks until none is free, then finish the job if all are done.

    A worker that is asked to end leaves the rest to another, which is told at once.
    """
    Job.objects.filter(pk=job.pk, state=State.QUEUED).update(
        state=State.RUNNING, started_at=timezone.now()
    )
    while not stopping.asked() and (chunk := chunks.claim(job.pk)):
        if chunk.attempts > settings.JOB_CHUNK_ATTEMPTS:
            fail(job.pk, "attempts_used_up", attempts=chunk.attempts - 1)
            return
        apply_chunk(job, chunk)
    finish(job.pk)
    if stopping.asked():
        nudge(job.pk)


def apply_chunk(job: Job, chunk: JobChunk) -> None:
    """Apply one claimed chunk in one transaction with its outcomes: once, or not at all.

    A deadlock or a lost connection leaves it to the next claim; any other error halves it.
    """
    try:
        with acting(job.confirmed_by, channel=job.channel, job_id=job.pk), recorded():
            if not chunks.lock(chunk):
                return
            kinds.get(job.kind).apply(job, chunk)
            chunk.state = JobChunk.State.DONE
            chunk.save(update_fields=["state"])
    except OperationalError:
        log.warning("Job %s: chunk %s is tried again", job.pk, chunk.pk, exc_info=True)
        release(chunk)
    except Exception:
        log.exception("Job %s: chunk %s failed", job.pk, chunk.pk)
        isolate(job, chunk)


def release(chunk: JobChunk) -> None:
    """Give a chunk back at once; if the database is away, its silence does the same."""
    try:
        JobChunk.objects.filter(pk=chunk.pk, token=chunk.token).update(heartbeat_at=None)
    except DatabaseError:
        log.warning("Chunk %s could not be given back", chunk.pk)


def isolate(job: Job, chunk: JobChunk) -> None:
    """Halve a failing chunk; a row that fails alone is marked, and the others go on."""
    with transaction.atomic():
        if not chunks.lock(chunk):
            return
        if chunk.rows > 1:
            chunks.halve(chunk)
            return
        failed = chunks.open_rows(chunk, chunk.first, chunk.last)
        failed.update(outcome=Outcome.FAILED, code="row_failed")
        chunk.state = JobChunk.State.DONE
        chunk.save(update_fields=["state"])


def finish(job_id: int) -> None:
    """End a job whose chunks are all done; of several workers one does it."""
    with transaction.atomic():
        job = Job.objects.select_for_update().get(pk=job_id)
        if job.state == State.RUNNING and not job.chunks.filter(state="open").exists():
            end(job, State.DONE)


def fail(job_id: int, code: str, **params: int) -> None:
    """End a job that can't go on; its owner is told why, and can resume it."""
    with transaction.atomic():
        job = Job.objects.select_for_update().get(pk=job_id)
        if job.state in (*WORKED_STATES, *ACTIVE_STATES):
            job.error_code, job.error_params = code, params
            end(job, State.FAILED)


def end(job: Job, state: State) -> None:
    """Write the last state of a job that the caller holds, its final counts, and tell its owner."""
    if job.total:
        job.counts = chunks.count(job)
    job.state, job.finished_at = state, timezone.now()
    job.save(
        update_fields=["state", "counts", "finished_at", "error_code", "error_params", "output"]
    )
    tell_requester(job)


def produce(job: Job) -> None:
    """Make the file of a job without rows; a worker that finds it taken leaves it alone."""
    taken = Job.objects.filter(unheard(), pk=job.pk, state__in=ACTIVE_STATES).update(
        state=State.RUNNING, started_at=timezone.now(), heartbeat_at=timezone.now()
    )
    if not taken or not try_once_more(job.pk):
        return
    state = State.DONE
    try:
        with acting(job.requested_by, channel=job.channel, job_id=job.pk):
            kinds.get(job.kind).produce(job)
    except Exception:
        log.exception("Job %s: its file could not be made", job.pk)
        state, job.error_code = State.FAILED, "export_failed"
    with transaction.atomic():
        if Job.objects.select_for_update().get(pk=job.pk).state == State.RUNNING:
            end(job, state)


def unheard() -> Q:
    """What nobody has taken, or whose taker has been silent for too long."""
    silent = timezone.now() - timedelta(seconds=settings.JOB_SILENT_SECONDS)
    return Q(heartbeat_at=None) | Q(heartbeat_at__lt=silent)


def beat(job: Job) -> None:
    """Show that the maker of a job's file is alive; call it every few seconds."""
    Job.objects.filter(pk=job.pk).update(heartbeat_at=timezone.now())


@contextmanager
def beating(job: Job) -> Iterator[None]:
    """Show that the maker is alive for as long as it waits for somebody else, such as a bucket."""
    over = threading.Event()

    def beat_on() -> None:
        try:
            while not over.wait(max(settings.JOB_SILENT_SECONDS / 4, 0.1)):
                with suppress(DatabaseError):
                    beat(job)
        finally:
            connections.close_all()

    beater = threading.Thread(target=beat_on, daemon=True)
    beater.start()
    try:
        yield
    finally:
        over.set()
        beater.join()


def recover() -> None:
    """Nudge again what is queued and unclaimed or has gone silent; expire what nobody confirmed."""
    now = timezone.now()
    free = unheard()
    open_chunks = JobChunk.objects.filter(job=OuterRef("pk"), state=JobChunk.State.OPEN)
    waiting = Job.objects.filter(state__in=[*WORKED_STATES, *ACTIVE_STATES]).filter(
        Q(free, total=0)
        | Q(free, state__in=WORKED_STATES)
        | Exists(open_chunks.filter(free))
        | Q(~Exists(open_chunks), total__gt=0, state__in=ACTIVE_STATES)
    )
    for job_id in waiting.values_list("pk", flat=True):
        nudge(job_id)
    stale = Job.objects.filter(state__in=(State.DRAFT, State.VERIFIED), expires_at__lt=now)
    stale.update(state=State.EXPIRED, finished_at=now)
