"""A lead's history as a timeline: who, when, how, why, job. Nothing that its person has told.

Each event holds the values after a change, so that a change is the difference to the one before.
"""

from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from django.utils.functional import Promise
from django.utils.translation import gettext as _t
from django.utils.translation import gettext_lazy as _

from convertr.accounts.models import User
from convertr.audit.timeline import CHANNELS, Change, who
from convertr.ui.lists.columns import moment
from leads.models import Lead, LeadEvent
from leads.rules import Replacement
from leads.tables import Catalogue, processing_pill, status_pill

EVENTS_MAX = 200
Did = tuple[str | Promise, str]
TAKEN_IN: Did = (_("took it in"), "plus")
EDITED: Did = (_("edited its fields; it was processed anew"), "edit")
REPROCESSED: Did = (_("had it processed anew"), "refresh")
PROCESSED: Did = (_("processed it"), "check-double")
FLAGGED: Did = (_("flagged it"), "star")
DELIVERED: Did = (_("delivered it"), "sent")
UNDELIVERED: Did = (_("took its delivery back"), "undo")
DELETED: Did = (_("deleted it"), "trash")
ERASED: Did = (_("erased its data"), "trash")
RESTORED: Did = (_("brought it back"), "undo")
CHANGED: Did = (_("changed it"), "edit")
# What a change may consist of, in the order in which it is told.
SHOWN = (
    "status", "score", "processing", "round", "delivered", "undelivered", "first_delivered_at",
    "replacement",
)  # fmt: skip
# Why a lead is flagged, and what was said of a replacement.
WHY = ("reason_code", "own_reason", "reason_category", "comment")


@dataclass(frozen=True)
class Entry:
    """One change, as the page tells it; `why` in lines."""

    at: datetime
    who: str
    did: str | Promise
    icon: str
    channel: str | Promise
    job_id: int | None = None
    why: list[str] = field(default_factory=list)
    changes: list[Change] = field(default_factory=list)


def timeline(lead: Lead, user: User) -> list[Entry]:
    """Its entries, newest first."""
    events = list(
        LeadEvent.objects.filter(pgh_obj=lead)
        .select_related("pgh_context")
        .order_by("-pgh_id")[: EVENTS_MAX + 1]
    )
    catalogue = Catalogue(events)
    pairs = zip(events, [*events[1:], None], strict=True)
    entries = (_entry(user, event, before, catalogue) for event, before in pairs)
    return [entry for entry in entries if entry is not None][:EVENTS_MAX]


def _entry(user: User, event: Any, before: Any, catalogue: Catalogue) -> Entry | None:
    """None for the oldest that is kept, which says nothing of what it changed."""
    if before is None and event.pgh_label != "insert":
        return None
    context: dict[str, Any] = event.pgh_context.metadata if event.pgh_context else {}
    job_id = context.get("job_id")
    did, icon = TAKEN_IN if before is None else _did(event, before, job_id)
    return Entry(
        at=event.pgh_created_at,
        who=who(user, context),
        did=did,
        icon=icon,
        channel=CHANNELS.get(context.get("channel", ""), ""),
        job_id=job_id,
        why=[] if before is None else _why(event, before, catalogue),
        changes=[] if before is None else _changes(event, before),
    )


def _did(event: Any, before: Any, job_id: int | None) -> Did:
    """What was done, by what is different."""
    if event.round > before.round:
        # Only editing begins a round without a job.
        return REPROCESSED if job_id else EDITED
    if event.erased_at != before.erased_at:
        return ERASED
    if event.deleted_at != before.deleted_at:
        return DELETED if event.deleted_at else RESTORED
    if event.delivered != before.delivered:
        return DELIVERED if event.delivered else UNDELIVERED
    if event.processing != before.processing:
        return PROCESSED
    return FLAGGED if event.flagged and _differ(event, before, ("status", *WHY)) else CHANGED


def _differ(event: Any, before: Any, names: tuple[str, ...]) -> list[str]:
    return [name for name in names if getattr(event, name) != getattr(before, name)]


def _why(event: Any, before: Any, catalogue: Catalogue) -> list[str]:
    lines = []
    if _differ(event, before, WHY):
        reason, category = catalogue.reason(event), catalogue.category(event)
        lines += [f"{reason} ({category})" if category else reason, event.comment]
    if _differ(event, before, ("replacement", "replacement_comment")):
        lines.append(event.replacement_comment)
    return [line for line in lines if line]


def _changes(event: Any, before: Any) -> list[Change]:
    return [
        Change(
            _label(name), _shown(name, getattr(before, name)), _shown(name, getattr(event, name))
        )
        for name in _differ(event, before, SHOWN)
    ]


def _label(name: str) -> str:
    return str(getattr(Lead._meta.get_field(name), "verbose_name", name)).capitalize()


def _shown(name: str, value: Any) -> Any:
    if name == "status":
        return status_pill(value)
    if name == "processing":
        return processing_pill(value)
    if value in (None, ""):
        return "–"
    if isinstance(value, bool):
        return _t("Yes") if value else _t("No")
    if name == "score":
        return f"{value.normalize():f} %"
    if name == "first_delivered_at":
        return moment(value, exact=True)
    return Replacement(value).label if name == "replacement" else value
