"""What people do with batches: send now, send again, mark as sent, cancel (batches.md).

Each is written to the audit; those that send or settle money are signed.
"""

from typing import Any

from django.core.exceptions import PermissionDenied
from django.db import IntegrityError, transaction
from django.utils import timezone
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from batches import claiming
from batches.models import Batch, Integration
from batches.nudge import nudge
from batches.rules import CANCELLABLE, MARKABLE, OPEN, RESENDABLE, Kind, State
from convertr.accounts.models import User
from convertr.accounts.signing import require_signature
from convertr.audit.context import recorded
from convertr.audit.entries import note
from convertr.errors import DomainError

BATCH_NOW = "batches.batch_now"
BUSY = _("A batch of this integration is under way. Wait until it has ended.")
HIGH = "high"


def require_sender(actor: User) -> None:
    """PermissionDenied for who may not send batches."""
    if actor.is_partner or not actor.has_perm(BATCH_NOW):
        raise PermissionDenied


def batch_now(*, actor: User, integration: Integration, signature: str) -> Batch:
    """Claim what waits and send it at once, whatever the schedule says.

    DomainError: not_signed, not_batched (it sends in real time), busy, nothing_pending.
    """
    require_sender(actor)
    require_signature(actor, signature)
    if integration.kind == Kind.REALTIME:
        raise DomainError("not_batched", _("It sends each lead at once: there is no batch."))
    with recorded():
        held = Integration.objects.select_for_update(of=("self",)).select_related("campaign")
        locked = held.get(pk=integration.pk)
        if Batch.objects.filter(integration=locked, state__in=OPEN).exists():
            raise DomainError("busy", BUSY)
        batch = claiming.claim_now(locked, actor=actor)
        if batch is None:
            raise DomainError("nothing_pending", _("No lead waits for this integration."))
        locked.save(update_fields=["sequence"])
        _note("batch.sent_now", batch, leads=batch.leads)
    _soon()
    return batch


def resend(*, actor: User, batch: Batch, signature: str) -> Batch:
    """Send the identical file again, to where the integration sends now.

    DomainError: not_signed, wrong_state, file_gone, busy.
    """
    require_sender(actor)
    require_signature(actor, signature)
    with recorded():
        held = _held(batch, RESENDABLE, _("Only a sent, held or failed batch can be sent again."))
        if not held.stored and held.built_at:
            raise DomainError("file_gone", _("The file is not kept any more."))
        held.frozen |= claiming.where_to(held.integration)
        held.state = State.BUILT if held.stored else State.CLAIMED
        held.code, held.attempts, held.give_up_at = "", 0, None
        held.next_attempt_at = timezone.now()
        _save_open(held)
        _note("batch.resent", held)
    _soon()
    return held


def mark_sent(*, actor: User, batch: Batch, signature: str) -> Batch:
    """It has arrived, a person says: its leads are delivered. DomainError as for `resend`."""
    require_sender(actor)
    require_signature(actor, signature)
    with recorded():
        held = _held(batch, MARKABLE, _("Only a held or failed batch can be marked as sent."))
        held.state, held.sent_at, held.settled, held.code = State.SENT, timezone.now(), False, ""
        held.save()
        _note("batch.marked_sent", held)
    _soon()
    return held


def cancel(*, actor: User, batch: Batch) -> Batch:
    """Give it up: its new leads wait for the next batch. DomainError wrong_state."""
    require_sender(actor)
    with recorded():
        held = _held(batch, CANCELLABLE, _("Only a held or failed batch can be cancelled."))
        held.state, held.settled = State.CANCELLED, False
        held.save()
        _note("batch.cancelled", held)
    _soon()
    return held


def _held(batch: Batch, states: tuple[State, ...], text: str | Promise) -> Batch:
    held = Batch.objects.select_for_update(of=("self",)).select_related("integration")
    found: Batch = held.get(pk=batch.pk)
    if found.state not in states:
        raise DomainError("wrong_state", text)
    return found


def _save_open(batch: Batch) -> None:
    """One open batch of an integration at a time."""
    try:
        with transaction.atomic():
            batch.save()
    except IntegrityError as error:
        raise DomainError("busy", BUSY) from error


def _note(action: str, batch: Batch, **details: Any) -> None:
    of = {"integration": batch.integration_id, "severity": HIGH}
    note(action, f"batch {batch.pk}", **of, **details)


def _soon() -> None:
    transaction.on_commit(nudge, robust=True)
