"""The compiled rules of campaigns, read anew for each batch: a change counts from then on."""

from collections import defaultdict
from collections.abc import Collection
from dataclasses import dataclass
from typing import Any

from leads.models import CampaignField, ProcessorJob, ValueTransform
from leads.running import JobSpec, Rules, TransformSpec, compile_rules
from leads.transforms import BadOptions


@dataclass(frozen=True)
class Ruleset:
    """A campaign's rules; `error` says why they can't be carried out."""

    rules: Rules | None
    has_jobs: bool
    error: str = ""


def load(campaign_ids: Collection[int]) -> dict[int, Ruleset]:
    """The rules of these campaigns, in three queries."""
    of: dict[str, Any] = {"campaign__in": campaign_ids}
    fields: dict[int, dict[str, str]] = defaultdict(dict)
    for campaign, name, kind in CampaignField.objects.filter(**of).values_list(
        "campaign_id", "name", "kind"
    ):
        fields[campaign][name] = kind
    transforms = _by_campaign(ValueTransform.objects.filter(**of, active=True))
    jobs = _by_campaign(ProcessorJob.objects.filter(**of, active=True))
    return {pk: _compiled(fields[pk], transforms[pk], jobs[pk]) for pk in campaign_ids}


def _by_campaign(rows: Any) -> dict[int, list[Any]]:
    found: dict[int, list[Any]] = defaultdict(list)
    for row in rows.order_by("position", "id"):
        found[row.campaign_id].append(row)
    return found


def _compiled(
    fields: dict[str, str], transforms: list[ValueTransform], jobs: list[ProcessorJob]
) -> Ruleset:
    try:
        rules = compile_rules(
            fields,
            [TransformSpec(row.kind, row.field, row.options) for row in transforms],
            [
                JobSpec(
                    kind=row.kind,
                    field=row.field,
                    options=row.options,
                    points=row.score,
                    hardfail=row.hardfail,
                    condition_field=row.condition_field,
                    condition_value=row.condition_value,
                )
                for row in jobs
            ],
        )
    except BadOptions as bad:
        return Ruleset(None, has_jobs=bool(jobs), error=str(bad))
    return Ruleset(rules, has_jobs=bool(jobs))
