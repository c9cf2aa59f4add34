"""People of these tests: who raises for a partner, and who decides."""

import pytest

from convertr.accounts.models import Role
from requests_workflow import rules
from tests.factories import make_offer, make_user

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
