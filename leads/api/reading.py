"""Reading leads: a listing, one of them, whether they are delivered."""

from typing import Any

from django.http import HttpRequest, HttpResponse, JsonResponse
from ninja import Query, Router

from convertr.accounts.models import Scope
from convertr.http_api import hydra, paging
from convertr.http_api.access import allowed, network_key
from convertr.http_api.types import Id
from leads.access import VIEW, lead_for
from leads.api.bringing import router as coming_in
from leads.api.listing import FiltersIn, source
from leads.api.records import moment, records
from leads.api.types import REFUSALS, DeliveredListOut, IdsIn, LeadOut, LeadsOut
from leads.models import Lead

TAGS = ["Leads"]
router = Router(auth=network_key, tags=TAGS)


# The address where leads come in: ninja must be given it in one router.
@coming_in.get(
    "/leads",
    auth=network_key,
    tags=TAGS,
    response={200: LeadsOut, **REFUSALS},
    by_alias=True,
    openapi_extra=hydra.documented("LeadsOut"),
    url_name="leads",
)
def leads(
    request: HttpRequest,
    asked: Query[FiltersIn],
    page: str = "",
    itemsPerPage: str = "",  # noqa: N803
) -> HttpResponse:
    """A page of the leads that the filters leave, newest first; 30 unless told, 1,000 at most.

    The first page keeps the total and the highest ID for 15 minutes: later pages neither overlap
    nor skip while leads arrive.
    """
    user, wanted = allowed(request, Scope.READ, VIEW), hydra.page_of(page, itemsPerPage)
    digest = paging.digest_of(request.path, asked.model_dump(), wanted)
    key = request.api_key  # type: ignore[attr-defined]
    found = paging.read(source(asked, user), wanted, key=key, digest=digest)
    return hydra.collection(request, records(found.rows), total=found.total, page=wanted)


@router.get("/leads/{lead_id}", response={200: LeadOut, **REFUSALS}, by_alias=True, url_name="lead")
def lead(request: HttpRequest, lead_id: Id) -> HttpResponse:
    """One lead by its ID."""
    user = allowed(request, Scope.READ, VIEW)
    [record] = records([lead_for(user, lead_id)])
    return JsonResponse(record)


@router.post(
    "/is-lead-delivered", response={200: DeliveredListOut, **REFUSALS}, url_name="is_lead_delivered"
)
def is_lead_delivered(request: HttpRequest, body: IdsIn) -> HttpResponse:
    """Whether each lead is there, and delivered; in the order of the IDs."""
    user = allowed(request, Scope.READ, VIEW)
    there = Lead.objects.visible_to(user).filter(pk__in=body.once)
    rows = there.values_list("pk", "delivered", "first_delivered_at")
    told = {pk: (delivered, at) for pk, delivered, at in rows}
    return JsonResponse({"leads": [_delivered(pk, told.get(pk)) for pk in body.once]})


def _delivered(pk: int, told: tuple[bool, Any] | None) -> dict[str, Any]:
    if told is None:
        return {"id": pk, "found": False}
    delivered, at = told
    return {"id": pk, "found": True, "delivered": delivered, "firstDeliveredTs": moment(at)}
