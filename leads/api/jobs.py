"""What became of a call: the same records as /v1/jobs, and the file of an export."""

from typing import Any

from django.http import FileResponse, Http404, HttpRequest
from django.utils.translation import gettext as _
from ninja import Router

from convertr.accounts.models import Scope
from convertr.http_api.access import allowed, network_key
from convertr.http_api.types import Id
from convertr.jobs import api as jobs
from convertr.jobs.api import JobOut, RowsOut
from convertr.jobs.models import Job
from convertr.jobs.views import may_download
from leads.api.types import REFUSALS

router = Router(auth=network_key, tags=["Jobs"])
FILE: dict[str, Any] = {
    "responses": {
        200: {"content": {"text/csv": {"schema": {"type": "string", "format": "binary"}}}}
    }
}


@router.get("/{job_id}", response={200: JobOut, **REFUSALS}, url_name="job")
def show(request: HttpRequest, job_id: Id) -> dict[str, Any]:
    """A job: its state, and its rows counted by outcome."""
    return jobs.show(request, job_id)


@router.get("/{job_id}/rows", response={200: RowsOut, **REFUSALS}, url_name="job_rows")
def rows(
    request: HttpRequest, job_id: Id, outcome: str = "", page: str = "", page_size: str = ""
) -> dict[str, Any]:
    """A job's rows in their order, each with its outcome and why."""
    return jobs.rows(request, job_id, outcome, page, page_size)


@router.get(
    "/{job_id}/output",
    response={200: None, **REFUSALS},
    openapi_extra=FILE,
    url_name="job_output",
)
def output(request: HttpRequest, job_id: Id) -> FileResponse:
    """The file that an export made; only for who asked for it."""
    actor = allowed(request, Scope.READ)
    job = Job.objects.visible_to(actor).filter(pk=job_id).first()
    if job is None or not may_download(actor, job):
        raise Http404(_("This job has no file for you."))
    return FileResponse(job.output.open(), as_attachment=True, filename=job.input_name)
