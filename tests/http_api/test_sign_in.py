"""POST /api/login and /api/token/refresh: an access token for a password."""

import logging
import time
from datetime import timedelta

import pytest
from allauth.mfa.recovery_codes.internal.auth import RecoveryCodes
from allauth.mfa.totp.internal import auth as totp
from django.core.cache import cache
from django.test import Client
from django.utils import timezone

from convertr.accounts import keys, people
from convertr.accounts.models import ApiKey
from convertr.audit.models import Entry
from convertr.http_api.models import ApiCall
from convertr.jobs import housekeeping
from tests.factories import PASSWORD, make_user
from tests.http_api.conftest import Caller

pytestmark = pytest.mark.django_db
LOGIN, REFRESH, REASONS = "/api/login", "/api/token/refresh", "/api/v4/lead-flag-reasons"
SECRET = "JBSWY3DPEHPK3PXPJBSWY3DPEHPK3PXP"
REFUSED = "No active account has this e-mail, password and, where it has one, code."


@pytest.fixture(autouse=True)
def no_failures_yet():
    cache.clear()


@pytest.fixture
def client():
    return Client(raise_request_exception=False)


def login(client, user, kind="application/json", **changes):
    fields = {"username": user.email, "password": PASSWORD, **changes}
    if kind == "multipart":
        return client.post(LOGIN, fields)
    if kind == "form":
        body = "&".join(f"{name}={value.replace('@', '%40')}" for name, value in fields.items())
        return client.generic("POST", LOGIN, body, "application/x-www-form-urlencoded")
    return client.post(LOGIN, fields, kind)


def refresh(client, token):
    return client.post(REFRESH, {"refresh_token": token}, "application/json")


def ask(client, token):
    return client.get(REASONS, headers={"Authorization": f"Bearer {token}"})


def code_now():
    return totp.format_hotp_value(totp.hotp_value(SECRET, int(time.time()) // 30))


@pytest.mark.parametrize("kind", ["application/json", "form", "multipart"])
def test_a_password_for_a_token(client, agency, kind):
    answer = login(client, agency, kind)

    assert answer.status_code == 200, answer.content
    told = answer.json()
    assert list(told) == [
        "access_token", "refresh_token", "token_type", "expires_in", "user_id", "password_expired",
    ]  # fmt: skip
    assert list(told.values())[2:] == ["bearer", 3600, agency.pk, False]
    assert answer["Cache-Control"] == "no-store"
    assert not answer.cookies
    assert ask(client, told["access_token"]).status_code == 200
    assert Entry.objects.get().action == "api.signed_in"


def test_json_is_read_whatever_it_is_called(client, agency):
    body = f'{{"username": "{agency.email}", "password": "{PASSWORD}"}}'
    answer = client.generic("POST", LOGIN, body, "application/x-www-form-urlencoded")

    assert answer.status_code == 200


def test_a_name_in_other_letters(client, agency):
    assert login(client, agency, username=f" {agency.email.upper()} ").status_code == 200


@pytest.mark.parametrize(
    "changes",
    [{"password": "wrong"}, {"username": "nobody@example.test"}, {"username": ""}],
)
def test_whatever_is_wrong_is_told_alike(client, agency, changes):
    problem = {"type": "urn:convertr:error:sign_in_refused", "title": "Unauthorized"}
    answer = login(client, agency, **changes)

    assert (answer.status_code, answer.json()) == (401, {**problem, "detail": REFUSED})
    assert not ApiKey.objects.exists()


def test_a_person_who_left(client):
    user = make_user(is_active=False)

    assert login(client, user).json()["detail"] == REFUSED


@pytest.mark.parametrize(
    "body",
    [
        {},
        {"username": "a@b.test"},
        {"username": 1, "password": "x"},
        {"username": "a\x00", "password": "x"},
        {"username": "a@b.test", "password": "x" * 1_001},
        {"username": "a@b.test", "password": "x", "mfa_code": True},
    ],
)
def test_what_is_no_sign_in(client, body):
    answer = client.post(LOGIN, body, "application/json")

    assert (answer.status_code, answer.json()["title"]) == (400, "Bad Request")


def test_a_form_that_cant_be_read(client):
    answer = client.generic("POST", LOGIN, b"--x", "multipart/form-data; boundary=" + "y" * 300)

    assert (answer.status_code, answer.json()["detail"]) == (400, "The form can't be read.")


class TestSecondFactor:
    @pytest.fixture
    def user(self):
        user = make_user()
        totp.TOTP.activate(user, SECRET)
        return user

    def test_its_code_is_asked_for_and_taken_once(self, client, user):
        code = code_now()
        wrong = str((int(code) + 5) % 10**6).zfill(6)

        assert login(client, user).json()["detail"] == REFUSED
        assert login(client, user, mfa_code=wrong).json()["detail"] == REFUSED
        assert login(client, user, mfa_code="é" * 6).json()["detail"] == REFUSED
        assert login(client, user, mfa_code=code).status_code == 200
        assert login(client, user, mfa_code=code).status_code == 401

    def test_a_code_as_a_number_and_in_a_form(self, client, user):
        RecoveryCodes.activate(user)
        [code, *_more] = [
            c for c in RecoveryCodes.activate(user).get_unused_codes() if not c.startswith("0")
        ]
        assert login(client, user, mfa_code=int(code)).status_code == 200
        assert login(client, user, "form", mfa_code=code).status_code == 401

    def test_guesses_are_limited(self, client, user):
        found = [login(client, user, mfa_code="000000x").status_code for _ in range(7)]

        assert found == [401] * 5 + [429] * 2
        assert login(client, user, mfa_code=code_now()).status_code == 429

    def test_who_has_none_sends_what_one_likes(self, client, agency):
        assert login(client, agency, mfa_code="123456").status_code == 200


def test_failed_sign_ins_are_limited_with_those_on_the_pages(client, agency):
    form = {"login": agency.email, "password": "wrong"}
    for _ in range(3):
        assert client.post("/accounts/login/", form).status_code == 200
    found = [login(client, agency, password="wrong").status_code for _ in range(3)]

    assert found == [401, 401, 429]
    problem = login(client, agency).json()
    assert problem["title"] == "Too Many Requests"
    assert problem["type"] == "urn:convertr:error:too_many_sign_ins"


def test_sign_ins_are_limited_too(client, agency):
    found = [login(client, agency).status_code for _ in range(31)]

    assert found == [200] * 30 + [429]


class TestTokens:
    @pytest.fixture
    def told(self, client, agency):
        return login(client, agency).json()

    def test_only_hashes_are_kept(self, told):
        kept = str(ApiKey.objects.values().get())

        assert told["access_token"] not in kept
        assert told["refresh_token"] not in kept

    def test_an_hour_later_it_ends(self, client, told):
        ApiKey.objects.update(expires_at=timezone.now() - timedelta(seconds=60))

        answer = ask(client, told["access_token"])
        assert (answer.status_code, answer["WWW-Authenticate"]) == (401, "Bearer")

    def test_a_refresh_token_is_no_access_token(self, client, told):
        assert ask(client, told["refresh_token"]).status_code == 401

    def test_refresh_renews_both(self, client, told, agency):
        ApiKey.objects.update(expires_at=timezone.now() - timedelta(days=2))
        again = refresh(client, told["refresh_token"])

        assert again.status_code == 200
        assert list(again.json()) == list(told)
        assert again.json()["user_id"] == agency.pk
        assert ask(client, again.json()["access_token"]).status_code == 200
        assert ask(client, told["access_token"]).status_code == 401
        # The same caller: its Idempotency-Keys and listings go on.
        assert ApiKey.objects.count() == 1

    def test_a_used_one_ends_its_family(self, client, told):
        first = refresh(client, told["refresh_token"]).json()
        second = refresh(client, first["refresh_token"]).json()
        assert refresh(client, told["refresh_token"]).status_code == 401

        assert ask(client, second["access_token"]).status_code == 401
        assert refresh(client, second["refresh_token"]).status_code == 401
        assert Entry.objects.latest("pk").action == "api.refresh_refused"

    def test_another_sign_in_is_another_family(self, client, told, agency):
        other = login(client, agency).json()
        refresh(client, told["refresh_token"])
        refresh(client, told["refresh_token"])

        assert ask(client, other["access_token"]).status_code == 200

    @pytest.mark.parametrize("token", ["x", "cvr_r_", "é", "cvr_r_" + "0" * 80])
    def test_what_is_no_token(self, client, told, token):
        answer = refresh(client, token)

        assert answer.status_code == 401
        assert answer.json()["type"] == "urn:convertr:error:refresh_refused"
        assert refresh(client, told["refresh_token"]).status_code == 200

    def test_a_month_later_one_signs_in_again(self, client, told):
        ApiKey.objects.update(refresh_expires_at=timezone.now())

        assert refresh(client, told["refresh_token"]).status_code == 401

    def test_a_person_who_left_refreshes_nothing(self, client, told, agency):
        agency.is_active = False
        agency.save()

        assert refresh(client, told["refresh_token"]).status_code == 401
        assert ask(client, told["access_token"]).status_code == 401

    def test_another_password_ends_it(self, client, told, agency):
        agency.set_password("another-horse")
        agency.save()

        assert refresh(client, told["refresh_token"]).status_code == 401
        assert ask(client, told["access_token"]).status_code == 401

    def test_another_role_ends_it(self, client, told, agency, admin_user):
        people.begin_anew(actor=admin_user, user=agency)

        assert ask(client, told["access_token"]).status_code == 401
        assert refresh(client, told["refresh_token"]).status_code == 401

    def test_it_is_limited_and_logged_like_a_key(self, client, told):
        answer = ask(client, told["access_token"])

        assert "X-RateLimit-Remaining" in answer
        assert ApiCall.objects.get().path == REASONS

    def test_pages_that_list_keys_show_none(self, client, told, agency, admin_user, sign_in):
        keys.create_key(actor=None, user=agency, name="Lasting")
        ask(client, told["access_token"])

        page = sign_in(agency).get("/v2/api")
        assert [key.name for key in page.context["keys"]] == ["Lasting"]
        # Its calls are one's own all the same.
        assert [call.key.name for call in page.context["calls"]] == ["Sign-in"]
        shown = sign_in(admin_user).get("/admin/accounts/apikey/").content.decode()
        assert "Lasting" in shown
        assert "Sign-in" not in shown

    def test_housekeeping_takes_what_is_over(self, told, agency):
        keys.create_key(actor=None, user=agency, name="Lasting")
        signed_in = ApiKey.objects.exclude(refresh_expires_at=None)
        signed_in.update(refresh_expires_at=timezone.now() - timedelta(days=6))
        housekeeping.carry_out()
        assert ApiKey.objects.count() == 2

        signed_in.update(refresh_expires_at=timezone.now() - timedelta(days=8))
        housekeeping.carry_out()
        assert [key.name for key in ApiKey.objects.all()] == ["Lasting"]


def test_keys_are_taken_too_in_either_header(agency):
    caller = Caller(agency)
    assert caller.call("GET", REASONS).status_code == 200
    assert ask(Client(), caller.secret).status_code == 200


def test_nothing_secret_is_written_to_the_log(client, agency, caplog):
    caplog.set_level(logging.DEBUG)
    told = login(client, agency).json()
    login(client, agency, password="my-very-wrong-secret")
    refresh(client, told["refresh_token"])

    for secret in (told["access_token"], told["refresh_token"], PASSWORD, "my-very-wrong-secret"):
        assert secret not in caplog.text
    assert agency.email not in caplog.text
