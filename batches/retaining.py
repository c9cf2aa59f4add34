"""How long files of leads, and what was in them, are kept; the batch itself stays."""

from datetime import timedelta

from django.core.files.storage import default_storage
from django.db.models import Exists, OuterRef, Q
from django.utils import timezone

from batches.models import Attempt, Batch, BatchLead, Call
from batches.rules import State
from convertr.jobs.housekeeping import delete_older

AT_ONCE = 50
ENDED = (State.SENT, State.CANCELLED)


def forget(*, days: int) -> None:
    """Remove files and lines of batches that ended more than `days` ago; 0 keeps all."""
    if days <= 0:
        return
    before = timezone.now() - timedelta(days)
    # A file that held an erased lead is gone before its lines are.
    lines = Exists(BatchLead.objects.filter(batch=OuterRef("pk")))
    ended = Batch.objects.filter(state__in=ENDED, settled=True, created_at__lt=before)
    for batch in ended.filter(~Q(stored="") | lines).order_by("pk")[:AT_ONCE]:
        if batch.stored:
            default_storage.delete(batch.stored)
        BatchLead.objects.filter(batch=batch).delete()
        Batch.objects.filter(pk=batch.pk).update(stored="")
    delete_older(Call.objects.filter(ended_at__isnull=False), "created_at", days=days)


def forget_attempts(*, days: int) -> None:
    """Remove the attempts of batches that ended, more than `days` after they began; 0 keeps all."""
    ended = Attempt.objects.filter(batch__state__in=ENDED, batch__settled=True)
    delete_older(ended, "began_at", days=days)
