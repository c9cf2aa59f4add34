"""Telling the sender that something is due. Losing the message loses nothing: beat ticks it."""

import logging

from kombu.exceptions import OperationalError

from convertr.celery import app

log = logging.getLogger(__name__)
# A sender that is busy for longer finds it without this message.
EXPIRES_SECONDS = 60


def nudge() -> None:
    try:
        app.send_task("postbacks.send", expires=EXPIRES_SECONDS)
    except OperationalError:
        log.warning("The broker is away; postbacks wait for the next tick")
