"""People of these tests, who raise for partners and who decide, and what they ask about."""

import pytest

from convertr.accounts.models import Role
from requests_workflow import rules
from tests.factories import make_conversion, make_offer, make_user
from tests.requests_workflow.kit import make_change

RAISES = tuple(rules.RAISE_PERMISSIONS.values())


@pytest.fixture
def raiser(partner):
    """A partner's person who may ask for both kinds."""
    return make_user(
        "raiser@example.test",
        full_name="Rosa Raiser",
        role=Role.PARTNER,
        partner=partner,
        permissions=RAISES,
    )


@pytest.fixture
def other_raiser(other_partner):
    """The same of another partner."""
    return make_user(
        "raiser2@example.test",
        full_name="Rolf Raiser",
        role=Role.PARTNER,
        partner=other_partner,
        permissions=RAISES,
    )


@pytest.fixture
def offer(partner):
    """An offer of the partner's, in EUR, payout 4 and revenue 5."""
    return make_offer(name="Solar Lead", partners=[partner])


@pytest.fixture
def conversion(offer, partner):
    """A conversion of the offer, pending."""
    return make_conversion(offer=offer, partner=partner)


@pytest.fixture
def asked(raiser, conversion):
    """A partner's request for an approval."""
    return make_change(raiser, conversion)
