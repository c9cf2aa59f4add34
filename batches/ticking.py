"""Looking for what is due, a few times a minute: cheap when there is nothing."""

from django.db.models import F, Q
from django.utils import timezone

from batches import claiming
from batches.models import Batch, Call, Integration
from batches.nudge import nudge, nudge_calls
from batches.rules import OPEN, Kind
from convertr.audit.context import recorded
from leads.models import LeadDelivery
from leads.rules import DeliveryState

# So many workers at once find something to do.
MOST_NUDGES = 8


def tick() -> None:
    """Nudge for what is due, in case the first message was lost, and once a run."""
    wake_rested()
    if due := _due():
        nudge(min(due, MOST_NUDGES))
    if _calls_wait():
        nudge_calls()


def wake_rested() -> None:
    """Those whose campaign got another end date since they rest run again."""
    rested = Integration.objects.filter(active=True, rests_since__isnull=False)
    moved = rested.exclude(rests_since=F("campaign__ends_on"))
    if not rested.exists():
        return
    with recorded():
        claiming.wake(moved.select_related("campaign").select_for_update(of=("self",)))


def _due() -> int:
    now = timezone.now()
    under_way = Batch.objects.filter(Q(state__in=OPEN, next_attempt_at__lte=now) | Q(settled=False))
    return under_way[:MOST_NUDGES].count() + claiming.due_now(now)[:MOST_NUDGES].count()


def _calls_wait() -> bool:
    """Whether a call is due or was left by a sender that died, or a lead has none yet."""
    if Call.objects.filter(state=Call.State.SENDING).exists():
        return True
    if Call.objects.filter(state=Call.State.WAITING, due_at__lte=timezone.now()).exists():
        return True
    ids = list(
        Integration.objects.filter(kind=Kind.REALTIME, active=True).values_list("pk", flat=True)
    )
    queued = LeadDelivery.objects.filter(integration__in=ids, state=DeliveryState.QUEUED)
    return bool(ids) and queued.exists()
