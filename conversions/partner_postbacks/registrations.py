"""What postbacks offer to the frame, to other pages, and to housekeeping."""

from typing import Any

from django.conf import settings
from django.http import HttpRequest
from django.utils.translation import gettext_lazy as _

from conversions.models import Conversion
from conversions.partner_postbacks.access import may_manage, postbacks_for
from conversions.partner_postbacks.figures import measure
from conversions.partner_postbacks.log import of_conversion
from conversions.partner_postbacks.models import PostbackAttempt, PostbackEvent
from conversions.partner_postbacks.switching import NOTIFICATION, told
from conversions.partner_postbacks.tables import state_of
from conversions.partner_postbacks.views import PostbackList
from convertr.accounts.access import person
from convertr.accounts.models import User
from convertr.jobs.housekeeping import drop_older, register_chore
from convertr.metrics import register_metrics
from convertr.network.models import Partner
from convertr.ui.lists import register_list
from convertr.ui.registry import (
    NavItem,
    Panel,
    register_nav,
    register_notification,
    register_panel,
)

FOLDER = "conversions/partner_postbacks"
TITLE = _("Postbacks")


def register() -> None:
    """Called once when Django is ready."""
    register_list(PostbackList)
    register_notification(NOTIFICATION, told)
    register_nav(
        NavItem(
            "postbacks",
            TITLE,
            "conversions:partner_postbacks:list",
            "postback",
            order=300,
            section="tools",
            visible=may_manage,
            also=("conversions:partner_postbacks:detail",),
        )
    )
    conversion_panel = f"{FOLDER}/conversion_panel.html"
    partner_panel = f"{FOLDER}/partner_panel.html"
    register_panel(
        Panel("conversion", "postbacks", TITLE, conversion_panel, _of_conversion, 50, _may_see),
        Panel("partner", "postbacks", TITLE, partner_panel, _of_partner, 50, may_manage),
    )
    register_chore("postbacks", forget)
    register_metrics("postbacks", measure)


def forget() -> None:
    days = settings.RETAIN_POSTBACK_EVENTS_DAYS
    drop_older(PostbackAttempt, days=days)
    drop_older(PostbackEvent, days=days)


def _may_see(user: User) -> bool:
    """Agency and admin see that a conversion was told; a partner's people who manage them, too."""
    return not user.is_partner or may_manage(user)


def _of_conversion(request: HttpRequest, conversion: Conversion) -> dict[str, Any]:
    user = person(request)
    return {"lines": of_conversion(conversion, user), "may_manage": may_manage(user)}


def _of_partner(request: HttpRequest, partner: Partner) -> dict[str, Any]:
    own = postbacks_for(person(request)).filter(partner=partner).order_by("-id")
    return {"postbacks": [(one, *state_of(one)) for one in own], "partner": partner}
