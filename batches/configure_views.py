"""The page on which an integration is set up: its form, and the parts of it that answer at once."""

from typing import Any

from django.contrib import messages
from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.utils.dateparse import parse_date
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST

from batches import configuring, destinations, testing
from batches.access import CONFIGURE, VIEW, integration_for, may_keep_credentials
from batches.forms.destination import DestinationForm
from batches.forms.general import CampaignForm
from batches.forms.setup import SetUpForm
from batches.models import Integration
from batches.previewing import preview_of, runs_of
from batches.realtime.options import KIND as REALTIME
from batches.shown import is_held, next_run, state_of
from convertr.accounts.access import SignedInRequest, permission_required
from convertr.errors import DomainError
from convertr.network.models import Campaign
from leads.access import campaign_for

FOLDER = "batches"
door = permission_required(VIEW, CONFIGURE)


@door
@require_http_methods(["GET", "POST"])
def create(request: SignedInRequest) -> HttpResponse:
    """The campaign first, since its fields are what files are made of; then the whole page."""
    campaign = _asked_campaign(request)
    if campaign is None:
        which = CampaignForm(request.GET if "campaign" in request.GET else None)
        return render(request, f"{FOLDER}/choose_campaign.html", {"form": which})
    form = _form(request, campaign, None)
    if request.method == "POST" and form.is_valid():
        try:
            made = configuring.create(
                actor=request.user,
                campaign=campaign,
                wanted=form.wanted(host_key=_host_key(request, form)),
                active="active" in request.POST,
            )
        except DomainError as refused:
            form.refuse(refused)
        else:
            messages.success(request, _("The integration is set up."))
            return redirect(made)
    return _page(request, form)


@door
@require_http_methods(["GET", "POST"])
def configure(request: SignedInRequest, integration_id: int) -> HttpResponse:
    """An integration's page; POST saves what was changed."""
    integration = integration_for(request.user, integration_id)
    form = _form(request, integration.campaign, integration)
    if request.method == "POST" and form.is_valid():
        try:
            changed = configuring.change(
                actor=request.user,
                integration=integration,
                version=_version(request),
                wanted=form.wanted(host_key=_host_key(request, form)),
            )
        except DomainError as refused:
            form.refuse(refused)
        else:
            saved = _("Saved. It counts for batches that are claimed from now on.")
            messages.success(request, saved if changed else _("Nothing was changed."))
            return redirect(integration)
    return _page(request, form)


# --- parts that are asked for while one enters ---


@door
@require_POST
def part_of(request: SignedInRequest, integration_id: int, part: str) -> HttpResponse:
    """runs, preview or test of what is entered, saved or not."""
    integration = integration_for(request.user, integration_id)
    return _part(request, _form(request, integration.campaign, integration), part)


@door
@require_POST
def part_of_new(request: SignedInRequest, part: str) -> HttpResponse:
    campaign = _asked_campaign(request)
    if campaign is None:
        raise Http404
    return _part(request, _form(request, campaign, None), part)


def _part(request: SignedInRequest, form: SetUpForm, part: str) -> HttpResponse:
    if part == "runs":
        return render(request, f"{FOLDER}/_runs.html", runs_of(form))
    if part == "preview":
        return render(request, f"{FOLDER}/_preview.html", preview_of(form))
    if part == "test":
        return render(request, f"{FOLDER}/_tested.html", _tested(request, form))
    raise Http404


def _tested(request: SignedInRequest, form: SetUpForm) -> dict[str, Any]:
    """What came of a test; a key that a saved integration's server has shown is pinned."""
    to = form.destination
    if to is None or to.kind == REALTIME or not to.is_valid():
        return {"errors": _said(to)}
    kind, seen = destinations.KINDS[to.kind], request.POST.get("seen", "")
    key = testing.known_key(form.integration, kind, to.options, seen)
    result = testing.try_out(
        actor=request.user,
        kind=to.kind,
        options=to.options,
        credential=to.credential,
        host_key=key,
    )
    one = form.integration
    stored = one is not None and one.destination == kind.stored(to.options)
    if one is not None and stored and result.ok and not result.asks and key != one.host_key:
        configuring.pin(actor=request.user, integration=one, host_key=key)
        one.refresh_from_db()
    return {"result": result, "integration": one, "part_url": request.path}


def _said(to: DestinationForm | None) -> list[str]:
    """What is wrong with a destination, each with its field's name."""
    errors = to.errors.items() if to else ()
    named = ((to.fields[name].label, found) for name, found in errors if to and name in to.fields)
    other = list(to.non_field_errors()) if to else []
    return [*(f"{label}: {found[0]}" for label, found in named), *map(str, other)] or [
        _("Fill in the destination first.")
    ]


# --- acts ---


@door
@require_POST
def act(request: SignedInRequest, integration_id: int, name: str) -> HttpResponse:
    """on, off, skip, unskip, hold, release, or forget-host-key."""
    integration = integration_for(request.user, integration_id)
    try:
        text = _do(request, integration, name)
    except DomainError as refused:
        messages.error(request, str(refused))
    else:
        messages.success(request, text)
    return redirect(integration)


def _do(request: SignedInRequest, integration: Integration, name: str) -> str:
    """Carry it out; answers what to say."""
    who: dict[str, Any] = {"actor": request.user, "integration": integration}
    if name in ("on", "off"):
        configuring.switch(**who, on=name == "on")
        return _("It is switched on.") if name == "on" else _("It is switched off.")
    if name in ("skip", "unskip"):
        configuring.skip_next(**who, skip=name == "skip")
        return _("The next run is skipped.") if name == "skip" else _("No run is skipped.")
    if name in ("hold", "release"):
        until = parse_day(request.POST.get("until", "")) if name == "hold" else None
        configuring.hold(**who, until=until)
        return _("It is held.") if name == "hold" else _("It runs again.")
    if name == "forget-host-key":
        configuring.pin(**who, host_key="")
        return _("The server’s key is forgotten. Test the connection to keep the new one.")
    raise Http404


def parse_day(text: str) -> Any:
    """A day as 2026-01-31; DomainError for anything else."""
    try:
        day = parse_date(text)
    except ValueError:
        day = None
    if day is None:
        raise DomainError("past", configuring.TEXTS["past"])
    return day


# --- what they have in common ---


def _form(
    request: SignedInRequest, campaign: Campaign, integration: Integration | None
) -> SetUpForm:
    data = request.POST if request.method == "POST" else None
    zone = request.user.time_zone
    return SetUpForm(data, campaign=campaign, zone=zone, integration=integration)


def _page(request: SignedInRequest, form: SetUpForm) -> HttpResponse:
    one, failed = form.integration, request.method == "POST"
    context = {
        "form": form,
        "campaign": form.campaign,
        "integration": one,
        "state": state_of(one) if one else None,
        "fingerprint": testing.pinned(one),
        "held": bool(one and is_held(one)),
        "next": next_run(one) if one else None,
        "active": "active" in request.POST if failed else True,
        "seen": request.POST.get("seen", ""),
        # Saved again after being told, what was entered is meant for it as it is now.
        "version": one.version if one else 0,
        "may_keep_credentials": may_keep_credentials(request.user),
    }
    return render(request, f"{FOLDER}/configure.html", context, status=422 if failed else 200)


def _host_key(request: SignedInRequest, form: SetUpForm) -> str:
    """The key to be pinned with what is saved; empty for what has none, or was not tested."""
    to = form.destination
    if to is None or to.kind == REALTIME or to.options is None:
        return ""
    kind = destinations.KINDS[to.kind]
    seen = request.POST.get("seen", "")
    return testing.known_key(form.integration, kind, to.options, seen) if kind.pins else ""


def _asked_campaign(request: SignedInRequest) -> Campaign | None:
    asked = request.GET.get("campaign", "")
    if not (asked.isascii() and asked.isdigit() and len(asked) < 20):
        return None
    return campaign_for(request.user, int(asked))


def _version(request: SignedInRequest) -> int:
    given = request.POST.get("version", "")
    return int(given) if given.isascii() and given.isdigit() and len(given) < 10 else 0
