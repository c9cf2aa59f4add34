"""What the product's processes hold and use, looked at from outside while they work."""

import itertools
import os
import statistics
import threading
import time
from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import NamedTuple

LOOK_SECONDS = 2.0
WORKERS = ("worker", "ticks", "soon", "sender", "batches")
_QUEUES = {"celery": "worker", "outbound": "sender"}
_TICKS = os.sysconf("SC_CLK_TCK")
Span = tuple[float, float]


class Look(NamedTuple):
    """A moment of the monotonic clock; megabytes (PSS) and seconds of CPU so far, by process."""

    at: float
    held: dict[str, float]
    used: dict[str, float]


@dataclass
class Processes:
    """All that was started by the process `root`, looked at every two seconds."""

    root: int
    looks: list[Look] = field(default_factory=list)

    def watch(self, ended: threading.Event) -> None:
        while not ended.wait(LOOK_SECONDS):
            look = Look(time.monotonic(), {}, {})
            for child in _children(self.root):
                name, family = _name(child), list(_family(child))
                look.held[name] = sum(map(_megabytes, family))
                look.used[name] = sum(map(_seconds, family))
            self.looks.append(look)

    def megabytes(self, names: Collection[str], span: Span) -> float:
        """The mean over a span."""
        looks = self._within(span)
        return statistics.mean(sum(look.held.get(name, 0) for name in names) for look in looks)

    def cores(self, names: Collection[str], spans: Sequence[Span]) -> float:
        """How many cores they kept busy, over all the spans."""
        used = seconds = 0.0
        for looks in map(self._within, spans):
            for first, last in itertools.pairwise(looks):
                seconds += last.at - first.at
                used += sum(last.used.get(name, 0) - first.used.get(name, 0) for name in names)
        return used / seconds if seconds else 0.0

    def _within(self, span: Span) -> list[Look]:
        return [look for look in self.looks if span[0] <= look.at < span[1]]


def _children(pid: int) -> list[int]:
    born: list[int] = []
    try:
        for listed in Path(f"/proc/{pid}/task").glob("*/children"):
            born += map(int, listed.read_text().split())
    except OSError:
        pass  # it has ended
    return born


def _family(pid: int) -> Iterator[int]:
    yield pid
    for child in _children(pid):
        yield from _family(child)


def _name(pid: int) -> str:
    """Which of the product's processes this is: web, a server, or what a worker is called."""
    try:
        words = Path(f"/proc/{pid}/cmdline").read_text().split("\0")
    except OSError:
        return ""
    if "granian" in words:
        return "web"
    if (program := Path(words[0]).name) in ("postgres", "valkey-server"):
        return program
    queue = words[words.index("--queues") + 1] if "--queues" in words else ""
    return _QUEUES.get(queue, queue)


def _megabytes(pid: int) -> float:
    """What a process holds, with its part of what it shares."""
    try:
        rollup = Path(f"/proc/{pid}/smaps_rollup").read_text()
    except OSError:
        return 0.0
    line = next((one for one in rollup.splitlines() if one.startswith("Pss:")), "Pss: 0")
    return int(line.split()[1]) / 1024


def _seconds(pid: int) -> float:
    """CPU of a process and of its children that have ended."""
    try:
        fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    except OSError:
        return 0.0
    return sum(map(int, fields[11:15])) / _TICKS
