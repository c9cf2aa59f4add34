"""A request's history as a timeline: each move, who made it, when, how and why.

Each event holds the values after a move, so that a move is the difference to the event before.
"""

from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from django.utils.functional import Promise
from django.utils.translation import gettext as _t
from django.utils.translation import gettext_lazy as _

from convertr.accounts.models import User
from convertr.audit.timeline import CHANNELS, Change, who
from requests_workflow.models import ConversionRequest, RequestEvent
from requests_workflow.rules import WITHDRAWN, Status
from requests_workflow.shown import Values, label
from requests_workflow.visibility import ANYWAY, failure_text
from requests_workflow.wanted import FIELDS, visible

EVENTS_MAX = 200
# What led from one status to the next, with the icon of the timeline.
MOVES: dict[tuple[str, str], tuple[str | Promise, str]] = {
    (Status.INQUIRED, Status.ACCEPTED): (_("accepted it"), "check"),
    (Status.INQUIRED, Status.REJECTED): (_("rejected it"), "close"),
    (Status.FAILED, Status.REJECTED): (_("rejected it"), "close"),
    (Status.REJECTED, Status.INQUIRED): (_("asked again"), "message"),
    (Status.ACCEPTED, Status.PROCESSED): (_("processed it"), "check-double"),
    (Status.ACCEPTED, Status.FAILED): (_("could not process it"), "alert"),
    (Status.FAILED, Status.ACCEPTED): (_("had it tried again"), "refresh"),
}
RAISED = (_("raised it"), "plus")
TAKEN_BACK = (_("withdrew it"), "undo")
EDITED = (_("edited it"), "edit")


@dataclass(frozen=True)
class Entry:
    """One move, as one person may read it."""

    at: datetime
    who: str
    did: str | Promise
    icon: str
    channel: str | Promise
    job_id: int | None = None
    why: str = ""
    changes: list[Change] = field(default_factory=list)


def timeline(request: ConversionRequest, user: User) -> list[Entry]:
    """The moves that this person may read, newest first."""
    events = list(
        RequestEvent.objects.filter(pgh_obj=request)
        .select_related("pgh_context")
        .order_by("-pgh_id")[: EVENTS_MAX + 1]
    )
    pairs = list(zip(events, [*events[1:], None], strict=True))[:EVENTS_MAX]
    values = Values.of(request, *(event.wanted for event in events))
    entries = [_entry(user, event, before, values) for event, before in pairs]
    return [entry for entry in entries if entry is not None]


def _entry(user: User, event: Any, before: Any, values: Values) -> Entry | None:
    context: dict[str, Any] = event.pgh_context.metadata if event.pgh_context else {}
    changes = _changes(user, event, before, values) if before else []
    told = _told(event, before, changed=bool(changes))
    if told is None:
        return None
    return Entry(
        at=event.pgh_created_at,
        who=who(user, context),
        did=told[0],
        icon=told[1],
        channel="" if user.is_partner else CHANNELS.get(context.get("channel", ""), ""),
        job_id=None if user.is_partner else context.get("job_id"),
        why=_why(user, event, before),
        changes=changes,
    )


def _told(event: Any, before: Any, *, changed: bool) -> tuple[str | Promise, str] | None:
    """What was done and its icon; None for what this person needn't read."""
    if before is None:
        return RAISED if event.pgh_label == "insert" else None
    if event.status == Status.REJECTED and event.decision_reason == WITHDRAWN:
        return TAKEN_BACK
    return MOVES.get((before.status, event.status)) or (EDITED if changed else None)


def _why(user: User, event: Any, before: Any) -> str:
    if before is None or before.status == event.status:
        return ""
    if event.status == Status.FAILED:
        return failure_text(event.failure_code, event.failure_params, user)
    if event.status == Status.ACCEPTED and event.move_note == ANYWAY:
        return "" if user.is_partner else _t("in spite of a conflict")
    if event.status == Status.INQUIRED:
        return str(event.move_note)
    withdrawn = event.decision_reason == WITHDRAWN
    return event.decision_reason if event.status == Status.REJECTED and not withdrawn else ""


def _changes(user: User, event: Any, before: Any, values: Values) -> list[Change]:
    old = visible(before.wanted, is_partner=user.is_partner)
    new = visible(event.wanted, is_partner=user.is_partner)
    names = [name for name in FIELDS if old.get(name) != new.get(name)]
    return [
        Change(
            label(name),
            values.shown(name, old.get(name)),
            values.shown(name, new.get(name)),
        )
        for name in names
    ]
