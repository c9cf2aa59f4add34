"""What people do with jobs (platform.md, "Jobs"): verify, confirm, cancel, resume, undo."""

from collections.abc import Iterable, Mapping, Sequence
from functools import partial
from typing import Any

from django.conf import settings
from django.core.exceptions import PermissionDenied
from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from convertr.accounts.access import require
from convertr.accounts.models import User
from convertr.accounts.signing import require_signature
from convertr.errors import DomainError
from convertr.jobs import chunks, engine, kinds
from convertr.jobs.models import OPEN_STATES, Job, JobInput, Outcome, State
from convertr.jobs.nudge import nudge
from convertr.jobs.staging import StagedRow, copy_rows, rows_from_input

# More rows than these are verified by a worker, so that no web process is held for seconds.
VERIFY_INLINE_ROWS = 20_000


def stage(
    *,
    actor: User,
    kind: str,
    rows: Iterable[StagedRow],
    columns: list[str] | None = None,
    parameters: dict[str, Any] | None = None,
    input_name: str = "",
    input_sha256: str = "",
    channel: str = "page",
) -> Job:
    """Store the rows of a new job and verify them; the job is then `verified`.

    Nothing is stored if it fails. A big job is left `verifying` to a worker. `rows` must not ask
    the database while it is read: the connection is busy with COPY.
    """
    require(actor, kinds.get(kind).permission)
    with transaction.atomic():
        job = Job.objects.create(
            kind=kind,
            state=State.VERIFYING,
            requested_by=actor,
            columns=columns or [],
            parameters=parameters or {},
            input_name=input_name[:255],
            input_sha256=input_sha256,
            channel=channel,
            heartbeat_at=timezone.now(),
        )
        job.total = copy_rows(job, rows)
        job.save(update_fields=["total"])
        inline = job.total <= VERIFY_INLINE_ROWS
        if not inline:
            transaction.on_commit(partial(nudge, job.pk), robust=True)
    if inline:
        engine.verify(job.pk)
    job.refresh_from_db()
    return job


def refuse(
    *,
    actor: User,
    kind: str,
    error: DomainError,
    input_name: str = "",
    input_sha256: str = "",
    channel: str = "page",
) -> Job:
    """Keep that an input was refused as a whole, and why; none of it is stored."""
    return Job.objects.create(
        kind=kind,
        state=State.REFUSED,
        requested_by=actor,
        input_name=input_name[:255],
        input_sha256=input_sha256,
        channel=channel,
        error_code=error.code,
        error_params={"text": str(error)},
        finished_at=timezone.now(),
    )


def submit(
    *,
    actor: User,
    kind: str,
    keys: Sequence[str],
    column: str,
    parameters: dict[str, Any] | None = None,
    channel: str = "api",
) -> Job:
    """Store a job that nobody verifies, a row for each key (a UUID), and apply it.

    `column` is the keys' name; they hold no line break. A small job is done when this returns,
    unless a lock was not had in time; a larger one, or that, is a worker's.
    """
    require(actor, kinds.get(kind).permission)
    now = timezone.now()
    asked = {
        "kind": kind,
        "requested_by": actor,
        "confirmed_by": actor,
        "confirmed_at": now,
        "created_at": now,
        "columns": [column],
        "parameters": parameters or {},
        "channel": channel,
        "total": len(keys),
    }
    text = "\n".join(keys)
    if len(keys) <= settings.JOB_INLINE_ROWS:
        job = Job(**asked, state=State.DONE)
        if engine.apply_at_once(job, text):
            return job
    with transaction.atomic():
        job = Job.objects.create(**asked, state=State.STAGING)
        JobInput.objects.create(job=job, keys=text)
        transaction.on_commit(partial(nudge, job.pk), robust=True)
    return job


def confirm(*, actor: User, job: Job, data: Mapping[str, str] | None = None) -> Job:
    """Queue a verified job: what was verified is what will be applied.

    Raises DomainError `already_confirmed` (naming who was first) for a second Confirm, and
    `not_verified` in any other state.
    """
    kind = kinds.get(job.kind)
    _require_act(actor, job)
    options = kind.options(job, data or {}, actor)
    now = timezone.now()
    with transaction.atomic():
        queued = Job.objects.filter(pk=job.pk, state=State.VERIFIED, expires_at__gt=now).update(
            state=State.QUEUED,
            confirmed_by=actor,
            confirmed_at=now,
            parameters={**job.parameters, **options},
        )
        job.refresh_from_db()
        if not queued:
            raise not_confirmable(job)
        messages = chunks.cut(job)
        transaction.on_commit(partial(nudge, job.pk, messages), robust=True)
    return job


def not_confirmable(job: Job) -> DomainError:
    """Why a job can't be confirmed, or can't any more: by whom it was, or how it has ended."""
    if job.confirmed_by:
        who = _("%(who)s has confirmed this job already.") % {"who": job.confirmed_by}
        return DomainError("already_confirmed", who, job=job.pk)
    # Still verified, and refused: its time is over, though no tick has said so yet.
    state = State.EXPIRED if job.state == State.VERIFIED else State(job.state)
    text = _("This job is %(state)s and can't be confirmed.")
    return DomainError("not_verified", text % {"state": state.label.lower()})


def may_act(actor: User, job: Job) -> bool:
    """Who may confirm, cancel or resume it: holders of its kind's permission.

    A kind without one (an export) is its requester's own.
    """
    permission = kinds.get(job.kind).permission
    return actor.has_perm(permission) if permission else job.requested_by_id == actor.pk


def _require_act(actor: User, job: Job) -> None:
    if not may_act(actor, job):
        raise PermissionDenied


def cancel(*, actor: User, job: Job) -> Job:
    """Stop a job before it is done; what is applied stays and is counted."""
    _require_act(actor, job)
    with transaction.atomic():
        # Waits for the chunks that are being applied: each holds the job's row in share mode.
        locked = Job.objects.select_for_update().get(pk=job.pk)
        if locked.state not in OPEN_STATES:
            raise DomainError("not_open", _("This job has ended already."))
        if locked.state == State.STAGING:
            # So that each key is told that nothing was done with it.
            rows_from_input(locked)
        engine.end(locked, State.CANCELLED)
    return locked


def resume(*, actor: User, job: Job) -> Job:
    """Let a failed job try its remaining chunks again, or verify again what was not confirmed."""
    _require_act(actor, job)
    with transaction.atomic():
        # An undo holds the same row: of the two, the second sees what the first has done.
        failed = Job.objects.select_for_update().get(pk=job.pk)
        if failed.state != State.FAILED or hasattr(failed, "undone_by"):
            raise DomainError("not_failed", _("Only a failed job can be resumed."))
        failed.state = _resumed_state(failed)
        failed.finished_at = failed.heartbeat_at = None
        failed.error_code, failed.error_params, failed.attempts = "", {}, 0
        failed.save()
        failed.chunks.filter(state="open").update(attempts=0, token=None, heartbeat_at=None)
        transaction.on_commit(partial(nudge, job.pk), robust=True)
    return failed


def _resumed_state(job: Job) -> State:
    if not job.confirmed_at:
        return State.VERIFYING
    return State.STAGING if hasattr(job, "input") else State.QUEUED


def can_undo(job: Job) -> bool:
    """Whether the job wrote something that can be taken back, and wasn't yet."""
    return (
        job.state in (State.DONE, State.CANCELLED, State.FAILED)
        and kinds.get(job.kind).undo_kind is not None
        and job.counts.get(Outcome.APPLIED, 0) > 0
        and not hasattr(job, "undone_by")
    )


def may_undo(actor: User, job: Job) -> bool:
    """Whether this person could undo jobs of this kind; see `can_undo` for the job."""
    kind = kinds.get(job.kind)
    needed = {"jobs.undo_jobs", kind.permission}
    if kind.undo_kind:
        needed.add(kinds.get(kind.undo_kind).permission)
    return actor.has_perms(needed - {""})


def undo(*, actor: User, job: Job, signature: str, parameters: dict[str, Any] | None = None) -> Job:
    """Start a job that gives each row's target back what `job` overwrote; signed by name."""
    require(actor, "jobs.undo_jobs")
    require(actor, kinds.get(job.kind).permission)
    require_signature(actor, signature)
    with transaction.atomic():
        original = Job.objects.select_for_update().get(pk=job.pk)
        undo_kind = kinds.get(original.kind).undo_kind
        if undo_kind is None or not can_undo(original):
            raise DomainError("not_undoable", _("There is nothing to undo in this job."))
        require(actor, kinds.get(undo_kind).permission)
        now = timezone.now()
        undoing = Job.objects.create(
            kind=undo_kind,
            state=State.QUEUED,
            channel="undo",
            requested_by=actor,
            confirmed_by=actor,
            confirmed_at=now,
            verified_at=now,
            undo_of=original,
            columns=original.columns,
            input_name=original.input_name,
            parameters=parameters or {},
        )
        undoing.total = chunks.copy_applied(original, undoing)
        if not undoing.total:
            raise DomainError("rows_removed", _("Its rows were removed: too old to undo."))
        undoing.save(update_fields=["total"])
        messages = chunks.cut(undoing)
        transaction.on_commit(partial(nudge, undoing.pk, messages), robust=True)
    return undoing


def start_export(
    *, actor: User, kind: str, parameters: dict[str, Any], name: str, channel: str = "page"
) -> Job:
    """Queue a job without rows whose kind makes a file; the job's page offers its download."""
    if permission := kinds.get(kind).permission:
        require(actor, permission)
    with transaction.atomic():
        job = Job.objects.create(
            kind=kind,
            state=State.QUEUED,
            requested_by=actor,
            confirmed_by=actor,
            confirmed_at=timezone.now(),
            parameters=parameters,
            input_name=name,
            channel=channel,
        )
        transaction.on_commit(partial(nudge, job.pk), robust=True)
    return job
