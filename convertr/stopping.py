"""Whether this worker was asked to end (SIGTERM): what is under way is finished, nothing is begun.

Celery tells only the worker's first process. Its children, which carry out tasks, are forked from
it later and share a byte with it.
"""

import mmap
from typing import Any

from celery.signals import worker_shutting_down

_asked = mmap.mmap(-1, 1)


def asked() -> bool:
    """Look between one piece of work and the next; outside a worker nobody asks."""
    return _asked[0] == 1


@worker_shutting_down.connect
def ask(**_: Any) -> None:
    _asked[0] = 1
