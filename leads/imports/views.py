"""The pages of the import: the file, its columns, what was verified and what came of it."""

from collections.abc import Sequence
from typing import Any

from django.conf import settings
from django.contrib import messages
from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from convertr.accounts.access import SignedInRequest, permission_required
from convertr.errors import DomainError
from convertr.jobs.models import Job, State
from convertr.jobs.views import context_of
from convertr.network.models import Campaign
from convertr.ui.lists.filters import MAX_ID
from leads.access import VIEW
from leads.imports import columns, services
from leads.imports.forms import UploadForm
from leads.imports.kinds import PERMISSION, Import
from leads.imports.resolve import reader_of

FOLDER = "leads/imports"
# So many rows are shown as they are beside the columns.
SHOWN_ROWS = 3


@permission_required(PERMISSION, VIEW)
@require_http_methods(["GET", "POST"])
def upload(request: SignedInRequest) -> HttpResponse:
    """GET the page; POST a file, which leads to its columns, or the page with why not."""
    campaign = request.GET.get("campaign", "")
    form = UploadForm(request.POST or None, initial={"campaign": campaign, "partner": ""})
    error = ""
    if request.method == "POST":
        try:
            return redirect("leads:import_file", _uploaded(request, form).pk)
        except DomainError as refused:
            error = str(refused)
    context = {"form": form, "error": error, "max_rows": f"{settings.CSV_MAX_ROWS:,}"}
    status = 422 if request.method == "POST" else 200
    return render(request, f"{FOLDER}/upload.html", context, status=status)


def _uploaded(request: SignedInRequest, form: UploadForm) -> Job:
    file = request.FILES.get("file")
    if getattr(request, "upload_too_large", False):
        text = _("The file is larger than %(mb)s MB. Split it.")
        megabytes = settings.UPLOAD_MAX_BYTES // 1024**2
        raise DomainError("file_too_large", text % {"mb": megabytes}, mb=megabytes)
    if not form.is_valid():
        raise DomainError("bad_form", _("Mend what is marked, and choose the file again."))
    if file is None:
        raise DomainError("no_file", _("Choose a file first."))
    chosen = form.cleaned_data
    return services.upload(
        actor=request.user,
        campaign=chosen["campaign"],
        partner=chosen["partner"],
        name=file.name or "",
        data=file.read(),
        replacement=chosen["replacement"],
    )


@permission_required(PERMISSION, VIEW)
@require_http_methods(["GET", "POST"])
def import_file(request: SignedInRequest, job_id: int) -> HttpResponse:
    """One's own file: its columns until they are chosen (and after, at `?columns`), then its job.

    POST: `column-0`, `column-1`, … say what the columns become; `act=drop` forgets the file.
    """
    job = _own(request, job_id)
    if request.method == "POST" and request.POST.get("act") == "drop":
        return _dropped(request, job)
    if request.method == "POST":
        return _mapped(request, job)
    if job.state == State.DRAFT or (job.state == State.VERIFIED and "columns" in request.GET):
        return _columns(request, job, job.parameters["mapping"])
    context = {**context_of(request.user, job), "step": 3}
    return render(request, f"{FOLDER}/verified.html", context)


def _own(request: SignedInRequest, job_id: int) -> Job:
    """One's own import with a file that could be read; Http404 for others."""
    jobs = Job.objects.visible_to(request.user).filter(
        kind=Import.name, requested_by=request.user, total__gt=0
    )
    jobs = jobs.select_related("requested_by", "confirmed_by", "undo_of", "undone_by")
    job = jobs.filter(pk=job_id).first() if job_id <= MAX_ID else None
    if job is None:
        raise Http404
    return job


def _dropped(request: SignedInRequest, job: Job) -> HttpResponse:
    try:
        services.drop(actor=request.user, job=job)
    except DomainError as refused:
        messages.error(request, str(refused))
        return redirect("leads:import_file", job.pk)
    messages.success(request, _("The file is forgotten."))
    return redirect("leads:import")


def _mapped(request: SignedInRequest, job: Job) -> HttpResponse:
    mapping = [request.POST.get(f"column-{n}", "") for n in range(len(job.columns))]
    try:
        services.map_columns(actor=request.user, job=job, mapping=mapping)
    except DomainError as refused:
        return _columns(request, job, mapping, error=str(refused))
    return redirect("leads:import_file", job.pk)


def _columns(
    request: SignedInRequest, job: Job, mapping: Sequence[str], *, error: str = ""
) -> HttpResponse:
    campaign = Campaign.objects.get(pk=job.parameters["campaign"])
    fields = services.mappable(campaign)
    shown = list(job.rows.order_by("seq")[:SHOWN_ROWS])
    context = {
        "job": job,
        "campaign": campaign,
        "error": error,
        "step": 2,
        "rows": shown,
        "columns": _lines(job, mapping, [row.input or [] for row in shown]),
        "fields": fields,
        "others": list(columns.LEAD.items()),
        "missing": [] if error else columns.missing(mapping, fields),
        "verified": job.state == State.VERIFIED,
    }
    status = 422 if error else 200
    return render(request, f"{FOLDER}/columns.html", context, status=status)


def _lines(job: Job, mapping: Sequence[str], rows: Sequence[list[str]]) -> list[dict[str, Any]]:
    """A line for each column: what it is called, what it becomes, what it holds first."""
    restore = reader_of(job).restore
    return [
        {
            "name": name.strip(),
            "number": place + 1,
            "field": f"column-{place}",
            "target": mapping[place],
            "cells": [restore(row[place]) if place < len(row) else "" for row in rows],
        }
        for place, name in enumerate(job.columns)
    ]
