"""A job's page and the same in the modal: result of Verify, progress, what came of it."""

import tempfile
from typing import Any

from django.db.models import QuerySet
from django.http import FileResponse, Http404, HttpResponse, StreamingHttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext_lazy as _
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_GET, require_http_methods, require_POST
from django_htmx.http import trigger_client_event

from convertr.accounts.access import SignedInRequest, signed_in
from convertr.accounts.models import User
from convertr.errors import DomainError
from convertr.jobs import buckets, kinds, progress, rows, services, texts
from convertr.jobs.filters import JobFilters
from convertr.jobs.models import ACTIVE_STATES, BAD_OUTCOMES, Job, Outcome, State
from convertr.jobs.tables import JobTable
from convertr.ui.lists import ListView
from convertr.ui.lists.export import FORMATS, write_xlsx
from convertr.ui.responses import toast


def get_job(user: User, job_id: int) -> Job:
    """The one way to a job: 404 for one that this person may not see."""
    jobs = Job.objects.visible_to(user).select_related(
        "requested_by", "confirmed_by", "undo_of", "undone_by"
    )
    return get_object_or_404(jobs, pk=job_id)


def context_of(user: User, job: Job) -> dict[str, Any]:
    """What templates/jobs/_job.html needs in the job's present state."""
    kind = kinds.get(job.kind)
    active = job.state in ACTIVE_STATES or job.state == State.VERIFYING
    return {
        "job": job,
        "kind": kind,
        "elsewhere": kind.page_of(job),
        "active": active,
        "progress": progress.of(job) if active else None,
        "tiles": [] if active or not job.total else buckets.tiles(job),
        "ready": job.counts.get(Outcome.READY, 0),
        "bad": sum(job.counts.get(outcome, 0) for outcome in BAD_OUTCOMES),
        "may_change": services.may_act(user, job),
        "as_verified": job.state == State.VERIFIED or _went_as_verified(job),
        "may_download": may_download(user, job),
        "can_undo": services.can_undo(job) and services.may_undo(user, job),
        "error": texts.render(job.error_code, job.error_params),
        "changed_url": kind.changed_url(job) if job.counts.get(Outcome.APPLIED) else None,
        **kind.context(job),
    }


def _went_as_verified(job: Job) -> bool:
    """Whether what Verify summed up has come about: all ready rows were applied."""
    return job.state == State.DONE and not (
        job.counts.get(Outcome.CONFLICT) or job.counts.get(Outcome.FAILED)
    )


def show(request: SignedInRequest, job: Job, *, error: str = "", status: int = 200) -> HttpResponse:
    """The job's fragment, with an error over it where an act on it was refused."""
    context = {**context_of(request.user, job), "refused": error}
    response = render(request, "jobs/_job.html", context, status=status)
    # The list behind the dialog shows what was changed.
    return trigger_client_event(response, "listChanged", {}) if job.is_finished else response


class JobList(ListView):
    """Jobs that a person sees, newest first."""

    name = "jobs"
    title = _("Jobs")
    table_class = JobTable
    filterset_class = JobFilters
    sorts = {"created_at": "created_at"}
    default_sort = "-created_at"
    default_columns = (
        "id", "kind", "state", "requested_by", "created_at", "finished_at", "total", "counts",
    )  # fmt: skip
    empty_template = "jobs/list_empty.html"

    @classmethod
    def visible_to(cls, user: User) -> QuerySet[Job]:
        return Job.objects.visible_to(user)

    @classmethod
    def with_related(cls, queryset: QuerySet[Any]) -> QuerySet[Any]:
        return queryset.select_related("requested_by")

    @classmethod
    def filters_for(cls, user: User) -> list[str]:
        names = super().filters_for(user)
        return [name for name in names if not (user.is_partner and name == "requested_by")]


@signed_in
@require_GET
def detail(request: SignedInRequest, job_id: int) -> HttpResponse:
    job = get_job(request.user, job_id)
    if request.htmx:
        return show(request, job)
    if job.requested_by_id == request.user.pk and (page := kinds.get(job.kind).page_of(job)):
        return redirect(page)
    return render(request, "jobs/detail.html", context_of(request.user, job))


@signed_in
@require_GET
def modal(request: SignedInRequest, job_id: int) -> HttpResponse:
    """A verified job opened again in the dialog."""
    context = context_of(request.user, get_job(request.user, job_id))
    return render(request, "jobs/modal.html", context)


@signed_in
@require_POST
def act(request: SignedInRequest, job_id: int, what: str) -> HttpResponse:
    """Confirm, cancel, resume or undo; a refusal is shown over the job as it now is."""
    job = get_job(request.user, job_id)
    try:
        job, said = _ACTS[what](request, job)
    except DomainError as error:
        again = get_job(request.user, job_id)
        status = 409 if error.code == "already_confirmed" else 422
        return show(request, again, error=str(error), status=status)
    response = show(request, get_job(request.user, job.pk))
    return toast(response, said, url=job.get_absolute_url(), link=_("Open the job"))


def _confirm(request: SignedInRequest, job: Job) -> tuple[Job, Any]:
    if kinds.get(job.kind).page_of(job):
        raise DomainError("elsewhere", _("This is confirmed by who has begun it, on its own page."))
    job = services.confirm(actor=request.user, job=job, data=request.POST)
    return job, _("%(kind)s: processing has begun.") % {"kind": kinds.get(job.kind).label}


def _cancel(request: SignedInRequest, job: Job) -> tuple[Job, Any]:
    return services.cancel(actor=request.user, job=job), _("Cancelled.")


def _resume(request: SignedInRequest, job: Job) -> tuple[Job, Any]:
    return services.resume(actor=request.user, job=job), _("The job goes on.")


def _undo(request: SignedInRequest, job: Job) -> tuple[Job, Any]:
    parameters = kinds.get(job.kind).undo_parameters(job, request.POST)
    undoing = services.undo(
        actor=request.user,
        job=job,
        signature=request.POST.get("signature", ""),
        parameters=parameters,
    )
    return undoing, _("Undoing has begun.")


_ACTS = {"confirm": _confirm, "cancel": _cancel, "resume": _resume, "undo": _undo}


@sensitive_post_parameters("q")
@signed_in
@require_http_methods(["GET", "POST"])
def show_rows(request: SignedInRequest, job_id: int) -> HttpResponse:
    """The rows of one bucket, fifty at a time by their place in the file.

    A text that they are filtered by is posted: it may be what a lead's person has told, which
    stands in no address.
    """
    job = get_job(request.user, job_id)
    asked = {**request.GET.dict(), **request.POST.dict()}
    bucket = _bucket(job, asked.get("bucket", ""))
    text, code = request.POST.get("q", ""), asked.get("code", "")
    after = asked.get("after", "")
    page = rows.select(job, outcomes=bucket.outcomes, text=text, code=code)
    if after.isascii() and after.isdigit():
        page = page.filter(seq__gt=int(after[:9]))
    found = list(page[: rows.PAGE + 1])
    context = {
        "job": job,
        "bucket": bucket,
        "label": kinds.get(job.kind).bucket_labels.get(bucket.key, bucket.label),
        "q": text,
        "code": code,
        "causes": [] if after else rows.causes(job, outcomes=bucket.outcomes),
        "rows": [rows.described(job, row) for row in found[: rows.PAGE]],
        "more": found[rows.PAGE - 1].seq if len(found) > rows.PAGE else None,
        "first": not after,
    }
    return render(request, "jobs/_rows.html", context)


def _bucket(job: Job, key: str) -> buckets.Bucket:
    bucket = buckets.find(job, key)
    if bucket is None:
        raise Http404
    return bucket


@signed_in
@require_GET
def download_rows(request: SignedInRequest, job_id: int) -> HttpResponseBase:
    """All rows, the bad ones (`?bucket=bad`), or those of one bucket.

    As CSV, or as XLSX where the rows came from one.
    """
    job = get_job(request.user, job_id)
    key = request.GET.get("bucket", "all")
    if key == "all":
        outcomes: Any = Outcome.values
    else:
        outcomes = BAD_OUTCOMES if key == "bad" else _bucket(job, key).outcomes
    chosen, name = rows.select(job, outcomes=outcomes), f"job-{job.pk}-{key}"
    if job.parameters.get("format") == "xlsx":
        file = tempfile.TemporaryFile()  # noqa: SIM115  the response closes it
        write_xlsx(file, rows.told(job, chosen))
        file.seek(0)
        return FileResponse(
            file, as_attachment=True, filename=f"{name}.xlsx", content_type=FORMATS["xlsx"]
        )
    return StreamingHttpResponse(
        rows.as_csv(job, chosen),
        content_type=FORMATS["csv"],
        headers={"Content-Disposition": f'attachment; filename="{name}.csv"'},
    )


def may_download(user: User, job: Job) -> bool:
    """The file of an export is its requester's, while they may still see what is in it."""
    mine = bool(job.output) and job.requested_by_id == user.pk
    return mine and kinds.get(job.kind).may_see(job, user)


@signed_in
@require_GET
def download_output(request: SignedInRequest, job_id: int) -> FileResponse:
    """The file that an export made; only for who asked for it."""
    job = get_job(request.user, job_id)
    if not may_download(request.user, job):
        raise Http404
    return FileResponse(job.output.open(), as_attachment=True, filename=job.input_name)
