"""Who calls: the key that a request brought, its kind, and what it may."""

from dataclasses import dataclass
from typing import Any

from django.core.exceptions import PermissionDenied
from django.http import HttpRequest
from django.utils.translation import gettext_lazy as _
from ninja.security import APIKeyHeader, HttpBearer

from convertr.accounts import keys
from convertr.accounts.access import require
from convertr.accounts.models import ApiKey, Scope, User

HEADER = "X-Eflow-API-Key"


class KeyedRequest(HttpRequest):
    """A request behind one of the doors below: it brought a live key."""

    api_key: ApiKey


def find_key(request: HttpRequest) -> ApiKey | None:
    """The live key in `X-Eflow-API-Key` or `Authorization: Bearer` (in any case)."""
    for secret in brought(request):
        if key := keys.authenticate(secret):
            return key
    return None


def brought(request: HttpRequest) -> list[str]:
    """What a request brought as a key, live or not."""
    scheme, _space, token = request.headers.get("Authorization", "").partition(" ")
    bearer = token.strip() if scheme.casefold() == "bearer" else ""
    return [secret for secret in (request.headers.get(HEADER, "").strip(), bearer) if secret]


class Refused(PermissionDenied):
    """A 403 that says why."""


@dataclass(frozen=True)
class Door:
    """Whose keys an address takes: of the network's people, of partners', or both."""

    network: bool = True
    partner: bool = True

    def key(self, request: HttpRequest) -> ApiKey | None:
        key: ApiKey | None = getattr(request, "api_key", None)
        if key and key.user.is_partner and not self.partner:
            raise Refused(_("This address is for network keys; yours is a partner's."))
        if key and not key.user.is_partner and not self.network:
            raise Refused(_("This address is for partners' keys; yours is a network key."))
        return key


class EflowApiKey(APIKeyHeader):
    """The header that Everflow's clients send."""

    param_name = HEADER

    def __init__(self, door: Door) -> None:
        self.door = door
        super().__init__()

    def __call__(self, request: HttpRequest) -> ApiKey | None:
        """The middleware has looked at the headers already, both of them."""
        return self.door.key(request)

    def authenticate(self, request: HttpRequest, key: str | None) -> ApiKey | None:
        return self.door.key(request)


class BearerKey(HttpBearer):
    """The same key as a bearer token."""

    def __init__(self, door: Door) -> None:
        self.door = door
        super().__init__()

    def __call__(self, request: HttpRequest) -> ApiKey | None:
        """Not ninja's own, which writes what else stands in the header to the log."""
        return self.door.key(request)

    def authenticate(self, request: HttpRequest, token: str) -> ApiKey | None:
        return self.door.key(request)


def _both(door: Door) -> list[Any]:
    return [EflowApiKey(door), BearerKey(door)]


network_key = _both(Door(partner=False))
partner_key = _both(Door(network=False))
any_key = _both(Door())


def allowed(request: HttpRequest, scope: Scope | None, *permissions: str) -> User:
    """The caller, if its key was given the scope and its person holds the permissions."""
    key: ApiKey = request.api_key  # type: ignore[attr-defined]
    if scope and not key.allows(scope):
        raise Refused(_("This key lacks the scope “%(scope)s”.") % {"scope": scope})
    require(key.user, *permissions)
    return key.user
