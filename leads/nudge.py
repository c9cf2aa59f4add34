"""Telling a worker that leads wait. Losing the message loses nothing: beat ticks it."""

from convertr.celery import tell

# A worker that is busy for longer finds it without this message.
EXPIRES_SECONDS = 60


def nudge() -> None:
    tell("leads.process", expires=EXPIRES_SECONDS)
