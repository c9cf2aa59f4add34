"""Telling workers of batches that something is due. Losing it loses nothing: beat ticks it."""

from convertr.celery import tell

# A worker that is busy for longer finds it without this message.
EXPIRES_SECONDS = 60


def nudge(times: int = 1) -> None:
    tell("batches.work", times=times, expires=EXPIRES_SECONDS)


def nudge_calls() -> None:
    tell("batches.call", expires=EXPIRES_SECONDS)
