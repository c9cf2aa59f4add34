"""schemathesis on /api's OpenAPI: no call ends in a 5xx, every answer is as it says.

As tests/http_api/test_schema.py does for /v1: the same examples each time, of which every other
names what is there, and every eighth comes with a partner's key.
"""

import itertools

import pytest
import schemathesis
from django.contrib.auth.models import Permission
from django.core.files.base import ContentFile
from django.core.files.storage import default_storage
from hypothesis import HealthCheck, settings

from batches.claiming import frozen
from batches.models import Batch
from convertr.accounts.keys import create_key
from convertr.wsgi import application
from leads.flagging.kinds import KIND_OF
from tests.batches.conftest import kept_in
from tests.batches.kit import make_integration
from tests.http_api.test_schema import one_connection
from tests.leads.kit import done, make_lead, make_lead_campaign

__all__ = ["kept_in", "one_connection"]
CONFIG = schemathesis.Config.from_dict(
    {
        "generation": {"deterministic": True, "max-examples": 5, "database": "none"},
        "phases": {"examples": {"enabled": False}},
        "operations": [
            # The same bodies as others': a few examples are enough.
            {
                "include-path-regex": "/leads-bulk-[^f]|/jobs/|/token/|/leads$|/publisher/",
                "phases": {"coverage": {"enabled": False}},
            }
        ],
        "checks": {
            # Business rules refuse much that is well-formed, and much that isn't is forgiven.
            "positive_data_acceptance": {"enabled": False},
            "negative_data_rejection": {"enabled": False},
        },
    }
)
# What lets a call come so far that its other values matter.
WELL_FORMED = {
    "signature": "Ada Agency",
    "confirm": True,
    "flag": "invalid",
    "ownReason": "Ours",
    "columns": ["id", "email"],
    "conditions": {},
    "leadData": {"email": "a@b.org"},
}
schema = schemathesis.openapi.from_wsgi("/api/v4/openapi.json", application, config=CONFIG)


@pytest.fixture
def world(one_connection, settings, agency, partner_user, partner):
    """Keys that hold everything, and what the addresses name."""
    settings.API_BURST = settings.API_RATE = 10**6
    settings.ACCOUNT_RATE_LIMITS = False
    partner_user.user_permissions.set(Permission.objects.all())
    campaign = make_lead_campaign()
    integration, batch = sent_batch(campaign)
    lead = make_lead(campaign, partner=partner)
    job = done(agency, "replacement", [lead])
    assert job.kind in KIND_OF.values()
    secrets = [
        create_key(actor=None, user=user, name="test").secret for user in (agency, partner_user)
    ]
    there = {
        "lead_id": lead.pk,
        "leadIds": [lead.pk, 7_000_000],
        "campaign_id": campaign.pk,
        "partner_id": partner.pk,
        "campaign": campaign.pk,
        "publisher": partner.pk,
        "campaign.id": campaign.pk,
        "job_id": job.pk,
        "integration_id": integration.pk,
        "batchIntegrationId": integration.pk,
        "batch_id": batch.pk,
        "removeLeadIds": [lead.pk, 7_000_000],
    }
    return itertools.count(), secrets, there


def sent_batch(campaign):
    """An integration, and a batch of it with a line and a file."""
    integration = make_integration(campaign, destination={"kind": "nowhere"})
    batch = Batch.objects.create(
        integration=integration,
        due_at="2026-01-01T00:00Z",
        frozen=frozen(integration),
        state="sent",
        sent_at="2026-01-01T00:00Z",
        leads=1,
        name="a.csv",
        stored=default_storage.save("batches/a", ContentFile(b"1,a@b.org,London")),
    )
    batch.lines.create(seq=1, lead_id=1, cells=["1", "a@b.org", "London"])
    return integration, batch


def named(values, there):
    return {name: there.get(name, value) for name, value in values.items()}


@schema.parametrize()
@settings(suppress_health_check=list(HealthCheck), deadline=None)
def test_answers_are_as_described(case, world):
    numbers, (network, partner), there = world
    number = next(numbers)
    if number % 2:
        case.path_parameters = named(case.path_parameters or {}, there)
        if isinstance(case.body, dict):
            case.body = named(case.body, {**there, **WELL_FORMED})
    secret = partner if number % 8 == 7 else network
    case.call_and_validate(headers={"X-Eflow-API-Key": secret})
