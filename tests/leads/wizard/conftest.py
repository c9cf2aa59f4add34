"""Who is at it, and with which leads."""

import pytest

from tests.leads.kit import make_leads


@pytest.fixture
def staff(sign_in, agency):
    return sign_in(agency)


@pytest.fixture
def leads(campaign):
    return make_leads(3, campaign)
