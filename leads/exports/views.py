"""The page "Export leads": columns, conditions, templates; the download, or its job."""

from collections.abc import Sequence
from typing import Any

from django.contrib import messages
from django.http import Http404, HttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods
from django_htmx.http import HttpResponseClientRedirect

from convertr.accounts.access import SignedInRequest, permission_required
from convertr.accounts.models import User
from convertr.errors import DomainError
from convertr.jobs.models import Job
from convertr.ui.lists.counting import count
from convertr.ui.lists.filters import MAX_ID
from convertr.ui.responses import toast
from leads.access import VIEW, require_view
from leads.exports import conditions as narrowing
from leads.exports import services
from leads.exports.columns import Column, all_columns, usual
from leads.exports.conditions import Conditions
from leads.exports.forms import ConditionsForm, initial_of
from leads.models import ExportTemplate

FOLDER = "leads/exports"


@permission_required(VIEW)
@require_http_methods(["GET", "POST"])
def page(request: SignedInRequest) -> HttpResponseBase:
    """GET the page, with a template (`?template=`) or the list's query (`?list=`) to begin from.

    POST `act`: csv or xlsx, count, save or delete (a template).
    """
    require_view(request.user)
    if request.method == "GET":
        return _first(request)
    acts = {"csv": _export, "xlsx": _export, "count": _count, "save": _save, "delete": _delete}
    act = acts.get(request.POST.get("act", ""))
    if act is None:
        raise Http404
    return act(request)


def _first(request: SignedInRequest) -> HttpResponse:
    columns, template = all_columns(), _template(request)
    if template is None:
        form = ConditionsForm(label_suffix="")
        return _page(request, form, columns, usual(columns), request.GET.get("list"))
    form = ConditionsForm(initial=initial_of(template.conditions), label_suffix="")
    known = {column.name for column in columns}
    names = [name for name in template.columns if name in known]
    return _page(request, form, columns, names, None, template=template)


def _template(request: SignedInRequest) -> ExportTemplate | None:
    """The one that the address names; Http404 for one that isn't there for this person."""
    asked = request.GET.get("template")
    if asked is None:
        return None
    found = services.templates_for(request.user).filter(pk=_number(asked)).first()
    if found is None:
        raise Http404
    return found


def _number(text: str) -> int:
    number = int(text) if text.isascii() and text.isdigit() and len(text) < 20 else 0
    return number if number <= MAX_ID else 0


def _asked(request: SignedInRequest) -> tuple[ConditionsForm, Conditions]:
    """The form as it was sent, and its conditions; DomainError where it isn't valid."""
    form = ConditionsForm(request.POST, label_suffix="")
    if not form.is_valid():
        raise DomainError("bad_filter", _("A condition is not valid. Mend it, then export."))
    conditions = form.conditions()
    if "list" in request.POST:
        conditions["list"] = request.POST["list"]
    return form, conditions


def _export(request: SignedInRequest) -> HttpResponseBase:
    names = request.POST.getlist("columns")
    try:
        _form, conditions = _asked(request)
        made = services.export(
            actor=request.user, columns=names, conditions=conditions, form=request.POST["act"]
        )
    except DomainError as refused:
        form = ConditionsForm(request.POST, label_suffix="")
        start = request.POST.get("list")
        return _page(request, form, all_columns(), names, start, error=str(refused))
    if not isinstance(made, Job):
        return made
    text = _("This export is large. It is being made; the bell tells when it is done.")
    messages.success(request, text)
    return redirect(made)


def _count(request: SignedInRequest) -> HttpResponse:
    """How many leads it would hold; nothing while a condition is not valid."""
    try:
        _form, conditions = _asked(request)
        found = count(narrowing.leads(request.user, conditions))
    except DomainError:
        found = None
    return render(request, f"{FOLDER}/count.html", {"count": found})


def _save(request: SignedInRequest) -> HttpResponse:
    try:
        _form, conditions = _asked(request)
        template = services.save_template(
            actor=request.user,
            name=request.POST.get("name", ""),
            columns=request.POST.getlist("columns"),
            conditions=conditions,
            shared="shared" in request.POST,
        )
    except DomainError as refused:
        response = HttpResponse(status=422, headers={"HX-Reswap": "none"})
        return toast(response, refused.text, level="error")
    messages.success(request, _("The template “%(name)s” is saved.") % {"name": template.name})
    return HttpResponseClientRedirect(f"{reverse('leads:export')}?template={template.pk}")


def _delete(request: SignedInRequest) -> HttpResponse:
    try:
        number = _number(request.POST.get("template", ""))
        services.delete_template(actor=request.user, template_id=number)
    except ExportTemplate.DoesNotExist:
        raise Http404 from None
    messages.success(request, _("The template is deleted."))
    return redirect("leads:export")


def _page(
    request: SignedInRequest,
    form: ConditionsForm,
    columns: Sequence[Column],
    names: Sequence[str],
    start: str | None,
    *,
    error: str = "",
    template: ExportTemplate | None = None,
) -> HttpResponse:
    by_name = {column.name: column for column in columns}
    chosen = [by_name[name] for name in names if name in by_name]
    rest = [column for column in columns if column not in chosen]
    context: dict[str, Any] = {
        "form": form,
        "error": error,
        "columns": [(column, column in chosen) for column in [*chosen, *rest]],
        "list": start,
        "chips": _chips(request.user, start),
        "templates": services.templates_for(request.user),
        "template": template,
    }
    return render(request, f"{FOLDER}/page.html", context, status=422 if error else 200)


def _chips(user: User, start: str | None) -> list[Any] | None:
    """The list's filters in words; None where one is wrong."""
    if start is None:
        return []
    query = narrowing.list_query(user, start)
    return None if query.errors else query.filterset.chips()
