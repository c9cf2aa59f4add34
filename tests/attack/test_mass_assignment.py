"""Fields that nobody asked for are never written, wherever they are sent along.

Each call that changes something is made twice, the second time with FORGED besides: the database
is told the same statements, and no forged value. What a call may be asked for stands in ASKED.
"""

import json

import pytest
from django.db import connection, transaction
from django.test import Client

from conversions.models import Conversion
from convertr.accounts import invitations
from convertr.accounts.models import Role, User
from requests_workflow.models import ConversionRequest
from tests.access.asking import body_of, is_api, with_fields
from tests.access.conftest import callers, clients, holding, people, things
from tests.access.table import ROWS
from tests.factories import make_partner

__all__ = ["callers", "clients", "holding", "people", "things"]
NUMBER, WORD = 987_654_321, "f0rged"
FORGED = {
    "role": "admin", "is_superuser": "1", "is_staff": "1", "is_active": "0", "password": WORD,
    "email": f"{WORD}@example.test", "user": NUMBER, "user_id": NUMBER, "partner": NUMBER,
    "partner_id": NUMBER, "affiliate_id": NUMBER, "advertiser": NUMBER, "owner": NUMBER,
    "status": WORD, "state": WORD, "conversion_status": WORD, "request_status": WORD,
    "locked": "1", "payout": NUMBER, "revenue": NUMBER, "payout_fixed": NUMBER,
    "requested_by": NUMBER, "raised_by": NUMBER, "decided_by": NUMBER, "created_by": NUMBER,
    "author": NUMBER, "actor": NUMBER, "processing": WORD, "billable": "1", "score": NUMBER,
    "hash": WORD, "prefix": WORD, "family_hash": WORD, "expires_at": "2099-01-01",
    "user_permissions": NUMBER, "groups": NUMBER, "id": NUMBER, "pk": NUMBER, "uuid": WORD,
    "postback_token": WORD, "ciphertext": WORD, "host_key": WORD, "sequence": NUMBER,
    "next_due_at": "2099-01-01", "campaign_id": NUMBER, "received": WORD, "data": WORD,
    "shared": "1", "internal": "1", "created_at": "2099-01-01", "kind": WORD,
}  # fmt: skip
# What these do take, by the name of their address; each is judged by tests of its own.
ASKED = {
    "v1:statuses": {"conversion_status"},
    "v1:transaction": {"conversion_status", "payout", "revenue"},
    "v1:payoutrevenue": {"payout", "revenue"},
    "v1:add_conversions": {"payout", "revenue", "affiliate_id"},
    "v1:conversion_requests": {"status", "payout", "revenue", "affiliate_id"},
    "v1:accept_conversion_request": {"revenue"},
    "v1:comment_conversion_request": {"internal"},
    "requests:accept": {"revenue"},
    "requests:comment": {"internal"},
}
# Written now and then, whatever is asked: the log of calls.
NOW_AND_THEN = "http_api_apicall"
DONE = ("200", "201", "202", "302")


def acts():
    """The calls of the table that change something, each as the least who may make it."""
    for name, method, path, expected in ROWS:
        if method != "GET" and name != "postback" and not name.startswith(("account_", "mfa_")):
            able = [r for r in ("holding", "agency", "admin") if expected[r] in DONE]
            for role in able[:1]:
                yield name, method, path, role


def told(client, method, address, data, *, secret):
    """(status, statements that wrote, all their values as one text); it is taken back."""
    statements, values = [], []

    def look(execute, sql, params, many, context):
        text = str(sql)
        reads = text.lstrip()[:6].upper() in ("SELECT", "SAVEPO", "RELEAS", "ROLLBA")
        if not reads and NOW_AND_THEN not in text:
            statements.append(text)
            values.append(repr(params))
        return execute(sql, params, many, context)

    with transaction.atomic(), connection.execute_wrapper(look):
        if secret:
            headers = {"X-Eflow-API-Key": secret}
            answer = client.generic(method, address, data, "application/json", headers=headers)
        else:
            answer = getattr(client, method.lower())(address, data)
        transaction.set_rollback(True)
    return answer.status_code, statements, "\n".join(values)


def test_what_nobody_asked_for_is_not_written(clients, callers, things, without_frame):
    tried, wrong = 0, []
    for name, method, path, role in acts():
        forged = {key: value for key, value in FORGED.items() if key not in ASKED.get(name, ())}
        address, fields = with_fields(path.format(**things))
        if is_api(path):
            client = callers[role]
            body = json.loads(body_of(name, things))
            both = [json.dumps(body), json.dumps({**forged, **body})]
        else:
            client, both = clients[role], [fields, {**forged, **fields}]
        secret = getattr(client, "secret", "")
        plain, spoilt = (told(client, method, address, data, secret=secret) for data in both)
        tried += bool(plain[1])
        # Calls of an API may be refused as a whole for a field that it doesn't know.
        refused = is_api(path) and spoilt[0] == 400
        forged_kept = WORD in spoilt[2] or str(NUMBER) in spoilt[2]
        if forged_kept or (spoilt[:2] != plain[:2] and (plain[1] or spoilt[1]) and not refused):
            differing = set(spoilt[1]) ^ set(plain[1])
            wrong.append((method, path, plain[0], spoilt[0], [s[:90] for s in differing][:3]))

    assert tried > 40
    assert wrong == []


def test_an_account_is_what_the_invitation_says(admin_user, db):
    invited = invitations.invite(actor=admin_user, email="new@example.test", role=Role.AGENCY)
    client = Client()
    client.get("/invitation/" + invited.link.rpartition("/")[2])
    data = {**FORGED, "full_name": "Nina New", "password": "battery-horse-correct"}
    answer = client.post("/invitation/", {**data, "partner": make_partner().pk})

    assert answer.status_code == 302
    made = User.objects.get(full_name="Nina New")
    assert (made.email, made.role, made.partner) == ("new@example.test", Role.AGENCY, None)
    assert (made.is_superuser, made.is_active) == (False, True)
    assert not made.user_permissions.exists()


@pytest.mark.parametrize("role", ["holding", "agency"])
def test_ones_settings_change_ones_settings_only(clients, people, role):
    before = User.objects.filter(pk=people[role].pk).values().get()
    clients[role].post("/account/", {**FORGED, "full_name": "Another Name", "time_zone": "UTC"})
    after = User.objects.filter(pk=people[role].pk).values().get()

    assert {key for key in before if before[key] != after[key]} <= {
        "full_name", "time_zone", "mail_notices",
    }  # fmt: skip
    assert after["full_name"] == "Another Name"


def test_a_partner_asks_for_no_more_than_partners_may(callers, clients, things, partner):
    """Neither revenue, nor another partner's conversion, nor a decision at once."""
    asked = {"request_type": "CHANGE", "conversion_id": things["uuid"], "payout": 7}
    more = {"request_status": "ACCEPTED", "decided_by": 1, "partner_id": things["advertiser"]}
    caller = callers["holding"]
    answer = caller.call("POST", "/v1/conversion-requests", {**asked, **more})
    made = ConversionRequest.objects.latest("pk")
    if answer.status_code == 201:
        assert (made.status, made.decided_by, made.partner_id) == ("inquired", None, partner.pk)
        assert set(made.wanted) == {"payout"}
    refused = caller.call("POST", "/v1/conversion-requests", {**asked, "revenue": 9})
    assert refused.status_code == 400

    clients["holding"].post(
        f"/v2/conversion-requests/change/{things['conversion']}",
        {**FORGED, "status": "approved", "payout": "8", "revenue": "9", "comment": "x"},
    )
    assert not ConversionRequest.objects.filter(wanted__has_key="revenue").exists()
    assert Conversion.objects.get(pk=things["conversion"]).payout == 4
