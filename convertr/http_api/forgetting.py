"""Housekeeping of what is renewed in place, so that its keys say nothing of its age."""

from typing import Any

from django.db.models import QuerySet

BATCH, BATCHES = 5_000, 100


def forget(old: QuerySet[Any]) -> None:
    """Delete these rows, so many at a time: no statement holds many locks, none runs for long.

    What was renewed meanwhile stays; what is more than 500,000 waits for the next time.
    """
    for _ in range(BATCHES):
        keys = list(old.values_list("pk", flat=True)[:BATCH])
        old.filter(pk__in=keys).delete()
        if len(keys) < BATCH:
            return
