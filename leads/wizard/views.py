"""The wizard's second and third step: what to do with the leads, and doing it."""

from typing import Any

from django.http import HttpResponse
from django.shortcuts import redirect
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST

from convertr.accounts.access import SignedInRequest
from convertr.errors import DomainError
from convertr.jobs import services as jobs
from convertr.jobs.models import Job, Outcome, State
from leads.rules import ACTS, Act
from leads.wizard import reading, said, services
from leads.wizard.form import FIELD_OF, Typed, given, offers
from leads.wizard.pages import go_to, of_own_draft, page, url_of


@of_own_draft
@require_http_methods(["GET", "POST"])
def choose_type(request: SignedInRequest, job: Job) -> HttpResponse:
    """A card for each type; POST chooses one, and verifies the leads for it."""
    if not reading.found(job):
        return redirect(url_of(job, "leads"))
    error = ""
    if request.method == "POST":
        try:
            services.choose(actor=request.user, job=job, act=_act(request))
            return redirect(url_of(job, "processing"))
        except DomainError as refused:
            if refused.code == "not_open":
                raise
            error = str(refused)
    return _types(request, job, error=error, status=422 if error else 200)


def _types(request: SignedInRequest, job: Job, *, error: str, status: int) -> HttpResponse:
    context = {
        "choices": reading.choices(job, request.user),
        "chosen": services.act_of(job),
        "found": reading.found(job),
        "error": error,
    }
    return page(request, job, "type", status=status, **context)


def _act(request: SignedInRequest) -> Act:
    act = request.POST.get("act", "")
    if act not in Act.values:
        raise DomainError("no_type", _("Choose what is to be done with the leads."))
    return Act(act)


@of_own_draft
@require_http_methods(["GET", "POST"])
def processing(request: SignedInRequest, job: Job) -> HttpResponse:
    """The form of the type; POST confirms it, or goes back and keeps what it holds."""
    if request.method == "GET":
        if job.state != State.VERIFIED:
            return redirect(url_of(job, "type"))
        return _form(request, job, Typed.of(job))
    typed = Typed.posted(request.POST)
    if request.POST.get("go") == "back":
        services.keep(actor=request.user, job=job, typed=typed.as_json())
        return go_to(request, url_of(job, "type"))
    try:
        return _confirm(request, job)
    except DomainError as refused:
        again = reading.draft_for(request.user, job.pk)
        if again.state == State.DRAFT:
            # Another tab went back: the type is to be chosen again.
            return _types(request, again, error=str(refused), status=409)
        if again.state != State.VERIFIED:
            raise
        anew = refused.code == "verified_anew"
        shown = Typed.of(again) if anew else typed
        return _form(request, again, shown, refused=refused, status=409 if anew else 422)


def _confirm(request: SignedInRequest, job: Job) -> HttpResponse:
    act = services.act_of(job)
    services.confirm(
        actor=request.user,
        job=job,
        verified=request.POST.get("verified", ""),
        data=given(act, request.POST) if act else {},
    )
    return redirect(url_of(job, "processing"))


def _form(
    request: SignedInRequest,
    job: Job,
    typed: Typed,
    *,
    refused: DomainError | None = None,
    status: int = 200,
) -> HttpResponse:
    act = Act(services.act_of(job) or "")
    ready = job.counts.get(Outcome.READY, 0)
    context: dict[str, Any] = {
        "act": act,
        "rules": ACTS[act],
        "typed": typed,
        "signature": request.POST.get("signature", ""),
        "ready": ready,
        "will": said.will_be_done(act, ready),
        "left_alone": said.left_alone(job),
        "verified": job.verified_at.isoformat() if job.verified_at else "",
        "error": refused and str(refused),
        "wrong": FIELD_OF.get(refused.code, "") if refused else "",
        **offers(job, act),
    }
    return page(request, job, "processing", status=status, **context)


@of_own_draft
@require_POST
def keep(request: SignedInRequest, job: Job) -> HttpResponse:
    """Keep what the form holds so far; nobody is told."""
    if job.state == State.VERIFIED and request.POST.get("act") == services.act_of(job):
        typed = Typed.posted(request.POST)
        services.keep(actor=request.user, job=job, typed=typed.as_json())
    return HttpResponse(status=204)


@of_own_draft
@require_POST
def discard(request: SignedInRequest, job: Job) -> HttpResponse:
    """Give the draft up."""
    jobs.cancel(actor=request.user, job=job)
    return redirect("leads:list")
