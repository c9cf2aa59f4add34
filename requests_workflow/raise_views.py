"""Raising a request: for a new conversion, for a change of one; and editing one's own."""

from typing import Any
from uuid import UUID

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_http_methods
from django_htmx.http import HttpResponseClientRedirect

from conversions.access import conversion_for
from conversions.models import Conversion
from convertr.accounts.access import SignedInRequest, permission_required, signed_in
from convertr.accounts.models import User
from convertr.errors import DomainError
from convertr.ui.lists.filters import MAX_ID
from convertr.ui.registry import Text
from requests_workflow import evidence, rules
from requests_workflow.access import request_for, who
from requests_workflow.forms import ChangeForm, CreateForm, EditCreateForm, FindForm, WantedForm
from requests_workflow.models import ConversionRequest
from requests_workflow.panel_views import version_of
from requests_workflow.rules import RAISE_PERMISSIONS, Move, Type
from requests_workflow.services import raising
from requests_workflow.services.validation import present_of
from requests_workflow.visibility import person_shown_to

FOLDER = "requests_workflow"
RAISED = gettext_lazy("Raised. You will be told when it is decided.")


@permission_required(RAISE_PERMISSIONS[Type.CREATE])
@require_http_methods(["GET", "POST"])
def new_create(request: SignedInRequest) -> HttpResponse:
    """Ask for a conversion that was not tracked."""
    form = CreateForm(
        _data(request), user=request.user, initial={"offer": request.GET.get("offer")}
    )
    if form.is_valid():
        chosen = form.cleaned_data
        try:
            made = raising.raise_create(
                actor=request.user,
                offer=chosen["offer"],
                partner=request.user.partner or chosen["partner"],
                event=chosen["offer"].events.get(name=chosen["event"]),
                wanted=form.asked(),
                comment=chosen["comment"],
                files=_files(request),
            )
        except DomainError as refused:
            form.refuse(refused)
        else:
            return _on_to(request, made, RAISED)
    return _page(request, form, title=_("New conversion request"))


@permission_required(RAISE_PERMISSIONS[Type.CHANGE])
@require_http_methods(["GET", "POST"])
def change(request: SignedInRequest) -> HttpResponse:
    """Which conversion is to be changed: by its ID or UUID."""
    form = FindForm(_data(request))
    if form.is_valid():
        found = _find(request.user, form.cleaned_data["conversion"].strip())
        if found:
            return redirect("requests:new_change", found.pk)
        form.add_error("conversion", _("No conversion has this ID."))
    status = 422 if form.errors else 200
    return render(request, f"{FOLDER}/find.html", {"form": form}, status=status)


def _find(user: User, key: str) -> Conversion | None:
    seen = Conversion.objects.visible_to(user)
    if key.isascii() and key.isdigit() and len(key) < len(str(MAX_ID)):
        return seen.filter(pk=int(key)).first()
    try:
        return seen.filter(uuid=UUID(key)).first()
    except ValueError:
        return None


@permission_required(RAISE_PERMISSIONS[Type.CHANGE])
@require_http_methods(["GET", "POST"])
def new_change(request: SignedInRequest, conversion_id: int) -> HttpResponse:
    """Ask for a change of a conversion: its values stand in the form, what differs is asked for."""
    conversion = conversion_for(request.user, conversion_id)
    form = ChangeForm(_data(request), user=request.user, present=present_of(conversion.pk))
    if form.is_valid():
        try:
            made = raising.raise_change(
                actor=request.user,
                conversion=conversion,
                wanted=form.asked(),
                comment=form.cleaned_data["comment"],
                files=_files(request),
            )
        except DomainError as refused:
            form.refuse(refused)
        else:
            return _on_to(request, made, RAISED)
    title = _("Request a change of conversion %(id)s") % {"id": conversion.pk}
    return _page(request, form, title=title, conversion=conversion)


@signed_in
@require_http_methods(["GET", "POST"])
def edit(request: SignedInRequest, request_id: int) -> HttpResponse:
    """Ask for something else instead, while nobody has decided."""
    asked = request_for(request.user, request_id)
    refused = rules.refusal(
        Move.EDIT, status=asked.status, type_=asked.type, who=who(request.user, asked)
    )
    if refused == rules.FORBIDDEN:
        raise PermissionDenied
    form = _edit_form(request, asked)
    if form.is_valid():
        try:
            raising.edit(
                actor=request.user, request=asked, version=version_of(request), wanted=form.asked()
            )
        except DomainError as error:
            form.refuse(error)
        else:
            return _on_to(request, asked, _("Saved."))
    elif refused and request.method == "GET":
        messages.error(request, _("It has been decided, and can't be edited any more."))
        return redirect(asked)
    title = _("Edit request %(id)s") % {"id": asked.pk}
    return _page(request, form, title=title, conversion=asked.conversion, asked=asked)


def _edit_form(request: SignedInRequest, asked: ConversionRequest) -> WantedForm:
    data, user = _data(request), request.user
    if asked.type == Type.CREATE:
        return EditCreateForm(data, user=user, request=asked)
    present = present_of(asked.conversion_id or 0)
    return ChangeForm.editing(data, user=user, request=asked, present=present)


def _data(request: HttpRequest) -> Any:
    return request.POST if request.method == "POST" else None


def _files(request: SignedInRequest) -> list[Any]:
    if getattr(request, "upload_too_large", False):
        raise evidence.too_large_together()
    return request.FILES.getlist("files")


def _on_to(request: SignedInRequest, made: ConversionRequest, told: Text) -> HttpResponse:
    """The request's page, with what was done."""
    messages.success(request, str(told))
    if request.htmx:
        return HttpResponseClientRedirect(made.get_absolute_url())
    return redirect(made)


def _page(
    request: SignedInRequest,
    form: WantedForm,
    *,
    title: str,
    conversion: Conversion | None = None,
    asked: ConversionRequest | None = None,
) -> HttpResponse:
    """The form; of a change with what warns of others that are open on the same conversion."""
    user = request.user
    others: list[ConversionRequest] = []
    if conversion and asked is None:
        others = list(raising.open_on(conversion.pk, user).select_related("raised_by")[:5])
    context = {
        "form": form,
        "title": title,
        "conversion": conversion,
        "asked": asked,
        "version": request.POST.get("version") or (asked.version if asked else ""),
        "others": [(one, person_shown_to(user, one.raised_by)) for one in others],
        "accept": evidence.ACCEPT,
    }
    return render(request, f"{FOLDER}/raise.html", context, status=422 if form.errors else 200)
