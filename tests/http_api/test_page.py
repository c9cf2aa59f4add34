import re

import pytest
from django.core.cache import cache
from django.utils import timezone

from convertr.accounts import keys, tokens
from convertr.accounts.models import ApiKey
from convertr.errors import DomainError
from tests.factories import PASSWORD


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


def signed_in_through_the_api(rf, user):
    return tokens.sign_in(rf.post("/api/login"), email=user.email, password=PASSWORD, code="")


def test_a_sign_in_is_ended_with_all_that_follows_from_it(client, agency, agency2, rf):
    cache.clear()
    assert "Sign-ins" not in client.get("/v2/api").text
    made, others = (signed_in_through_the_api(rf, one) for one in (agency, agency2))
    made = tokens.refresh(made.refresh)
    key = agency.api_keys.get()
    # Over for now, and a refresh brings it back.
    ApiKey.objects.update(expires_at=timezone.now())

    page = client.get("/v2/api")
    assert list(page.context["sign_ins"]) == [key]
    assert "End the sign-in of" in page.text
    answer = client.post(f"/v2/api/keys/{key.pk}/revoke", follow=True)

    assert "The sign-in has ended." in answer.text
    assert "Sign-ins" not in answer.text
    with pytest.raises(DomainError):
        tokens.refresh(made.refresh)
    assert tokens.refresh(others.refresh)


def test_a_sign_in_that_is_over_is_not_listed(client, agency, rf):
    cache.clear()
    signed_in_through_the_api(rf, agency)
    ApiKey.objects.update(refresh_expires_at=timezone.now())
    assert "Sign-ins" not in client.get("/v2/api").text


def test_anothers_key_is_not_there(client, agency2):
    made = keys.create_key(actor=None, user=agency2, name="Not yours")

    assert client.post(f"/v2/api/keys/{made.key.pk}/revoke").status_code == 404
    assert "Not yours" not in client.get("/v2/api").content.decode()
    assert keys.authenticate(made.secret)
