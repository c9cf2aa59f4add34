"""An administrator, and what a partner asked for."""

import pytest

from tests.factories import make_conversion
from tests.requests_workflow.kit import make_change


@pytest.fixture
def admin(sign_in, admin_user):
    return sign_in(admin_user)


@pytest.fixture
def conversion(offer, partner):
    return make_conversion(offer=offer, partner=partner)


@pytest.fixture
def asked(raiser, conversion):
    """A partner's request for an approval."""
    return make_change(raiser, conversion)
