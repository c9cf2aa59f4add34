"""Callers of /api/v4, and an integration that leads wait for."""

import pytest

from tests.batches.kit import make_integration
from tests.http_api.conftest import Caller


@pytest.fixture
def network(agency):
    return Caller(agency)


@pytest.fixture
def affiliate(partner_user):
    return Caller(partner_user)


@pytest.fixture
def integration(memory):
    return make_integration()
