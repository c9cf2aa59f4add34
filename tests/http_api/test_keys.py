"""Who may call: both headers, live keys only, the right kind, scope and permission."""

import logging

import pytest
from django.test import Client

from convertr.accounts import keys
from convertr.accounts.models import Scope
from convertr.http_api.models import ApiCall
from convertr.jobs.models import Job
from tests.factories import make_conversion, make_user
from tests.http_api.conftest import Caller

pytestmark = pytest.mark.django_db
ME = "/v1/me"
STATUSES = "/v1/networks/reporting/conversions"
ANY = "Send a valid API key: X-Eflow-API-Key, or Authorization: Bearer."


def ask(secret, header="X-Eflow-API-Key", form="{}", client=None):
    return (client or Client()).get(ME, headers={header: form.format(secret)})


@pytest.mark.parametrize(
    ("header", "form"),
    [
        ("X-Eflow-API-Key", "{}"),
        ("x-eflow-api-key", "{}"),
        ("X-EFLOW-API-KEY", " {} "),
        ("Authorization", "Bearer {}"),
        ("authorization", "bearer {}"),
        ("AUTHORIZATION", "BEARER   {}"),
    ],
)
def test_both_headers_in_any_case(network, agency, header, form):
    answer = ask(network.secret, header, form)

    assert (answer.status_code, answer.json()["user"]) == (200, agency.full_name)


@pytest.mark.parametrize(
    ("header", "form"),
    [
        ("Authorization", "{}"),
        ("Authorization", "Basic {}"),
        ("Authorization", "Bearer{}"),
        ("Authorization", "Bearer"),
        ("X-Eflow-API-Key", "Bearer {}"),
        ("X-API-Key", "{}"),
        ("X-Eflow-API-Key", "{}x"),
        ("X-Eflow-API-Key", "cvr_é\x00"),
    ],
)
def test_what_is_no_key_is_told_how_to_send_one(network, header, form, settings, caplog):
    settings.DEBUG = True
    caplog.set_level(logging.DEBUG)
    answer = ask(network.secret, header, form)

    assert (answer.status_code, answer.json()) == (401, {"error": ANY})
    assert answer["WWW-Authenticate"] == "Bearer"
    assert network.secret not in caplog.text


def test_no_key(client):
    answer = client.get(ME)

    assert (answer.status_code, answer.json()) == (401, {"error": ANY})
    assert "X-RateLimit-Limit" not in answer


def test_one_good_header_of_two_is_enough(network):
    headers = {"X-Eflow-API-Key": "cvr_other", "Authorization": f"Bearer {network.secret}"}

    assert Client().get(ME, headers=headers).status_code == 200


def test_a_revoked_key_and_one_of_a_person_who_left(network, affiliate, agency, partner_user):
    keys.revoke_key(actor=agency, key=network.key)
    partner_user.is_active = False
    partner_user.save()

    assert ask(network.secret).status_code == ask(affiliate.secret).status_code == 401


def test_who_is_signed_in_is_no_caller(sign_in, admin_user, network, agency2):
    browser = sign_in(admin_user)

    assert browser.get(ME).status_code == 401
    assert ask(network.secret, client=browser).json()["user"] == "Ada Agency"
    # A key's person is not lent what the one who is signed in may.
    reader = Caller(agency2)
    browser.cookies.update(reader.cookies)
    answer = browser.patch(
        STATUSES,
        {"conversion_ids": ["a"], "conversion_status": "approved"},
        "application/json",
        headers={"X-Eflow-API-Key": reader.secret},
    )
    assert answer.status_code == 403


def test_history_names_the_keys_person_and_the_channel(network, agency, sign_in, admin_user):
    conversion = make_conversion()
    answer = sign_in(admin_user).patch(
        STATUSES,
        {"conversion_ids": [conversion.uuid.hex], "conversion_status": "approved"},
        "application/json",
        headers={"X-Eflow-API-Key": network.secret},
    )

    assert answer.status_code == 200
    context = conversion.events.latest("pgh_id").pgh_context.metadata
    assert (context["actor_id"], context["channel"]) == (agency.pk, "api")
    assert Job.objects.get().requested_by == agency


def test_a_partners_key_where_the_networks_belong(affiliate):
    body = {"conversion_ids": ["a"], "conversion_status": "approved"}
    answer = affiliate.call("PATCH", STATUSES, body)

    assert answer.status_code == 403
    assert "yours is a partner's" in answer.json()["error"]


def test_a_scope_that_the_key_lacks(agency):
    body = {"conversion_ids": ["a"], "conversion_status": "approved"}
    answer = Caller(agency, scopes=[Scope.READ]).call("PATCH", STATUSES, body)

    assert answer.status_code == 403
    assert "lacks the scope “conversions”" in answer.json()["error"]


def test_a_permission_that_the_person_lacks(agency2):
    body = {"conversion_ids": ["a"], "conversion_status": "approved"}
    answer = Caller(agency2).call("PATCH", STATUSES, body)

    assert answer.status_code == 403
    assert answer.json()["error"] == "This key's person may not do this."


def test_a_key_may_no_more_than_its_person_may_now(network, agency):
    """Scopes don't outlive the permission."""
    agency.user_permissions.clear()
    body = {"conversion_ids": ["a"], "conversion_status": "approved"}

    assert network.call("PATCH", STATUSES, body).status_code == 403


def test_a_secret_is_written_nowhere(network, caplog):
    caplog.set_level(logging.DEBUG)
    network.call("GET", ME)
    network.call("GET", f"/v1/{network.secret}")
    network.call("GET", f"/v1/jobs/{network.secret}?page={network.secret}")
    network.call("PATCH", STATUSES, {"conversion_ids": [], "conversion_status": network.secret})

    assert ApiCall.objects.count() == 4
    assert network.secret not in str(list(ApiCall.objects.values()))
    assert network.secret not in caplog.text


def test_an_answer_is_kept_by_nobody_in_between(network):
    assert network.call("GET", ME)["Cache-Control"] == "no-store"


def test_me_tells_kind_and_scopes(affiliate, partner):
    mine = affiliate.call("GET", ME).json()

    assert (mine["role"], mine["partner_id"], mine["scopes"]) == ("partner", partner.pk, [])


def test_a_person_without_any_permission_has_a_working_key():
    assert Caller(make_user()).call("GET", ME).status_code == 200
