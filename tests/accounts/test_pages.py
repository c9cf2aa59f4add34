"""The pages before sign-in, and those of one's own account."""

import re

import pytest

from tests.factories import PASSWORD


@pytest.mark.parametrize(
    ("path", "words"),
    [
        ("/accounts/login/", "Stay signed in"),
        ("/accounts/password/reset/", "Send the link"),
        ("/accounts/signup/", "By invitation only"),
        ("/accounts/password/reset/done/", "Look in your mail"),
        ("/accounts/password/reset/key/x-y/", "This link no longer works"),
    ],
)
def test_pages_before_sign_in(client, db, path, words):
    response = client.get(path)
    page = response.content.decode()
    assert response.status_code == 200
    assert words in page
    assert " style=" not in page


@pytest.mark.parametrize(
    ("path", "words"),
    [
        ("/accounts/email/", "Change the address"),
        ("/accounts/password/change/", "Change the password"),
        ("/accounts/2fa/", "Authenticator app"),
        ("/accounts/logout/", "Sign out?"),
    ],
)
def test_pages_of_ones_account(client, agency, path, words):
    client.force_login(agency)
    page = client.get(path).content.decode()
    assert words in page
    assert " style=" not in page


def test_nobody_signs_up(client, db, django_user_model):
    data = {"email": "new@example.test", "password1": "correct horse battery"}
    client.post("/accounts/signup/", data)
    assert not django_user_model.objects.exists()


def test_a_new_address_counts_only_once_its_link_was_opened(client, agency, mailoutbox):
    client.force_login(agency)
    client.post("/accounts/reauthenticate/", {"password": PASSWORD})
    client.post("/accounts/email/", {"action_add": "", "email": "ada@new.example.test"})
    agency.refresh_from_db()
    assert agency.email == "agency@example.test"
    assert "ada@new.example.test" in client.get("/accounts/email/").content.decode()
    [mail] = [mail for mail in mailoutbox if mail.to == ["ada@new.example.test"]]
    link = re.search(r"/accounts/confirm-email/\S+", mail.body)[0]
    page = client.get(link).content.decode()
    assert "ada@new.example.test" in page
    client.post(link)
    agency.refresh_from_db()
    assert agency.email == "ada@new.example.test"


def test_a_new_address_asks_for_the_password_first(client, agency, mailoutbox):
    client.force_login(agency)
    new = {"action_add": "", "email": "ada@newer.example.test"}

    asked = client.post("/accounts/email/", new)
    assert asked.url.startswith("/accounts/reauthenticate/?next=")
    assert not mailoutbox
    client.post(asked.url, {"password": "wrong-one"})
    assert not mailoutbox

    # What was asked for goes on after the password, without being typed again.
    client.post(asked.url, {"password": PASSWORD, "next": "/accounts/email/"})
    assert [mail.to for mail in mailoutbox if mail.to == [new["email"]]]


def test_the_address_page_does_not_stand_in_the_way_of_a_second_factor(client, agency):
    agency.set_password("correct horse battery")
    agency.save()
    password = {"password": "correct horse battery"}
    client.post("/accounts/login/", {"login": agency.email, **password})
    client.get("/accounts/email/")
    client.post("/accounts/reauthenticate/", password)
    assert client.get("/accounts/2fa/totp/activate/").status_code == 200
