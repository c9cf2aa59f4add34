"""After a restore to an older moment nobody knows what was sent since: nothing goes by itself.

Source: docs/production.md, "Backup". For `manage.py after_restore`, before any worker runs.
"""

from django.utils import timezone

from batches import claiming
from batches.models import Attempt, Batch, Call, Integration
from batches.rules import OPEN, Outcome, State
from batches.sending import UNKNOWN
from batches.telling import tell_owner
from convertr.audit.context import recorded
from convertr.audit.entries import note


def hold_all() -> tuple[list[Integration], list[Batch]]:
    """Switch off what sends, and hold what was under way; answers those that were.

    A person looks at each: what the receiver has, is marked as sent; what it hasn't, is resent.
    """
    now = timezone.now()
    with recorded():
        integrations = list(Integration.objects.select_for_update().filter(active=True))
        for one in integrations:
            one.active = False
            claiming.plan(one, after=now)
            one.save(update_fields=["active", "next_due_at", "rests_since"])
        batches = list(Batch.objects.select_for_update().filter(state__in=OPEN).order_by("pk"))
        for batch in batches:
            _hold(batch)
        # Should one be switched on and call again, it says that it may be a repeat.
        waiting = Call.objects.filter(state__in=(Call.State.WAITING, Call.State.SENDING))
        waiting.update(outcome=UNKNOWN)
        if integrations or batches:
            counts = {"integrations": len(integrations), "batches": len(batches)}
            note("sending.held_after_restore", "", **counts, severity="high")
    return integrations, batches


def _hold(batch: Batch) -> None:
    now = timezone.now()
    Attempt.objects.filter(batch=batch, outcome="").update(
        outcome=Outcome.UNKNOWN, code=UNKNOWN, ended_at=now
    )
    # So that it counts as one that may have arrived.
    Attempt.objects.create(batch=batch, ended_at=now, outcome=Outcome.UNKNOWN, code="restored")
    batch.state, batch.code, batch.token, batch.seen_at = State.HELD, "restored", None, None
    batch.save(update_fields=["state", "code", "token", "seen_at"])
    tell_owner(batch, State.HELD)
