"""Ends what a supervisor left when it was killed and could not do so itself.

A program of its own (`python guardian.py`), told on its input which process groups live: `+ID`,
`-ID`. The input ends when the supervisor does, however that happens. A parent-death signal
reaches only the first process of a group, and not at all while that is still starting.
"""

import contextlib
import os
import signal
import sys
import time
from collections.abc import Iterable

PATIENCE_SECONDS = 4.0


def main() -> None:
    """Note groups until the input ends, then end those that are left."""
    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        signal.signal(number, signal.SIG_IGN)
    groups: set[int] = set()
    for line in sys.stdin:
        change = groups.add if line.startswith("+") else groups.discard
        change(int(line[1:]))
    tell(groups, signal.SIGTERM)
    until = time.monotonic() + PATIENCE_SECONDS
    while any(lives(group) for group in groups) and time.monotonic() < until:
        time.sleep(0.05)
    tell(groups, signal.SIGKILL)


def tell(groups: Iterable[int], number: signal.Signals) -> None:
    for group in groups:
        with contextlib.suppress(ProcessLookupError, PermissionError):
            os.killpg(group, number)


def lives(group: int) -> bool:
    try:
        os.killpg(group, 0)
    except ProcessLookupError:
        return False
    except PermissionError:
        pass
    return True


if __name__ == "__main__":
    main()
