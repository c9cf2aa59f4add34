"""The NinjaAPI that ours are made of: one shape of errors, one way to read JSON."""

import json
import logging
import re
from decimal import Decimal, InvalidOperation
from functools import cached_property
from typing import Any

from django.core.exceptions import BadRequest, PermissionDenied, SuspiciousOperation
from django.db import InterfaceError, OperationalError
from django.http import Http404, HttpRequest, HttpResponse
from django.http.multipartparser import MultiPartParserError
from django.utils.translation import gettext as _
from ninja import NinjaAPI
from ninja.errors import AuthenticationError, HttpError, ValidationError
from ninja.parser import Parser

from convertr.errors import DomainError
from convertr.http_api.access import Refused
from convertr.http_api.answers import DATABASE_AWAY, STATUS_BY_CODE, error
from convertr.http_api.docs import Docs
from convertr.logs import request_id

log = logging.getLogger(__name__)
# Of where an error stands: the body as such, and which of several types was tried.
NO_PLACE = re.compile(r"body|(constrained-)?(int|str|float|decimal|bool)|.*\[.*\]")
BEARER = {"WWW-Authenticate": "Bearer"}
# No number of ours comes near; 1e5000000 as an integer would take the processor for seconds.
MOST_MAGNITUDE, MOST_CHARACTERS = 30, 100


class ExactParser(Parser):
    """JSON whose numbers stay what was written: 199.99 is no float, NaN is refused."""

    def parse_body(self, request: HttpRequest) -> Any:
        return json.loads(
            request.body, parse_float=_exact, parse_int=_whole, parse_constant=_refuse
        )


class FormParser(ExactParser):
    """The same; a body that is a form is read as its fields.

    A form of curl's that holds JSON is JSON: curl -d calls everything a form.
    """

    def parse_body(self, request: HttpRequest) -> Any:
        urlencoded = request.content_type == "application/x-www-form-urlencoded"
        if request.content_type == "multipart/form-data" or (
            urlencoded and request.body.lstrip()[:1] not in (b"{", b"[")
        ):
            # ninja has read the body, so that it is there for Idempotency-Key, too.
            return request.POST.dict()
        return super().parse_body(request)


class _OutOfRangeError(ValueError):
    """A number written too long, too large or too small to be meant."""


def _exact(text: str) -> Decimal:
    if len(text) > MOST_CHARACTERS:
        raise _OutOfRangeError
    try:
        number = Decimal(text)
    except InvalidOperation:
        # The exponent is more than even a Decimal holds.
        raise _OutOfRangeError from None
    if abs(number.adjusted()) > MOST_MAGNITUDE:
        raise _OutOfRangeError
    return number


def _whole(text: str) -> int:
    if len(text) > MOST_CHARACTERS:
        raise _OutOfRangeError
    return int(text)


def _refuse(name: str) -> None:
    raise ValueError(f"{name} is no JSON")


class DescribedOnceAPI(NinjaAPI):
    """Makes its OpenAPI once in a process: it takes a second, and anybody may ask for it."""

    @cached_property
    def _described(self) -> dict[str | None, Any]:
        return {}

    def get_openapi_schema(self, *, path_prefix: str | None = None, **options: Any) -> Any:
        if path_prefix not in self._described:
            made = super().get_openapi_schema(path_prefix=path_prefix, **options)
            self._described[path_prefix] = made
        return self._described[path_prefix]


def make_api(*, parser: Parser | None = None, **options: Any) -> NinjaAPI:
    """An API that answers every error in its one shape (`answers.error`)."""
    api = DescribedOnceAPI(parser=parser or ExactParser(), docs=Docs(), **options)
    for kind, handler in HANDLERS.items():
        api.add_exception_handler(kind, handler)
    return api


def _domain(request: HttpRequest, exc: Any) -> HttpResponse:
    status = STATUS_BY_CODE.get(exc.code, 400)
    headers = BEARER if status == 401 else {}
    return error(request, str(exc), status, exc.code, **headers)


def _invalid(request: HttpRequest, exc: Any) -> HttpResponse:
    """The first thing wrong with a call's body, query or path, and where it stands."""
    first = exc.errors[0]
    where = ".".join(str(part) for part in first["loc"][1:] if not NO_PLACE.fullmatch(str(part)))
    if not where and first["type"] == "missing":
        return error(request, _("The body is missing: send a JSON object."), 400)
    text = first["msg"].removeprefix("Value error, ")
    return error(request, f"{where or _('The body')}: {text}", 400)


def _http(request: HttpRequest, exc: Any) -> HttpResponse:
    if exc.status_code == 400:
        # ninja could not parse the body.
        return error(request, _no_json(exc.__cause__), 400)
    return error(request, str(exc), exc.status_code)


def _no_json(cause: BaseException | None) -> str:
    if isinstance(cause, json.JSONDecodeError):
        text = _("The body is no JSON: see line %(line)s, column %(column)s.")
        return text % {"line": cause.lineno, "column": cause.colno}
    if isinstance(cause, BadRequest | SuspiciousOperation | MultiPartParserError):
        return _("The form can't be read.")
    if isinstance(cause, _OutOfRangeError):
        return _("The body is no JSON that can be read: a number in it is out of range.")
    return _("The body is no JSON that can be read.")


def _unknown_key(request: HttpRequest, exc: Any) -> HttpResponse:
    text = _("Send a valid API key: X-Eflow-API-Key, or Authorization: Bearer.")
    return error(request, text, 401, **BEARER)


def _forbidden(request: HttpRequest, exc: Any) -> HttpResponse:
    text = str(exc) if isinstance(exc, Refused) else _("This key's person may not do this.")
    return error(request, text, 403)


def _not_found(request: HttpRequest, exc: Any) -> HttpResponse:
    return error(request, str(exc.args[0]) if exc.args else _("Not found."), 404)


def _database(request: HttpRequest, exc: Any) -> HttpResponse:
    """Away, too busy, or it gave up: the same call may succeed in a moment."""
    log.error("The database did not answer an API call", exc_info=exc)
    return error(request, DATABASE_AWAY, 503)


def _unexpected(request: HttpRequest, exc: Any) -> HttpResponse:
    log.error("An API call failed", exc_info=exc)
    text = _("Something went wrong. Ask your administrator about request %(id)s.")
    return error(request, text % {"id": request_id()}, 500)


HANDLERS: dict[type[Exception], Any] = {
    Exception: _unexpected,
    OperationalError: _database,
    InterfaceError: _database,
    HttpError: _http,
    AuthenticationError: _unknown_key,
    ValidationError: _invalid,
    DomainError: _domain,
    PermissionDenied: _forbidden,
    Http404: _not_found,
}
