"""What the set-up page, and a campaign's own page, show of its fields and rules."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from django.http import HttpRequest
from django.utils.functional import Promise
from django.utils.translation import gettext as _t
from django.utils.translation import gettext_lazy as _

from convertr.accounts.access import person
from convertr.network.models import Campaign
from convertr.ui.registry import Panel, register_panel
from leads.access import may_view
from leads.models import ProcessorJob, ValueTransform
from leads.setup import services
from leads.setup.services import CONFIGURE
from leads.transforms import BadOptions
from leads.transforms.options import Option

# Of a long list of values, so many are told.
SHOWN_VALUES = 3


@dataclass(frozen=True)
class Line:
    """One rule as the page shows it; `bad`: why it can't be carried out."""

    rule: Any
    label: str
    about: str
    condition: str
    known: bool
    bad: str


@dataclass(frozen=True)
class Addable:
    """A kind of rule; a template would call the class itself."""

    name: str
    label: str
    help: str


@dataclass(frozen=True)
class Section:
    """The rules of one sort, and what can be added to them."""

    what: str
    title: str | Promise
    about: str | Promise
    none: str | Promise
    lines: list[Line]
    kinds: list[Addable]
    is_job: bool


def context_of(campaign: Campaign) -> dict[str, Any]:
    """The campaign's fields and rules, in their order."""
    return {
        "fields": list(campaign.lead_fields.all()),
        "sections": [
            Section(
                "transform",
                _("Value transforms"),
                _("Change what came in before it is judged, one after the other."),
                _("Values are judged as they come in."),
                [_line(rule) for rule in campaign.value_transforms.all()],
                _by_label(ValueTransform),
                is_job=False,
            ),
            Section(
                "job",
                _("Processor jobs"),
                _(
                    "Judge a lead. From 80 % of the points of those that ran it is with caution,"
                    " with all of them valid, else invalid."
                ),
                _("Without a processor job leads stay on hold."),
                [_line(rule) for rule in campaign.processor_jobs.all()],
                _by_label(ProcessorJob),
                is_job=True,
            ),
        ],
    }


def _by_label(model: services.RuleModel) -> list[Addable]:
    kinds = (Addable(k.name, str(k.label), str(k.help)) for k in services.kinds_of(model))
    return sorted(kinds, key=lambda kind: kind.label)


def _line(rule: ValueTransform | ProcessorJob) -> Line:
    kind = services.kind_of(type(rule), rule.kind)
    return Line(
        rule=rule,
        label=services.label_of(rule),
        about=_options(kind.options, rule.options) if kind else "",
        condition=_condition(rule),
        known=kind is not None,
        bad=_bad(rule),
    )


def _bad(rule: ValueTransform | ProcessorJob) -> str:
    try:
        services.check_rule(rule)
    except BadOptions as bad:
        return str(bad)
    return ""


def _condition(rule: ValueTransform | ProcessorJob) -> str:
    if not isinstance(rule, ProcessorJob) or not rule.condition_field:
        return ""
    words = {"field": rule.condition_field, "value": rule.condition_value}
    return _t("only if %(field)s is %(value)s") % words


def _options(declared: tuple[Option, ...], stored: Mapping[str, Any]) -> str:
    """The options that somebody has set: "Within days: 30 · In: the campaign"."""
    said = [(option, stored[option.name]) for option in declared if option.name in stored]
    return " · ".join(f"{option.label}: {_value(option, value)}" for option, value in said)


def _value(option: Option, value: Any) -> str:
    if isinstance(value, bool):
        return _t("yes") if value else _t("no")
    if option.kind == "choice":
        return str(dict(option.choices).get(str(value), value))
    if isinstance(value, Mapping):
        return _some([f"{old} → {new}" for old, new in value.items()])
    if isinstance(value, list | tuple):
        return _some([str(one) for one in value])
    return f"“{value}”" if option.kind == "text" else str(value)


def _some(values: list[str]) -> str:
    text = ", ".join(values[:SHOWN_VALUES])
    more = len(values) - SHOWN_VALUES
    return _t("%(text)s and %(more)s more") % {"text": text, "more": more} if more > 0 else text


# --- on the campaign's own page ---


def of_campaign(request: HttpRequest, campaign: Campaign) -> dict[str, Any]:
    """What its leads have and go through, in short; a door to the set-up for those who may."""
    return {
        "campaign": campaign,
        "fields": list(campaign.lead_fields.all()),
        "transforms": campaign.value_transforms.filter(active=True).count(),
        "jobs": campaign.processor_jobs.filter(active=True).count(),
        "may_configure": person(request).has_perm(CONFIGURE),
    }


def register_panels() -> None:
    """Called once when Django is ready."""
    template = "leads/setup/campaign_panel.html"
    register_panel(
        Panel("campaign", "leads", _("Leads"), template, of_campaign, 10, visible=may_view)
    )
