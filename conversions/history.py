"""A conversion's history as a timeline: who, when, channel, reason, job, before → after.

Source: conversions.md, "Conversions page". Each event holds the values after a change, so that a
change is the difference to the event before it.
"""

from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from django.utils.functional import Promise
from django.utils.translation import gettext as _t

from conversions.models import TRACKED_FIELDS, Conversion, ConversionEvent
from conversions.rules import Status
from conversions.tables import ConversionTable, reason_texts
from conversions.visibility import history_shown_to
from convertr.accounts.models import User
from convertr.audit.timeline import CHANNELS, Change, who
from convertr.ui.lists.columns import money
from convertr.ui.templatetags.ui import pill

# The newest; a conversion with more has been through a machine's hands.
EVENTS_MAX = 200
MONEY = frozenset({"payout", "revenue", "sale_amount"})
# Fields of an event and what visibility calls them.
NAMES = {"reason_code": "reason"}


@dataclass(frozen=True)
class Entry:
    """One change (or the making) of a conversion, as one person may read it."""

    at: datetime
    who: str
    channel: str | Promise
    job_id: int | None = None
    made: bool = False
    changes: list[Change] = field(default_factory=list)


def timeline(conversion: Conversion, user: User) -> list[Entry]:
    """The entries that this person may read, newest first."""
    pairs = event_pairs(conversion)
    reasons = reason_texts({event.reason_code for event, _before in pairs})
    entries = [_entry(conversion, user, e, before, reasons) for e, before in pairs]
    return [entry for entry in entries if entry.changes or entry.made]


def event_pairs(conversion: Conversion) -> list[tuple[Any, Any]]:
    """The newest events, each with the one before it (None: the first that is kept)."""
    events = list(
        ConversionEvent.objects.filter(pgh_obj=conversion)
        .select_related("pgh_context")
        .order_by("-pgh_id")[: EVENTS_MAX + 1]
    )
    return list(zip(events, [*events[1:], None], strict=True))[:EVENTS_MAX]


def _entry(
    conversion: Conversion, user: User, event: Any, before: Any, reasons: dict[str, str]
) -> Entry:
    context: dict[str, Any] = event.pgh_context.metadata if event.pgh_context else {}
    changes = _changes(conversion, user, event, before, reasons) if before else []
    return Entry(
        at=event.pgh_created_at,
        who=who(user, context),
        channel="" if user.is_partner else CHANNELS.get(context.get("channel", ""), ""),
        job_id=None if user.is_partner else context.get("job_id"),
        made=before is None and event.pgh_label == "insert",
        changes=changes,
    )


def _changes(
    conversion: Conversion, user: User, event: Any, before: Any, reasons: dict[str, str]
) -> list[Change]:
    names = {NAMES.get(name, name): name for name in TRACKED_FIELDS}
    changes = []
    for name in history_shown_to(user, names):
        old, new = getattr(before, names[name]), getattr(event, names[name])
        if old != new:
            shown = [_shown(conversion, name, value, reasons) for value in (old, new)]
            changes.append(Change(ConversionTable.label(name), *shown))
    return changes


def _shown(conversion: Conversion, name: str, value: Any, reasons: dict[str, str]) -> Any:
    if value in (None, ""):
        return "–"
    if name in MONEY:
        return money(value, conversion.offer.currency)
    if name == "status":
        return pill(value, str(Status(value).label))
    if name == "reason":
        return reasons.get(value, value)
    if name == "locked":
        return _t("locked") if value else _t("not locked")
    return value
