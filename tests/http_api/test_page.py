import re

import pytest

from convertr.accounts import keys
from convertr.accounts.models import ApiKey


@pytest.fixture
def client(sign_in, agency):
    return sign_in(agency)


def test_a_key_is_made_for_oneself_and_shown_once(client, agency):
    shown = client.post("/v2/api", {"name": "Reports", "scopes": ["read"]}).content.decode()

    secret = re.search(r"cvr_[\w-]{40,}", shown)[0]
    key = keys.authenticate(secret)
    assert (key.user, key.scopes) == (agency, ["read"])
    again = client.get("/v2/api").content.decode()
    assert "Reports" in again
    assert secret not in again


def test_the_page_with_the_key_is_kept_nowhere(client):
    answer = client.post("/v2/api", {"name": "Reports"})

    assert "no-store" in answer["Cache-Control"]


@pytest.mark.parametrize("data", [{}, {"name": " "}, {"name": "x", "scopes": ["everything"]}])
def test_what_makes_no_key_is_refused(client, data):
    assert client.post("/v2/api", data).status_code == 422
    assert not ApiKey.objects.exists()


def test_a_key_is_revoked(client, agency):
    made = keys.create_key(actor=agency, user=agency, name="Reports")

    answer = client.post(f"/v2/api/keys/{made.key.pk}/revoke", follow=True)

    assert "has ended" in answer.content.decode()
    assert keys.authenticate(made.secret) is None


def test_anothers_key_is_not_there(client, agency2):
    made = keys.create_key(actor=None, user=agency2, name="Not yours")

    assert client.post(f"/v2/api/keys/{made.key.pk}/revoke").status_code == 404
    assert "Not yours" not in client.get("/v2/api").content.decode()
    assert keys.authenticate(made.secret)
