"""What the contract's tests share: a real HTTP client, and the shape of answers."""

import httpx
import pytest

from convertr.accounts.keys import create_key

CONVERSIONS = "/v1/networks/reporting/conversions"
OWN = "/v1/affiliates/reporting/conversions"
ADDITIONS = "/v1/networks/conversions/reporting"
TRUE = {"result": True}


@pytest.fixture
def client_of(live_server):
    """client_of(user) is an HTTP client with a key of theirs, in either header."""
    clients = []

    def made(user, *, bearer=False, **headers):
        secret = create_key(actor=None, user=user, name="contract").secret
        sent = {"Authorization": f"Bearer {secret}"} if bearer else {"X-Eflow-API-Key": secret}
        headers = headers or sent
        clients.append(httpx.Client(base_url=live_server.url, headers=headers, trust_env=False))
        return clients[-1]

    yield made
    for client in clients:
        client.close()


@pytest.fixture
def network(client_of, agency):
    return client_of(agency)


def refused(answer, status):
    """The text of a refusal in the API's one shape."""
    assert answer.status_code == status, answer.text
    assert list(answer.json()) == ["error"]
    assert answer.json()["error"]
    return answer.json()["error"]
