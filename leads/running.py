"""A campaign's rules, compiled once, and carried out on one lead after the other. Pure.

First all transforms, on the data as first received; then the jobs, on what the transforms left.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any, NamedTuple

from django.utils.translation import gettext

from leads import processors, rules, transforms
from leads.processors import Judged, Processor
from leads.transforms import BadOptions, Transform
from leads.transforms.base import Data, Rule, RuleError


class TransformSpec(NamedTuple):
    """A value transform as it is stored."""

    kind: str
    field: str
    options: Mapping[str, Any]


class JobSpec(NamedTuple):
    """A processor job as it is stored. The condition: that a field has one of the values; value."""

    kind: str
    field: str
    options: Mapping[str, Any]
    points: int
    hardfail: bool = False
    condition_field: str = ""
    condition_value: str = ""


class RuleFailed(Exception):  # noqa: N818  a rule, and it failed
    """A rule that raised. Its text names the rule and says why, without a value of the lead."""

    def __init__(self, kind: str, field: str, text: str) -> None:
        super().__init__(text)
        self.kind, self.field, self.text = kind, field, text


@dataclass(frozen=True, slots=True)
class Job:
    """A compiled processor job; `condition_values` in the shape of _condition()."""

    processor: Processor
    points: int
    hardfail: bool = False
    condition_field: str = ""
    condition_values: frozenset[str] = frozenset()

    def is_met(self, data: Data) -> bool:
        """Whether it runs for a lead with this data."""
        if not self.condition_field:
            return True
        return _condition(data.get(self.condition_field, "")) in self.condition_values


@dataclass(frozen=True)
class Rules:
    """All that a campaign does with a lead; `fields`: the kind of each field by its name."""

    fields: Mapping[str, str]
    transforms: tuple[Transform, ...]
    jobs: tuple[Job, ...]

    @property
    def looks_back(self) -> int:
        """For how many days before a lead its jobs ask for earlier ones; 0: for none."""
        return max((job.processor.looks_back for job in self.jobs), default=0)


@dataclass(frozen=True)
class Run:
    """What the jobs said of a lead, in their order, those that didn't run left out.

    A verdict: {"kind", "field", "points", "passed", "hardfail", "code"}; `code` (processors.texts)
    is empty for a lead that passed.
    """

    score: rules.Score
    verdicts: list[dict[str, Any]]


def compile_rules(
    fields: Mapping[str, str],
    transform_specs: Iterable[TransformSpec],
    job_specs: Iterable[JobSpec],
) -> Rules:
    """What can be used for all leads of a campaign. Raises BadOptions, which names the rule."""
    return Rules(
        dict(fields),
        tuple(_transform(TransformSpec(*spec)) for spec in transform_specs),
        tuple(_job(JobSpec(*spec)) for spec in job_specs),
    )


def transform(compiled: Rules, received: Mapping[str, str]) -> Data:
    """The data as the transforms leave it; what was received stays as it is. Raises RuleFailed."""
    data = dict(received)
    for one in compiled.transforms:
        try:
            one.apply(data)
        except Exception as error:  # noqa: BLE001  whatever it is, it is this lead's only
            raise _failed(one, error) from None
    return data


def judge(compiled: Rules, lead: Judged) -> Run:
    """What the jobs say of a lead whose data is transformed. Raises RuleFailed."""
    said, verdicts = [], []
    for job in compiled.jobs:
        if not job.is_met(lead.data):
            continue
        try:
            code = job.processor.judge(lead)
        except Exception as error:  # noqa: BLE001  whatever it is, it is this lead's only
            raise _failed(job.processor, error) from None
        said.append(rules.Points(job.points, code is None, job.hardfail))
        verdicts.append(_verdict(job, code))
    return Run(rules.score(said), verdicts)


def _verdict(job: Job, code: str | None) -> dict[str, Any]:
    return {
        "kind": job.processor.name,
        "field": job.processor.field,
        "points": job.points,
        "passed": code is None,
        "hardfail": job.hardfail,
        "code": code or "",
    }


def _condition(value: str) -> str:
    return value.strip().casefold()


def _transform(spec: TransformSpec) -> Transform:
    try:
        return transforms.make(*spec)
    except BadOptions as error:
        raise _named(transforms.get(spec.kind), spec.field, error) from error


def _job(spec: JobSpec) -> Job:
    try:
        processor = processors.make(spec.kind, spec.field, spec.options)
    except BadOptions as error:
        raise _named(processors.get(spec.kind), spec.field, error) from error
    values = frozenset(map(_condition, spec.condition_value.split(";")))
    return Job(processor, spec.points, spec.hardfail, spec.condition_field, values)


def _named(rule: type[Rule] | None, field: str, error: BadOptions) -> BadOptions:
    return BadOptions(_text(rule.label, field, str(error)) if rule else str(error))


def _failed(rule: Rule, error: Exception) -> RuleFailed:
    """Of an unexpected error only what it is called: what it says may hold the lead's values."""
    if isinstance(error, RuleError):
        why = error.text
    else:
        why = gettext("It failed unexpectedly (%(error)s).") % {"error": type(error).__name__}
    return RuleFailed(rule.name, rule.field, _text(rule.label, rule.field, why))


def _text(label: object, field: str, why: str) -> str:
    return f"{label} ({field}): {why}" if field else f"{label}: {why}"
