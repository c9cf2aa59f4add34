"""Callers of /api/v4; the same as of /v1."""

import pytest

from tests.http_api.conftest import Caller


@pytest.fixture
def network(agency):
    return Caller(agency)


@pytest.fixture
def affiliate(partner_user):
    return Caller(partner_user)
