"""What a partner's key reads: its own conversions, in the fields that partners may see."""

from django.http import HttpRequest, HttpResponse, JsonResponse, StreamingHttpResponse
from ninja import Router

from conversions.api import services
from conversions.api.asked import ExportIn, ListingIn, RangeIn
from conversions.api.changes import HistoryOut, history
from conversions.api.export import export
from conversions.api.reading import CSV, REFUSALS, listed, ordered, summed
from conversions.api.record_types import PartnerListing, PartnerRecord
from conversions.api.records import record
from conversions.api.summary import PartnerSummary
from convertr.accounts.models import Scope
from convertr.http_api.access import allowed, partner_key

router = Router(auth=partner_key, tags=["Partners' conversions"])


@router.post(
    "/conversions/summary", response={200: PartnerSummary, **REFUSALS}, url_name="own_summary"
)
def own_summary(request: HttpRequest, body: RangeIn) -> HttpResponse:
    """Counts by status and sums by currency; `revenue` is what you earn."""
    return summed(allowed(request, Scope.READ), body)


@router.post(
    "/conversions/export",
    response={200: None, **REFUSALS},
    openapi_extra=CSV,
    url_name="own_export",
)
def own_export(
    request: HttpRequest, body: ExportIn, order_field: str = "", order_direction: str = ""
) -> StreamingHttpResponse:
    """All rows of the same listing as CSV with a header, streamed; page and page_size are ignored.

    Made for machines: cells are told as they are, also where a spreadsheet would calculate.
    """
    user = allowed(request, Scope.READ)
    asked = {"order_field": order_field, "order_direction": order_direction}
    field, direction = ordered(body, asked)
    return export(body, user, field=field, direction=direction)


@router.post("/conversions", response={200: PartnerListing, **REFUSALS}, url_name="own_conversions")
def own_conversions(
    request: HttpRequest,
    body: ListingIn,
    page: str = "",
    page_size: str = "",
    order_field: str = "",
    order_direction: str = "",
) -> HttpResponse:
    """A page of your conversions of a range of time, newest first.

    The first page keeps the total and the highest ID for 15 minutes: later pages neither overlap
    nor skip while conversions arrive. `page_size` is 50 unless told, 2,000 at most.
    """
    asked = {
        "page": page,
        "page_size": page_size,
        "order_field": order_field,
        "order_direction": order_direction,
    }
    return listed(request, allowed(request, Scope.READ), body, asked)


@router.get(
    "/conversions/{id}", response={200: PartnerRecord, **REFUSALS}, url_name="own_conversion"
)
def own_conversion(request: HttpRequest, id: str) -> HttpResponse:  # noqa: A002
    """One of your conversions by its conversion_id."""
    user = allowed(request, Scope.READ)
    return JsonResponse(record(services.get_conversion(actor=user, conversion_id=id), user))


@router.get(
    "/conversions/{id}/history", response={200: HistoryOut, **REFUSALS}, url_name="own_history"
)
def own_history(request: HttpRequest, id: str) -> HttpResponse:  # noqa: A002
    """What was changed of your conversion, newest first."""
    user = allowed(request, Scope.READ)
    return JsonResponse(history(services.get_conversion(actor=user, conversion_id=id), user))
