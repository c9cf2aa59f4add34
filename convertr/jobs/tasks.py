"""Celery's entry points; each is safe to run twice, late or never."""

from celery import shared_task
from django.utils import timezone

from convertr.jobs import engine
from convertr.jobs.models import Heartbeat
from convertr.partitions import ensure_partitions, partitioned_tables


@shared_task(name="jobs.run")
def run_job(job_id: int) -> None:
    engine.advance(job_id)


@shared_task(name="jobs.tick")
def tick() -> None:
    """A tick that is carried out shows that beat and a worker live."""
    now = timezone.now()
    Heartbeat.objects.bulk_create(
        [Heartbeat(name="beat", seen_at=now), Heartbeat(name="worker", seen_at=now)],
        update_conflicts=True,
        unique_fields=["name"],
        update_fields=["seen_at"],
    )
    engine.recover()


@shared_task(name="jobs.housekeeping")
def housekeeping() -> None:
    for table in partitioned_tables():
        ensure_partitions(table, today=timezone.now().date())
