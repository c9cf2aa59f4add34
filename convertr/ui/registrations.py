"""What the frame itself offers: the doors that belong to no app."""

from django.conf import settings
from django.utils.translation import gettext_lazy as _

from convertr.accounts.models import User
from convertr.jobs import kinds, texts
from convertr.jobs.housekeeping import register_chore
from convertr.ui.lists.export import TEXTS, ListExport, forget_files
from convertr.ui.registry import Command, NavItem, register_command, register_nav


def register() -> None:
    """Called once when Django is ready."""
    kinds.register(ListExport())
    texts.register_texts(TEXTS)
    register_chore("exports", lambda: forget_files(days=settings.RETAIN_EXPORT_FILES_DAYS))
    register_nav(
        NavItem("admin", _("Admin"), "admin:index", "admin", 900, "tools", visible=_may_administer),
    )
    register_command(
        Command("account", _("Your settings"), "ui:account", "settings", 900),
        Command("password", _("Change your password"), "account_change_password", "lock", 910),
        Command("two_factor", _("Two-factor sign-in"), "mfa_index", "shield-check", 920),
    )


def _may_administer(user: User) -> bool:
    return user.is_staff
