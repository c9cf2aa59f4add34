"""The doors, searches and cards that conversions offer to the frame."""

from django.utils.translation import gettext_lazy as _

from conversions.views import ConversionList
from convertr.ui.lists import register_list
from convertr.ui.registry import (
    GoTo,
    NavItem,
    SearchBox,
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
        GoTo("conversion", _("Go to conversion"), "conversions:detail", r"^\d{1,18}$", "12345")
    )
    register_search(SearchBox("conversions:list", _("Search conversions by any ID")))
