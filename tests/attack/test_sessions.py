"""Sessions and forgery: a form counts only with its token, a session only for who it was made."""

import pytest
from django.contrib.sessions.models import Session
from django.db import transaction
from django.test import Client

from tests.access.asking import statements_that_write, with_fields
from tests.access.conftest import holding, people, things
from tests.access.table import ROWS
from tests.access.test_admin import addresses as admin_addresses
from tests.factories import PASSWORD

__all__ = ["holding", "people", "things"]
NEW = "battery-horse-correct"
# Called by advertisers' servers, which have no session.
WITHOUT_TOKEN = {"postback"}


@pytest.fixture(autouse=True)
def as_often_as_one_likes(settings):
    settings.ACCOUNT_RATE_LIMITS = False


def sign_in(client, person, password=PASSWORD):
    return client.post("/accounts/login/", {"login": person.email, "password": password})


def is_in(client):
    return client.get("/account/").status_code == 200


def test_no_form_counts_without_its_token(things, agency, without_frame):
    """Every address of pages that takes a POST, with a session and all that the call needs."""
    forged = Client(enforce_csrf_checks=True)
    forged.force_login(agency)
    asked = 0
    for name, method, path, expected in ROWS:
        if method != "POST" or path.startswith(("/v1/", "/api/")) or name in WITHOUT_TOKEN:
            continue
        if expected["agency"] in ("403", "404", "405"):
            continue
        address, fields = with_fields(path.format(**things))
        with transaction.atomic(), statements_that_write() as written:
            answer = forged.post(address, fields, headers={"Origin": "https://evil.test"})
            transaction.set_rollback(True)
        assert (path, answer.status_code) == (path, 403)
        assert not written, path
        asked += 1
    assert asked > 60


def test_no_form_of_the_admin_counts_without_its_token(admin_user, without_frame):
    """Every address there, those that take no POST too: the token is asked for first."""
    forged = Client(enforce_csrf_checks=True)
    forged.force_login(admin_user)
    asked = admin_addresses()
    assert len(asked) > 100
    for path in asked:
        with statements_that_write() as written:
            answer = forged.post(path, {"name": "x"}, headers={"Origin": "https://evil.test"})
        assert (path, answer.status_code) == (path, 403)
        assert not written, path


def test_a_session_begins_anew_with_a_sign_in(agency):
    """Who planted its key in somebody's browser doesn't have it afterwards."""
    client = Client()
    client.get("/invitation/planted")
    planted = client.cookies["sessionid"].value
    sign_in(client, agency)

    assert client.cookies["sessionid"].value != planted
    assert is_in(client)
    thief = Client()
    thief.cookies["sessionid"] = planted
    assert not is_in(thief)
    assert not Session.objects.filter(session_key=planted).exists()


def test_a_key_that_somebody_made_up_is_not_taken(agency):
    client = Client()
    client.cookies["sessionid"] = "a" * 32
    sign_in(client, agency)

    assert is_in(client)
    assert client.cookies["sessionid"].value != "a" * 32


def test_one_persons_session_isnt_anothers(agency, agency2):
    client = Client()
    sign_in(client, agency)
    first = client.cookies["sessionid"].value
    client.post("/accounts/logout/")
    sign_in(client, agency2)

    assert client.cookies["sessionid"].value != first


def test_signing_out_ends_the_session_on_the_server(agency):
    client, thief = Client(), Client()
    sign_in(client, agency)
    thief.cookies["sessionid"] = client.cookies["sessionid"].value
    assert is_in(thief)

    client.post("/accounts/logout/")

    assert not is_in(thief)


@pytest.mark.parametrize("way", ["changed", "reset", "switched off"])
def test_what_ends_all_of_a_persons_sessions(way, agency, mailoutbox):
    here, elsewhere = Client(), Client()
    sign_in(here, agency)
    sign_in(elsewhere, agency)

    if way == "changed":
        data = {"oldpassword": PASSWORD, "password1": NEW, "password2": NEW}
        assert here.post("/accounts/password/change/", data).status_code == 302
        assert is_in(here)
    elif way == "reset":
        Client().post("/accounts/password/reset/", {"email": agency.email})
        link = next(w for w in mailoutbox[0].body.split() if "/reset/key/" in w)
        stranger = Client()
        page = stranger.get(link.partition("testserver")[2], follow=True)
        path = page.redirect_chain[-1][0]
        stranger.post(path, {"password1": NEW, "password2": NEW})
        agency.refresh_from_db()
        assert agency.check_password(NEW)
    else:
        agency.is_active = False
        agency.save()

    assert not is_in(elsewhere)


def test_a_link_for_a_new_password_counts_once(agency, mailoutbox):
    Client().post("/accounts/password/reset/", {"email": agency.email})
    link = next(w for w in mailoutbox[0].body.split() if "/reset/key/" in w)
    path = link.partition("testserver")[2]
    for n, password in enumerate([NEW, "another-horse-battery"]):
        stranger = Client()
        page = stranger.get(path, follow=True)
        to = page.redirect_chain[-1][0] if page.redirect_chain else path
        stranger.post(to, {"password1": password, "password2": password})
        agency.refresh_from_db()
        assert agency.check_password(NEW), n
