"""What a real-time integration has called and what came of it, the newest first."""

from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from batches.models import Call, CallAttempt, Integration
from batches.texts import text_of
from batches.view_leads import page_of, places_of
from convertr.ui.lists.keyset import Order

# Of a call that is tried for a day, the newest attempts.
SHOWN_TRIES = 5
PILLS = {
    Call.State.WAITING: "queued",
    Call.State.SENDING: "running",
    Call.State.SENT: "done",
    Call.State.FAILED: "refused",
}
# What batches.texts doesn't say.
WORDS: dict[str, str | Promise] = {
    "delivered": _("Taken."),
    "rejected": _("The answer doesn’t say that the lead was taken."),
    "withdrawn": _("Not sent: it was flagged, deleted or removed before."),
}
_NEWEST = Order(Call, "id", "id", descending=True)


@dataclass(frozen=True)
class Called:
    """A call with its state as a pill's and its attempts, each with what came of it."""

    call: Call
    pill: str
    word: str
    tries: list[tuple[CallAttempt, str]]


def outcome_text(outcome: str) -> str:
    return str(WORDS.get(outcome) or text_of(outcome))


def calls_of(integration: Integration, asked: Mapping[str, str]) -> dict[str, Any]:
    """A page of its calls, in two queries."""
    page = page_of(Call.objects.filter(integration=integration), _NEWEST, asked)
    tries: dict[int, list[tuple[CallAttempt, str]]] = defaultdict(list)
    for one in CallAttempt.objects.filter(call__in=[call.pk for call in page.rows]).order_by("-id"):
        if len(tries[one.call_id]) < SHOWN_TRIES:
            tries[one.call_id].append((one, outcome_text(one.outcome)))
    calls = [
        Called(call, PILLS[Call.State(call.state)], call.get_state_display(), tries[call.pk])
        for call in page.rows
    ]
    return {"calls": calls, **places_of(page, _NEWEST)}
