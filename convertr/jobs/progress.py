"""How far a running job is: a count, a rate, the time left."""

from dataclasses import dataclass

from django.db.models import Count, Q, Sum
from django.utils import timezone

from convertr.jobs.models import Job, JobChunk


@dataclass(frozen=True)
class Progress:
    """`rate` is rows a second, `seconds_left` None until something is done."""

    done: int
    total: int
    rate: float
    seconds_left: int | None

    @property
    def percent(self) -> int:
        return 100 * self.done // self.total if self.total else 0


def of(job: Job) -> Progress:
    """The progress of a job from its chunks; no row is counted."""
    done = Q(state=JobChunk.State.DONE)
    sums = job.chunks.aggregate(total=Sum("rows"), done=Sum("rows", filter=done), n=Count("id"))
    finished, total = sums["done"] or 0, sums["total"] or 0
    elapsed = (timezone.now() - job.started_at).total_seconds() if job.started_at else 0.0
    rate = finished / elapsed if elapsed else 0.0
    left = round((total - finished) / rate) if rate else None
    return Progress(finished, total, rate, left)
