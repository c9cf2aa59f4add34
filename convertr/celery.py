"""The Celery application: workers run nudges, beat only ticks (design.md, "The one idea")."""

import logging
import os
import time
from typing import Any

from celery import Celery
from celery.signals import heartbeat_sent, task_prerun
from django.conf import settings
from django.db import DatabaseError, close_old_connections, connection

log = logging.getLogger(__name__)
_MARK = """
INSERT INTO jobs_heartbeat (name, seen_at) VALUES ('worker', now())
ON CONFLICT (name) DO UPDATE SET seen_at = excluded.seen_at
"""
_marked: list[float] = []

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "convertr.settings")

app = Celery("convertr")
app.config_from_object("django.conf:settings", namespace="CELERY")
app.autodiscover_tasks()


@task_prerun.connect
def drop_broken_connections(**_: Any) -> None:
    """Let a worker that outlived a database restart reconnect instead of failing for ever."""
    close_old_connections()


@heartbeat_sent.connect
def mark_worker(**_: Any) -> None:
    """Note that a worker for jobs lives: its parent does, however busy its children are.

    Celery calls it every two seconds while the broker answers; it writes once a tick's interval.
    """
    now = time.monotonic()
    if app.conf.task_default_queue not in app.amqp.queues.consume_from:
        return
    if _marked and now - _marked[0] < settings.TICK_SECONDS:
        return
    _marked[:] = [now]
    try:
        write_mark()
    except DatabaseError:
        log.warning("The database is away; the worker's mark waits")


def write_mark() -> None:
    """Write it on a connection that ends with it: children forked later inherit none."""
    own = connection.copy()
    own.settings_dict["OPTIONS"].pop("pool", None)
    own.settings_dict["OPTIONS"].setdefault("connect_timeout", 5)
    try:
        with own.cursor() as cursor:
            cursor.execute(_MARK)
    finally:
        own.close()
