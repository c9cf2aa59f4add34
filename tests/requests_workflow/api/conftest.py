"""Callers with both kinds of keys, and what they ask about."""

import pytest

from tests.factories import make_conversion
from tests.http_api.conftest import Caller
from tests.requests_workflow.kit import make_change


@pytest.fixture
def network(agency):
    return Caller(agency)


@pytest.fixture
def affiliate(raiser):
    return Caller(raiser)


@pytest.fixture
def other(other_raiser):
    return Caller(other_raiser)


@pytest.fixture
def conversion(offer, partner):
    return make_conversion(offer=offer, partner=partner)


@pytest.fixture
def asked(raiser, conversion):
    """A partner's request for an approval."""
    return make_change(raiser, conversion)
