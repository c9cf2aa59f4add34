"""What the demo's campaigns ask of their leads: the same fields, rules of their own."""

from collections.abc import Iterable
from typing import Any

from convertr.network.models import Campaign
from leads.models import CampaignField, ProcessorJob, ValueTransform

Kind = CampaignField.Kind
# Name, label, kind, required.
FIELDS = (
    ("firstName", "First name", Kind.FIRST_NAME, True),
    ("lastName", "Last name", Kind.LAST_NAME, True),
    ("email", "E-mail", Kind.EMAIL, True),
    ("telephone", "Telephone", Kind.TELEPHONE, False),
    ("country", "Country", Kind.COUNTRY, False),
    ("city", "City", Kind.TEXT, False),
    ("birthDate", "Date of birth", Kind.DATE, False),
)
TRANSFORMS: tuple[tuple[str, str, dict[str, Any]], ...] = (
    ("trim", "firstName", {}),
    ("title_case", "firstName", {}),
    ("trim", "email", {}),
    ("case", "email", {"to": "lower"}),
    ("country", "country", {}),
    ("telephone", "telephone", {"region": "DE"}),
    ("date", "birthDate", {"formats": ["%d.%m.%Y"]}),
)
# Kind, field, options, score, hardfail.
JOBS: tuple[tuple[str, str, dict[str, Any], int, bool], ...] = (
    ("email_syntax", "email", {}, 30, True),
    ("disposable_email", "email", {}, 10, False),
    ("required", "telephone", {}, 15, False),
    ("telephone", "telephone", {"region": "DE"}, 15, False),
    ("invalid_name", "lastName", {}, 10, False),
    ("test_data", "", {}, 10, True),
    ("duplicate", "email", {"kind": "email", "days": 90, "scope": "advertiser"}, 10, True),
)


def set_up(campaigns: Iterable[Campaign]) -> None:
    """Give fields and rules to those that have none."""
    for campaign in campaigns:
        if campaign.lead_fields.exists():
            continue
        for place, (name, label, kind, required) in enumerate(FIELDS):
            CampaignField.objects.create(
                campaign=campaign, name=name, label=label, kind=kind, required=required,
                position=place,
            )  # fmt: skip
        for place, (rule, field, options) in enumerate(TRANSFORMS):
            ValueTransform.objects.create(
                campaign=campaign, kind=rule, field=field, options=options, position=place
            )
        for place, (rule, field, options, score, hardfail) in enumerate(JOBS):
            ProcessorJob.objects.create(
                campaign=campaign, kind=rule, field=field, options=options, score=score,
                hardfail=hardfail, position=place,
            )  # fmt: skip
