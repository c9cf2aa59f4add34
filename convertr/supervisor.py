"""Keeps the product's processes running together, and ends them together (`manage.py up`).

Own code instead of honcho's manager, which ends all when one ends and leaves everything running
when it is itself killed with -9.
"""

import os
import signal
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from types import FrameType
from typing import NoReturn

from convertr import children

POLL_SECONDS = 0.1
# A process that ends this often without having lived for a minute will not get better by itself.
MOST_RESTARTS = 5
STEADY_SECONDS = 60.0


class StopRequestedError(BaseException):
    """SIGINT, SIGTERM or SIGHUP came; not an Exception, so that nothing takes it for a fault."""


class KeepsEndingError(Exception):
    """A process can't be kept running; the text is one line that says which."""


@dataclass(frozen=True)
class Program:
    """A command to keep running. `death` is what it gets when the supervisor is killed."""

    name: str
    command: Sequence[str]
    env: Mapping[str, str] = field(default_factory=dict)
    death: signal.Signals = signal.SIGTERM

    def start(self) -> children.Child:
        """Start it in a session of its own, tied to us."""
        return children.spawn(
            [*children.tied_to_parent(self.death), *self.command], env={**os.environ, **self.env}
        )


class Watched:
    """A running program and how often it had to be started again."""

    def __init__(
        self, name: str, start: Callable[[], children.Child], child: children.Child | None = None
    ) -> None:
        self.name = name
        self._start = start
        self._child = child or start()
        self._started = time.monotonic()
        self._restarts = 0
        self._due: float | None = None

    @property
    def child(self) -> children.Child:
        return self._child

    def look(self, say: Callable[[str], None]) -> None:
        """Start the program again when it has ended, later each time; give up after some."""
        now = time.monotonic()
        if self._due is not None:
            if now >= self._due:
                self._due = None
                self._started = now
                self._child = self._start()
            return
        if self._child.poll() is None:
            return
        children.end_group(self._child)
        if now - self._started > STEADY_SECONDS:
            self._restarts = 0
        self._restarts += 1
        code = self._child.returncode
        if self._restarts > MOST_RESTARTS:
            raise KeepsEndingError(f"{self.name} keeps ending (exit code {code}); see its lines.")
        wait = 0.25 * 2 ** (self._restarts - 1)
        say(f"{self.name} ended (exit code {code}); starting it again in {wait:g} s.")
        self._due = now + wait


def watch(
    watched: Sequence[Watched], *, say: Callable[[str], None], with_parent: bool = False
) -> NoReturn:
    """Keep all running until a StopRequestedError, or, if asked, until our parent is gone."""
    parent = os.getppid()
    while True:
        for one in watched:
            one.look(say)
        if with_parent and os.getppid() != parent:
            raise StopRequestedError
        time.sleep(POLL_SECONDS)


def stop_all(watched: Sequence[Watched]) -> None:
    """End all at once, each within ten seconds; first what takes work, so that none is lost."""
    for one in watched:
        if one.child.poll() is None:
            one.child.send_signal(signal.SIGTERM)
    until = time.monotonic() + 8.0
    for one in watched:
        left = max(0.1, until - time.monotonic())
        children.stop(one.child, patience=left)


def stop_on_signals() -> None:
    """Turn the first SIGINT, SIGTERM or SIGHUP into StopRequestedError, and ignore the rest.

    Ending takes seconds and is bounded; an impatient second Ctrl-C must not leave orphans.
    """

    def stop(number: int, frame: FrameType | None) -> NoReturn:
        for one in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
            signal.signal(one, signal.SIG_IGN)
        raise StopRequestedError

    for one in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        signal.signal(one, stop)
