"""Sending a built batch: the attempt's row before, its outcome after, and what a cut means.

Killed at any moment, a batch is taken over by another sender (holding.py). Its last attempt tells
how far it came: before its last step (`FINISHING`) nothing has arrived; from there on it is looked
into, repeated under the same key, or held for a person, as the destination allows (batches.md).
"""

import logging
from dataclasses import dataclass
from datetime import datetime
from functools import partial
from typing import Any

from django.db import InterfaceError, OperationalError, transaction
from django.utils import timezone

from batches import destinations, files
from batches.building import open_stored
from batches.credentials import secret_for
from batches.destinations import Destination
from batches.destinations.base import Transport, TransportError, Upload
from batches.holding import hold
from batches.models import Attempt, Batch, Credential
from batches.rules import Outcome, Stage, State
from batches.surely import surely
from batches.telling import tell_owner
from convertr.errors import DomainError
from convertr.outbound.backoff import GIVE_UP_AFTER
from convertr.outbound.retries import due_again

log = logging.getLogger(__name__)
# The code of a batch of which nobody knows whether it has arrived.
UNKNOWN = "unknown"


@dataclass(frozen=True, slots=True)
class Way:
    """Where a batch goes to, and what is done there."""

    destination: Destination
    transport: Transport
    upload: Upload

    @property
    def after_unknown(self) -> str:
        """look, repeat or hold."""
        return self.destination.after_unknown


def send(batch: Batch) -> None:
    """Make the next attempt, or look into the last one. LostError where it is not ours any more."""
    try:
        way = way_of(batch)
    except (DomainError, FileNotFoundError, Credential.DoesNotExist) as error:
        fail(batch, error.code if isinstance(error, DomainError) else "file_gone")
        return
    if _was_unknown(batch) and way.after_unknown != "repeat":
        _resolve(batch, way)
        return
    _attempt(batch, way)


def way_of(batch: Batch) -> Way:
    """The destination with its secret, and the file. Raises what `send` says."""
    frozen = batch.frozen
    destination = destinations.KINDS[frozen["destination"]["kind"]]
    options = destination.read(frozen["destination"])
    secret = None
    if frozen["credential"] is not None:
        credential = Credential.objects.get(pk=frozen["credential"])
        secret = secret_for(credential, destination.host_of(options))
    transport = destination.transport(options, secret=secret, host_key=frozen["host_key"])
    if not batch.stored:
        raise FileNotFoundError(batch.pk)
    upload = Upload(
        name=batch.name,
        size=batch.size or 0,
        sha256=batch.sha256,
        key=key_of(batch),
        open=lambda: open_stored(batch),
        media_type=files.read(frozen["file"]).media_type,
    )
    return Way(destination, transport, upload)


def key_of(batch: Batch) -> str:
    """The same for every attempt at this batch, and no other batch has it."""
    return f"convertr-batch-{batch.pk}-{batch.sha256[:16]}"


# --- One attempt ----------------------------------------------------------------------------------


def _was_unknown(batch: Batch) -> bool:
    """Whether the last attempt may have arrived; one whose sender died is told so first."""
    last = batch.tries.order_by("-pk").first()
    if last is not None and not last.outcome:
        finishing = last.stage == Stage.FINISHING
        with transaction.atomic():
            held = hold(batch)
            last.outcome = Outcome.UNKNOWN if finishing else Outcome.TRANSIENT
            last.code = UNKNOWN if finishing else "interrupted"
            last.ended_at = timezone.now()
            last.save(update_fields=["outcome", "code", "ended_at"])
            held.code = last.code
            held.save(update_fields=["code"])
        batch.code = held.code
    return batch.code == UNKNOWN


def _attempt(batch: Batch, way: Way) -> None:
    attempt = _begin(batch)
    try:
        words = way.transport.send(way.upload, lambda: _finishing(batch, attempt))
    except TransportError as error:
        surely(partial(_failed, batch, attempt, error))
        if error.unknown:
            _resolve(batch, way)
    except (OperationalError, InterfaceError):
        # The database went away before the last step: nothing has arrived.
        log.warning("The database is away; batch %s is tried again", batch.pk)
        cut = TransportError("interrupted")
        surely(lambda: _failed(batch, attempt, cut))
    else:
        surely(lambda: _sent(batch, attempt, words))


def _begin(batch: Batch) -> Attempt:
    """Write the attempt's row before anything leaves."""
    now = timezone.now()
    with transaction.atomic():
        held = hold(batch)
        held.state = State.SENDING
        held.attempts += 1
        held.give_up_at = held.give_up_at or now + GIVE_UP_AFTER
        held.save(update_fields=["state", "attempts", "give_up_at"])
        repeat = held.code == UNKNOWN
        if repeat:
            log.warning("Batch %s: unknown, repeated", held.pk)
        return Attempt.objects.create(batch=held, repeat=repeat)


def _finishing(batch: Batch, attempt: Attempt) -> None:
    """From now on it may have arrived; LostError, and nothing is finished, where it isn't ours."""
    with transaction.atomic():
        hold(batch)
        attempt.stage = Stage.FINISHING
        attempt.save(update_fields=["stage"])


# --- Outcomes -------------------------------------------------------------------------------------


def _sent(batch: Batch, attempt: Attempt | None, words: str = "") -> None:
    """It has arrived; its leads are told by settling.py."""
    with transaction.atomic():
        held = hold(batch)
        now = timezone.now()
        if attempt is not None:
            _end(attempt, Outcome.SENT, words=words)
        held.state, held.code = State.SENT, ""
        held.sent_at = held.sent_at or now
        _let_go(held, settled=False)


def _failed(batch: Batch, attempt: Attempt, error: TransportError) -> None:
    """Tried again, failed for good, or unknown."""
    with transaction.atomic():
        held = hold(batch)
        if error.unknown:
            _end(attempt, Outcome.UNKNOWN, code=error.code, words=error.words)
            held.code = batch.code = UNKNOWN
            held.save(update_fields=["code"])
            return
        at = None if error.permanent else _next(held)
        outcome = Outcome.PERMANENT if error.permanent else Outcome.TRANSIENT
        _end(attempt, outcome, code=error.code, words=error.words)
        held.code = error.code
        if at is None:
            _stop(held)
        else:
            _let_go(held, next_attempt_at=at)


def fail(batch: Batch, code: str) -> None:
    """It can't be built or sent at all."""
    with transaction.atomic():
        held = hold(batch)
        held.code = code
        _stop(held)


def _resolve(batch: Batch, way: Way) -> None:
    """What comes of an unknown outcome: looked into, repeated when it is time, or held."""
    if way.after_unknown == "look":
        _look(batch, way)
        return
    with transaction.atomic():
        held = hold(batch)
        at = _next(held) if way.after_unknown == "repeat" else None
        if at is None:
            _stop(held)
        else:
            _let_go(held, next_attempt_at=at)


def _look(batch: Batch, way: Way) -> None:
    """Ask whether the file is there: then it was sent; else it is held, since it may be taken."""
    later = False
    try:
        arrived = way.transport.arrived(way.upload)
    except TransportError as error:
        arrived, later = None, not error.permanent
    if arrived:
        surely(lambda: _sent(batch, None))
        return
    with transaction.atomic():
        held = hold(batch)
        at = _next(held) if later else None
        if at is None:
            _stop(held)
        else:
            # Looking again is an attempt, too: its gaps grow.
            _let_go(held, next_attempt_at=at, attempts=held.attempts + 1)


def _stop(held: Batch) -> None:
    """It is not tried any more. One that was sent before stays sent."""
    what = State.HELD if held.may_have_arrived else State.FAILED
    held.state = State.SENT if held.was_sent else what
    tell_owner(held, what)
    _let_go(held)


def _let_go(held: Batch, **more: Any) -> None:
    """Save it, with nobody having it in hand."""
    held.token = held.seen_at = None
    for name, value in more.items():
        setattr(held, name, value)
    held.save()


def _end(attempt: Attempt, outcome: Outcome, *, code: str = "", words: str = "") -> None:
    attempt.outcome, attempt.code, attempt.ended_at = outcome, code, timezone.now()
    attempt.words = words.replace("\0", "")[:1_000]
    attempt.save(update_fields=["outcome", "code", "ended_at", "words"])


def _next(held: Batch) -> datetime | None:
    """When to try again; None when its day is over."""
    until = held.give_up_at or timezone.now() + GIVE_UP_AFTER
    return due_again(attempts=held.attempts, give_up_at=until)
