"""schemathesis on our own OpenAPI: no call ends in a 5xx, every answer is as it says.

The same examples each time, for a network's key and a partner's, with ids that are made up and
with ids that are there.
"""

import itertools
from uuid import UUID

import pytest
import schemathesis
from django.contrib.auth.models import Permission
from django.core.signals import request_finished, request_started
from django.db import close_old_connections
from hypothesis import HealthCheck, settings

from conversions.api.services import change_statuses
from conversions.rules import Status
from convertr.accounts.keys import create_key
from convertr.wsgi import application
from tests.factories import make_conversion, make_offer
from tests.requests_workflow.kit import make_change

CONFIG = schemathesis.Config.from_dict(
    {
        "generation": {"deterministic": True, "max-examples": 6, "database": "none"},
        "phases": {"examples": {"enabled": False}},
        # The same body as the network's listing takes: a few examples are enough.
        "operations": [
            {
                "include-path-regex": "/affiliates/|/summary|/export",
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
    "from": "2026-11-01",
    "to": "2026-11-30",
    "timezone_id": 67,
    "show_conversions": True,
    "show_events": True,
    "is_now": True,
    "number_of_conversions": 1,
    "event_id": 0,
}
schema = schemathesis.openapi.from_wsgi("/v1/openapi.json", application, config=CONFIG)


@pytest.fixture
def one_connection(db):
    """Calls share the test's connection, as those of Django's own test client do."""
    signals = (request_started, request_finished)
    for signal in signals:
        signal.disconnect(close_old_connections)
    yield
    for signal in signals:
        signal.connect(close_old_connections)


@pytest.fixture
def world(one_connection, settings, agency, partner_user, partner):
    """Keys that hold everything, and what the addresses name."""
    settings.API_BURST = settings.API_RATE = 10**6
    partner_user.user_permissions.set(Permission.objects.all())
    offer = make_offer(partners=[partner])
    # As a transaction's and as a conversion's: what an address calls {id} is one or the other.
    uuid = UUID(int=7)
    conversion = make_conversion(
        offer=offer, partner=partner, status="approved", uuid=uuid, transaction_id=uuid.hex
    )
    asked = make_change(partner_user, conversion, payout="7")
    job = change_statuses(actor=agency, ids=[uuid.hex], status=Status.APPROVED)
    secrets = [
        create_key(actor=None, user=user, name="test").secret for user in (agency, partner_user)
    ]
    there = {
        "id": uuid.hex,
        "offer_id": offer.pk,
        "affiliate_id": partner.pk,
        "job_id": job.pk,
        "conversion_request_id": asked.pk,
        "conversion_id": uuid.hex,
    }
    return itertools.count(), secrets, there


def named(values, there):
    return {name: there.get(name, value) for name, value in values.items()}


@schema.parametrize()
@settings(suppress_health_check=list(HealthCheck), deadline=None)
def test_answers_are_as_described(case, world):
    """Every other call names what is there; every eighth comes with the other kind of key."""
    numbers, (network, partner), there = world
    number = next(numbers)
    if number % 2:
        case.path_parameters = named(case.path_parameters or {}, there)
        if isinstance(case.body, dict):
            case.body = named(case.body, {**there, **WELL_FORMED})
    theirs = "/affiliates/" in case.path
    secret = partner if theirs != (number % 8 == 7) else network
    case.call_and_validate(headers={"X-Eflow-API-Key": secret})
