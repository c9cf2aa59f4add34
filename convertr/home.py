"""The dashboard at `/`: the cards that apps registered, for whoever is signed in."""

from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.template.loader import render_to_string
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_GET

from convertr.accounts.access import SignedInRequest, person, signed_in
from convertr.jobs.models import ACTIVE_STATES, Job, State
from convertr.ui.registry import (
    DashboardCard,
    NavItem,
    cards_for,
    register_card,
    register_nav,
)

JOBS_SHOWN = 10


def register() -> None:
    """Called once when Django is ready."""
    register_nav(NavItem("home", _("Dashboard"), "home", "dashboard", order=10))
    register_card(DashboardCard("jobs", _("Jobs under way"), "home/jobs.html", _jobs, order=50))


def _jobs(request: HttpRequest) -> dict[str, Any]:
    """What runs or waits to be confirmed, newest first."""
    waiting = (State.VERIFYING, State.VERIFIED, *ACTIVE_STATES)
    jobs = Job.objects.visible_to(person(request)).filter(finished_at=None, state__in=waiting)
    return {"jobs": jobs.select_related("requested_by").order_by("-created_at", "-id")[:JOBS_SHOWN]}


@signed_in
@require_GET
def home(request: SignedInRequest) -> HttpResponse:
    cards = [
        (card, render_to_string(card.template, card.context(request), request))
        for card in cards_for(request.user)
    ]
    return render(request, "home.html", {"cards": cards})
