"""Work that can wait comes after pages: a page is waited for, a job shows how far it is.

On a machine that has enough to do for all its cores, lists would else be as slow as the jobs beside
them are many. By Linux's means alone; where it has none, or forbids it, all stay equal.
"""

import contextlib
import os
import time
from pathlib import Path

from django.db.backends.base.base import BaseDatabaseWrapper

# Linux takes a tenth of a second between two such changes of one user.
PATIENCE_SECONDS = 1.0


def give_way(pid: int, nice: int) -> None:
    """Let a process come after others, with all that it starts from now on; `nice` as nice(1)."""
    with contextlib.suppress(OSError):
        os.setpriority(os.PRIO_PROCESS, pid, nice)
        if os.getsid(pid) == pid:
            _session_gives_way(pid, nice)


def database_gives_way(connection: BaseDatabaseWrapper, nice: int) -> None:
    """Let the process that serves an open connection come after others, if it is on this machine.

    Most of a bulk change is done there. Only a Unix socket says that a database is here.
    """
    served = connection.connection.info
    if not served.host.startswith("/"):
        return
    with contextlib.suppress(OSError):
        if Path(f"/proc/{served.backend_pid}/comm").read_text() == "postgres\n":
            give_way(served.backend_pid, nice)


def _session_gives_way(pid: int, nice: int) -> None:
    """Sessions share the processor before processes do (sched(7), "The autogroup feature")."""
    until = time.monotonic() + PATIENCE_SECONDS
    while True:
        try:
            Path(f"/proc/{pid}/autogroup").write_text(str(nice))
        except BlockingIOError:
            if time.monotonic() > until:
                return
            time.sleep(0.05)
        else:
            return
