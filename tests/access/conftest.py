"""One of each thing, one person of each role, signed in once for a whole walk."""

import pytest
from django.contrib.auth.models import Permission
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client

from batches.claiming import frozen
from batches.models import Batch, Credential
from conversions.status_csv.services import verify_csv
from convertr.accounts.keys import create_key
from convertr.accounts.models import Role
from convertr.accounts.permissions import PARTNER_PERMISSIONS
from leads.models import Lead
from leads.wizard.services import start as start_draft
from requests_workflow.services.discussing import comment
from tests.access.table import ROLES
from tests.batches.kit import make_integration
from tests.factories import (
    make_campaign,
    make_conversion,
    make_offer,
    make_partner,
    make_postback,
    make_postback_event,
    make_user,
)
from tests.http_api.conftest import Caller
from tests.requests_workflow.kit import make_change


@pytest.fixture(autouse=True)
def unlimited(settings):
    """A walk calls the same page many times a minute, from one address; limits: tests/attack."""
    settings.ACCOUNT_RATE_LIMITS = settings.MFA_RATE_LIMITS = False


@pytest.fixture
def holding(partner):
    """A partner's person whom somebody gave whatever there is to give."""
    person = make_user("holding@example.test", role=Role.PARTNER, partner=partner)
    person.user_permissions.set(Permission.objects.all())
    return person


@pytest.fixture
def people(admin_user, agency, agency2, partner_user, holding, other_partner_user):
    """By role; nobody for `out`."""
    people = [admin_user, agency, agency2, partner_user, holding, other_partner_user]
    return dict(zip(ROLES, [*people, None], strict=True))


@pytest.fixture
def clients(people, sign_in):
    return {role: sign_in(person) if person else Client() for role, person in people.items()}


@pytest.fixture
def callers(people):
    return {role: Caller(person) if person else Client() for role, person in people.items()}


@pytest.fixture
def things(agency, partner):
    """One of each: the conversion is the partner's, the job the agency's."""
    campaign = make_campaign()
    offer = make_offer(partners=[partner], advertiser=campaign.advertiser)
    conversion = make_conversion(
        offer=offer, partner=partner, status="approved", transaction_id="T-1"
    )
    data = f"conversion_id,status\n{conversion.pk},APPROVED\n".encode()
    job = verify_csv(actor=agency, name="access.csv", data=data)
    postback = make_postback(partner, "https://partner.test/")
    return {
        "conversion": conversion.pk,
        "uuid": conversion.uuid.hex,
        "offer": offer.pk,
        "partner": partner.pk,
        "advertiser": campaign.advertiser_id,
        "campaign": campaign.pk,
        "lead_field": campaign.lead_fields.create(name="email", kind="email").pk,
        "lead": Lead.objects.create(campaign=campaign, partner=partner).pk,
        "job": job.pk,
        "draft": start_draft(actor=agency).pk,
        "postback": postback.pk,
        "others": make_postback(make_partner(), "https://other.test/").pk,
        "event": make_postback_event(postback, conversion, state="delivered").pk,
        "key": create_key(actor=None, user=agency, name="access").key.pk,
        "example": "status-by-uuid",
        **batched(agency, campaign),
        **asked_for(agency, partner, conversion),
    }


def batched(agency, campaign):
    """An integration without leads, a batch of it that failed, and a credential."""
    integration = make_integration(campaign, destination={"kind": "nowhere"}, created_by=agency)
    batch = Batch.objects.create(
        integration=integration,
        due_at="2026-01-01T00:00Z",
        frozen=frozen(integration),
        state="failed",
        built_at="2026-01-01T00:00Z",
    )
    credential = Credential.objects.create(name="Depot", kind="password", ciphertext=b"sealed")
    return {"integration": integration.pk, "batch": batch.pk, "credential": credential.pk}


def asked_for(agency, partner, conversion):
    """A request of a colleague of the partner's people, with evidence of both sides."""
    raiser = make_user(role=Role.PARTNER, partner=partner, permissions=PARTNER_PERMISSIONS)
    asked = make_change(raiser, conversion, status="rejected")
    pdf = SimpleUploadedFile("a.pdf", b"%PDF-1.7")
    public = comment(actor=raiser, request=asked, text="", files=[pdf])
    internal = comment(actor=agency, request=asked, text="", internal=True, files=[pdf])
    return {
        "request": asked.pk,
        "file": public.attachments.get().pk,
        "internal_file": internal.attachments.get().pk,
    }
