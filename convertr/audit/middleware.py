"""Each request acts for the person who is signed in."""

from collections.abc import Callable

from django.http import HttpRequest, HttpResponse

from convertr.accounts.models import User
from convertr.audit.context import acting


class ActorMiddleware:
    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        if hasattr(request, "api_key"):
            # A call: its key's person acts already, through the channel api.
            return self.get_response(request)
        channel = "admin" if request.path.startswith("/admin/") else "page"
        user = request.user if isinstance(request.user, User) else None
        with acting(user, channel=channel):
            return self.get_response(request)
