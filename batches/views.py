"""What waits for an integration, and a batch: looked at, taken off, sent now, sent again."""

from collections.abc import Callable
from typing import Any

from django.contrib import messages
from django.http import FileResponse, Http404, HttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_GET, require_http_methods, require_POST
from django_htmx.http import HttpResponseClientRedirect

from batches import building, services
from batches import pending as waiting
from batches.access import BATCH_NOW, VIEW, batch_for, integration_for
from batches.call_log import calls_of
from batches.detail import attempts_of, facts_of, shown_words, told
from batches.models import Batch, Integration
from batches.rules import CANCELLABLE, MARKABLE, OPEN, RESENDABLE, Kind
from batches.view_leads import lines_of, pending_page, removed_of
from convertr.accounts.access import SignedInRequest, permission_required
from convertr.errors import DomainError
from convertr.ui.lists.filters import MAX_ID

FOLDER = "batches"
door = permission_required(VIEW)
sender = permission_required(VIEW, BATCH_NOW)
MOST_AT_ONCE = 1_000


# --- what waits ---


@door
@require_GET
def pending(request: SignedInRequest, integration_id: int) -> HttpResponse:
    """The leads that the next file would hold, as its cells; and those taken off it."""
    return _pending_page(request, integration_for(request.user, integration_id))


@sender
@require_POST
def remove(request: SignedInRequest, integration_id: int) -> HttpResponse:
    """Take the ticked leads off the list, with a reason."""
    integration = integration_for(request.user, integration_id)
    reason, ids = request.POST.get("reason", ""), _ids(request)
    if not ids:
        nothing = DomainError("nothing_selected", _("Tick the leads to remove."))
        return _pending_page(request, integration, status=422, refused=nothing, reason=reason)
    try:
        done = waiting.remove(
            actor=request.user, integration=integration, lead_ids=ids, reason=reason
        )
    except DomainError as refused:
        more = {"refused": refused, "reason": reason, "ticked": set(ids)}
        return _pending_page(request, integration, status=422, **more)
    text = ngettext("%(n)s lead was removed.", "%(n)s leads were removed.", len(done))
    messages.success(request, text % {"n": len(done)})
    return redirect("batches:pending_leads", integration.pk)


@sender
@require_POST
def put_back(request: SignedInRequest, integration_id: int) -> HttpResponse:
    """Put removed leads on the list again."""
    integration = integration_for(request.user, integration_id)
    done = waiting.put_back(actor=request.user, integration=integration, lead_ids=_ids(request))
    if done:
        text = ngettext("%(n)s lead was put back.", "%(n)s leads were put back.", len(done))
        messages.success(request, text % {"n": len(done)})
    else:
        messages.info(request, _("Nothing was put back."))
    return redirect("batches:pending_leads", integration.pk)


@sender
@require_http_methods(["GET", "POST"])
def batch_now(request: SignedInRequest, integration_id: int) -> HttpResponse:
    """Sign and confirm, in the dialog; POST claims the batch and leads to its page."""
    integration, refused = integration_for(request.user, integration_id), None
    if request.method == "POST":
        try:
            made = services.batch_now(
                actor=request.user,
                integration=integration,
                signature=request.POST.get("signature", ""),
            )
        except DomainError as error:
            refused = error
        else:
            return _led(request, made.get_absolute_url())
    context = {
        "integration": integration,
        "leads": waiting.counts([integration.pk]).get(integration.pk, 0),
        "where": shown_words(integration.destination),
        "refused": refused,
        "realtime": integration.kind == Kind.REALTIME,
    }
    status = 422 if refused else 200
    return render(request, f"{FOLDER}/batch_now.html", context, status=status)


@door
@require_GET
def calls(request: SignedInRequest, integration_id: int) -> HttpResponse:
    """The calls of a real-time integration, the newest first; Http404 for one that sends files."""
    integration = integration_for(request.user, integration_id)
    if integration.kind != Kind.REALTIME:
        raise Http404
    context = {"integration": integration, **calls_of(integration, request.GET)}
    return render(request, f"{FOLDER}/calls.html", context)


# --- a batch ---


@door
@require_GET
def batch(request: SignedInRequest, batch_id: int) -> HttpResponse:
    """A batch: what it is, what happened, and what to do; it looks again while it is on its way."""
    found = batch_for(request.user, batch_id)
    may = request.user.has_perm(BATCH_NOW)
    context = {
        "batch": found,
        "facts": facts_of(found),
        "tries": attempts_of(found),
        "told": told(found),
        "moving": found.state in OPEN or not found.settled,
        "may_resend": may
        and found.state in RESENDABLE
        and bool(found.stored or not found.built_at),
        "may_mark": may and found.state in MARKABLE,
        "may_cancel": may and found.state in CANCELLABLE and not found.was_sent,
    }
    return render(request, f"{FOLDER}/batch.html", context)


@door
@require_GET
def batch_leads(request: SignedInRequest, batch_id: int) -> HttpResponse:
    """The leads of a batch as they were sent, line by line."""
    found = batch_for(request.user, batch_id)
    context = {"batch": found, **lines_of(found, request.GET)}
    return render(request, f"{FOLDER}/batch_leads.html", context)


@door
@require_GET
def download(request: SignedInRequest, batch_id: int) -> HttpResponseBase:
    """The file that was sent, byte for byte; Http404 where it is not kept (any more)."""
    found = batch_for(request.user, batch_id)
    try:
        file = building.open_stored(found)
    except FileNotFoundError:
        raise Http404 from None
    response = FileResponse(
        file,
        as_attachment=True,
        filename=found.name,
        content_type="application/octet-stream",
    )
    response["X-Content-Type-Options"] = "nosniff"
    return response


@sender
@require_http_methods(["GET", "POST"])
def batch_act(request: SignedInRequest, batch_id: int, name: str) -> HttpResponse:
    """resend, mark-sent or cancel: asked in the dialog; POST does it and leads to the batch."""
    if name not in ACTS:
        raise Http404
    found, refused = batch_for(request.user, batch_id), None
    if request.method == "POST":
        try:
            ACTS[name](request, found)
        except DomainError as error:
            refused = error
        else:
            return _led(request, found.get_absolute_url())
    context = {
        "batch": found,
        "act": name,
        "where": shown_words(found.integration.destination),
        "uncertain": found.may_have_arrived,
        "refused": refused,
    }
    status = 422 if refused else 200
    return render(request, f"{FOLDER}/batch_act.html", context, status=status)


def _resend(request: SignedInRequest, found: Batch) -> Batch:
    typed = request.POST.get("signature", "")
    return services.resend(actor=request.user, batch=found, signature=typed)


def _mark_sent(request: SignedInRequest, found: Batch) -> Batch:
    typed = request.POST.get("signature", "")
    return services.mark_sent(actor=request.user, batch=found, signature=typed)


def _cancel(request: SignedInRequest, found: Batch) -> Batch:
    return services.cancel(actor=request.user, batch=found)


ACTS: dict[str, Callable[[SignedInRequest, Batch], Batch]] = {
    "resend": _resend,
    "mark-sent": _mark_sent,
    "cancel": _cancel,
}


# --- what they have in common ---


def _pending_page(
    request: SignedInRequest, integration: Integration, *, status: int = 200, **more: Any
) -> HttpResponse:
    context = {
        **pending_page(integration, request.GET),
        **removed_of(integration),
        "may_send": request.user.has_perm(BATCH_NOW),
        **more,
    }
    return render(request, f"{FOLDER}/pending.html", context, status=status)


def _ids(request: SignedInRequest) -> list[int]:
    """The ticked leads; what is no id is left out."""
    typed = request.POST.getlist("ids")[:MOST_AT_ONCE]
    numbers = (int(one) for one in typed if one.isascii() and one.isdigit() and len(one) < 20)
    return [number for number in numbers if number <= MAX_ID]


def _led(request: SignedInRequest, url: str) -> HttpResponse:
    return HttpResponseClientRedirect(url) if request.htmx else redirect(url)
