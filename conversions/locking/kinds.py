"""The kinds of job that lock and unlock conversions, and their undoing."""

from collections.abc import Mapping
from typing import Any, ClassVar

from django.utils.translation import gettext_lazy as _

from conversions import changes
from conversions.csv_files.kinds import ConversionKind, Undo
from conversions.locking.resolve import resolve
from convertr.accounts.models import User
from convertr.accounts.signing import require_signature
from convertr.jobs.kinds import Resolution
from convertr.jobs.models import Job, JobChunk

PERMISSION = "conversions.lock_conversions"
COLUMNS = ("locked",)


class Lock(ConversionKind):
    """Marks conversions as paid or invoiced; signed, since nothing of them changes then."""

    name = "conversions.lock"
    label = _("Mark paid (lock)")
    permission = PERMISSION
    undo_kind = "conversions.undo_lock"
    result_template = "conversions/locking/money.html"
    options_template = "conversions/locking/options.html"
    locks: ClassVar[bool] = True

    def resolve(self, job: Job) -> Resolution:
        return resolve(job, lock=self.locks)

    def options(self, job: Job, data: Mapping[str, str], actor: User) -> dict[str, Any]:
        """Nothing but the signature: DomainError `not_signed` without it."""
        require_signature(actor, data.get("signature", ""))
        return {}

    def apply(self, job: Job, chunk: JobChunk) -> None:
        changes.apply_verified(job, chunk, COLUMNS)


class Unlock(Lock):
    """Takes it back: the conversions can change again."""

    name = "conversions.unlock"
    label = _("Unlock")
    locks = False


class UndoLock(Undo):
    """Gives conversions the lock back that they had, or had not, before a job."""

    name = "conversions.undo_lock"
    label = _("Undo of a lock")
    permission = PERMISSION

    def apply(self, job: Job, chunk: JobChunk) -> None:
        changes.apply_reversed(job, chunk, COLUMNS)
