"""Ask an address as somebody; all that a call has done is taken back."""

import json
from contextlib import contextmanager

from allauth.core.exceptions import ReauthenticationRequired
from django.contrib.messages.storage.fallback import FallbackStorage
from django.contrib.sessions.backends.cache import SessionStore
from django.core.exceptions import PermissionDenied, SuspiciousOperation
from django.db import connection, transaction
from django.http import Http404
from django.test import RequestFactory
from django.urls import URLPattern, URLResolver, resolve
from django_htmx.middleware import HtmxDetails

from tests.access.table import BODIES

FACTORY = RequestFactory()
SIGN_IN = ("/accounts/login/", "/admin/login/")


def every_pattern(patterns, namespace="", prefix=""):
    """(name with its namespace, pattern) of each address outside the admin."""
    for pattern in patterns:
        if isinstance(pattern, URLPattern):
            yield f"{namespace}{pattern.name or pattern.pattern}", f"{prefix}{pattern.pattern}"
        elif isinstance(pattern, URLResolver) and pattern.namespace != "admin":
            inner = f"{namespace}{pattern.namespace}:" if pattern.namespace else namespace
            yield from every_pattern(pattern.url_patterns, inner, f"{prefix}{pattern.pattern}")


def is_api(path):
    return path.startswith(("/v1/", "/api/"))


def body_of(name, things):
    """What is sent to an API's address of that name."""
    body = json.dumps(BODIES.get(name, {})).replace("{uuid}", things["uuid"])
    for number in ("offer", "partner", "campaign", "lead", "integration"):
        body = body.replace(f'"{{{number}}}"', str(things[number]))
    return body


def ask(client, method, path):
    """The status; "in" where one is led to sign-in. A POST sends the query as its fields."""
    address, fields = with_fields(path)
    cookies = dict(client.cookies)
    with transaction.atomic():
        answer = getattr(client, method.lower())(address, fields)
        # A StreamingHttpResponse asks the database while it is read.
        if answer.streaming:
            list(answer)
        transaction.set_rollback(True)
    # Who signed out has the same session again.
    client.cookies.clear()
    client.cookies.update(cookies)
    return status_of(answer)


def with_fields(path):
    address, _question, query = path.partition("?")
    return address, dict(pair.split("=") for pair in query.split("&") if pair)


def status_of(answer):
    led = answer.status_code == 302 and answer.url.startswith(SIGN_IN)
    return "in" if led and "next=" in answer.url else str(answer.status_code)


def call(caller, method, path, body, **headers):
    with transaction.atomic():
        headers = {"X-Eflow-API-Key": getattr(caller, "secret", ""), **headers}
        answer = caller.generic(method, path, body, "application/json", headers=headers)
        if answer.streaming:
            list(answer)
        transaction.set_rollback(True)
    return str(answer.status_code)


def straight(user, method, path, *, key=None):
    """The status that the view alone gives, nothing around it: ten calls in the time of one."""
    address, fields = with_fields(path)
    request = getattr(FACTORY, method.lower())(address, fields or None)
    request.user, request.session, request.api_key = user, SessionStore(), key
    request.htmx = HtmxDetails(request)
    request._messages = FallbackStorage(request)
    # Doors are looked at here; forgery is in tests/attack.
    request._dont_enforce_csrf_checks = True
    match = resolve(request.path_info)
    request.resolver_match = match
    try:
        return status_of(match.func(request, *match.args, **match.kwargs))
    except ReauthenticationRequired:
        return "in"
    except PermissionDenied:
        return "403"
    except Http404:
        return "404"
    except SuspiciousOperation:
        return "400"


@contextmanager
def statements_that_write():
    """What the database was told in the block besides reading."""
    told = []

    def look(execute, sql, params, many, context):
        if not str(sql).lstrip().upper().startswith(("SELECT", "SAVEPOINT", "RELEASE")):
            told.append(str(sql))
        return execute(sql, params, many, context)

    with connection.execute_wrapper(look):
        yield told
