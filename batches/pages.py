"""The doors, lists, searches and panels that batches offer to the frame."""

from typing import Any

from django.http import HttpRequest
from django.utils.translation import gettext_lazy as _

from batches import pending
from batches.access import may_configure, may_keep_credentials, may_view
from batches.models import Integration
from batches.pending_list import PendingList
from batches.sent_list import SentList, stuck
from batches.shown import state_of, when
from convertr.accounts.access import person
from convertr.accounts.models import User
from convertr.network.models import Campaign
from convertr.ui.cached import cached
from convertr.ui.lists import register_list
from convertr.ui.registry import (
    GoTo,
    NavItem,
    Panel,
    register_go_to,
    register_nav,
    register_panel,
)

OF_PENDING = (
    "batches:pending_leads", "batches:create", "batches:configure", "batches:credentials",
    "batches:calls",
)  # fmt: skip
OF_SENT = ("batches:batch", "batches:batch_leads")
# For so long the number beside the door may be old.
COUNT_SECONDS = 30


def register_pages() -> None:
    """Called once when Django is ready."""
    register_list(PendingList)
    register_list(SentList)
    register_nav(
        NavItem(
            "pending-batches",
            _("Pending"),
            "batches:pending",
            "batches",
            order=10,
            section="batches",
            visible=may_view,
            also=OF_PENDING,
        ),
        NavItem(
            "sent-batches",
            _("Sent"),
            "batches:sent",
            "sent",
            order=20,
            section="batches",
            visible=may_view,
            count=count_stuck,
            also=OF_SENT,
        ),
    )
    register_go_to(
        GoTo(
            "batch",
            _("Go to batch"),
            "batches:batch",
            r"^\d{1,18}$",
            "123",
            icon="batches",
            order=60,
            visible=may_view,
        )
    )
    register_panel(
        Panel(
            "campaign",
            "batches",
            _("Integrations"),
            "batches/campaign_panel.html",
            _of_campaign,
            order=60,
            visible=may_view,
        )
    )


def count_stuck(user: User) -> int:
    """How many batches failed or are held; it is the same for all who have the door."""
    return cached("batches_stuck", COUNT_SECONDS, lambda: sum(n for _s, n in stuck(user)))


def _of_campaign(request: HttpRequest, campaign: Campaign) -> dict[str, Any]:
    user = person(request)
    own = list(Integration.objects.visible_to(user).filter(campaign=campaign).order_by("-pk"))
    for one in own:
        one.campaign = campaign
    counts = pending.counts([one.pk for one in own])
    return {
        "integrations": [(one, state_of(one), when(one), counts.get(one.pk, 0)) for one in own],
        "campaign": campaign,
        "may_configure": may_configure(user),
        "may_keep_credentials": may_keep_credentials(user),
    }
