"""The doors, searches, cards and panels that leads offer to the frame."""

from django.utils.translation import gettext_lazy as _

from convertr.accounts.models import User
from convertr.jobs.housekeeping import register_chore
from convertr.ui.lists import register_list
from convertr.ui.registry import (
    Command,
    DashboardCard,
    GoTo,
    NavItem,
    register_card,
    register_command,
    register_go_to,
    register_nav,
)
from leads import cards, searching
from leads.access import may_view
from leads.setup.shown import register_panels
from leads.views import LeadList


def register_pages() -> None:
    """Called once when Django is ready."""
    register_list(LeadList)
    register_chore("kept searches", searching.forget)
    register_panels()
    register_nav(
        NavItem(
            "leads",
            _("Leads"),
            "leads:list",
            "leads",
            order=40,
            visible=may_view,
            also=(
                "leads:detail",
                "leads:edit",
                "leads:manage_leads",
                "leads:manage_type",
                "leads:manage_processing",
            ),
        )
    )
    register_go_to(
        GoTo(
            "lead",
            _("Go to lead"),
            "leads:detail",
            r"^\d{1,18}$",
            "12345",
            icon="leads",
            order=30,
            visible=may_view,
        )
    )
    register_command(
        Command("import-leads", _("Import leads"), "leads:import", "upload", visible=_may_import)
    )
    register_card(
        DashboardCard(
            "leads",
            _("Leads by day and status"),
            "leads/cards/by_status.html",
            cards.by_status,
            order=30,
            visible=may_view,
            wide=True,
        )
    )


def _may_import(user: User) -> bool:
    return may_view(user) and user.has_perm("jobs.import_data")
