"""What the APIs offer to the ground: the page "API", and what is cleared up."""

from django.utils.translation import gettext_lazy as _

from convertr.accounts import tokens
from convertr.accounts.models import User
from convertr.http_api import calls, idempotency, pages, paging
from convertr.http_api.forgetting import forget
from convertr.jobs.housekeeping import register_chore
from convertr.ui.registry import NavItem, register_nav


def register() -> None:
    """Called once when Django is ready."""
    register_chore("idempotency keys", idempotency.forget_old)
    register_chore("listings", paging.forget_old)
    register_chore("API calls", calls.forget_old)
    register_chore("access tokens", lambda: forget(tokens.over()))
    register_nav(NavItem("api", _("API"), "http_api:page", "api", 700, "tools", visible=may_hold))


def may_hold(user: User) -> bool:
    """Whether this person may have keys."""
    return user.has_perm(pages.PERMISSION)
