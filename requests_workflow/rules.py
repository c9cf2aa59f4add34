"""Pure decisions about requests: what may follow what, and who may do it (requests.md, "Statuses").

A move takes a request from one status to another. Whether a person may make it depends on the
status, on what the person may do, and on whether the request is one's own (four eyes).
"""

from collections.abc import Collection
from dataclasses import dataclass

from django.db.models import TextChoices
from django.utils.translation import gettext_lazy as _


class Type(TextChoices):
    CREATE = "create", _("Create New")
    CHANGE = "change", _("Change Existing")


class Status(TextChoices):
    INQUIRED = "inquired", _("Inquired")
    ACCEPTED = "accepted", _("Accepted")
    PROCESSED = "processed", _("Processed")
    REJECTED = "rejected", _("Rejected")
    FAILED = "failed", _("Failed")


# What the agency still has something to do with; the Explorer's default.
OPEN = (Status.INQUIRED, Status.ACCEPTED, Status.FAILED)


class Move(TextChoices):
    """What people do with a request that is there."""

    ACCEPT = "accept", _("Accept")
    REJECT = "reject", _("Reject")
    EDIT = "edit", _("Edit")
    WITHDRAW = "withdraw", _("Withdraw")
    REOPEN = "reopen", _("Ask again")
    RETRY = "retry", _("Try again")


# From where each move leads where. Nothing leads out of processed.
TRANSITIONS: dict[Move, dict[Status, Status]] = {
    Move.ACCEPT: {Status.INQUIRED: Status.ACCEPTED},
    Move.REJECT: {Status.INQUIRED: Status.REJECTED, Status.FAILED: Status.REJECTED},
    Move.EDIT: {Status.INQUIRED: Status.INQUIRED},
    Move.WITHDRAW: {Status.INQUIRED: Status.REJECTED},
    Move.REOPEN: {Status.REJECTED: Status.INQUIRED},
    Move.RETRY: {Status.FAILED: Status.ACCEPTED},
}
RAISE_PERMISSIONS = {
    Type.CREATE: "requests_workflow.raise_create_request",
    Type.CHANGE: "requests_workflow.raise_change_request",
}
DECIDE = "requests_workflow.decide_request"
DECIDE_OWN = "requests_workflow.decide_own_request"
# What the rules ask of a person.
PERMISSIONS = (*RAISE_PERMISSIONS.values(), DECIDE, DECIDE_OWN)
WITHDRAWN = "withdrawn"
# Refusals: the move doesn't lead on from this status; the person may not; it is one's own.
NO_WAY, FORBIDDEN, FOUR_EYES = "no_way", "forbidden", "four_eyes"


@dataclass(frozen=True)
class Who:
    """A person before a request: what it may do at all, and whether it raised this one."""

    permissions: Collection[str]
    is_raiser: bool

    def may_raise(self, type_: str) -> bool:
        return RAISE_PERMISSIONS[Type(type_)] in self.permissions

    @property
    def decides(self) -> bool:
        """Whether it may decide this request."""
        return not self.decision_refusal

    @property
    def decision_refusal(self) -> str:
        if DECIDE not in self.permissions:
            return FORBIDDEN
        if self.is_raiser and DECIDE_OWN not in self.permissions:
            return FOUR_EYES
        return ""


def refusal(move: Move, *, status: str, type_: str, who: Who) -> str:
    """Why this person may not make this move now: NO_WAY, FORBIDDEN or FOUR_EYES; empty if it may.

    Who may not make it in any status hears that first.
    """
    if move in (Move.ACCEPT, Move.REJECT, Move.RETRY):
        refused = who.decision_refusal
    elif move == Move.REOPEN:
        own = who.is_raiser and who.may_raise(type_)
        refused = "" if own or DECIDE in who.permissions else FORBIDDEN
    else:
        refused = "" if who.is_raiser and who.may_raise(type_) else FORBIDDEN
    if refused:
        return refused
    return "" if Status(status) in TRANSITIONS[move] else NO_WAY


def moves(*, status: str, type_: str, who: Who) -> list[Move]:
    """The moves that this person may make now, in the order of Move."""
    return [m for m in Move if not refusal(m, status=status, type_=type_, who=who)]


def may_comment(who: Who) -> bool:
    """Whoever raises or decides takes part in the discussion; who only reads doesn't."""
    return any(p in who.permissions for p in (*RAISE_PERMISSIONS.values(), DECIDE))
