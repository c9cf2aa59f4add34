"""Reading: integrations that leads wait for, sent batches, the leads of both, the file."""

from typing import Any

from django.http import FileResponse, Http404, HttpRequest, HttpResponse
from django.utils.translation import gettext as _
from ninja import Query, Router

from batches import building
from batches.access import VIEW, batch_for, integration_for
from batches.api import listing, records
from batches.api.listing import BatchFiltersIn, FiltersIn
from batches.api.types import BatchesOut, IntegrationsOut, LinesOut
from convertr.accounts.models import Scope
from convertr.http_api import hydra, paging
from convertr.http_api.access import allowed, network_key
from convertr.http_api.paging import Page, Read, Source
from convertr.http_api.types import Id
from leads.api.types import REFUSALS

router = Router(auth=network_key, tags=["Batches"])
BYTES = "application/octet-stream"
FILE: dict[str, Any] = {
    "responses": {200: {"content": {BYTES: {"schema": {"type": "string", "format": "binary"}}}}}
}


@router.get(
    "/batch-manager",
    response={200: IntegrationsOut, **REFUSALS},
    by_alias=True,
    openapi_extra=hydra.documented("IntegrationsOut"),
    url_name="batch_manager",
)
def integrations(
    request: HttpRequest,
    asked: Query[FiltersIn],
    page: str = "",
    itemsPerPage: str = "",  # noqa: N803
) -> HttpResponse:
    """The integrations that leads wait for, the newest first."""
    user, wanted = allowed(request, Scope.READ, VIEW), hydra.page_of(page, itemsPerPage)
    found = _read(request, listing.with_leads(asked, user), wanted, asked.model_dump())
    return hydra.collection(
        request, records.integrations(found.rows), total=found.total, page=wanted
    )


@router.get(
    "/batch-manager/{integration_id}/leads",
    response={200: LinesOut, **REFUSALS},
    by_alias=True,
    openapi_extra=hydra.documented("LinesOut"),
    url_name="batch_manager_leads",
)
def waiting(
    request: HttpRequest,
    integration_id: Id,
    page: str = "",
    itemsPerPage: str = "",  # noqa: N803
) -> HttpResponse:
    """The leads that wait for an integration, as the next file would have them."""
    user, wanted = allowed(request, Scope.READ, VIEW), hydra.page_of(page, itemsPerPage)
    integration = integration_for(user, integration_id)
    found = _read(request, listing.leads_of(integration), wanted)
    told = records.waiting(integration, [lead.pk for lead in found.rows])
    return hydra.collection(request, told, total=found.total, page=wanted)


@router.get(
    "/campaign-lead-batches",
    response={200: BatchesOut, **REFUSALS},
    by_alias=True,
    openapi_extra=hydra.documented("BatchesOut"),
    url_name="campaign_lead_batches",
)
def batches(
    request: HttpRequest,
    asked: Query[BatchFiltersIn],
    page: str = "",
    itemsPerPage: str = "",  # noqa: N803
) -> HttpResponse:
    """Sent batches, the newest first; with `state`, those that failed, are held, and so on."""
    user, wanted = allowed(request, Scope.READ, VIEW), hydra.page_of(page, itemsPerPage)
    found = _read(request, listing.sent(asked, user), wanted, asked.model_dump())
    return hydra.collection(request, records.batches(found.rows), total=found.total, page=wanted)


@router.get(
    "/campaign-lead-batches/{batch_id}/leads",
    response={200: LinesOut, **REFUSALS},
    by_alias=True,
    openapi_extra=hydra.documented("LinesOut"),
    url_name="campaign_lead_batch_leads",
)
def lines(
    request: HttpRequest,
    batch_id: Id,
    page: str = "",
    itemsPerPage: str = "",  # noqa: N803
) -> HttpResponse:
    """The leads of a batch as they were claimed, until retention removes them."""
    user, wanted = allowed(request, Scope.READ, VIEW), hydra.page_of(page, itemsPerPage)
    batch = batch_for(user, batch_id)
    found = listing.lines_of(batch, wanted)
    told = records.lines(batch, found.rows)
    return hydra.collection(request, told, total=found.total, page=wanted)


@router.get(
    "/campaign-lead-batches/{batch_id}/download",
    response={200: None, **REFUSALS},
    openapi_extra=FILE,
    url_name="campaign_lead_batch_download",
)
def download(request: HttpRequest, batch_id: Id) -> FileResponse:
    """The file of a batch, byte for byte, until retention removes it."""
    batch = batch_for(allowed(request, Scope.READ, VIEW), batch_id)
    try:
        file = building.open_stored(batch)
    except FileNotFoundError:
        raise Http404(_("The file of this batch is not there.")) from None
    response = FileResponse(file, as_attachment=True, filename=batch.name, content_type=BYTES)
    response["X-Content-Type-Options"] = "nosniff"
    return response


def _read(request: HttpRequest, source: Source, wanted: Page, asked: object = None) -> Read:
    """One page; the first keeps the total and the highest ID for 15 minutes."""
    digest = paging.digest_of(request.path, asked, wanted)
    return paging.read(source, wanted, key=request.api_key, digest=digest)  # type: ignore[attr-defined]
