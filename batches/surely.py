"""Writing what came of a delivery: while the database is away, it is kept and tried again."""

import time
from collections.abc import Callable
from datetime import timedelta

from django.db import InterfaceError, OperationalError, connection
from django.utils import timezone

# How long an outcome is kept while the database is away.
KEEP_TRYING, PAUSE_SECONDS = timedelta(seconds=30), 0.5


def surely(write: Callable[[], None]) -> None:
    """Write an outcome; while the database is away, keep trying for a while.

    `write` may be done twice, so it heeds its claim. What could not be written is found again by
    whoever takes the delivery over.
    """
    until = timezone.now() + KEEP_TRYING
    while True:
        try:
            write()
        except (OperationalError, InterfaceError):
            if timezone.now() > until:
                raise
            connection.close()
            time.sleep(PAUSE_SECONDS)
        else:
            return
