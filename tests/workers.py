"""Real workers and beat as processes on the test servers, as `manage.py up` starts them.

They see what is committed only: tests that use them need `django_db(transaction=True)`.
"""

import atexit
import os
import signal
import sys
import time
from contextlib import contextmanager, suppress
from functools import cache, partial
from pathlib import Path

from django.db import connection

from convertr import children, embedded
from convertr.celery import app
from tests.forge import Forge
from tests.servers import DATA

ROOT = Path(__file__).resolve().parents[1]
QUEUES = ("celery", "soon", "ticks", "outbound", "batches")
CELERY = [sys.executable, "-W", "ignore", "-m", "celery", "--quiet", "-A", "convertr"]


def environment(**changes):
    """Silence is noticed within a second, instead of within half a minute."""
    return {
        **os.environ,
        "CONVERTR_DATA": str(DATA),
        "DATABASE_URL": embedded.database_url(DATA, connection.settings_dict["NAME"]),
        "REDIS_URL": embedded.redis_url(DATA),
        "DATABASE_POOL": "0",
        "JOB_SILENT_SECONDS": "0.5",
        "TICK_SECONDS": "0.5",
        # Much else runs on the machine of tests.
        "WORKER_NICE": "0",
        **changes,
    }


@cache
def _forge():
    """One for all processes with the usual environment; it ends with this one."""
    forge = Forge(environment())
    atexit.register(forge.end)
    return forge


class Process:
    """One Celery process, its lines in a log of its own."""

    def __init__(self, name, *command, log=None, **env):
        self.log = log or DATA / "log" / f"{name}.log"
        if env:
            tied = children.tied_to_parent(signal.SIGKILL)
            spawned = children.spawn(
                [*tied, *CELERY, *command], env=environment(**env), log=self.log, cwd=ROOT
            )
            self.pid, self._child = spawned.pid, spawned
        else:
            argv = [*CELERY[CELERY.index("celery") + 1 :], *command]
            self.pid, self._child = _forge().start(argv, environment(), self.log), None

    @property
    def alive(self):
        if self._child:
            return self._child.poll() is None
        return children.alive(self.pid)

    def ask_to_end(self):
        """As the supervisor, or who stops a container, does it."""
        os.kill(self.pid, signal.SIGTERM)

    def kill(self):
        """End it and its children with SIGKILL, as a power cut would."""
        if self._child:
            children.end_group(self._child)
            return
        with suppress(ProcessLookupError):
            os.killpg(self.pid, signal.SIGKILL)
        children.wait_until_gone(self.pid, seconds=10)

    def kill_child(self, chance):
        """Kill with SIGKILL one of the children that carry out tasks; it is replaced at once."""
        listed = Path(f"/proc/{self.pid}/task/{self.pid}/children").read_text().split()
        os.kill(int(chance.choice(listed)), signal.SIGKILL)

    def said(self):
        return self.log.read_text(errors="replace")


def worker(name="worker", *, children=1, queues="celery,soon,ticks", **env):
    """A worker with so many children. The slot of a killed one stays taken for five seconds."""
    options = [
        "--queues",
        queues,
        "--concurrency",
        str(children),
        "--loglevel",
        "WARNING",
        "--hostname",
        f"{name}@test",
    ]
    return Process(name, "worker", *options, "--without-gossip", "--without-mingle", **env)


def ticks():
    """The worker that carries out ticks alone."""
    options = ["--queues", "ticks", "--pool", "solo", "--loglevel", "WARNING"]
    hostname = ("--hostname", "ticks@test")
    return Process("ticks", "worker", *options, *hostname, "--without-gossip", "--without-mingle")


def beat(**env):
    schedule = str(DATA / "beat-schedule-of-tests")
    return Process("beat", "beat", "--loglevel", "WARNING", "--schedule", schedule, **env)


@contextmanager
def stopped_after(*processes):
    """Ends them all on the way out, whatever happened."""
    try:
        yield processes
    finally:
        for process in processes:
            process.kill()


def until(found, *, seconds=60, what="it", every=0.02):
    """Ask until the answer is true, and give it; fails after `seconds`."""
    end = time.monotonic() + seconds
    while not (answer := found()):
        assert time.monotonic() < end, f"waited {seconds} s for {what}"
        time.sleep(every)
    return answer


def forget_messages():
    """Empty the queues, so that no message of an earlier test wakes a worker."""
    with app.connection_for_write() as broker:
        broker.default_channel.client.delete(*QUEUES, "unacked", "unacked_index")


@contextmanager
def consuming(name, *queues):
    """Let a worker that was started with `queues="rest"` take messages for the time of a block."""
    forget_messages()
    at = [f"{name}@test"]
    for queue in queues:
        until(partial(app.control.add_consumer, queue, destination=at, reply=True), what="a worker")
    try:
        yield
    finally:
        for queue in queues:
            app.control.cancel_consumer(queue, destination=at, reply=True)
