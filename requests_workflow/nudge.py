"""Telling a worker that requests were accepted. Losing the message loses nothing: beat ticks it."""

from convertr.celery import tell

# A worker that is busy for longer finds it without this message.
EXPIRES_SECONDS = 60


def nudge() -> None:
    tell("requests.process", expires=EXPIRES_SECONDS)
