"""Pure decisions about leads: statuses, the outcome of a run, who may be flagged how (leads.md)."""

from collections.abc import Iterable
from dataclasses import dataclass
from decimal import ROUND_DOWN, Decimal

from django.db.models import TextChoices
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

# Percent of the points of the jobs that ran: from here on a lead is usable, with caution.
CAUTION_FROM = 80


class Status(TextChoices):
    """Empty until a lead was processed."""

    NONE = "", _("Not processed")
    VALID = "valid", _("Valid")
    INVALID = "invalid", _("Invalid")
    CAUTION = "caution", _("Caution")
    TEST = "test", _("Test")


class Processing(TextChoices):
    """Where a lead is in its present round."""

    QUEUED = "queued", _("Queued")
    COMPLETE = "complete", _("Complete")
    ON_HOLD = "on_hold", _("On hold")
    FAILED = "failed", _("Failed")


class Replacement(TextChoices):
    NONE = "none", _("None")
    REPLACEMENT = "replacement", _("Replacement")


class DeliveryState(TextChoices):
    """What has become of a lead with one integration in one round."""

    QUEUED = "queued", _("Queued")
    SENDING = "sending", _("Being sent")
    SENT = "sent", _("Sent")
    FAILED = "failed", _("Failed")
    REMOVED = "removed", _("Removed")
    WITHDRAWN = "withdrawn", _("Withdrawn")


def billable_to_advertiser(status: str, *, delivered: bool) -> bool:
    return status == Status.VALID and delivered


def billable_to_partner(status: str) -> bool:
    return status == Status.VALID


@dataclass(frozen=True)
class Points:
    """What one processor job said: its points, whether the lead passed, whether that decides."""

    points: int
    passed: bool
    hardfail: bool = False


@dataclass(frozen=True)
class Score:
    """The outcome of a run: `percent` with two decimals, rounded down so that 100 means all."""

    status: Status
    percent: Decimal
    hardfail: bool


def score(said: Iterable[Points]) -> Score:
    """Points passed ÷ points of the jobs that ran; a failed hardfail decides alone.

    A lead of which no job asked for points has nothing against it: 100.
    """
    ran = list(said)
    whole = sum(one.points for one in ran)
    passed = sum(one.points for one in ran if one.passed)
    percent = Decimal(100 * passed) / whole if whole else Decimal(100)
    hard = any(one.hardfail and not one.passed for one in ran)
    if hard or passed * 100 < whole * CAUTION_FROM:
        status = Status.INVALID
    elif passed < whole:
        status = Status.CAUTION
    else:
        status = Status.VALID
    return Score(status, percent.quantize(Decimal("0.01"), rounding=ROUND_DOWN), hard)


class Act(TextChoices):
    """What can be done with leads that are there: the types of the wizard (leads.md)."""

    VALID = "valid", _("Valid")
    INVALID = "invalid", _("Invalid")
    TEST = "test", _("Test")
    DELIVERED = "delivered", _("Delivered")
    UNDELIVERED = "undelivered", _("Undelivered")
    REPLACEMENT = "replacement", _("Replacement")
    NO_REPLACEMENT = "no_replacement", _("No replacement")
    REPROCESS = "reprocess", _("Reprocess")
    DELETE = "delete", _("Delete")


FLAG, DELIVER, DELETE = "leads.flag_leads", "leads.deliver_leads", "leads.delete_leads"
FLAGS = (Act.VALID, Act.INVALID, Act.TEST)
REPLACING = (Act.REPLACEMENT, Act.NO_REPLACEMENT)


@dataclass(frozen=True)
class ActRules:
    """What an act asks for, and which leads it leaves alone.

    `signed`: the person types its name; `ticked`: it ticks that it means it. `refuses`: codes of
    leads/texts.py, the first that is true of a lead is why it is left alone. `undoable`: a job of
    it can be undone.
    """

    permission: str
    does: str | Promise
    signed: bool = False
    ticked: bool = False
    refuses: tuple[str, ...] = ()
    undoable: bool = True


BEING_SENT, DELIVERED, NOT_VALID = "being_sent", "is_delivered", "not_valid"
ALREADY_DELIVERED, NOT_DELIVERED = "already_delivered", "not_delivered"
# Nothing can be done with a lead any more whose data was erased.
ERASED = "erased"
ACTS: dict[Act, ActRules] = {
    Act.VALID: ActRules(
        FLAG, _("The leads become valid and are queued to the integrations that you tick.")
    ),
    Act.INVALID: ActRules(
        FLAG,
        _("The leads become invalid, are not billable, and leave pending batches."),
        refuses=(BEING_SENT,),
    ),
    Act.TEST: ActRules(
        FLAG,
        _("The leads become tests: not billable, out of pending batches, sent nowhere."),
        refuses=(BEING_SENT,),
    ),
    Act.DELIVERED: ActRules(
        DELIVER,
        _("The leads count as delivered and are billable; nothing is sent."),
        signed=True,
        refuses=(NOT_VALID, ALREADY_DELIVERED, BEING_SENT),
    ),
    Act.UNDELIVERED: ActRules(
        DELIVER,
        _("The leads count as not delivered and are not billable."),
        signed=True,
        refuses=(NOT_VALID, NOT_DELIVERED),
    ),
    Act.REPLACEMENT: ActRules(
        FLAG, _("The leads are marked as replacements of others; their status stays.")
    ),
    Act.NO_REPLACEMENT: ActRules(
        FLAG, _("The leads are no replacements any more; their status stays.")
    ),
    Act.REPROCESS: ActRules(
        FLAG,
        _("All value transforms and processor jobs run again, from the data as received."),
        ticked=True,
        refuses=(DELIVERED, BEING_SENT),
        undoable=False,
    ),
    Act.DELETE: ActRules(
        DELETE,
        _("The leads are gone from lists, counts and reports."),
        signed=True,
        ticked=True,
        refuses=(DELIVERED, BEING_SENT),
    ),
}


@dataclass(frozen=True)
class Facts:
    """What the acts' refusals ask of a lead."""

    valid: bool
    delivered: bool
    being_sent: bool
    erased: bool = False


def refusal(act: Act, lead: Facts) -> str:
    """The code of why an act leaves a lead alone; empty where it doesn't."""
    true = {
        ERASED: lead.erased,
        BEING_SENT: lead.being_sent,
        DELIVERED: lead.delivered,
        ALREADY_DELIVERED: lead.delivered,
        NOT_VALID: not lead.valid,
        NOT_DELIVERED: not lead.delivered,
    }
    return next((code for code in (ERASED, *ACTS[act].refuses) if true[code]), "")
