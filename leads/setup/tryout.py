"""Trying a campaign's rules out on a pasted lead: each step shown, nothing stored or logged."""

import dataclasses
import json
from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

from django.core.exceptions import ValidationError
from django.core.validators import validate_ipv46_address
from django.utils import timezone
from django.utils.translation import gettext as _t
from django.utils.translation import gettext_lazy as _

from convertr.errors import DomainError
from convertr.jobs.texts import render
from convertr.network.models import Campaign
from leads import fingerprints, running
from leads.detail import score_text
from leads.intake import fields_of
from leads.models import Fingerprint
from leads.processing.batch import EARLIER_MAX, JUDGED_BY, fingerprint_key
from leads.processing.rulesets import load
from leads.processors import Earlier, Judged
from leads.tables import status_pill
from leads.validation import LONGEST_VALUE, problems
from leads.values import is_storable

LONGEST = 100_000
MOST_FIELDS = 500


@dataclass(frozen=True)
class Changed:
    """What one transform did with one field."""

    name: str
    before: str
    after: str


@dataclass(frozen=True)
class Step:
    """One value transform: what it changed, or why it failed."""

    label: str
    field: str
    changes: list[Changed] = dataclasses.field(default_factory=list)
    error: str = ""


@dataclass(frozen=True)
class Said:
    """One processor job: passed or not and why, or why it didn't run."""

    label: str
    field: str
    points: int
    hardfail: bool
    ran: bool = True
    passed: bool = False
    why: str = ""


@dataclass(frozen=True)
class Outcome:
    """All of a try-out. `refused`: why such a lead would not even come in."""

    refused: list[str]
    steps: list[Step] = dataclasses.field(default_factory=list)
    data: dict[str, str] = dataclasses.field(default_factory=dict)
    said: list[Said] = dataclasses.field(default_factory=list)
    status: Any = ""
    score: str = ""
    hardfail: bool = False
    on_hold: bool = False
    error: str = ""


def read(text: str) -> dict[str, str]:
    """A lead as it was pasted: a JSON object, or lines `name: value`. DomainError for neither."""
    if len(text) > LONGEST:
        raise DomainError("tryout_too_long", _("Paste at most 100,000 characters."))
    text = text.strip()
    data = _of_json(text) if text[:1] in ("{", "[") else _of_lines(text)
    if not data:
        raise DomainError("tryout_empty", _("Paste a lead: a JSON object, or lines name: value."))
    if len(data) > MOST_FIELDS:
        raise DomainError("tryout_too_long", _("Paste at most 500 fields."))
    for name, value in data.items():
        if not (is_storable(name) and is_storable(value)):
            told = _("%(name)s: it holds characters that can't be stored.")
            raise DomainError("tryout_not_storable", told % {"name": _short(name)})
    return data


def _of_json(text: str) -> dict[str, str]:
    try:
        given = json.loads(text)
    except (ValueError, RecursionError):
        raise DomainError("tryout_json", _("This is no JSON: check quotes and commas.")) from None
    if isinstance(given, list) and len(given) == 1:
        given = given[0]
    if not isinstance(given, dict):
        raise DomainError("tryout_json", _("Paste one lead: a JSON object in braces."))
    return {name.strip(): _text(name, value) for name, value in given.items()}


def _text(name: str, value: Any) -> str:
    if value is None:
        return ""
    if isinstance(value, bool) or not isinstance(value, str | int | float):
        told = _("%(name)s: a text or a number is needed.")
        raise DomainError("tryout_json", told % {"name": _short(name)})
    return str(value)


def _short(name: str) -> str:
    """A name as a page can show it, even with half of a character in it."""
    return name[:60].encode(errors="replace").decode().replace("\0", "�")


def _of_lines(text: str) -> dict[str, str]:
    data = {}
    for number, line in enumerate(text.splitlines(), start=1):
        if not line.strip():
            continue
        name, sign, value = line.partition(":")
        if not sign:
            told = _("Line %(n)s: write name: value.")
            raise DomainError("tryout_line", told % {"n": number})
        # One space after the colon is the writer's; more are the lead's.
        data[name.strip()] = value.removeprefix(" ")
    return data


def try_out(campaign: Campaign, data: Mapping[str, str], *, ip: str = "") -> Outcome:
    """What would become of a lead with this data if it came in now."""
    refused = [render(p.code, p.params) for p in problems(fields_of(campaign), data)]
    if any(len(value) > LONGEST_VALUE for value in data.values()):
        return Outcome(refused)
    ruleset = load({campaign.pk})[campaign.pk]
    if ruleset.rules is None:
        return Outcome(refused, error=ruleset.error)
    steps, done = _steps(ruleset.rules, data)
    outcome = Outcome(refused, steps, done, on_hold=not ruleset.has_jobs)
    if steps and steps[-1].error:
        return replace(outcome, on_hold=False, error=steps[-1].error)
    return outcome if outcome.on_hold else _judged(outcome, ruleset.rules, campaign, ip)


def _steps(compiled: running.Rules, data: Mapping[str, str]) -> tuple[list[Step], dict[str, str]]:
    """Each transform in turn; none after one that fails."""
    steps, now = [], dict(data)
    for one in compiled.transforms:
        step = Step(str(one.label), one.field)
        try:
            after = running.transform(running.Rules(compiled.fields, (one,), ()), now)
        except running.RuleFailed as failed:
            steps.append(replace(step, error=str(failed)))
            break
        names = dict.fromkeys([*now, *after])
        changes = [
            Changed(name, now.get(name, ""), after.get(name, ""))
            for name in names
            if now.get(name) != after.get(name)
        ]
        steps.append(replace(step, changes=changes))
        now = after
    return steps, now


def _judged(outcome: Outcome, compiled: running.Rules, campaign: Campaign, ip: str) -> Outcome:
    lead = Judged(
        data=outcome.data,
        ip=ip or None,
        at=timezone.now(),
        fields=compiled.fields,
        earlier=_earlier(compiled, outcome.data),
        campaign=campaign.pk,
        advertiser=campaign.advertiser_id,
    )
    try:
        run = running.judge(compiled, lead)
    except running.RuleFailed as failed:
        return replace(outcome, error=str(failed))
    verdicts = iter(run.verdicts)
    return replace(
        outcome,
        said=[
            _said(job, next(verdicts) if job.is_met(lead.data) else None) for job in compiled.jobs
        ],
        status=status_pill(run.score.status),
        score=score_text(run.score.percent),
        hardfail=run.score.hardfail,
    )


def _said(job: running.Job, verdict: dict[str, Any] | None) -> Said:
    said = Said(str(job.processor.label), job.processor.field, job.points, job.hardfail)
    if verdict is None:
        why = _t("It runs only for leads whose %(field)s is another.")
        return replace(said, ran=False, why=why % {"field": job.condition_field})
    code = verdict["code"]
    return replace(said, passed=verdict["passed"], why=render(code, {}) if code else "")


def _earlier(compiled: running.Rules, data: Mapping[str, str]) -> list[Earlier]:
    """The leads that such a one would come after, as far as rules ask for them."""
    if not compiled.looks_back:
        return []
    marks = fingerprints.digests(data, compiled.fields, fingerprint_key())
    digests = [digest for kind, digest in marks if kind in JUDGED_BY]
    found = (
        Fingerprint.objects.filter(digest__in=digests, lead__deleted_at=None)
        .order_by("-id")
        .values_list(
            "kind",
            "lead__campaign_id",
            "lead__campaign__advertiser_id",
            "lead__created_at",
            "digest",
        )
    )
    return [Earlier(*row) for row in found[:EARLIER_MAX]]


def read_ip(text: str) -> str:
    """An IP address, or nothing. DomainError for what is none."""
    text = text.strip()
    if text:
        try:
            validate_ipv46_address(text)
        except ValidationError:
            raise DomainError("tryout_ip", _("This is no IP address.")) from None
    return text
