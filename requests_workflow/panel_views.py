"""One request: its page and panel, and the decisions on it."""

from collections.abc import Callable

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils.cache import patch_vary_headers
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_GET, require_http_methods, require_POST
from django_htmx.http import trigger_client_event

from convertr.accounts.access import SignedInRequest, signed_in
from convertr.errors import DomainError
from convertr.ui.responses import close_modal, toast
from requests_workflow import rules
from requests_workflow.access import request_for, who
from requests_workflow.models import ConversionRequest
from requests_workflow.panel import Typed, context_of
from requests_workflow.rules import Move
from requests_workflow.services import deciding

FOLDER = "requests_workflow"
# Which parts of a page may be asked for alone: the panel beside the list, a page's content.
PARTS = {"panel-body": f"{FOLDER}/panel.html", "request": f"{FOLDER}/detail_body.html"}
DONE: dict[str, str | Promise] = {
    Move.ACCEPT: _("Accepted. It is processed within seconds."),
    Move.REJECT: _("Rejected."),
    Move.RETRY: _("It is tried again."),
    Move.WITHDRAW: _("Withdrawn."),
    Move.REOPEN: _("Asked again."),
}


@signed_in
@require_GET
def detail(request: SignedInRequest, request_id: int) -> HttpResponse:
    """A request: data, discussion, history. The side panel of the list gets it without the frame.

    `seen` is the version on a page that waits for what becomes of the request: it is told to look
    again as soon as there is another.
    """
    asked = request_for(request.user, request_id)
    if "seen" not in request.GET:
        return shown(request, asked)
    response = HttpResponse(status=204)
    return response if request.GET["seen"] == str(asked.version) else changed(response)


@signed_in
@require_POST
def act(request: SignedInRequest, request_id: int, move: Move) -> HttpResponse:
    """Accept, try again or withdraw, in the version that the person saw."""
    asked = request_for(request.user, request_id)
    acts: dict[Move, Callable[[], ConversionRequest]] = {
        Move.ACCEPT: lambda: deciding.accept(
            actor=request.user,
            request=asked,
            version=version_of(request),
            anyway=request.POST.get("anyway", ""),
            revenue=request.POST.get("revenue", ""),
        ),
        Move.RETRY: lambda: deciding.retry(
            actor=request.user,
            request=asked,
            version=version_of(request),
            anyway=request.POST.get("anyway", ""),
        ),
        Move.WITHDRAW: lambda: deciding.withdraw(
            actor=request.user, request=asked, version=version_of(request)
        ),
    }
    try:
        acts[move]()
    except DomainError as refused:
        return again(request, request_id, Typed(error=str(refused)))
    return told(request, request_id, DONE[move])


@signed_in
@require_http_methods(["GET", "POST"])
def why(request: SignedInRequest, request_id: int, move: Move) -> HttpResponse:
    """The dialog that asks why, to reject or to ask again; POST does it."""
    asked = request_for(request.user, request_id)
    _require(request, asked, move)
    if request.method == "GET":
        return _dialog(request, asked, move)
    text, version = request.POST.get("text", ""), version_of(request)
    try:
        if move == Move.REJECT:
            deciding.reject(actor=request.user, request=asked, version=version, reason=text)
        else:
            deciding.reopen(actor=request.user, request=asked, version=version, comment=text)
    except DomainError as refused:
        return _refused(request, asked, move, refused)
    if not request.htmx:
        return told(request, request_id, DONE[move])
    return changed(toast(close_modal(), DONE[move]))


def _require(request: SignedInRequest, asked: ConversionRequest, move: Move) -> None:
    """PermissionDenied for who may not do this with any request."""
    me = who(request.user, asked)
    if rules.refusal(move, status=asked.status, type_=asked.type, who=me) == rules.FORBIDDEN:
        raise PermissionDenied


def _refused(
    request: SignedInRequest, asked: ConversionRequest, move: Move, refused: DomainError
) -> HttpResponse:
    """The dialog with what is missing; where it can't be done any more it closes, saying why."""
    if refused.code in ("reason_missing", "reason_bad", "comment_missing", "comment_bad"):
        return _dialog(request, asked, move, error=str(refused))
    if not request.htmx:
        return again(request, asked.pk, Typed(error=str(refused)))
    return changed(toast(close_modal(), refused.text, level="error"))


def _dialog(
    request: SignedInRequest, asked: ConversionRequest, move: Move, *, error: str = ""
) -> HttpResponse:
    context = {
        "asked": asked,
        "move": str(move),
        "version": request.POST.get("version") or asked.version,
        "text": request.POST.get("text", ""),
        "error": error,
    }
    return render(request, f"{FOLDER}/why.html", context, status=422 if error else 200)


def shown(
    request: SignedInRequest, asked: ConversionRequest, typed: Typed | None = None
) -> HttpResponse:
    """The panel, the page's content or the whole page, as htmx asks for it."""
    part = PARTS.get(request.htmx.target or "") if request.htmx else None
    context = context_of(asked, request.user, typed or Typed())
    status = 422 if typed and typed.error else 200
    response = render(request, part or f"{FOLDER}/detail.html", context, status=status)
    patch_vary_headers(response, ["HX-Request", "HX-Target"])
    return response


def told(request: SignedInRequest, request_id: int, text: str | Promise) -> HttpResponse:
    """What was done; the page looks again by itself."""
    if not request.htmx:
        messages.success(request, str(text))
        return redirect("requests:detail", request_id)
    return changed(toast(HttpResponse(status=204), text))


def again(request: SignedInRequest, request_id: int, typed: Typed | None = None) -> HttpResponse:
    """The request as it is now."""
    return shown(request, request_for(request.user, request_id), typed)


def changed(response: HttpResponse) -> HttpResponse:
    """Tell lists and panels that show requests to look again."""
    return trigger_client_event(response, "listChanged", {})


def version_of(request: SignedInRequest) -> int:
    """The version that the person saw; 0, which none has, where it isn't told."""
    text = request.POST.get("version", "")
    return int(text) if text.isascii() and text.isdigit() and len(text) < 10 else 0
