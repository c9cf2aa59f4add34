"""Doors of views: signed out leads to sign-in, a lacking role or permission is a 403."""

from collections.abc import Callable
from functools import wraps
from typing import Any

from django.contrib.auth.views import redirect_to_login
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest
from django.http.response import HttpResponseBase
from django.views.generic import View
from django_htmx.middleware import HtmxDetails

from convertr.accounts.models import User

AnyView = Callable[..., HttpResponseBase]


class SignedInRequest(HttpRequest):
    """A request behind one of these doors: its user is a person."""

    user: User
    htmx: HtmxDetails


def person(request: HttpRequest) -> User:
    """Who is signed in; PermissionDenied where nobody is."""
    if not request.user.is_authenticated:
        raise PermissionDenied
    return request.user


def require(user: User, *permissions: str) -> None:
    """PermissionDenied for one who lacks one of the permissions ("app.codename")."""
    if not user.has_perms(permissions):
        raise PermissionDenied


def require_staff(user: User) -> None:
    """PermissionDenied for a partner's person."""
    if user.is_partner:
        raise PermissionDenied


def _door(check: Callable[[User], None]) -> Callable[[AnyView], AnyView]:
    def decorate(view: AnyView) -> AnyView:
        @wraps(view)
        def guarded(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
            if not request.user.is_authenticated:
                return redirect_to_login(request.get_full_path())
            check(request.user)
            return view(request, *args, **kwargs)

        return guarded

    return decorate


def permission_required(*permissions: str) -> Callable[[AnyView], AnyView]:
    """For those who hold all the permissions; the others get 403."""
    return _door(lambda user: require(user, *permissions))


# For whoever is signed in.
signed_in = permission_required()
# For agency and admin; a partner gets 403: a section that its role lacks.
agency_required = _door(require_staff)


class DoorMixin(View):
    """The same for class-based views; stands first among the bases."""

    # Agency and admin only.
    staff: bool = False
    permissions: tuple[str, ...] = ()

    def dispatch(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
        if not request.user.is_authenticated:
            return redirect_to_login(request.get_full_path())
        if self.staff:
            require_staff(request.user)
        require(request.user, *self.permissions)
        return super().dispatch(request, *args, **kwargs)
