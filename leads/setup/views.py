"""A campaign's leads set up: its fields and rules on one page, changed in the dialog; try-out."""

from collections.abc import Callable
from typing import Any

from django.contrib import messages
from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.utils.functional import Promise
from django.utils.translation import gettext as _t
from django.utils.translation import gettext_lazy as _
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_GET, require_http_methods, require_POST
from django_htmx.http import trigger_client_event

from convertr.accounts.access import SignedInRequest, permission_required
from convertr.errors import DomainError
from convertr.network.models import Campaign
from convertr.ui.lists.filters import MAX_ID
from convertr.ui.registry import Text
from convertr.ui.responses import close_modal, toast
from leads.access import VIEW, campaign_for
from leads.models import CampaignField, ProcessorJob, ValueTransform
from leads.setup import services, shown, tryout
from leads.setup.forms import FieldForm, RuleForm
from leads.setup.services import CONFIGURE, RuleModel, Step, StepModel
from leads.transforms import BadOptions
from leads.transforms.base import Rule as RuleKind

FOLDER = "leads/setup"
door = permission_required(VIEW, CONFIGURE)
# What addresses call the steps.
MODELS: dict[str, StepModel] = {
    "field": CampaignField,
    "transform": ValueTransform,
    "job": ProcessorJob,
}
RULES: dict[str, RuleModel] = {"transform": ValueTransform, "job": ProcessorJob}
MOVES, SWITCHED = {"up": -1, "down": 1}, {"on": True, "off": False}
REMOVED = _("Removed.")
SAVED = _("Saved. It counts for leads that are processed from now on.")


@door
@require_GET
def setup(request: SignedInRequest, campaign_id: int) -> HttpResponse:
    """The campaign's fields, value transforms and processor jobs, in their order."""
    return _page(request, campaign_for(request.user, campaign_id))


@sensitive_post_parameters()
@door
@require_POST
def try_out(request: SignedInRequest, campaign_id: int) -> HttpResponse:
    """What would become of a pasted lead. Nothing is stored, nothing is in the address."""
    campaign = campaign_for(request.user, campaign_id)
    typed = {name: request.POST.get(name, "") for name in ("lead", "ip")}
    more: dict[str, Any] = {"typed": typed}
    try:
        data = tryout.read(typed["lead"])
        more["outcome"] = tryout.try_out(campaign, data, ip=tryout.read_ip(typed["ip"]))
    except DomainError as refused:
        more["refused"] = refused
    status = 422 if "refused" in more else 200
    if request.htmx:
        return render(
            request, f"{FOLDER}/tryout.html", {"campaign": campaign, **more}, status=status
        )
    return _page(request, campaign, status=status, **more)


@door
@require_http_methods(["GET", "POST"])
def add_field(request: SignedInRequest, campaign_id: int) -> HttpResponse:
    """The dialog of a further field; POST adds it."""
    campaign = campaign_for(request.user, campaign_id)
    form = FieldForm(_data(request))

    def add() -> None:
        services.add_field(actor=request.user, campaign=campaign, **form.values())

    return _dialog(request, campaign, form, add, title=_t("Add a field"))


@door
@require_http_methods(["GET", "POST"])
def add_rule(request: SignedInRequest, campaign_id: int, what: str, kind: str) -> HttpResponse:
    """The dialog of a further rule of a kind; POST adds it."""
    campaign = campaign_for(request.user, campaign_id)
    model = _found(RULES, what)
    rule_kind = _kind(model, kind)
    form = RuleForm(_data(request), model=model, kind=rule_kind, campaign=campaign)

    def add() -> None:
        services.add_rule(
            actor=request.user, campaign=campaign, model=model, kind=kind, **form.values()
        )

    title = _t("Add: %(kind)s") % {"kind": rule_kind.label}
    return _dialog(request, campaign, form, add, title=title, about=rule_kind.help)


@door
@require_http_methods(["GET", "POST"])
def change(request: SignedInRequest, campaign_id: int, what: str, step_id: int) -> HttpResponse:
    """The dialog of a field or a rule that is there."""
    campaign = campaign_for(request.user, campaign_id)
    step = _step(campaign, what, step_id)
    if isinstance(step, CampaignField):
        return _change_field(request, campaign, step)
    rule = step
    rule_kind = _kind(type(rule), rule.kind)
    form = RuleForm(_data(request), model=type(rule), kind=rule_kind, campaign=campaign, rule=rule)

    def save() -> None:
        services.change_rule(actor=request.user, rule=rule, **form.values())

    title = str(rule_kind.label)
    return _dialog(request, campaign, form, save, title=title, about=rule_kind.help)


def _change_field(
    request: SignedInRequest, campaign: Campaign, field: CampaignField
) -> HttpResponse:
    form = FieldForm(_data(request), instance=field)

    def save() -> None:
        services.change_field(actor=request.user, field=field, **form.values())

    title = _t("Field %(name)s") % {"name": field.name}
    return _dialog(request, campaign, form, save, title=title)


@door
@require_http_methods(["GET", "POST"])
def remove(request: SignedInRequest, campaign_id: int, what: str, step_id: int) -> HttpResponse:
    """The dialog that asks, or says what keeps a field; POST removes."""
    campaign = campaign_for(request.user, campaign_id)
    step = _step(campaign, what, step_id)
    if request.method == "POST":
        try:
            services.remove(actor=request.user, step=step)
        except DomainError as refused:
            return _told(request, campaign, refused.text, level="error", response=close_modal())
        return _told(request, campaign, REMOVED, response=close_modal())
    if isinstance(step, CampaignField):
        named, refusal = step.name, services.refusal_to_remove(step)
    else:
        named, refusal = services.label_of(step), None
    context = {"campaign": campaign, "named": named, "refused": refusal}
    return render(request, f"{FOLDER}/remove.html", context)


@door
@require_POST
def act(
    request: SignedInRequest, campaign_id: int, what: str, step_id: int, did: str
) -> HttpResponse:
    """Move up or down, switch on or off."""
    campaign = campaign_for(request.user, campaign_id)
    step = _step(campaign, what, step_id)
    try:
        if did in MOVES:
            services.move(actor=request.user, step=step, by=MOVES[did])
        elif did in SWITCHED and not isinstance(step, CampaignField):
            services.switch(actor=request.user, rule=step, on=SWITCHED[did])
        else:
            raise Http404
    except DomainError as refused:
        return _told(request, campaign, refused.text, level="error")
    return _told(request, campaign, "")


# --- what they have in common ---


def _page(
    request: SignedInRequest, campaign: Campaign, *, status: int = 200, **more: Any
) -> HttpResponse:
    context = {"campaign": campaign, **shown.context_of(campaign), **more}
    return render(request, f"{FOLDER}/page.html", context, status=status)


def _dialog(
    request: SignedInRequest,
    campaign: Campaign,
    form: Any,
    save: Callable[[], Any],
    *,
    title: str,
    about: str | Promise = "",
) -> HttpResponse:
    """The form in the dialog; once saved, the page behind it comes anew."""
    if request.method == "POST" and form.is_valid():
        try:
            save()
        except DomainError as refused:
            form.add_error("name" if refused.code.startswith("field_") else None, str(refused))
        except BadOptions as bad:
            form.add_error(None, str(bad))
        else:
            return _told(request, campaign, SAVED, response=close_modal())
    context = {"campaign": campaign, "form": form, "title": title, "about": about}
    return render(request, f"{FOLDER}/dialog.html", context, status=422 if form.errors else 200)


def _told(
    request: SignedInRequest,
    campaign: Campaign,
    text: Text,
    *,
    level: str = "success",
    response: HttpResponse | None = None,
) -> HttpResponse:
    """What was done, or why it wasn't; the page comes anew."""
    if not request.htmx:
        if text:
            messages.add_message(
                request, messages.ERROR if level == "error" else messages.SUCCESS, str(text)
            )
        return redirect("leads:setup", campaign.pk)
    response = response or HttpResponse(status=204)
    if text:
        response = toast(response, text, level=level)
    return trigger_client_event(response, "listChanged", {})


def _data(request: SignedInRequest) -> Any:
    return request.POST if request.method == "POST" else None


def _found(table: dict[str, Any], name: str) -> Any:
    if name not in table:
        raise Http404
    return table[name]


def _kind(model: RuleModel, name: str) -> type[RuleKind]:
    kind = services.kind_of(model, name)
    if kind is None:
        raise Http404
    return kind


def _step(campaign: Campaign, what: str, step_id: int) -> Step:
    manager = _found(MODELS, what)._default_manager
    step: Step | None = None
    if step_id <= MAX_ID:
        step = manager.filter(campaign=campaign, pk=step_id).select_related("campaign").first()
    if step is None:
        raise Http404
    return step
