"""What every response of the app goes through."""

import zoneinfo
from collections.abc import Callable
from functools import cache

from django.conf import settings
from django.contrib.auth.views import redirect_to_login
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import resolve_url
from django.utils import timezone
from django.utils.cache import patch_vary_headers

from convertr.ui.responses import htmx

Handler = Callable[[HttpRequest], HttpResponse]

# Says to static/js/drafts.js that what is being written has to be kept.
SIGNED_OUT = "X-Signed-Out"


class AdminPolicyMiddleware:
    """The admin's theme evaluates Alpine expressions and writes inline styles; only it may."""

    def __init__(self, get_response: Handler) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        response = self.get_response(request)
        if request.path.startswith("/admin/"):
            response._csp_update = {  # type: ignore[attr-defined]
                "script-src": ["'self'", "'unsafe-eval'"],
                "style-src": ["'self'", "'unsafe-inline'"],
            }
        return response


class PrivateMiddleware:
    """What is shown to somebody is kept by no proxy and no browser: Back after signing out, on a
    machine that others use, must not bring it again.

    A view that says something else of its answer is left alone.
    """

    def __init__(self, get_response: Handler) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        response = self.get_response(request)
        # The APIs say for themselves what is kept.
        if request.session.accessed and not hasattr(request, "api_key"):
            response.headers.setdefault("Cache-Control", "private, no-store")
        return response


class SignedOutFragmentMiddleware:
    """Fragments and pages share addresses; one asked for too late leads to sign-in, as a page.

    Without it the sign-in page would be swapped into a dialog (platform.md, "People").
    """

    def __init__(self, get_response: Handler) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        response = self.get_response(request)
        # A browser's Back must not show the bare fragment.
        patch_vary_headers(response, ["HX-Request"])
        if htmx(request) and _leads_to_sign_in(response):
            return sign_in_again(request)
        return response


def sign_in_again(request: HttpRequest) -> HttpResponse:
    """Send a page of htmx to sign-in and from there back to itself (not to its fragment)."""
    page = htmx(request).current_url_abs_path or settings.LOGIN_REDIRECT_URL
    to = {"HX-Redirect": redirect_to_login(page).url, SIGNED_OUT: "1"}
    response = HttpResponse(status=204, headers=to)
    patch_vary_headers(response, ["HX-Request"])
    return response


def _leads_to_sign_in(response: HttpResponse) -> bool:
    return isinstance(response, HttpResponseRedirect) and response.url.partition("?")[
        0
    ] == resolve_url(settings.LOGIN_URL)


class TimeZoneMiddleware:
    """Times are shown in the person's zone."""

    def __init__(self, get_response: Handler) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        with timezone.override(_zone(getattr(request.user, "time_zone", settings.TIME_ZONE))):
            return self.get_response(request)


@cache
def _zone(name: str) -> zoneinfo.ZoneInfo:
    """The zone of that name; UTC for one that this machine doesn't know."""
    try:
        return zoneinfo.ZoneInfo(name)
    except (zoneinfo.ZoneInfoNotFoundError, ValueError):
        return zoneinfo.ZoneInfo("UTC")
