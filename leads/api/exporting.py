"""POST /api/v4/global-leads-export: a file of leads, made by a job."""

from typing import Annotated, Any

from django.http import HttpRequest, HttpResponse, JsonResponse
from ninja import Router, Schema
from pydantic import Field

from convertr.accounts.models import Scope
from convertr.http_api.access import allowed, network_key
from convertr.http_api.answers import named
from convertr.http_api.idempotency import idempotent
from convertr.http_api.types import Text
from leads.access import VIEW
from leads.api.types import WRITE_REFUSALS
from leads.exports.services import start_api_export

router = Router(auth=network_key, tags=["Leads"])
MOST_COLUMNS = 1_000


class ExportIn(Schema):
    columns: Annotated[list[Text], Field(min_length=1, max_length=MOST_COLUMNS)] = Field(
        description="A lead's, as GET /api/v4/leads names them, and names of campaigns' fields.",
        examples=[["id", "status", "createdTs", "email"]],
    )
    conditions: dict[str, Any] | None = Field(
        default=None,
        description=(
            "campaign.id and publisher.id (an ID, or a list), status (one, or a list), delivered, "
            "otherReasonType, createdTs[after], createdTs[before]. What is left out narrows "
            "nothing."
        ),
        examples=[{"campaign.id": 7, "status": ["valid"], "createdTs[after]": "2026-03-01"}],
    )


class ExportOut(Schema):
    jobId: int  # noqa: N815
    status: str = Field(examples=["queued"])


@router.post(
    "/global-leads-export",
    response={202: ExportOut, **WRITE_REFUSALS},
    url_name="global_leads_export",
)
@idempotent
def export(request: HttpRequest, body: ExportIn) -> HttpResponse:
    """Have a CSV of leads made: the job's /output gives the file when it is done."""
    actor = allowed(request, Scope.READ, VIEW)
    conditions = body.conditions or {}
    job = start_api_export(actor=actor, columns=body.columns, conditions=conditions)
    told = {"jobId": job.pk, "status": "queued"}
    return JsonResponse(told, status=202, headers=named(job, "/api/v4"))
