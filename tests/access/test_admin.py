"""The admin is for admins; and what even they can't do there stands in a table."""

import re

import pytest
from django.contrib import admin
from django.contrib.auth.models import AnonymousUser
from django.test import RequestFactory
from django.urls import URLPattern, get_resolver

from tests.access.asking import statements_that_write, straight
from tests.access.table import ROLES

# The door stands before all methods.
METHODS = {
    "GET": ROLES[1:],
    "POST": ROLES[1:],
    "PUT": ["agency", "out"],
    "PATCH": ["agency", "out"],
    "DELETE": ["agency", "out"],
}
# What an admin may do with each kind of thing there; history and money have ways of their own.
RIGHTS = {
    "auth.group": "view add change delete",
    "accounts.user": "view change",
    "accounts.invitation": "view add",
    "accounts.apikey": "view add",
    "network.advertiser": "view add change",
    "network.partner": "view add change",
    "network.offer": "view add change",
    "network.campaign": "view add change",
    "conversions.conversion": "view change import export",
    "conversions.reason": "view add change",
    "requests_workflow.conversionrequest": "view change import export",
    "leads.flagreason": "view add change",
    "leads.flagreasoncategory": "view add change",
    "leads.lead": "view",
}
EACH = ["view", "add", "change", "delete", "import", "export"]


def admin_addresses(patterns, prefix="/admin/"):
    for pattern in patterns:
        path = prefix + re.sub(r"<[^>]*>|\(\?P.*?\)(?=/|\$|$)", "1", str(pattern.pattern))
        path = path.replace("^", "").replace("\\Z", "").replace("$", "")
        if isinstance(pattern, URLPattern):
            yield path
        else:
            yield from admin_addresses(pattern.url_patterns, path)


def addresses():
    [found] = [p for p in get_resolver().url_patterns if getattr(p, "namespace", "") == "admin"]
    return sorted(set(admin_addresses(found.url_patterns)))


def test_every_kind_of_thing_is_in_the_table(admin_user):
    request = RequestFactory().get("/admin/")
    request.user = admin_user
    found = {
        model._meta.label_lower: " ".join(right for right in EACH if may(site, right, request))
        for model, site in admin.site._registry.items()
    }

    assert found == RIGHTS


def may(site, right, request):
    return getattr(site, f"has_{right}_permission", lambda _: False)(request)


def test_the_admin_is_for_admins(people):
    """Whatever is registered there, whichever page of it, by any method."""
    asked = addresses()
    assert len(asked) > 100
    with statements_that_write() as written:
        for path in asked:
            for method, roles in METHODS.items():
                for role in roles:
                    user = people[role] or AnonymousUser()
                    found = straight(user, method, path)
                    # Signing out leads who isn't in there back to the door.
                    led = path == "/admin/logout/" and found == "302"
                    assert led or found in ("in", "403"), (path, method, role, found)

    assert written == []


@pytest.mark.parametrize("role", ROLES[1:])
def test_the_way_there_ends_at_the_door(clients, role):
    """Signed out one is led to sign-in, signed in one is refused."""
    for path in ("/admin/", "/admin/accounts/user/", "/admin/login/", "/admin/nowhere/"):
        answer = clients[role].get(path, follow=True)
        assert (answer.status_code, path) == (200 if role == "out" else 403, path)
        last = answer.redirect_chain[-1][0] if answer.redirect_chain else ""
        assert role != "out" or last.startswith("/accounts/login/")
