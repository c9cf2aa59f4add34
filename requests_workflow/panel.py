"""What the panel and the page of one request hold, for one person."""

from dataclasses import dataclass
from typing import Any

from django.db.models import QuerySet

from convertr.accounts.models import User
from requests_workflow import evidence, rules
from requests_workflow.access import comments_for, who
from requests_workflow.history import timeline
from requests_workflow.models import LONGEST_TEXT, ConversionRequest
from requests_workflow.rules import Move, Status
from requests_workflow.services.validation import Problem, conflicts, problems
from requests_workflow.shown import facts, lines
from requests_workflow.visibility import failure_text, person_shown_to, reason_text


@dataclass(frozen=True)
class Saying:
    """A comment as one person reads it."""

    author: str
    at: Any
    text: str
    internal: bool
    own: bool
    files: Any


@dataclass(frozen=True)
class Trouble:
    """What would refuse an acceptance now, or why processing failed."""

    text: str
    conversion_id: int | None = None
    confirmable: bool = False
    seen: str = ""


@dataclass(frozen=True)
class Typed:
    """What a person has written: why it was refused, or that it was sent."""

    error: str = ""
    text: str = ""
    internal: bool = False
    # The tab where it was written.
    at: str = ""
    sent: bool = False


def context_of(request: ConversionRequest, user: User, typed: Typed) -> dict[str, Any]:
    """All that the templates of a request show."""
    me = who(user, request)
    can = set(rules.moves(status=request.status, type_=request.type, who=me))
    problem = problems([request.pk]).get(request.pk) if can & {Move.ACCEPT, Move.RETRY} else None
    moved = conflicts(request) if problem and problem.confirmable else []
    return {
        "asked": request,
        "facts": facts(request, user),
        "lines": lines(request, user, [each.name for each in moved]),
        "moved": bool(moved),
        "can": {move.value: move in can for move in Move},
        "four_eyes": _waits_for_somebody_else(request, me),
        "trouble": _trouble(problem, user),
        "failure": _failure(request, user),
        "reason": reason_text(request.decision_reason),
        # What a partner's request leaves to the agency (requests.md, "Portal").
        "asks_revenue": Move.ACCEPT in can
        and request.raiser_partner_id is not None
        and "revenue" not in request.wanted,
        "sayings": sayings(request, user),
        "may_comment": rules.may_comment(me),
        "timeline": timeline(request, user),
        "waits": request.status == Status.ACCEPTED,
        "typed": typed,
        "longest": LONGEST_TEXT,
        "accept": evidence.ACCEPT,
    }


def sayings(request: ConversionRequest, user: User) -> list[Saying]:
    """The discussion that this person may read, oldest first."""
    comments: QuerySet[Any] = comments_for(user, request)
    return [
        Saying(
            author=person_shown_to(user, comment.author),
            at=comment.at,
            text=comment.text,
            internal=comment.internal,
            own=comment.author_id == user.pk,
            files=comment.attachments.all(),
        )
        for comment in comments
    ]


def _waits_for_somebody_else(request: ConversionRequest, me: rules.Who) -> bool:
    undecided = request.status in (Status.INQUIRED, Status.FAILED)
    return undecided and me.decision_refusal == rules.FOUR_EYES


def _trouble(problem: Problem | None, user: User) -> Trouble | None:
    if problem is None:
        return None
    text = failure_text(problem.code, problem.params, user)
    return Trouble(text, problem.params.get("conversion"), problem.confirmable, problem.seen)


def _failure(request: ConversionRequest, user: User) -> Trouble | None:
    """Why it failed, while it is failed."""
    if request.status != Status.FAILED:
        return None
    text = failure_text(request.failure_code, request.failure_params, user)
    conversion = None if user.is_partner else request.failure_params.get("conversion")
    return Trouble(text, conversion)
