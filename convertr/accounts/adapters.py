"""How allauth behaves here: nobody signs up without an invitation, sign-ins are written down."""

from typing import Any

from allauth.account.adapter import DefaultAccountAdapter
from django.http import HttpRequest

from convertr.accounts.models import User
from convertr.audit.context import acting
from convertr.audit.entries import note


class AccountAdapter(DefaultAccountAdapter):  # type: ignore[misc]
    def is_open_for_signup(self, request: HttpRequest) -> bool:
        return False

    def populate_username(self, request: HttpRequest, user: Any) -> None:
        """There is no username: the e-mail is the name."""

    def login(self, request: HttpRequest, user: User) -> None:
        """After password and, where there is one, the second factor."""
        super().login(request, user)
        with acting(user):
            note("signed_in", f"person {user.pk}")
