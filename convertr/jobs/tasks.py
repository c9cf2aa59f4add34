"""Celery's entry points; each is safe to run twice, late or never."""

from celery import shared_task
from django.utils import timezone

from convertr.jobs import engine
from convertr.jobs import housekeeping as chores
from convertr.jobs.models import Heartbeat


@shared_task(name="jobs.run")
def run_job(job_id: int) -> None:
    engine.advance(job_id)


@shared_task(name="jobs.tick")
def tick() -> None:
    """A tick that is carried out shows that beat and the ticks' worker live."""
    Heartbeat.objects.update_or_create(name="beat", defaults={"seen_at": timezone.now()})
    engine.recover()


@shared_task(name="jobs.housekeeping")
def housekeeping() -> None:
    chores.carry_out()
