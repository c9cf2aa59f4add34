"""The Celery application: workers run nudges, beat only ticks (design.md, "The one idea")."""

import gc
import logging
import os
import time
from typing import Any

from celery import Celery
from celery.signals import celeryd_after_setup, heartbeat_sent, task_prerun
from django.conf import settings
from django.db import DatabaseError, close_old_connections, connection
from django.db.backends.base.base import BaseDatabaseWrapper
from django.db.backends.signals import connection_created
from django.urls import get_resolver
from kombu.exceptions import OperationalError

from convertr import priority

log = logging.getLogger(__name__)
# What the worker of a queue is called where people look for it (convertr.health).
MARKED = {"celery": "worker", "soon": "soon", "batches": "batches"}
# Rubbish is looked for once so many objects more are there; Python's 700 are those of three leads.
COLLECT_AFTER = 50_000
_MARK = """
INSERT INTO jobs_heartbeat (name, seen_at) SELECT unnest(%s::text[]), now()
ON CONFLICT (name) DO UPDATE SET seen_at = excluded.seen_at
"""
_marked: list[float] = []

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "convertr.settings")
# Checks are the business of `make check` and `migrate`: each of our workers would take seconds
# for them, and for loading all addresses.
os.environ.setdefault("CELERY_SKIP_CHECKS", "1")

app = Celery("convertr")
app.config_from_object("django.conf:settings", namespace="CELERY")
app.autodiscover_tasks()


@celeryd_after_setup.connect
def load_before_forking(**_: Any) -> None:
    """Load what addresses lead to before children fork, and count all code as here to stay.

    Whoever is told of a finished job is told an address: the first job of each child would wait a
    second or two for it, in a transaction. What is loaded is no rubbish: looking through it for
    some took a tenth of a job. What a batch of rows is made of is none either, before its end.
    """
    if {"celery", "soon"} & set(app.amqp.queues.consume_from):
        get_resolver().url_patterns  # noqa: B018  loads them
    gc.collect()
    gc.freeze()
    gc.set_threshold(COLLECT_AFTER)


@celeryd_after_setup.connect
def come_after_pages(**_: Any) -> None:
    """Leave the processor to pages first, with the database's part too; ticks are never late."""
    nice = settings.WORKER_NICE
    if not nice or set(app.amqp.queues.consume_from) == {"ticks"}:
        return
    priority.give_way(os.getpid(), nice)

    def database(connection: BaseDatabaseWrapper, **_: Any) -> None:
        priority.database_gives_way(connection, nice)

    connection_created.connect(database, weak=False)


@task_prerun.connect
def drop_broken_connections(**_: Any) -> None:
    """Let a worker that outlived a database restart reconnect instead of failing for ever."""
    close_old_connections()


@heartbeat_sent.connect
def mark_worker(**_: Any) -> None:
    """Note that a worker of jobs lives: its parent does, however busy its children are.

    Celery calls it every two seconds while the broker answers; it writes once a tick's interval.
    """
    now = time.monotonic()
    names = [name for queue, name in MARKED.items() if queue in app.amqp.queues.consume_from]
    if not names:
        return
    if _marked and now - _marked[0] < settings.TICK_SECONDS:
        return
    _marked[:] = [now]
    try:
        write_mark(names)
    except DatabaseError:
        log.warning("The database is away; the worker's mark waits")


def write_mark(names: list[str]) -> None:
    """Write it on a connection that ends with it: children forked later inherit none."""
    own = connection.copy()
    own.settings_dict["OPTIONS"].pop("pool", None)
    own.settings_dict["OPTIONS"].setdefault("connect_timeout", 5)
    try:
        with own.cursor() as cursor:
            cursor.execute(_MARK, [names])
    finally:
        own.close()


def tell(task: str, *args: int, times: int = 1, expires: int | None = None) -> None:
    """Tell workers that there is something to do; with the broker away, the next tick does it.

    `expires`: after so many seconds the message is of no use, since another has come.
    """
    try:
        for _ in range(times):
            app.send_task(task, args=list(args), expires=expires)
    except OperationalError:
        log.warning("The broker is away; %s %s waits for the next tick", task, args or "")
