"""Celery's entry point; safe to run twice, late or never."""

import time

from celery import shared_task
from django.conf import settings
from django.utils import timezone

from conversions.partner_postbacks import sender
from conversions.partner_postbacks.nudge import nudge
from convertr import stopping
from convertr.jobs.models import Heartbeat

_marked: list[float] = []


@shared_task(name="postbacks.send")
def send() -> None:
    _mark()
    if sender.run(should_stop=stopping.asked) and not stopping.asked():
        nudge()


def _mark() -> None:
    """Note that the sender lives, for `manage.py doctor`; as often as a tick is."""
    now = time.monotonic()
    if _marked and now - _marked[0] < settings.TICK_SECONDS:
        return
    _marked[:] = [now]
    Heartbeat.objects.update_or_create(name="sender", defaults={"seen_at": timezone.now()})
