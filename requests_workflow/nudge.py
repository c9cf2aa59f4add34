"""Telling a worker that requests were accepted. Losing the message loses nothing: beat ticks it."""

import logging

from kombu.exceptions import OperationalError

from convertr.celery import app

log = logging.getLogger(__name__)
EXPIRES_SECONDS = 60


def nudge() -> None:
    try:
        app.send_task("requests.process", expires=EXPIRES_SECONDS)
    except OperationalError:
        log.warning("The broker is away; accepted requests wait for the next tick")
