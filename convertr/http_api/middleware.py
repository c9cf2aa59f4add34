"""Around every call of an API: its key, its limits, errors as JSON, the log of calls."""

import logging
import time
from collections.abc import Callable

from allauth.account.adapter import get_adapter
from django.conf import settings
from django.core.exceptions import PermissionDenied
from django.db import DatabaseError
from django.http import HttpRequest, HttpResponse, HttpResponseNotAllowed
from django.http.response import HttpResponseBase
from django.utils.translation import gettext as _

from convertr.accounts.models import ApiKey
from convertr.audit.context import acting
from convertr.http_api import PREFIXES, V4, access, calls, limits
from convertr.http_api.answers import DATABASE_AWAY, error
from convertr.logs import request_id

log = logging.getLogger(__name__)
# No text of the database can hold a NUL, so no address with one leads anywhere.
NUL, WRITTEN_NUL = "\x00", "%00"


class ApiMiddleware:
    """Stands before sessions and pages' other needs, of which a call has none."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponseBase]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        if not request.path_info.startswith(PREFIXES):
            return self.get_response(request)
        begun = time.perf_counter()
        # Who is signed in is no caller: a page elsewhere could make a browser call in that name.
        request.META.pop("HTTP_COOKIE", None)
        try:
            key = access.find_key(request)
        except DatabaseError:
            log.exception("No key can be looked up")
            return error(request, DATABASE_AWAY, 503)
        request.api_key = key  # type: ignore[attr-defined]
        response = self._counted(request, key) if key else self._unknown(request)
        # Written down only while the database answers: else each call would wait for it again.
        if key and response.status_code != 503:
            calls.record(key, request, response.status_code, time.perf_counter() - begun)
        return response

    def _counted(self, request: HttpRequest, key: ApiKey) -> HttpResponseBase:
        """The answer, or 429, with what is left of this key's calls."""
        taken = limits.take(key.pk)
        response = _too_many(request, taken) if taken.wait else self._answer(request, key)
        response["X-RateLimit-Limit"] = str(settings.API_BURST)
        response["X-RateLimit-Remaining"] = str(taken.remaining)
        response.headers.setdefault("Cache-Control", "no-store")
        return response

    def _unknown(self, request: HttpRequest) -> HttpResponseBase:
        """The answer to a call without a key; 429 to an address that keeps guessing at keys."""
        if access.brought(request):
            taken = limits.take_wrong(_address(request))
            if taken.wait:
                return _too_many(request, taken)
        return self._answer(request, None)

    def _answer(self, request: HttpRequest, key: ApiKey | None) -> HttpResponseBase:
        if _length(request) > (settings.DATA_UPLOAD_MAX_MEMORY_SIZE or 0):
            return error(request, _("The body is too large."), 413)
        if NUL in request.path_info or WRITTEN_NUL in request.META.get("QUERY_STRING", ""):
            text = _("The address holds a character that can't be stored.")
            return error(request, text, 400)
        with acting(key.user if key else None, channel="api"):
            return _as_json(request, self.get_response(request))


def _address(request: HttpRequest) -> str:
    """Where a call comes from, as sign-ins are counted; empty where nobody can say."""
    try:
        return str(get_adapter().get_client_ip(request))
    except PermissionDenied:
        return ""


def _too_many(request: HttpRequest, taken: limits.Taken) -> HttpResponse:
    text = _("Too many calls. Wait %(seconds)s s.") % {"seconds": taken.wait}
    return error(request, text, 429, **{"Retry-After": str(taken.wait)})


def _length(request: HttpRequest) -> int:
    given = request.META.get("CONTENT_LENGTH") or "0"
    return int(given) if given.isdecimal() else 0


def _as_json(request: HttpRequest, response: HttpResponseBase) -> HttpResponseBase:
    """What Django and ninja answer as text or HTML when something is wrong, in the API's shape."""
    status = response.status_code
    if status < 400 or response.get("Content-Type", "").startswith("application/json"):
        return response
    if isinstance(response, HttpResponseNotAllowed):
        if request.method == "OPTIONS" and request.path_info.startswith(V4):
            return HttpResponse(status=204, headers={"Allow": f"{response['Allow']}, OPTIONS"})
        text = _("This address takes %(methods)s.") % {"methods": response["Allow"]}
        return error(request, text, 405, Allow=response["Allow"])
    return error(request, _text_of(status), status)


def _text_of(status: int) -> str:
    if status == 404:
        return _("There is nothing at this address.")
    if status < 500:
        return _("The call can't be read.")
    return _("Something went wrong. Ask your administrator about request %(id)s.") % {
        "id": request_id()
    }
