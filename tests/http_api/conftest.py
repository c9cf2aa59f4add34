"""Callers of /v1: a client that sends a key, as an HTTP client would."""

import json

import pytest
from django.test import Client

from convertr.accounts.keys import create_key


class Caller(Client):
    """`call(method, path, body)` with one person's key; answers the response."""

    def __init__(self, user, scopes=()):
        super().__init__(raise_request_exception=False)
        made = create_key(actor=None, user=user, name="test", scopes=scopes)
        self.key, self.secret = made.key, made.secret

    def call(self, method, path, body=None, **headers):
        headers = {"X-Eflow-API-Key": self.secret, **headers}
        data = b"" if body is None else json.dumps(body)
        return self.generic(method, path, data, "application/json", headers=headers)


@pytest.fixture
def network(agency):
    return Caller(agency)


@pytest.fixture
def affiliate(partner_user):
    return Caller(partner_user)
