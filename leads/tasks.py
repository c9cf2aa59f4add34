"""Celery's entry points; safe to run twice, late or never."""

from celery import shared_task
from django.conf import settings

from leads.erasing import services as erasing
from leads.nudge import nudge
from leads.processing import queue

MOST_AT_ONCE = 5_000


@shared_task(name="leads.process")
def process() -> None:
    """Some thousands at most: others wait for this worker, too."""
    if queue.process(most=MOST_AT_ONCE) >= MOST_AT_ONCE:
        nudge()


@shared_task(name="leads.tick")
def tick() -> None:
    """Nudge again for what waits, should the first message have been lost."""
    if queue.is_due():
        nudge()


@shared_task(name="leads.erase")
def erase() -> None:
    """Remove the copies of erased leads, and erase what is old enough; asked for every hour."""
    erasing.forget(days=settings.RETAIN_LEADS_DAYS)
