"""What a batch's page says: its facts, its attempts, what happened and what to do."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from django.template.defaultfilters import filesizeformat
from django.urls import reverse
from django.utils.html import format_html
from django.utils.translation import gettext as _

from batches import destinations
from batches.models import Attempt, Batch
from batches.rules import Kind, Outcome, State
from batches.shown import batch_pill
from batches.texts import text_of
from convertr.errors import DomainError
from convertr.ui.lists.columns import copyable, moment

PILLS = {
    "": "running",
    Outcome.SENT: "done",
    Outcome.TRANSIENT: "failed",
    Outcome.PERMANENT: "refused",
    Outcome.UNKNOWN: "conflict",
}
Fact = tuple[str, Any]


@dataclass(frozen=True)
class Try:
    """An attempt with its outcome as a pill's state and word, and its error in words."""

    attempt: Attempt
    pill: str
    word: str
    text: str


@dataclass(frozen=True)
class Told:
    """What happened, and what to do now; `level` is a note's."""

    level: str
    what: str
    todo: str = ""


def shown_words(stored: Mapping[str, Any]) -> str:
    """A stored destination in words, without a secret."""
    kind = destinations.KINDS.get(str(stored.get("kind", "")))
    if kind is None:
        return _("nowhere yet")
    try:
        return str(kind.words(kind.read(stored)))
    except DomainError:
        return str(kind.label)


def facts_of(batch: Batch) -> list[Fact]:
    """Names and values, in the order in which they are read."""
    campaign = batch.integration.campaign
    facts: list[Fact] = [
        (_("State"), batch_pill(batch)),
        (
            _("Integration"),
            _link("batches:pending_leads", batch.integration_id, batch.frozen["label"]),
        ),
        (_("Campaign"), _link("network:campaign", campaign.pk, campaign.name)),
        (
            _("Advertiser"),
            _link("network:advertiser", campaign.advertiser_id, campaign.advertiser.name),
        ),
        (_("Leads"), _leads(batch)),
        (_("Goes to"), shown_words(batch.frozen["destination"])),
        (_("File"), batch.name),
    ]
    if batch.size is not None:
        facts.append((_("Size"), filesizeformat(batch.size)))
        facts.append((_("SHA-256"), copyable(batch.sha256, whole=True)))
    return [*facts, *_times(batch)]


def _leads(batch: Batch) -> str:
    if batch.frozen.get("kind") != Kind.CUMULATIVE:
        return f"{batch.leads:,}"
    return _("%(all)s, of them %(new)s new") % {
        "all": f"{batch.leads:,}",
        "new": f"{batch.new_leads:,}",
    }


def _times(batch: Batch) -> list[Fact]:
    facts: list[Fact] = [
        (_("Asked for") if batch.at_once else _("Due"), moment(batch.due_at, exact=True))
    ]
    if batch.requested_by:
        facts.append((_("By"), str(batch.requested_by)))
    if batch.sent_at:
        facts.append((_("Sent"), moment(batch.sent_at, exact=True)))
    return facts


def _link(name: str, pk: int, text: str) -> Any:
    return format_html('<a href="{}">{}</a>', reverse(name, args=[pk]), text)


def attempts_of(batch: Batch) -> list[Try]:
    """The attempts, the newest first."""
    tries = batch.tries.order_by("-id")
    return [
        Try(
            one,
            PILLS[Outcome(one.outcome) if one.outcome else ""],
            str(Outcome(one.outcome).label) if one.outcome else _("Under way"),
            text_of(one.code) if one.code else "",
        )
        for one in tries
    ]


def told(batch: Batch) -> Told | None:
    """What happened to a batch that needs a person, or waits for its next attempt."""
    why = text_of(batch.code) if batch.code else ""
    if batch.state == State.HELD:
        return Told(
            "warning",
            why or _("Nobody knows whether it arrived."),
            _(
                "Ask the receiver whether the file is there. If it is, mark it as sent; if not,"
                " resend it, or cancel it so that its leads wait for the next batch."
            ),
        )
    if batch.state == State.FAILED:
        return Told(
            "error",
            why or _("It could not be sent."),
            _(
                "Mend what the server said, in the integration or with the receiver. Then resend"
                " it, or cancel it so that its leads wait for the next batch."
            ),
        )
    if batch.state == State.CANCELLED:
        return Told("info", _("It was cancelled: its new leads wait for the next batch."))
    if why and batch.state == State.SENDING:
        return Told("info", why, "")
    return None
