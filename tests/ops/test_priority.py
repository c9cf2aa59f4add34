"""Workers, with the database's part of their work, come after pages; by real processes."""

import os
import subprocess
from contextlib import suppress
from pathlib import Path
from types import SimpleNamespace

import pytest
from django.db import connection

from convertr import priority
from convertr.celery import app
from tests.workers import stopped_after, until, worker

NICE = 10


def niceness(pid):
    return os.getpriority(os.PRIO_PROCESS, pid)


def of_session(pid):
    """How far its session comes after others; None where sessions don't share.

    Nothing is told of a session that the system began before it let sessions share.
    """
    told = Path(f"/proc/{pid}/autogroup")
    words = told.read_text().split() if told.exists() else []
    return int(words[-1]) if words else None


def comes_after(pid):
    """Whether a process and its session give way; one that has ended meanwhile doesn't."""
    with suppress(OSError):
        return niceness(pid) == NICE and of_session(pid) in (NICE, None)
    return False


def backends():
    """The processes that serve the test database, but ours."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT pid FROM pg_stat_activity"
            " WHERE datname = current_database() AND pid <> pg_backend_pid()"
        )
        return [pid for (pid,) in cursor.fetchall()]


@pytest.mark.django_db(transaction=True)
def test_a_worker_and_its_database_process_come_after_pages_and_ticks_do_not():
    late = worker("late", queues="soon", WORKER_NICE=str(NICE))
    ticking = worker("ticking", queues="ticks", WORKER_NICE=str(NICE))
    with stopped_after(late, ticking):
        app.send_task("jobs.tick", queue="soon")
        until(lambda: any(map(comes_after, backends())), what="a task")
        assert comes_after(late.pid)
        # Until it answers it might not have come to it.
        until(lambda: app.control.ping(destination=["ticking@test"]), what="ticks")
        assert niceness(ticking.pid) == 0
        assert niceness(connection.connection.info.backend_pid) == 0


@pytest.fixture
def sleeper():
    """A process; in a session of its own if asked."""
    running = []

    def start(**options):
        running.append(subprocess.Popen(["sleep", "60"], **options))
        return running[-1].pid

    yield start
    for process in running:
        process.kill()
        process.wait()


def test_a_process_that_shares_its_session_leaves_the_others_where_they_are(sleeper):
    before, pid = of_session(os.getpid()), sleeper()
    priority.give_way(pid, NICE)
    assert niceness(pid) == NICE
    assert niceness(os.getpid()) < NICE
    assert of_session(os.getpid()) == before


def test_a_leader_of_a_session_takes_it_along(sleeper):
    pid = sleeper(start_new_session=True)
    priority.give_way(pid, NICE)
    assert of_session(pid) in (NICE, None)


def test_who_is_gone_is_no_matter():
    process = subprocess.Popen(["true"])
    process.wait()
    priority.give_way(process.pid, NICE)


@pytest.mark.django_db
def test_only_what_is_a_database_here_gives_way(monkeypatch):
    asked = []
    monkeypatch.setattr(priority, "give_way", lambda pid, _nice: asked.append(pid))
    connection.ensure_connection()
    served = connection.connection.info.backend_pid
    for host, pid in (("db.example.test", served), ("127.0.0.1", served), ("/tmp", os.getpid())):
        info = SimpleNamespace(host=host, backend_pid=pid)
        priority.database_gives_way(SimpleNamespace(connection=SimpleNamespace(info=info)), NICE)
    assert asked == []
    priority.database_gives_way(connection, NICE)
    assert asked == [served]
