"""Telling the workers that there is something to do. Losing the message loses nothing."""

import logging

from kombu.exceptions import OperationalError

from convertr.celery import app

log = logging.getLogger(__name__)
MOST_AT_ONCE = 4


def nudge(job_id: int, messages: int = 1) -> None:
    """Send up to four workers to a job; with the broker away, the next tick does it."""
    try:
        for _ in range(max(1, min(messages, MOST_AT_ONCE))):
            app.send_task("jobs.run", args=[job_id])
    except OperationalError:
        log.warning("The broker is away; job %s waits for the next tick", job_id)
