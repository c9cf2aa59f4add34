"""What the product's processes hold, looked at from outside while they work."""

import statistics
import threading
import time
from collections.abc import Collection, Iterator
from dataclasses import dataclass, field
from pathlib import Path

LOOK_SECONDS = 2.0
WORKERS = ("worker", "ticks", "soon", "sender", "batches")
_QUEUES = {"celery": "worker", "outbound": "sender"}


@dataclass
class Memory:
    """Megabytes that are held (PSS), by process of the product, looked at every two seconds."""

    root: int
    seen: list[tuple[float, dict[str, float]]] = field(default_factory=list)

    def watch(self, ended: threading.Event) -> None:
        while not ended.wait(LOOK_SECONDS):
            held: dict[str, float] = {}
            for child in _children(self.root):
                held[_name(child)] = sum(_megabytes(pid) for pid in _family(child))
            self.seen.append((time.monotonic(), held))

    def mean(self, names: Collection[str], begin: float, end: float) -> float:
        looks = [look for at, look in self.seen if begin <= at < end]
        return statistics.mean(sum(look.get(name, 0) for name in names) for look in looks)


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
    """Which of the product's processes this is: web, or what the worker's queue is called."""
    try:
        words = Path(f"/proc/{pid}/cmdline").read_text().split("\0")
    except OSError:
        return ""
    if "granian" in words:
        return "web"
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
