"""A method that the table has no line for is refused, to everybody, and writes nothing.

And a session opens no API, a key no page, a key that only reads writes nothing.
"""

from django.contrib.auth.models import AnonymousUser
from django.test import Client

from convertr.accounts.models import Scope
from tests.access.asking import (
    body_of,
    call,
    is_api,
    statements_that_write,
    status_of,
    straight,
)
from tests.access.table import ROLES, ROWS
from tests.http_api.conftest import Caller

METHODS = ["GET", "POST", "PUT", "PATCH", "DELETE"]
REFUSED = {"in", "401", "403", "404", "405"}
# Public, the same by any method.
ANY_METHOD = {
    "accounts:keys", "v1:openapi-json", "v1:openapi-view", "v4:openapi-json", "v4:openapi-view",
}  # fmt: skip
# allauth takes PUT for POST, and leads who is a stranger to a step elsewhere by any method.
ALLAUTH = ("account_", "mfa_")
# Calls that read, though they are POSTs.
READING = {
    "v1:conversions", "v1:conversions_summary", "v1:conversions_export", "v4:is_lead_delivered",
    "v4:global_leads_export",
}  # fmt: skip


def addresses():
    """(name, methods that the table has lines for) by address."""
    found = {}
    for name, method, path, _expected in ROWS:
        found.setdefault(path.partition("?")[0], (name, set()))[1].add(method)
    return found.items()


def taken(name, status):
    if name in ANY_METHOD:
        return {"200": True, "302": True}.get(status, False)
    return status in REFUSED or (name.startswith(ALLAUTH) and status in ("200", "302", "429"))


def test_what_is_not_in_the_table_is_refused_and_writes_nothing(people, callers, things, settings):
    """Asked of the views alone: what stands around them has no word in it."""
    settings.ACCOUNT_RATE_LIMITS = False
    wrong = []
    with statements_that_write() as written:
        for path, (name, known) in addresses():
            for method in [one for one in METHODS if one not in known]:
                for role in ROLES:
                    user = people[role] or AnonymousUser()
                    key = getattr(callers[role], "key", None)
                    found = straight(user, method, path.format(**things), key=key)
                    if not taken(name, found):
                        wrong.append((method, path, role, found))

    assert wrong == []
    assert written == []


def test_a_session_opens_no_api(clients, things):
    """A page elsewhere could make a browser call in the name of who is signed in."""
    for _name, method, path, expected in ROWS:
        if is_api(path) and expected["out"] == "401":
            found = call(clients["admin"], method, path.format(**things), b"{}")
            assert (path, found) == (path, "401")


def test_a_key_opens_no_page(admin_user, things):
    secret = Caller(admin_user).secret
    keyed = Client(headers={"X-Eflow-API-Key": secret, "Authorization": f"Bearer {secret}"})

    for path, (name, _methods) in addresses():
        expected = next(row[3] for row in ROWS if row[0] == name)
        if not is_api(path) and expected["out"] == "in":
            found = status_of(keyed.get(path.format(**things)))
            assert (path, found) in [(path, "in"), (path, "405")]


def test_a_key_that_only_reads_writes_nothing(agency, things):
    reader = Caller(agency, scopes=[Scope.READ])
    for name, method, path, expected in ROWS:
        if is_api(path) and expected["agency"] in ("200", "201", "202") and method != "GET":
            wanted = expected["agency"] if name in READING else "403"
            found = call(reader, method, path.format(**things), body_of(name, things))
            assert (path, found) == (path, wanted)
