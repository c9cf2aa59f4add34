"""The doors, cards and panels that requests offer to the frame."""

from django.utils.translation import gettext_lazy as _

from convertr.ui.lists import register_list
from convertr.ui.registry import (
    Command,
    GoTo,
    NavItem,
    Visible,
    register_command,
    register_go_to,
    register_nav,
)
from requests_workflow.bell import register_bell
from requests_workflow.cards import register_cards
from requests_workflow.counting import waiting
from requests_workflow.rules import RAISE_PERMISSIONS, Type
from requests_workflow.views import RequestList


def register_pages() -> None:
    """Called once when Django is ready."""
    register_list(RequestList)
    register_bell()
    register_cards()
    register_command(
        Command(
            "new-request",
            _("New conversion request"),
            "requests:new_create",
            "plus",
            visible=_may_raise(Type.CREATE),
        ),
        Command(
            "request-change",
            _("Request a change"),
            "requests:change",
            "edit",
            visible=_may_raise(Type.CHANGE),
        ),
    )
    register_nav(
        NavItem(
            "requests",
            _("Requests"),
            "requests:list",
            "requests",
            order=30,
            count=waiting,
            also=("requests:detail",),
        )
    )
    register_go_to(
        GoTo(
            "request",
            _("Go to request"),
            "requests:detail",
            r"^\d{1,18}$",
            "12345",
            icon="requests",
            order=20,
        )
    )


def _may_raise(type_: Type) -> Visible:
    return lambda user: user.has_perm(RAISE_PERMISSIONS[type_])
