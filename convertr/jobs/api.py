"""What became of a write: the job and its rows (platform.md, "Jobs")."""

from typing import Any

from django.http import Http404, HttpRequest
from django.utils.translation import gettext as _
from ninja import Router, Schema

from convertr.accounts.models import Scope
from convertr.http_api.access import allowed, any_key
from convertr.http_api.paging import Page, page_of
from convertr.http_api.types import Error, Id, Paging
from convertr.jobs import texts
from convertr.jobs.models import Job, Outcome

router = Router(auth=any_key, tags=["Jobs"])
REFUSALS = {400: Error, 401: Error, 403: Error, 404: Error, 429: Error}


class JobOut(Schema):
    id: int
    kind: str
    state: str
    total: int
    counts: dict[str, int]
    requested_by: str
    created_unix_timestamp: int
    finished_unix_timestamp: int | None
    error: str


class RowOut(Schema):
    line: int | None
    input: list[str] | None
    target_id: int | None
    outcome: str
    code: str | None
    error: str


class RowsOut(Schema):
    rows: list[RowOut]
    paging: Paging


@router.get("/{job_id}", response={200: JobOut, **REFUSALS}, url_name="job")
def show(request: HttpRequest, job_id: Id) -> dict[str, Any]:
    """A job: its state, and its rows counted by outcome."""
    job = _get(request, job_id)
    finished = job.finished_at
    return {
        "id": job.pk,
        "kind": job.kind,
        "state": job.state,
        "total": job.total,
        "counts": job.counts,
        "requested_by": str(job.requested_by),
        "created_unix_timestamp": int(job.created_at.timestamp()),
        "finished_unix_timestamp": int(finished.timestamp()) if finished else None,
        "error": texts.render(job.error_code, job.error_params),
    }


@router.get("/{job_id}/rows", response={200: RowsOut, **REFUSALS}, url_name="job_rows")
def rows(
    request: HttpRequest,
    job_id: Id,
    outcome: str = "",
    page: str = "",
    page_size: str = "",
) -> dict[str, Any]:
    """A job's rows in their order, each with its outcome and why."""
    job = _get(request, job_id)
    found = job.rows.order_by("seq")
    if outcome:
        found = found.filter(outcome=outcome if outcome in Outcome.values else "")
    asked: Page = page_of(page, page_size)
    total = found.count()
    shown = [
        {
            "line": row.line,
            "input": row.input,
            # Below zero is the place of what isn't made yet.
            "target_id": row.target_id if (row.target_id or 0) > 0 else None,
            "outcome": row.outcome,
            "code": row.code,
            "error": texts.render(row.code, row.params),
        }
        for row in found[asked.start : asked.end]
    ]
    return {"rows": shown, "paging": asked.told(total)}


def _get(request: HttpRequest, job_id: int) -> Job:
    """The one way to a job: what the person sees; a key that may not read, its person's own."""
    actor = allowed(request, None)
    visible = Job.objects.visible_to(actor).select_related("requested_by")
    if not request.api_key.allows(Scope.READ):  # type: ignore[attr-defined]
        visible = visible.filter(requested_by=actor)
    job = visible.filter(pk=job_id).first()
    if job is None:
        raise Http404(_("No job has this ID."))
    return job
