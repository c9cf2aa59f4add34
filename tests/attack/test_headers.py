"""What stands around every answer: policies, cookies, caches, hosts, where one is led."""

import re
from email.parser import BytesParser

import pytest
from django.core import mail
from django.test import Client

from batches.models import Batch
from batches.rules import State
from batches.telling import tell_owner
from tests.access.conftest import holding, people, things
from tests.access.table import ROWS
from tests.batches.conftest import kept_in
from tests.factories import PASSWORD

__all__ = ["holding", "kept_in", "people", "things"]
UNSAFE = re.compile(r"unsafe-|\*|https?:|data:")
HOSTILE_HOSTS = [
    "evil.test", "localhost.evil.test", "evil.test:80", "localhost@evil.test", "[::1", "a b",
    "localhost\r\nX-Evil: 1", "localhost/../evil", "xn--lcalhost-90a", "localhost:99:99",
]  # fmt: skip
ELSEWHERE = [
    "https://evil.test/", "//evil.test/", "///evil.test", "/\\evil.test", "\\\\evil.test",
    "http:evil.test", "javascript:alert(1)", "data:text/html,x", "https://testserver@evil.test/",
    "/\t/evil.test", "\thttps://evil.test", "https:/\\evil.test", "//evil.test\\@testserver",
    "/%0d%0aX-Evil:1", "/\r\nX-Evil: 1",
]  # fmt: skip


def shown():
    """The addresses of pages that an agency's person sees."""
    return sorted(
        {
            path.partition("?")[0]
            for _name, method, path, expected in ROWS
            if method == "GET" and expected["agency"] == "200"
        }
    )


def policy_of(answer):
    parts = answer["Content-Security-Policy"].split(";")
    return {name: rest for name, _space, rest in (part.strip().partition(" ") for part in parts)}


def test_every_answer_is_guarded(things, sign_in, agency, without_frame):
    """No script but ours, no frame, no guessing of types; what is personal is kept by nobody."""
    client, personal = sign_in(agency), 0
    for path in shown():
        answer = client.get(path.format(**things))
        policy = policy_of(answer)
        about = (path, policy)
        assert answer["X-Content-Type-Options"] == "nosniff", path
        assert answer["X-Frame-Options"] == "DENY", path
        assert answer["Referrer-Policy"] == "same-origin", path
        assert answer["Cross-Origin-Opener-Policy"] == "same-origin", path
        assert "Access-Control-Allow-Origin" not in answer, path
        if "sandbox" not in policy:
            assert policy["default-src"] == "'self'", about
            assert policy["frame-ancestors"] == policy["object-src"] == "'none'", about
            assert policy["base-uri"] == policy["form-action"] == "'self'", about
            for name, sources in policy.items():
                assert not UNSAFE.search(sources) or name == "img-src", about
        if path.startswith(("/v2/", "/account", "/ui/")) or path == "/":
            assert {"private", "no-store"} <= set(answer["Cache-Control"].split(", ")), path
            personal += 1
        if "attachment" in answer.get("Content-Disposition", ""):
            assert "html" not in answer["Content-Type"], path
    assert personal > 50


def test_the_admin_has_the_narrowest_policy_that_its_theme_lives_with(sign_in, admin_user):
    client = sign_in(admin_user)
    for path in ("/admin/", "/admin/accounts/user/"):
        answer = client.get(path)
        policy = policy_of(answer)
        assert policy["script-src"] == "'self' 'unsafe-eval'"
        assert policy["style-src"] == "'self' 'unsafe-inline'"
        assert policy["default-src"] == policy["form-action"] == "'self'"
        assert policy["frame-ancestors"] == "'none'"
        assert answer["X-Frame-Options"] == "DENY"
        assert "no-store" in answer["Cache-Control"]
    # A name that merely begins so gets no exception.
    assert "unsafe" not in client.get("/administration")["Content-Security-Policy"]


def test_answers_of_the_apis_are_kept_by_nobody(things, network, affiliate):
    for _name, method, path, expected in ROWS:
        if method == "GET" and path.startswith(("/v1/", "/api/")) and expected["out"] == "401":
            answer = (network if expected["agency"] == "200" else affiliate).call(
                "GET", path.format(**things)
            )
            assert "no-store" in answer["Cache-Control"], path
            assert answer["X-Content-Type-Options"] == "nosniff", path


def test_cookies_are_out_of_reach_of_scripts_and_other_sites(client, agency, settings):
    settings.SESSION_COOKIE_SECURE = settings.CSRF_COOKIE_SECURE = True
    client.get("/accounts/login/")
    client.post("/accounts/login/", {"login": agency.email, "password": PASSWORD})

    session, token = client.cookies["sessionid"], client.cookies["csrftoken"]
    assert session["httponly"]
    for cookie in (session, token):
        assert cookie["secure"]
        assert cookie["samesite"] == "Lax"
        assert not cookie["domain"]


@pytest.mark.parametrize("host", HOSTILE_HOSTS)
def test_no_page_is_made_for_another_host(host, db):
    for path in ("/", "/accounts/login/", "/accounts/password/reset/", "/v1/me", "/api/v4/leads"):
        answer = Client(raise_request_exception=False).get(path, headers={"Host": host})
        assert answer.status_code == 400, path
        assert b"evil" not in answer.content
        assert "X-Evil" not in answer


def test_no_header_of_a_stranger_changes_a_mailed_link(client, agency):
    """Who writes X-Forwarded-Host would have the token that the link leads with."""
    forged = {
        "X-Forwarded-Host": "evil.test", "X-Forwarded-Server": "evil.test", "X-Host": "evil.test",
        "Forwarded": "host=evil.test", "X-Original-URL": "/evil.test", "X-Rewrite-URL": "/evil",
        "X-Forwarded-Port": "666", "X-Forwarded-Prefix": "/evil", "Origin": "https://evil.test",
        "Referer": "https://evil.test/",
    }  # fmt: skip
    client.post("/accounts/password/reset/", {"email": agency.email}, headers=forged)

    [sent] = mail.outbox
    assert "/accounts/password/reset/key/" in sent.body
    assert "evil" not in sent.body
    assert "666" not in sent.body.split("/accounts/")[0]


@pytest.mark.parametrize("where", ELSEWHERE)
def test_nobody_is_led_to_another_site(where, agency, sign_in, without_frame):
    """By no `next` of any step that takes one, nor by htmx's own header."""
    led = []
    for path in ("/accounts/login/", "/admin/login/"):
        data = {"login": agency.email, "password": PASSWORD, "next": where}
        led.append(Client().post(path, data, follow=False))
    client = sign_in(agency)
    for path in ("/accounts/login/", "/accounts/reauthenticate/", "/accounts/logout/"):
        led.append(client.get(path, {"next": where}))
        led.append(client.post(path, {"next": where, "password": PASSWORD}))
    header = {"HX-Request": "true", "HX-Current-URL": where.replace("\r\n", "")}
    led.append(Client().get("/ui/bell", headers=header))

    for answer in led:
        to = answer.get("Location", "") or answer.get("HX-Redirect", "")
        assert "X-Evil" not in answer
        assert re.match(r"/(?![/\\])|\Z", to), to
        # Kept in the address of sign-in at most, where it is looked at again.
        assert "evil.test" not in to.partition("?")[0]
        assert b'href="javascript:' not in answer.content


def test_a_line_break_in_a_label_makes_no_header_of_a_mail(
    things, agency, django_capture_on_commit_callbacks
):
    batch = Batch.objects.select_related("integration").get(pk=things["batch"])
    batch.frozen["label"] = "Shop\r\nBcc: all@evil.test\r\n\r\nBody"
    with django_capture_on_commit_callbacks(execute=True):
        tell_owner(batch, State.FAILED)

    [sent] = [one for one in mail.outbox if "Shop" in one.subject]
    read = BytesParser().parsebytes(sent.message().as_bytes())
    assert read["Bcc"] is None
    assert read["To"] == agency.email
    assert "\n" not in sent.subject
