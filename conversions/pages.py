"""The doors, searches and cards that conversions offer to the frame."""

from django.utils.translation import gettext_lazy as _

from conversions import cards
from conversions.views import ConversionList
from convertr.ui.lists import register_list
from convertr.ui.registry import (
    DashboardCard,
    GoTo,
    NavItem,
    SearchBox,
    register_card,
    register_go_to,
    register_nav,
    register_search,
)


def register_pages() -> None:
    """Called once when Django is ready."""
    register_list(ConversionList)
    register_nav(
        NavItem(
            "conversions",
            _("Conversions"),
            "conversions:list",
            "conversions",
            order=20,
            also=("conversions:detail",),
        )
    )
    register_go_to(
        GoTo(
            "conversion",
            _("Go to conversion"),
            "conversions:detail",
            r"^\d{1,18}$",
            "12345",
            icon="conversions",
            order=10,
        )
    )
    register_card(
        DashboardCard(
            "conversions",
            _("Conversions by day and status"),
            "conversions/cards/by_status.html",
            cards.by_status,
            order=10,
            wide=True,
        ),
        DashboardCard(
            "counted_money",
            _("Counted money by currency, last 30 days"),
            "conversions/cards/counted_money.html",
            cards.counted_money,
            order=20,
            wide=True,
        ),
        DashboardCard(
            "rejections",
            _("Reasons of rejections, last 30 days"),
            "conversions/cards/rejections.html",
            cards.rejections,
            order=60,
        ),
    )
    register_search(SearchBox("conversions:list", _("Search conversions by any ID")))
