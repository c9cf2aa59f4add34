"""What the wizard's pages share: whose draft it is, the stepper, the job once it is confirmed."""

from collections.abc import Callable
from dataclasses import dataclass
from functools import wraps
from typing import Any

from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _
from django_htmx.http import HttpResponseClientRedirect

from convertr.accounts.access import AnyView, SignedInRequest, permission_required
from convertr.errors import DomainError
from convertr.jobs import services as jobs
from convertr.jobs.models import Job, State
from convertr.jobs.views import context_of
from leads.access import VIEW
from leads.wizard.reading import draft_for
from leads.wizard.services import OPEN

FOLDER = "leads/wizard"
STEPS = (("leads", _("Leads")), ("type", _("Type")), ("processing", _("Processing")))


@dataclass(frozen=True)
class Step:
    """A step of the stepper; `url` leads there, empty where one can't go."""

    name: str
    label: str | Promise
    done: bool
    current: bool
    url: str


def of_own_draft(view: Callable[[SignedInRequest, Job], HttpResponse]) -> AnyView:
    """A view of a draft of one's own; what is confirmed or has ended shows as the job it is."""

    @permission_required(VIEW)
    @wraps(view)
    def shown(request: SignedInRequest, job_id: int) -> HttpResponse:
        job = draft_for(request.user, job_id)
        if job.state not in OPEN:
            if request.method in ("GET", "HEAD"):
                return under_way(request, job)
            return under_way(request, job, refused=str(jobs.not_confirmable(job)), status=409)
        try:
            return view(request, job)
        except DomainError as refused:
            # Another tab was faster.
            again = draft_for(request.user, job_id)
            if again.state in OPEN:
                raise
            return under_way(request, again, refused=str(refused), status=409)

    return shown


def page(
    request: SignedInRequest, job: Job, step: str, *, status: int = 200, **more: Any
) -> HttpResponse:
    """The page of a step."""
    context = {"job": job, "steps": _steps(job, step), "step": step, **more}
    return render(request, f"{FOLDER}/{step}.html", context, status=status)


def under_way(
    request: SignedInRequest, job: Job, *, refused: str = "", status: int = 200
) -> HttpResponse:
    """The job's progress, or what came of it, in place of the steps."""
    context = {
        **context_of(request.user, job),
        "steps": _steps(job, ""),
        "refused": refused,
        "unused": job.state in (State.EXPIRED, State.CANCELLED) and not job.confirmed_at,
    }
    return render(request, f"{FOLDER}/under_way.html", context, status=status)


def url_of(job: Job, step: str) -> str:
    return reverse(f"leads:manage_{step}", args=[job.pk])


def go_to(request: SignedInRequest, url: str) -> HttpResponse:
    """On to another page, by a link or by htmx."""
    return HttpResponseClientRedirect(url) if request.htmx else redirect(url)


def _steps(job: Job, current: str) -> list[Step]:
    names = [name for name, _label in STEPS]
    place = names.index(current) if current else len(names)
    reached = _reached(job) if current else -1
    return [
        Step(
            name=name,
            label=label,
            done=at < place and (bool(current) or job.confirmed_at is not None),
            current=name == current,
            url=url_of(job, name) if at <= reached and name != current else "",
        )
        for at, (name, label) in enumerate(STEPS)
    ]


def _reached(job: Job) -> int:
    """The last step to which one can go."""
    if job.state == State.VERIFIED:
        return 2
    return 1 if job.total else 0
