"""Telling the workers that there is something to do. Losing the message loses nothing."""

from convertr.celery import tell

MOST_AT_ONCE = 4


def nudge(job_id: int, messages: int = 1) -> None:
    """Send up to four workers to a job; with the broker away, the next tick does it."""
    tell("jobs.run", job_id, times=max(1, min(messages, MOST_AT_ONCE)))
