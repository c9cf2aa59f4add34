"""What waits, worked through in batches; a batch that can't be written is halved.

In the end the one at fault is alone: it fails, and the others go on.
"""

import logging
import math
from collections.abc import Callable

from django.db import OperationalError

from convertr import stopping

log = logging.getLogger(__name__)


def work_through(
    what: str,
    batch: Callable[[int, list[int]], int],
    fail: Callable[[list[int]], int],
    *,
    size: int,
    most: float = math.inf,
) -> int:
    """Work through about `most` of what waits, `size` at a time; answers how many were taken.

    `batch(size, tried)` does up to that many in one transaction, tells `tried` their ids before it
    can fail, and answers how many there were: 0 ends the work. `fail(ids)` writes that the one left
    over has failed. `what` is for the log. Ends early where the worker is asked to, or the database
    is away: the next tick tries again.
    """
    taken, at_once, tried = 0, size, list[int]()
    while not stopping.asked() and taken < most:
        tried.clear()
        try:
            count = batch(at_once, tried)
        except OperationalError:
            # A deadlock, a lost connection.
            log.warning("%s are tried again", what, exc_info=True)
            return taken
        except Exception:
            log.exception("A batch of up to %s %s failed", at_once, what)
            if not tried:
                return taken
            if at_once == 1:
                taken += fail(tried)
            at_once = max(at_once // 2, 1)
        else:
            at_once = min(at_once * 2, size)
            if not count:
                return taken
            taken += count
    return taken
