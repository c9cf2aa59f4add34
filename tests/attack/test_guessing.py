"""Guessing at passwords and keys: limited, and the answer tells nothing."""

import ast
import hashlib
import inspect

import pytest
from django.test import Client

from convertr.accounts import invitations, keys, tokens
from convertr.accounts.models import ApiKey, Invitation
from convertr.http_api import limits
from tests.access.asking import statements_that_write
from tests.factories import PASSWORD

ME = "/v1/me"


@pytest.fixture
def few(settings):
    """Three calls with a wrong key a minute; no count of an earlier test."""
    settings.API_WRONG_KEYS = 3
    for address in ("127.0.0.1", "203.0.113.7", "203.0.113.8"):
        limits._script().registered_client.delete(f"api-wrong:{address}")


def ask(secret, address="127.0.0.1", path=ME):
    return Client(REMOTE_ADDR=address).get(path, headers={"X-Eflow-API-Key": secret})


@pytest.mark.parametrize("path", [ME, "/api/v4/leads"])
def test_who_guesses_keys_is_stopped(few, network, path):
    for n in range(3):
        assert ask(f"cvr_wrong{n}", path=path).status_code == 401
    answer = ask("cvr_wrong", path=path)

    assert answer.status_code == 429
    assert int(answer["Retry-After"]) > 0
    # Neighbours behind the same address still call, strangers elsewhere are counted anew.
    assert ask(network.secret).status_code == 200
    assert ask("cvr_wrong", "203.0.113.7", path).status_code == 401
    assert Client().get(path).status_code == 401


def test_an_address_is_what_our_own_proxy_saw(few, network, settings):
    settings.ALLAUTH_TRUSTED_PROXY_COUNT = 1
    for n in range(4):
        seen = {"X-Forwarded-For": f"10.0.0.{n}, 203.0.113.8", "X-Eflow-API-Key": "cvr_wrong"}
        answer = Client().get(ME, headers=seen)

    assert answer.status_code == 429


def test_an_account_is_locked_however_many_addresses_guess(agency, settings):
    settings.ACCOUNT_RATE_LIMITS = {"login_failed": "100/m/ip,3/5m/key"}
    for n in range(4):
        data = {"login": agency.email, "password": f"wrong{n}"}
        answer = Client(REMOTE_ADDR=f"203.0.113.{n}").post("/accounts/login/", data)
    assert b"Too many failed" in answer.content

    right = {"login": agency.email, "password": PASSWORD}
    answer = Client(REMOTE_ADDR="203.0.113.99").post("/accounts/login/", right)
    assert answer.status_code == 200
    assert b"Too many failed" in answer.content
    assert "sessionid" not in answer.cookies


def test_who_has_an_account_is_not_told(client, agency, settings, mailoutbox):
    settings.ACCOUNT_RATE_LIMITS = False
    pages = []
    for email in (agency.email, "nobody@example.test"):
        wrong = client.post("/accounts/login/", {"login": email, "password": "wrong"})
        asked = client.post("/accounts/password/reset/", {"email": email}, follow=True)
        both = (wrong.content + asked.content).replace(email.encode(), b"")
        pages.append((wrong.status_code, asked.status_code, without_tokens(both)))

    assert pages[0] == pages[1]


def without_tokens(content):
    lines = content.decode().splitlines()
    return [line for line in lines if "csrf" not in line and "data-user" not in line]


# --- by construction: nothing is compared that could tell by its time how much of it was right ---


def test_keys_links_and_tokens_are_looked_up_by_their_digest(agency, admin_user):
    made = keys.create_key(actor=None, user=agency, name="test")
    invited = invitations.invite(actor=admin_user, email="new@example.test", role="agency")
    token = invited.link.rpartition("/")[2]

    assert ApiKey.objects.get(hash=hashlib.sha256(made.secret.encode()).hexdigest()) == made.key
    assert Invitation.objects.get(hash=hashlib.sha256(token.encode()).hexdigest())
    for model, secret in ((ApiKey, made.secret), (Invitation, token)):
        # Of the secret not more than what is shown is kept anywhere.
        kept = str(list(model.objects.values()))
        assert secret not in kept
        assert secret[keys.SHOWN_CHARACTERS :] not in kept
    assert keys.SHOWN_CHARACTERS - len(keys.MARK) <= 8


@pytest.mark.parametrize("module", [keys, tokens, invitations])
def test_no_secret_is_compared_character_by_character(module):
    secrets = {"secret", "token", "password", "refresh", "code", "hash"}
    for node in ast.walk(ast.parse(inspect.getsource(module))):
        if isinstance(node, ast.Compare) and isinstance(node.ops[0], ast.Eq | ast.NotEq):
            sides = [node.left, *node.comparators]
            assert not secrets & {getattr(side, "id", "") for side in sides}, ast.unparse(node)
            assert not any(getattr(side, "attr", "").endswith("hash") for side in sides)


def test_a_wrong_key_and_a_revoked_one_are_told_the_same(network, agency):
    keys.revoke_key(actor=agency, key=network.key)
    with statements_that_write() as written:
        answers = [ask(network.secret), ask("cvr_" + "x" * 43), ask("cvr_")]

    assert {(answer.status_code, answer.content) for answer in answers} == {
        (401, answers[0].content)
    }
    assert written == []
