"""The audit's door in the frame."""

from django.utils.translation import gettext_lazy as _

from convertr.audit.views import AuditList
from convertr.ui.lists import register_list
from convertr.ui.registry import NavItem, register_nav


def register() -> None:
    """Called once when Django is ready."""
    register_list(AuditList)
    register_nav(
        NavItem("audit", _("Audit"), "audit:list", "audit", 800, "tools", visible=AuditList.allows)
    )
