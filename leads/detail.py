"""What a lead's page shows of it: facts, data before and after, what its jobs said, deliveries."""

from dataclasses import dataclass
from typing import Any

from django.db.models import Model
from django.urls import reverse
from django.utils.functional import Promise
from django.utils.html import format_html
from django.utils.translation import gettext as _t
from django.utils.translation import gettext_lazy as _

from convertr.accounts.models import User
from convertr.jobs.texts import render
from convertr.ui.lists.columns import copyable, moment
from convertr.ui.templatetags.ui import pill
from leads import editing, integrations, processors, rules
from leads.history import timeline
from leads.models import Lead, LeadDelivery, LeadRun
from leads.rules import DeliveryState, Processing
from leads.setup.services import CONFIGURE
from leads.tables import Catalogue, LeadTable, delivery_text, processing_pill, status_pill

# The newest; a lead that was processed more often has its history.
RUNS_MAX = 20
DELIVERY_PILLS = {
    DeliveryState.QUEUED: "queued",
    DeliveryState.SENDING: "running",
    DeliveryState.SENT: "done",
    DeliveryState.FAILED: "failed",
    DeliveryState.REMOVED: "cancelled",
    DeliveryState.WITHDRAWN: "cancelled",
}
GROUPS: dict[str, tuple[str | Promise, tuple[str, ...]]] = {
    "main": (
        _("Lead"),
        ("id", "hash", "status", "reason", "category", "comment", "score", "hardfail",
         "processing", "round", "campaign", "advertiser", "partner", "channel", "link_id",
         "ip", "opt_in", "created_at", "updated_at"),
    ),
    "delivery": (
        _("Delivery"),
        ("delivery", "first_delivered_at", "billable", "billable_partner", "replacement",
         "replacement_comment"),
    ),
}  # fmt: skip
LABELS = {
    "billable": _("Billable to advertiser"),
    "replacement_comment": _("Replacement comment"),
}


@dataclass(frozen=True)
class Group:
    key: str
    title: str | Promise
    facts: list[tuple[str, Any]]


@dataclass(frozen=True)
class Value:
    """One field as it came in, and as the transforms left it."""

    name: str
    label: str
    received: str
    data: str

    @property
    def changed(self) -> bool:
        return self.received != self.data


@dataclass(frozen=True)
class Verdict:
    """What one job said of the lead."""

    job: str
    field: str
    points: int
    passed: bool
    hardfail: bool
    why: str


@dataclass(frozen=True)
class Shown:
    """One processing, as the page tells it."""

    run: LeadRun
    status: Any
    score: str
    verdicts: list[Verdict]


@dataclass(frozen=True)
class Delivery:
    integration: str
    round: int
    state: Any
    at: Any


def context_of(lead: Lead, user: User) -> dict[str, Any]:
    """All that the page and the panel of a lead show."""
    found = runs(lead)
    may_flag = user.has_perm(rules.FLAG)
    return {
        "lead": lead,
        "details": details(lead, Catalogue([lead])),
        "values": values(lead),
        "runs": found,
        "failure": found[0].run.error if found and lead.processing == Processing.FAILED else "",
        "on_hold": lead.processing == Processing.ON_HOLD,
        "failed": lead.processing == Processing.FAILED,
        "waits": lead.processing == Processing.QUEUED,
        "deliveries": deliveries(lead),
        "timeline": timeline(lead, user),
        "may_flag": may_flag,
        "may_manage": any(user.has_perm(one.permission) for one in rules.ACTS.values()),
        "may_configure": user.has_perm(CONFIGURE),
        "edit_refused": editing.refusal(lead) if may_flag else None,
    }


def details(lead: Lead, catalogue: Catalogue) -> list[Group]:
    """The groups of facts; empty values are left out."""
    groups = []
    for key, (title, names) in GROUPS.items():
        facts = [(label(name), fact(lead, name, catalogue)) for name in names]
        groups.append(Group(key, title, [pair for pair in facts if pair[1] not in ("", None)]))
    return groups


def label(name: str) -> str:
    return str(LABELS.get(name) or LeadTable.label(name))


def fact(lead: Lead, name: str, catalogue: Catalogue) -> Any:
    """One value as the page shows it; empty where there is none."""
    if name == "reason":
        return catalogue.reason(lead)
    if name == "category":
        return catalogue.category(lead)
    return _FACTS[name](lead) if name in _FACTS else getattr(lead, name)


def values(lead: Lead) -> list[Value]:
    """Each field of the campaign, in its order; then what the lead has besides."""
    labels = {f.name: str(f) for f in lead.campaign.lead_fields.all()}
    names = dict.fromkeys([*labels, *lead.received, *lead.data])
    return [
        Value(name, labels.get(name, name), lead.received.get(name, ""), lead.data.get(name, ""))
        for name in names
    ]


def runs(lead: Lead) -> list[Shown]:
    """What came of each processing, newest first."""
    return [
        Shown(
            run,
            status_pill(run.status) if run.status else "",
            score_text(run.score),
            [verdict(said) for said in run.verdicts],
        )
        for run in lead.runs.order_by("-id")[:RUNS_MAX]
    ]


def verdict(said: dict[str, Any]) -> Verdict:
    """A verdict of a run (leads.running.Run) in words."""
    job = processors.get(said["kind"])
    return Verdict(
        job=str(job.label) if job else said["kind"],
        field=said["field"],
        points=said["points"],
        passed=said["passed"],
        hardfail=said["hardfail"],
        why=render(said["code"], {}) if said["code"] else "",
    )


def score_text(score: Any) -> str:
    """98.5 %; nothing for what has none."""
    return "" if score is None else f"{score.normalize():f} %"


def deliveries(lead: Lead) -> list[Delivery]:
    """Where it was to go, newest round first."""
    rows = list(LeadDelivery.objects.filter(lead=lead).order_by("-round", "integration"))
    labels = integrations.labels({row.integration for row in rows})
    return [
        Delivery(
            integration=labels.get(row.integration)
            or _t("Integration %(id)s") % {"id": row.integration},
            round=row.round,
            state=pill(DELIVERY_PILLS[DeliveryState(row.state)], row.get_state_display()),
            at=row.changed_at,
        )
        for row in rows
    ]


def _page(thing: Model, page: str) -> Any:
    return format_html('<a href="{}">{}</a>', reverse(page, args=[thing.pk]), thing)


def _yes(said: bool) -> str:  # noqa: FBT001  the one value
    return _t("Yes") if said else _t("No")


_FACTS: dict[str, Any] = {
    "id": lambda lead: copyable(str(lead.pk)),
    "hash": lambda lead: copyable(str(lead.hash), whole=True),
    "status": lambda lead: status_pill(lead.status),
    "score": lambda lead: score_text(lead.score),
    "hardfail": lambda lead: _t("Yes") if lead.hardfail else "",
    "processing": lambda lead: processing_pill(lead.processing),
    "campaign": lambda lead: _page(lead.campaign, "network:campaign"),
    "advertiser": lambda lead: _page(lead.campaign.advertiser, "network:advertiser"),
    "partner": lambda lead: _page(lead.partner, "network:partner"),
    "opt_in": lambda lead: _yes(lead.opt_in),
    "link_id": lambda lead: copyable(lead.link_id) if lead.link_id else "",
    "created_at": lambda lead: moment(lead.created_at, exact=True),
    "updated_at": lambda lead: moment(lead.updated_at, exact=True),
    "delivery": delivery_text,
    "first_delivered_at": lambda lead: (
        moment(lead.first_delivered_at, exact=True) if lead.first_delivered_at else ""
    ),
    "billable": lambda lead: _yes(lead.is_billable),
    "billable_partner": lambda lead: _yes(lead.is_billable_to_partner),
    "replacement": lambda lead: (
        "" if lead.replacement == "none" else lead.get_replacement_display()
    ),
}
