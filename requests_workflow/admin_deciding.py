"""The admin's page between choosing requests and deciding them.

It shows what would refuse each, carries the versions that were seen, and afterwards what was
refused and why.
"""

from dataclasses import dataclass
from typing import Any

from django.contrib import messages
from django.contrib.admin import ModelAdmin
from django.contrib.admin.helpers import ACTION_CHECKBOX_NAME
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect, QueryDict
from django.template.response import TemplateResponse
from django.urls import reverse
from django.utils.functional import Promise
from django.utils.translation import gettext as _t
from django.utils.translation import gettext_lazy as _
from django.utils.translation import ngettext

from convertr.accounts.access import person
from convertr.errors import DomainError
from convertr.jobs.texts import render
from requests_workflow.models import ConversionRequest
from requests_workflow.rules import Move, Status
from requests_workflow.services.deciding import Choice, Refused, decide_many
from requests_workflow.services.validation import Problem, problems

# Each takes two fields of a form; more are decided from the Explorer, as a job.
MOST = 300
TITLES: dict[Move, str | Promise] = {
    Move.ACCEPT: _("Accept conversion requests"),
    Move.REJECT: _("Reject conversion requests"),
    Move.RETRY: _("Try conversion requests again"),
}


@dataclass(frozen=True)
class Line:
    """A request on the page, in the version that is seen, and what speaks against it."""

    request: ConversionRequest
    why: str = ""
    # Of a conflict that is seen here: what "accept anyway" is about.
    seen: str = ""


def decide(
    model_admin: "ModelAdmin[Any]", request: HttpRequest, chosen: QuerySet[Any], move: Move
) -> HttpResponse:
    """Ask first; then decide, and say what was not."""
    chosen = chosen.select_related("raised_by", "offer").order_by("pk")
    if chosen[: MOST + 1].count() > MOST:
        text = _("At most %(most)s at once: decide more from the requests page.")
        messages.error(request, text % {"most": MOST})
        return _back(request)
    asked = list(chosen)
    if not request.POST.get("confirmed"):
        return _page(model_admin, request, move, _lines(asked, move))
    try:
        refused = _decide(request, move, asked)
    except DomainError as error:
        messages.error(request, str(error))
        return _page(model_admin, request, move, _lines(asked, move))
    _tell(request, len(asked) - len(refused), move)
    if not refused:
        return _back(request)
    again = model_admin.get_queryset(request).filter(pk__in=refused)
    left = again.select_related("raised_by", "offer").order_by("pk")
    lines = [
        Line(one, _why(refused[one.pk]), str(refused[one.pk].params.get("seen", "")))
        for one in left
    ]
    return _page(model_admin, request, move, lines)


def _decide(request: HttpRequest, move: Move, asked: list[ConversionRequest]) -> dict[int, Refused]:
    seen = request.POST
    choices = [
        Choice(
            one.pk,
            _number(seen.get(f"version_{one.pk}", "")),
            anyway=seen.get(f"conflict_{one.pk}", "") if seen.get("anyway") else "",
        )
        for one in asked
    ]
    told = decide_many(
        actor=person(request), move=move, choices=choices, reason=seen.get("reason", "")
    )
    return {pk: refused for pk, refused in told.items() if refused}


def _number(text: str) -> int:
    """Of what is no version, one that no request has."""
    return int(text) if text.isascii() and text.isdigit() and len(text) < 9 else 0


def _lines(asked: list[ConversionRequest], move: Move) -> list[Line]:
    found = {} if move == Move.REJECT else problems([one.pk for one in asked])
    return [_line(one, found.get(one.pk)) for one in asked]


def _line(asked: ConversionRequest, problem: Problem | None) -> Line:
    if problem is None:
        return Line(asked)
    return Line(asked, render(problem.code, problem.params), problem.seen)


def _why(refused: Refused) -> str:
    params = dict(refused.params)
    if "status" in params:
        params["status"] = str(Status(params["status"]).label).lower()
    return render(refused.code, params)


def _tell(request: HttpRequest, decided: int, move: Move) -> None:
    if not decided:
        return
    if move == Move.REJECT:
        text = ngettext("%(n)s request was rejected.", "%(n)s requests were rejected.", decided)
    else:
        text = ngettext("%(n)s request was accepted.", "%(n)s requests were accepted.", decided)
    messages.success(request, text % {"n": decided})


def _page(
    model_admin: "ModelAdmin[Any]", request: HttpRequest, move: Move, lines: list[Line]
) -> HttpResponse:
    context = {
        **model_admin.admin_site.each_context(request),
        "title": TITLES[move],
        "opts": model_admin.opts,
        "media": model_admin.media,
        "move": move,
        "action": f"{move}_selected",
        "action_checkbox_name": ACTION_CHECKBOX_NAME,
        "lines": lines,
        "reason": request.POST.get("reason", ""),
        "refused": bool(request.POST.get("confirmed")),
        "back": _filters(request),
        "act": _t("Reject") if move == Move.REJECT else str(move.label),
        "url": _list(),
    }
    return TemplateResponse(request, "requests_workflow/admin_decide.html", context)


def _filters(request: HttpRequest) -> str:
    """The list's filters, to come back to: the page itself is sent to the list without them."""
    return request.POST.get("back", request.GET.urlencode())


def _back(request: HttpRequest) -> HttpResponse:
    filters = QueryDict(_filters(request)).urlencode()
    return HttpResponseRedirect(f"{_list()}?{filters}" if filters else _list())


def _list() -> str:
    return reverse("admin:requests_workflow_conversionrequest_changelist")
