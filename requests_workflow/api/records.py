"""Requests as the API tells them, each as its caller may see it."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from convertr.accounts.models import User
from convertr.audit.timeline import who
from requests_workflow.access import comments_for
from requests_workflow.history import EVENTS_MAX
from requests_workflow.models import Comment, ConversionRequest, RequestEvent
from requests_workflow.rules import Status
from requests_workflow.visibility import failure_text, person_shown_to
from requests_workflow.wanted import FIELDS, visible

RELATED = ("offer", "event", "conversion", "raised_by", "decided_by")
# What calls name otherwise than `wanted` does.
TOLD_AS = {"converted_at": "conversion_time"}


def record(request: ConversionRequest, user: User) -> dict[str, Any]:
    """One request; `RELATED` should have been fetched with it."""
    conversion = request.conversion
    return {
        "conversion_request_id": request.pk,
        "request_type": request.type.upper(),
        "request_status": request.status.upper(),
        "version": request.version,
        "conversion_id": conversion.uuid.hex if conversion else None,
        "offer_id": request.offer_id,
        "event_id": request.event_id,
        "event": request.event.name,
        "affiliate_id": request.partner_id,
        "currency_id": request.offer.currency,
        "wanted": _values(request.wanted, user),
        "before": _values(request.before, user),
        "raised_by": person_shown_to(user, request.raised_by),
        "raised_unix_timestamp": _seconds(request.raised_at),
        "decided_by": person_shown_to(user, request.decided_by),
        "decided_unix_timestamp": _seconds(request.decided_at),
        "decision_reason": request.decision_reason,
        "processed_unix_timestamp": _seconds(request.processed_at),
        "failure": failure_text(request.failure_code, request.failure_params, user),
    }


def detail(request: ConversionRequest, user: User) -> dict[str, Any]:
    """The same with its discussion and history, as far as they are this person's to read."""
    return {
        **record(request, user),
        "comments": [said(comment, user) for comment in comments_for(user, request)],
        "history": _history(request, user),
    }


def said(comment: Comment, user: User) -> dict[str, Any]:
    """A comment with the names of its files."""
    return {
        "id": comment.pk,
        "author": person_shown_to(user, comment.author),
        "unix_timestamp": _seconds(comment.at),
        "text": comment.text,
        "internal": comment.internal,
        "attachments": [
            {"name": file.name, "content_type": file.content_type, "size": file.size}
            for file in comment.attachments.all()
        ],
    }


def _history(request: ConversionRequest, user: User) -> list[dict[str, Any]]:
    events: list[Any] = list(
        RequestEvent.objects.filter(pgh_obj=request)
        .select_related("pgh_context")
        .order_by("-pgh_id")[: EVENTS_MAX + 1]
    )
    pairs = zip(events, [*events[1:], None], strict=True)
    moves = [_move(event, before, user) for event, before in pairs][:EVENTS_MAX]
    return [move for move in moves if move is not None]


def _move(event: Any, before: Any, user: User) -> dict[str, Any] | None:
    """None for what this person may read nothing of."""
    context: dict[str, Any] = event.pgh_context.metadata if event.pgh_context else {}
    changes = _changes(event, before, user) if before else []
    moved = before is None or before.status != event.status
    if not (moved or changes):
        return None
    return {
        "unix_timestamp": _seconds(event.pgh_created_at),
        "who": who(user, context),
        "channel": "" if user.is_partner else context.get("channel", ""),
        "job_id": None if user.is_partner else context.get("job_id"),
        "request_status": event.status.upper(),
        "reason": _reason(event, user) if moved else "",
        "changes": changes,
    }


def _reason(event: Any, user: User) -> str:
    if event.status == Status.FAILED:
        return failure_text(event.failure_code, event.failure_params, user)
    return str(event.decision_reason) if event.status == Status.REJECTED else ""


def _changes(event: Any, before: Any, user: User) -> list[dict[str, Any]]:
    old, new = _values(before.wanted, user), _values(event.wanted, user)
    return [
        {"field": name, "before": old.get(name), "after": new.get(name)}
        for name in {**old, **new}
        if old.get(name) != new.get(name)
    ]


def _values(values: Mapping[str, Any] | None, user: User) -> dict[str, Any]:
    """Amounts as numbers, the rest as texts."""
    seen = visible(values, is_partner=user.is_partner)
    return {
        TOLD_AS.get(name, name): float(value)
        if value is not None and FIELDS[name].kind == "money"
        else value
        for name, value in seen.items()
    }


def _seconds(at: datetime | None) -> int | None:
    return int(at.timestamp()) if at else None
