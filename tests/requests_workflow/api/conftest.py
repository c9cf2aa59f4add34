"""Callers with both kinds of keys."""

import pytest

from tests.http_api.conftest import Caller


@pytest.fixture
def network(agency):
    return Caller(agency)


@pytest.fixture
def affiliate(raiser):
    return Caller(raiser)


@pytest.fixture
def other(other_raiser):
    return Caller(other_raiser)
