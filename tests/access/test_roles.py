"""Every address, asked by every role: one table, and a test that nothing is missing in it."""

from django.contrib.auth.models import AnonymousUser, Permission
from django.urls import get_resolver

from convertr.accounts.permissions import PARTNER_PERMISSIONS
from convertr.jobs.models import Job
from tests.access.asking import ask, body_of, call, every_pattern, is_api, straight
from tests.access.table import ROWS

# Of pages: what their views alone decide.
REFUSALS = {"in", "403", "404", "405"}


def test_every_address_is_in_the_table():
    addresses = {name for name, _path in every_pattern(get_resolver().url_patterns)}

    assert {row[0] for row in ROWS} == addresses


def test_each_role_gets_what_it_may(people, clients, callers, things, without_frame):
    """All addresses with the same people and things: each call is taken back."""
    wrong = []
    for name, method, path, expected in ROWS:
        address, body = path.format(**things), body_of(name, things)
        for role, status in expected.items():
            if is_api(path):
                found = call(callers[role], method, address, body)
            elif status in REFUSALS:
                # Who gets past the view's door has another status; pages of refusal are below.
                found = straight(people[role] or AnonymousUser(), method, address)
            else:
                found = ask(clients[role], method, address)
            if found != status:
                wrong.append((method, path, role, found, status))

    assert wrong == []


def test_each_role_gets_its_pages_in_their_frame(clients, things):
    """One page of each section, and each kind of refusal, with all that is around them."""
    sections = {}
    for name, method, path, expected in ROWS:
        if method == "GET" and "200" in expected.values() and not is_api(path):
            sections.setdefault((name.rpartition(":")[0], expected["partner"]), (path, expected))

    for path, expected in sections.values():
        for role, status in expected.items():
            found = ask(clients[role], "GET", path.format(**things))
            assert (path, role, found) == (path, role, status)


def test_a_partner_holds_only_what_partners_can(holding):
    named = [f"{p.content_type.app_label}.{p.codename}" for p in Permission.objects.all()]

    held = {name for name in named if holding.has_perm(name)}

    assert held == PARTNER_PERMISSIONS & set(named)


def test_a_job_of_a_partner_is_its_own(clients, things, partner_user):
    jobs = Job.objects.filter(pk=things["job"])
    jobs.update(requested_by=partner_user, kind="list_export", state="done")

    path = f"/v2/jobs/{things['job']}"
    assert ask(clients["partner"], "GET", path) == "200"
    assert ask(clients["holding"], "GET", path) == "404"
    assert ask(clients["other"], "GET", path) == "404"


def test_a_job_that_partners_cant_ask_for_is_not_theirs(clients, things, partner_user):
    """Of the time before a person's role changed."""
    Job.objects.filter(pk=things["job"]).update(requested_by=partner_user)

    assert ask(clients["partner"], "GET", f"/v2/jobs/{things['job']}") == "404"
    assert ask(clients["agency"], "GET", f"/v2/jobs/{things['job']}") == "200"
