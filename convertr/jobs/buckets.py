"""Outcomes as people read them: four tiles before Confirm, what came of it after."""

from collections.abc import Sequence
from dataclasses import dataclass

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from convertr.jobs import kinds
from convertr.jobs.models import ERRONEOUS_OUTCOMES, Job, Outcome, State


@dataclass(frozen=True)
class Bucket:
    key: str
    label: str | Promise
    outcomes: Sequence[str]
    tone: str


READY = Bucket("ready", _("Will be processed"), (Outcome.READY,), "green")
NOT_FOUND = Bucket("not_found", _("Not found"), (Outcome.NOT_FOUND,), "amber")
ERRONEOUS = Bucket("erroneous", _("Erroneous data"), ERRONEOUS_OUTCOMES, "red")
UNCHANGED = Bucket("unchanged", _("Unchanged"), (Outcome.UNCHANGED,), "grey")
APPLIED = Bucket("applied", _("Processed"), (Outcome.APPLIED,), "green")
CONFLICT = Bucket("conflict", _("Left alone"), (Outcome.CONFLICT,), "amber")
FAILED = Bucket("failed", _("Failed"), (Outcome.FAILED,), "red")
NOT_DONE = Bucket("not_done", _("Not done"), (Outcome.READY, Outcome.STAGED), "grey")
REVERSED = Bucket("applied", _("Reversed"), (Outcome.APPLIED,), "green")
KEPT = Bucket("conflict", _("Kept"), (Outcome.CONFLICT,), "amber")

BEFORE = (READY, NOT_FOUND, ERRONEOUS, UNCHANGED)
AFTER = (APPLIED, CONFLICT, FAILED, NOT_DONE, NOT_FOUND, ERRONEOUS, UNCHANGED)
AFTER_UNDO = (REVERSED, KEPT, FAILED, NOT_DONE)


@dataclass(frozen=True)
class Tile:
    bucket: Bucket
    label: str | Promise
    rows: int


def of(job: Job) -> Sequence[Bucket]:
    """The buckets that a job shows in its present state."""
    if job.undo_of_id:
        return AFTER_UNDO
    return BEFORE if job.state in (State.VERIFIED, State.EXPIRED) else AFTER


def find(job: Job, key: str) -> Bucket | None:
    return next((bucket for bucket in of(job) if bucket.key == key), None)


def tiles(job: Job) -> list[Tile]:
    """The buckets with their counts, in the words of the job's kind.

    All four before Confirm; after it the first two, and the others that hold something.
    """
    labels = kinds.get(job.kind).bucket_labels
    found = [
        Tile(b, labels.get(b.key, b.label), sum(job.counts.get(o, 0) for o in b.outcomes))
        for b in of(job)
    ]
    always = BEFORE if of(job) is BEFORE else of(job)[:2]
    return [tile for tile in found if tile.rows or tile.bucket in always]
