"""What a worker of batches does: one thing after the other, until nothing is due."""

import logging
from collections.abc import Callable

from django.db import InterfaceError, OperationalError, connection

from batches.building import build
from batches.claiming import claim_one_due
from batches.holding import LostError, heard_of, take_one
from batches.models import Batch
from batches.rules import State
from batches.sending import fail, send
from batches.settling import settle_one
from convertr.errors import DomainError

log = logging.getLogger(__name__)


def work(*, should_stop: Callable[[], bool] = lambda: False) -> int:
    """Claim what is due, settle, build and send; answers how many things were done."""
    done = 0
    try:
        while not should_stop() and _step():
            done += 1
    except (OperationalError, InterfaceError):
        log.warning("The database is away; batches go on with a later tick")
        connection.close()
    return done


def _step() -> bool:
    """All that is due is claimed first, which is quick: no run waits behind others' transfers."""
    if claim_one_due() or settle_one():
        return True
    batch = take_one()
    if batch is None:
        return False
    bring_on(batch)
    return True


def bring_on(batch: Batch) -> None:
    """Build it and send it; what can't be is failed, so that it doesn't come round for ever."""
    try:
        with heard_of(batch):
            _build_and_send(batch)
    except LostError:
        log.warning("Batch %s was taken over by another sender", batch.pk)


def _build_and_send(batch: Batch) -> None:
    try:
        send(build(batch) if batch.state == State.CLAIMED else batch)
    except (LostError, OperationalError, InterfaceError):
        raise
    except DomainError as error:
        fail(batch, error.code)
    except Exception:
        log.exception("Batch %s went wrong", batch.pk)
        fail(batch, "internal")
