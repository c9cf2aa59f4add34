"""A conversion's history over HTTP: who changed what, when, through which channel and job."""

from typing import Any

from ninja import Schema
from pydantic import Field

from conversions.history import event_pairs
from conversions.models import TRACKED_FIELDS, Conversion
from conversions.tables import reason_texts
from conversions.visibility import history_shown_to
from convertr.accounts.models import User
from convertr.audit.timeline import who

MONEY = frozenset({"payout", "revenue", "sale_amount"})
# What visibility calls a field of an event, and what records call it.
SEEN_AS = {"reason_code": "reason"}
TOLD_AS = {"note": "notes", "locked": "is_locked"}
# A partner's revenue is the network's payout, as in its records.
TOLD_PARTNERS_AS = {"payout": "revenue"}
Value = str | float | bool | None


class ChangeOut(Schema):
    field: str = Field(description="As records call it.")
    before: Value
    after: Value


class EntryOut(Schema):
    """One change; the making of a conversion is the entry without changes."""

    unix_timestamp: int
    who: str
    channel: str = Field(
        description="page, csv, api, postback, admin, undo, request or system; empty for partners."
    )
    job_id: int | None
    reason: str = Field(description="The public text of the reason given with this change.")
    changes: list[ChangeOut]


class HistoryOut(Schema):
    conversion_id: str
    history: list[EntryOut]


def history(conversion: Conversion, user: User) -> dict[str, Any]:
    """The entries that this person may read, newest first, 200 at most."""
    pairs = event_pairs(conversion)
    texts = reason_texts({event.reason_code for event, _before in pairs})
    entries = [_entry(user, event, before, texts) for event, before in pairs]
    told = [entry for entry in entries if entry is not None]
    return {"conversion_id": conversion.uuid.hex, "history": told}


def _entry(user: User, event: Any, before: Any, texts: dict[str, str]) -> dict[str, Any] | None:
    """None for what this person may read nothing of."""
    context: dict[str, Any] = event.pgh_context.metadata if event.pgh_context else {}
    changes = _changes(user, event, before) if before else []
    if not changes and event.pgh_label != "insert":
        return None
    reasoned = before is not None and event.reason_code not in ("", before.reason_code)
    return {
        "unix_timestamp": int(event.pgh_created_at.timestamp()),
        "who": who(user, context),
        "channel": "" if user.is_partner else context.get("channel", ""),
        "job_id": None if user.is_partner else context.get("job_id"),
        "reason": texts.get(event.reason_code, event.reason_code) if reasoned else "",
        "changes": changes,
    }


def _changes(user: User, event: Any, before: Any) -> list[dict[str, Any]]:
    names = {SEEN_AS.get(name, name): name for name in TRACKED_FIELDS}
    told_as = TOLD_AS | (TOLD_PARTNERS_AS if user.is_partner else {})
    changes = []
    for name in (names[seen] for seen in history_shown_to(user, names)):
        old, new = getattr(before, name), getattr(event, name)
        if old != new:
            field = told_as.get(name, name)
            changes.append({"field": field, "before": _told(name, old), "after": _told(name, new)})
    return changes


def _told(name: str, value: Any) -> Value:
    if name in MONEY:
        return None if value is None else float(value)
    found: Value = value
    return found
