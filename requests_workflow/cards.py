"""What requests show elsewhere: on the dashboard, on a partner's home, on a conversion's page."""

from typing import Any

from django.http import HttpRequest
from django.utils.translation import gettext_lazy as _

from conversions.models import Conversion
from convertr.accounts.access import person
from convertr.accounts.models import User
from convertr.ui.registry import DashboardCard, Panel, register_card, register_panel, staff_only
from requests_workflow.counting import waiting
from requests_workflow.models import ConversionRequest
from requests_workflow.rules import OPEN, RAISE_PERMISSIONS, Status, Type
from requests_workflow.visibility import person_shown_to, reason_text

SHOWN = 5
FOLDER = "requests_workflow"


def of_conversion(request: HttpRequest, conversion: Conversion) -> dict[str, Any]:
    """The newest requests about a conversion that this person may see."""
    user = person(request)
    found = ConversionRequest.objects.visible_to(user).filter(conversion=conversion)
    found = found.select_related("raised_by").order_by("-id")[:20]
    return {
        "lines": [(one, person_shown_to(user, one.raised_by)) for one in found],
        "conversion": conversion,
        "may_ask": user.has_perm(RAISE_PERMISSIONS[Type.CHANGE]),
    }


def waiting_card(request: HttpRequest) -> dict[str, Any]:
    """For the agency: how many wait for a decision, and which have waited the longest."""
    asked = ConversionRequest.objects.filter(status__in=[Status.INQUIRED, Status.FAILED])
    oldest = asked.select_related("raised_by", "offer").order_by("id")[:SHOWN]
    return {"count": waiting(person(request)), "oldest": list(oldest)}


def own_card(request: HttpRequest) -> dict[str, Any]:
    """For a partner's people: what is open, and what was decided last."""
    own = ConversionRequest.objects.visible_to(person(request)).select_related("offer")
    decided = own.filter(status__in=[Status.PROCESSED, Status.REJECTED])
    return {
        "open": list(own.filter(status__in=OPEN).order_by("-raised_at", "-id")[:SHOWN]),
        "count": waiting(person(request)),
        "decided": [
            (one, reason_text(one.decision_reason))
            for one in decided.order_by("-raised_at", "-id")[:SHOWN]
        ],
    }


def _partner_only(user: User) -> bool:
    return user.is_partner


def register_cards() -> None:
    """Called once when Django is ready."""
    card = f"{FOLDER}/cards"
    register_card(
        DashboardCard(
            "requests", _("Requests waiting"), f"{card}/waiting.html", waiting_card, 50, staff_only
        ),
        DashboardCard(
            "own_requests", _("Your requests"), f"{card}/own.html", own_card, 50, _partner_only
        ),
    )
    panel = f"{FOLDER}/conversion_panel.html"
    register_panel(Panel("conversion", "requests", _("Requests"), panel, of_conversion, 20))
