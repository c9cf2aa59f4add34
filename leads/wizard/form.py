"""The form of a type: what was typed so far, what it offers, what Confirm is given."""

from collections.abc import Mapping
from dataclasses import asdict, dataclass, field, fields
from typing import Any, Self

from django.http import QueryDict

from convertr.jobs.models import Job
from convertr.network.models import Campaign
from leads import integrations
from leads.flagging.kinds import campaigns_of
from leads.integrations import Integration
from leads.models import FlagReason, FlagReasonCategory
from leads.rules import FLAGS, Act
from leads.wizard.services import act_of

# More than anything here may hold, so that what is too long comes back to be cut.
LONGEST_KEPT = 10_000
# The field that a refusal is about, by its code.
FIELD_OF = {
    "reason_missing": "reason",
    "unknown_reason": "reason",
    "unknown_category": "category",
    "unknown_integration": "integrations",
    "not_signed": "signature",
    "not_confirmed": "confirm",
}


@dataclass(frozen=True)
class Typed:
    """What a person has chosen and typed; the signature and the tick are given anew each time.

    `reason`: a code, empty for one's own, None while nothing is chosen.
    """

    reason: str | None = None
    own_reason: str = ""
    category: str = ""
    comment: str = ""
    integrations: list[int] = field(default_factory=list)

    @classmethod
    def posted(cls, data: QueryDict) -> Self:
        reason = data.get("reason")
        return cls(
            reason=None if reason is None else _kept(reason),
            own_reason=_kept(data.get("own_reason", "")),
            category=_kept(data.get("category", "")),
            comment=_kept(data.get("comment", "")),
            integrations=[_id(text) for text in data.getlist("integrations")],
        )

    @classmethod
    def of(cls, job: Job) -> Self:
        """What is kept for the job's present type."""
        kept = job.parameters.get("typed", {}).get(str(act_of(job)), {})
        known = {one.name for one in fields(cls)}
        return cls(**{name: value for name, value in kept.items() if name in known})

    def as_json(self) -> dict[str, Any]:
        return asdict(self)


def _kept(text: str) -> str:
    return text.replace("\0", "")[:LONGEST_KEPT]


def _id(text: str) -> int:
    """0, which is no integration's, for what is no number."""
    return int(text) if text.isascii() and text.isdigit() and len(text) < 19 else 0


def given(act: Act, posted: QueryDict) -> dict[str, Any]:
    """What Confirm is given (flagging.options.read): a field that isn't seen says nothing."""
    typed = Typed.posted(posted)
    returned = FlagReason.objects.filter(flag=act, code=typed.reason, returned=True)
    return {
        "reason": typed.reason,
        "own_reason": "" if typed.reason else typed.own_reason,
        "category": typed.category if typed.reason and returned.exists() else "",
        "comment": posted.get("comment", ""),
        "integrations": typed.integrations if posted.get("asks_integrations") else None,
        "signature": posted.get("signature", ""),
        "confirm": posted.get("confirm", ""),
    }


def offers(job: Job, act: Act) -> Mapping[str, Any]:
    """What there is to choose from: reasons, categories, integrations by campaign."""
    if act not in FLAGS:
        return {}
    return {
        "reasons": FlagReason.objects.filter(flag=act, retired=False),
        "categories": FlagReasonCategory.objects.filter(flag=act, retired=False),
        "places": _places(job) if act == Act.VALID else [],
    }


def _places(job: Job) -> list[tuple[Campaign, list[Integration]]]:
    """The active integrations of each campaign that has some and leads in the job."""
    by_campaign: dict[int, list[Integration]] = {}
    for one in integrations.of_campaigns(campaigns_of(job)):
        by_campaign.setdefault(one.campaign_id, []).append(one)
    campaigns = Campaign.objects.filter(pk__in=by_campaign).order_by("name", "pk")
    return [(campaign, by_campaign[campaign.pk]) for campaign in campaigns]
