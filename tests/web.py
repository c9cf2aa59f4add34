"""A real web server (granian) as a process on the test servers, as `manage.py up` starts it.

It sees what is committed only: tests that use it need `django_db(transaction=True)`.
"""

import re
import signal
import socket
import sys
import time
import urllib.request
from contextlib import contextmanager
from pathlib import Path

from convertr import children
from convertr.up import web_options
from tests.servers import DATA
from tests.workers import ROOT, environment

SECONDS = 60


class Web:
    """One granian with one worker process; `url` is its address, `pid` the worker's."""

    def __init__(self, **env):
        self.port = _free_port()
        self.url = f"http://127.0.0.1:{self.port}"
        self.log = DATA / "log" / f"web-{self.port}.log"
        command = [sys.executable, "-W", "ignore", "-m", "granian"]
        env = {"DATABASE_POOL": "1", "PORT": str(self.port), **env}
        options = web_options("127.0.0.1", self.port)
        one = ["--workers", "1"]
        self._child = children.spawn(
            [*children.tied_to_parent(signal.SIGKILL), *command, *options[:-1], *one, options[-1]],
            env=environment(**env),
            log=self.log,
            cwd=ROOT,
        )

    def await_answer(self):
        until = time.monotonic() + SECONDS
        while not self._answers():
            assert self._child.poll() is None, self.log.read_text()
            assert time.monotonic() < until, self.log.read_text()
            time.sleep(0.05)
        return self

    def _answers(self):
        try:
            with urllib.request.urlopen(f"{self.url}/healthz", timeout=5):
                return True
        except OSError:
            return False

    def memory(self):
        """The most bytes that its processes have held at any time, one after the other."""
        return sum(_most_memory(pid) for pid in _family(self._child.pid))

    @property
    def alive(self):
        return self._child.poll() is None

    def ask_to_end(self):
        """As the supervisor, or who stops a container, does it."""
        self._child.send_signal(signal.SIGTERM)

    def refuses(self):
        """Whether it takes no new connection any more."""
        with socket.socket() as probe:
            return probe.connect_ex(("127.0.0.1", self.port)) != 0

    def end(self):
        children.end_group(self._child)


def _free_port():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


def _family(pid):
    yield pid
    for born in Path(f"/proc/{pid}/task").glob("*/children"):
        for child in born.read_text().split():
            yield from _family(int(child))


def _most_memory(pid):
    status = Path(f"/proc/{pid}/status").read_text()
    return int(re.search(r"VmHWM:\s+(\d+) kB", status)[1]) * 1024


@contextmanager
def serving(**env):
    """Serve for the time of a block."""
    web = Web(**env)
    try:
        yield web.await_answer()
    finally:
        web.end()
