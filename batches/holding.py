"""Who has a batch in hand: a token and a heartbeat, so that one that died is taken over."""

import logging
import threading
import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta
from typing import Any

from django.conf import settings
from django.db import DatabaseError, connection

from batches.models import Batch

log = logging.getLogger(__name__)
# SKIP LOCKED keeps two senders apart in the moment of taking, the token from then on.
_TAKE = """
UPDATE batches_batch SET token = %(token)s, seen_at = clock_timestamp() WHERE id = (
    SELECT id FROM batches_batch
    WHERE state IN ('claimed', 'built', 'sending') AND next_attempt_at <= clock_timestamp()
        AND (token IS NULL OR seen_at < clock_timestamp() - %(silent)s)
    ORDER BY next_attempt_at, id LIMIT 1 FOR NO KEY UPDATE SKIP LOCKED
) RETURNING id
"""
_SEEN = "UPDATE batches_batch SET seen_at = clock_timestamp() WHERE id = %s AND token = %s"


class LostError(Exception):
    """Another has the batch in hand now: whatever we were about to do with it, we don't."""


def take_one() -> Batch | None:
    """Take a batch that is to be built, sent, or looked after; nobody else gets it meanwhile."""
    values: dict[str, Any] = {
        "token": uuid.uuid4(),
        "silent": timedelta(seconds=settings.BATCH_SILENT_SECONDS),
    }
    with connection.cursor() as cursor:
        cursor.execute(_TAKE, values)
        found = cursor.fetchone()
    if found is None:
        return None
    taken: Batch = Batch.objects.select_related("integration").get(pk=found[0])
    return taken


def hold(batch: Batch) -> Batch:
    """Its row, held in the caller's transaction; LostError where it is not ours any more."""
    held: Batch | None = (
        Batch.objects.select_for_update().filter(pk=batch.pk, token=batch.token).first()
    )
    if held is None:
        raise LostError
    return held


@contextmanager
def heard_of(batch: Batch) -> Iterator[None]:
    """Say that we live, a few times in each while after which we would be given up."""
    ended = threading.Event()
    every = settings.BATCH_SILENT_SECONDS / 5
    thread = threading.Thread(target=_beat, args=(batch, ended, every), daemon=True)
    thread.start()
    try:
        yield
    finally:
        ended.set()
        thread.join()


def _beat(batch: Batch, ended: threading.Event, every: float) -> None:
    try:
        while not ended.wait(every):
            try:
                with connection.cursor() as cursor:
                    cursor.execute(_SEEN, [batch.pk, batch.token])
            except DatabaseError:
                log.warning("The database is away; batch %s waits to say that it lives", batch.pk)
                connection.close()
    finally:
        connection.close()
