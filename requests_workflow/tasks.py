"""Celery's entry points; safe to run twice, late or never."""

from celery import shared_task

from requests_workflow.nudge import nudge
from requests_workflow.services import processing


@shared_task(name="requests.process")
def process() -> None:
    processing.process()


@shared_task(name="requests.tick")
def tick() -> None:
    """Nudge again for what was accepted, should the first message have been lost."""
    if processing.is_due():
        nudge()
