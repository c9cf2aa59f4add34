"""Leads coming in: checked, stored, and processed within seconds (leads.md, "Coming in")."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from convertr.audit.context import recorded
from convertr.errors import DomainError
from convertr.jobs.texts import render
from convertr.network.models import Campaign, Partner, Status
from leads.models import Lead
from leads.nudge import nudge
from leads.rules import Replacement
from leads.validation import Known, Problem, problems

INSERT_ROWS = 1_000


@dataclass(frozen=True)
class NewLead:
    """A lead as it comes in; `data` by the campaign's field names."""

    data: Mapping[str, str]
    channel: str = ""
    link_id: str = ""
    ip: str | None = None
    opt_in: bool = False
    is_replacement: bool = False


@dataclass(frozen=True)
class Refused:
    """A lead that can't come in: its place among those that were brought, and why."""

    place: int
    problems: list[Problem] = field(default_factory=list)


class RefusedError(DomainError):
    """Leads that can't come in; nothing was stored."""

    def __init__(self, refused: Sequence[Refused]) -> None:
        self.refused = refused
        first = refused[0].problems[0]
        super().__init__("leads_refused", f"{render(first.code, first.params)}.")


def fields_of(campaign: Campaign) -> list[Known]:
    """The fields that the campaign's leads have."""
    return [Known(*row) for row in campaign.lead_fields.values_list("name", "required")]


def require_open(campaign: Campaign, *, today: date | None = None) -> None:
    """DomainError `campaign_closed` for one that takes no leads (any more)."""
    ended = campaign.ends_on is not None and campaign.ends_on < (today or timezone.now().date())
    if ended or campaign.status != Status.ACTIVE:
        raise DomainError("campaign_closed", _("The campaign takes no leads: it is not running."))


def take_in(*, campaign: Campaign, partner: Partner, leads: Sequence[NewLead]) -> list[int]:
    """Store leads, all or none, and have them processed; answers their ids in the order given.

    RefusedError with all that is wrong; DomainError `campaign_closed`.
    """
    require_open(campaign)
    known = fields_of(campaign)
    found = ((place, problems(known, lead.data)) for place, lead in enumerate(leads))
    if refused := [Refused(place, wrong) for place, wrong in found if wrong]:
        raise RefusedError(refused)
    with recorded():
        made = Lead.objects.bulk_create(
            [_lead(campaign, partner, lead) for lead in leads], batch_size=INSERT_ROWS
        )
        transaction.on_commit(nudge, robust=True)
    return [lead.pk for lead in made]


def _lead(campaign: Campaign, partner: Partner, lead: NewLead) -> Lead:
    # Until it is processed, what came is what there is.
    data = dict(lead.data)
    return Lead(
        campaign=campaign,
        partner=partner,
        received=data,
        data=data,
        channel=lead.channel,
        link_id=lead.link_id,
        ip=lead.ip,
        opt_in=lead.opt_in,
        replacement=Replacement.REPLACEMENT if lead.is_replacement else Replacement.NONE,
    )
