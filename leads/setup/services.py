"""Setting a campaign's leads up: its fields, value transforms and processor jobs, in order.

Each change holds the campaign, so that two people's don't mix, and is written to the audit: by
names of fields and kinds of rules. It counts for leads that are processed from then on.
"""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import Any, TypeVar

from django.core.exceptions import ValidationError
from django.db import transaction
from django.db.models import Max
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from convertr.accounts.access import require
from convertr.accounts.models import User
from convertr.audit.entries import note
from convertr.errors import DomainError
from convertr.network.models import Campaign
from leads import processors, transforms
from leads.models import FIELD_NAME, CampaignField, Lead, ProcessorJob, ValueTransform
from leads.transforms.base import Rule as RuleKind

CONFIGURE = "leads.configure_campaigns"
MOST_FIELDS, MOST_RULES = 100, 100
Step = CampaignField | ValueTransform | ProcessorJob
StepModel = type[CampaignField] | type[ValueTransform] | type[ProcessorJob]
RuleModel = type[ValueTransform] | type[ProcessorJob]
S = TypeVar("S", CampaignField, ValueTransform, ProcessorJob)
R = TypeVar("R", ValueTransform, ProcessorJob)
# What audit entries call them.
WORDS: dict[StepModel, str] = {
    CampaignField: "field",
    ValueTransform: "value_transform",
    ProcessorJob: "processor_job",
}
TEXTS: dict[str, str | Promise] = {
    "field_name": _("Letters, digits and underscores, beginning with a letter, such as firstName."),
    "field_twice": _("The campaign has a field of this name already."),
    "field_used_by_rule": _("A rule uses this field: change or remove the rule first."),
    "field_used_by_lead": _("Leads have values in this field, so that it stays."),
    "too_many_fields": _("A campaign has at most 100 fields."),
    "too_many_rules": _("A campaign has at most 100 rules of a kind."),
    "gone": _("It is no longer there: somebody has removed it."),
}


def kind_of(model: RuleModel, kind: str) -> type[RuleKind] | None:
    """The registered class of a rule; None for a kind that there isn't (any more)."""
    return transforms.get(kind) if model is ValueTransform else processors.get(kind)


def kinds_of(model: RuleModel) -> list[type[RuleKind]]:
    """What can be added, by name."""
    if model is ValueTransform:
        return list(transforms.all_transforms())
    return list(processors.all_processors())


def label_of(rule: ValueTransform | ProcessorJob) -> str:
    """What a rule is called; its stored name where no kind has it any more."""
    kind = kind_of(type(rule), rule.kind)
    return str(kind.label) if kind else rule.kind


# --- fields ---


def add_field(*, actor: User, campaign: Campaign, name: str, **values: Any) -> CampaignField:
    """A further field, the last; `values`: label, kind, required."""
    with _held(actor, campaign):
        _check_name(campaign, name)
        if campaign.lead_fields.count() >= MOST_FIELDS:
            raise _refused("too_many_fields")
        made = CampaignField(campaign=campaign, name=name, **values)
        made.position = _last(campaign, CampaignField) + 1
        made.save()
        _note(campaign, made, "added")
    return made


def change_field(*, actor: User, field: CampaignField, **values: Any) -> None:
    """Another label, kind, or whether it is required; its name stays what leads call it."""
    with _held(actor, field.campaign):
        _update(field, values)
        _note(field.campaign, field, "changed", changed=sorted(values))


def _check_name(campaign: Campaign, name: str) -> None:
    try:
        FIELD_NAME(name)
    except ValidationError:
        raise _refused("field_name") from None
    if campaign.lead_fields.filter(name=name).exists():
        raise _refused("field_twice")


def refusal_to_remove(field: CampaignField) -> DomainError | None:
    """What uses a field, so that it can't be removed; None for an unused one."""
    if any(field.name in names_in(rule) for rule in rules_of(field.campaign)):
        return _refused("field_used_by_rule")
    having = Lead.objects.alive().filter(campaign=field.campaign, received__has_key=field.name)
    return _refused("field_used_by_lead") if having.exists() else None


def rules_of(campaign: Campaign) -> Iterator[ValueTransform | ProcessorJob]:
    """All of a campaign's, those switched off too."""
    yield from campaign.value_transforms.all()
    yield from campaign.processor_jobs.all()


def names_in(rule: ValueTransform | ProcessorJob) -> set[str]:
    """The fields that a rule reads or writes."""
    names = {rule.field, getattr(rule, "condition_field", "")}
    kind = kind_of(type(rule), rule.kind)
    for option in kind.options if kind else ():
        value = rule.options.get(option.name)
        if value and option.kind == "field":
            names.add(str(value))
        elif value and option.kind == "fields":
            given = value.split(",") if isinstance(value, str) else value
            names |= {str(one).strip() for one in given}
    return names - {""}


# --- rules ---


def add_rule(*, actor: User, campaign: Campaign, model: type[R], kind: str, **values: Any) -> R:
    """A further rule, the last. BadOptions for one that can't be made."""
    with _held(actor, campaign):
        if model._default_manager.filter(campaign=campaign).count() >= MOST_RULES:
            raise _refused("too_many_rules")
        made = model(campaign=campaign, kind=kind, **values)
        check_rule(made)
        made.position = _last(campaign, model) + 1
        made.save()
        _note(campaign, made, "added")
    return made


def change_rule(*, actor: User, rule: ValueTransform | ProcessorJob, **values: Any) -> None:
    """Another field, other options, score, condition. BadOptions as above."""
    with _held(actor, rule.campaign):
        for name, value in values.items():
            setattr(rule, name, value)
        check_rule(rule)
        _update(rule, values)
        _note(rule.campaign, rule, "changed")


def switch(*, actor: User, rule: ValueTransform | ProcessorJob, on: bool) -> None:
    """Have a rule carried out, or not."""
    with _held(actor, rule.campaign):
        _update(rule, {"active": on})
        _note(rule.campaign, rule, "switched_on" if on else "switched_off")


def check_rule(rule: ValueTransform | ProcessorJob) -> None:
    """Raises BadOptions."""
    make = transforms.make if isinstance(rule, ValueTransform) else processors.make
    make(rule.kind, rule.field, rule.options)


# --- both ---


def move(*, actor: User, step: Step, by: int) -> None:
    """Carry a step out (or show a field) earlier (by=-1) or later (by=1); at the end it stays."""
    with _held(actor, step.campaign):
        model = type(step)
        order: list[Any] = list(model._default_manager.filter(campaign=step.campaign))
        at = next((n for n, one in enumerate(order) if one.pk == step.pk), None)
        if at is None:
            raise _refused("gone")
        to = min(max(at + by, 0), len(order) - 1)
        order.insert(to, order.pop(at))
        for place, one in enumerate(order):
            one.position = place
        model._default_manager.bulk_update(order, ["position"])
        _note(step.campaign, step, "moved")


def remove(*, actor: User, step: Step) -> None:
    """Take a step away; a field only where nothing uses it."""
    with _held(actor, step.campaign):
        if isinstance(step, CampaignField) and (refused := refusal_to_remove(step)):
            raise refused
        _note(step.campaign, step, "removed")
        type(step)._default_manager.filter(pk=step.pk).delete()


@contextmanager
def _held(actor: User, campaign: Campaign) -> Iterator[None]:
    """A transaction that holds the campaign."""
    require(actor, CONFIGURE)
    with transaction.atomic():
        Campaign.objects.select_for_update(no_key=True).get(pk=campaign.pk)
        yield


def _last(campaign: Campaign, model: StepModel) -> int:
    of_campaign = model._default_manager.filter(campaign=campaign)
    last: int | None = of_campaign.aggregate(Max("position"))["position__max"]
    return -1 if last is None else last


def _update(step: Step, values: Mapping[str, Any]) -> None:
    if not type(step)._default_manager.filter(pk=step.pk).update(**values):
        raise _refused("gone")


def _note(campaign: Campaign, step: Step, did: str, **details: Any) -> None:
    if isinstance(step, CampaignField):
        named = {"field": step.name}
    else:
        named = {"kind": step.kind, "field": step.field}
    note(f"{WORDS[type(step)]}.{did}", f"campaign {campaign.pk}", **named, **details)


def _refused(code: str) -> DomainError:
    return DomainError(code, TEXTS[code])
