"""Telling leads what became of their batch: some thousands a transaction, and again until done."""

from django.db import transaction

from batches.models import Batch
from batches.rules import State
from convertr.audit.context import acting, recorded
from leads import deliveries
from leads.rules import DeliveryState

AT_ONCE = 10_000
# What leads become with a batch; with any other they go on being sent.
BECOMES = {State.SENT: DeliveryState.SENT, State.CANCELLED: DeliveryState.QUEUED}


def settle_one() -> bool:
    """Settle one batch that its leads wait for; whether there was one."""
    with transaction.atomic():
        waiting = Batch.objects.filter(settled=False).select_for_update(skip_locked=True)
        batch = waiting.order_by("pk").first()
        if batch is None:
            return False
        _some(batch)
    return True


def settle(batch: Batch) -> None:
    """Settle this one to its end."""
    while not Batch.objects.get(pk=batch.pk).settled:
        with transaction.atomic():
            _some(Batch.objects.select_for_update().get(pk=batch.pk))


def _some(batch: Batch) -> None:
    """The next leads of a batch that the caller holds."""
    becomes = BECOMES.get(State(batch.state))
    with acting(channel="system"), recorded():
        if becomes is None or not deliveries.settle(batch.pk, becomes, most=AT_ONCE):
            batch.settled = True
            batch.save(update_fields=["settled"])
