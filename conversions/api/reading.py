"""Reading conversions: one, its history, listings, summaries, exports; for network keys.

What partners' keys read stands in `affiliates`, by the same functions.
"""

from typing import Any

from django.http import HttpRequest, HttpResponse, JsonResponse, StreamingHttpResponse
from ninja import Router

from conversions.api import services
from conversions.api.asked import ExportIn, ListingIn, RangeIn
from conversions.api.changes import HistoryOut, history
from conversions.api.export import export
from conversions.api.listing import ceilings_now, order_of, selection, source
from conversions.api.record_types import NetworkListing, NetworkRecord
from conversions.api.records import record, records
from conversions.api.summary import NetworkSummary, summary
from conversions.api.writes import DONE, SINGLE, StatusIn, change_transaction, router, singles
from convertr.accounts.models import Scope, User
from convertr.http_api import paging
from convertr.http_api.access import allowed, network_key
from convertr.http_api.types import Error

TAGS = ["Conversions"]
REFUSALS = {400: Error, 401: Error, 403: Error, 404: Error, 413: Error, 429: Error}
CSV: dict[str, Any] = {
    "responses": {200: {"content": {"text/csv": {"schema": {"type": "string"}}}}}
}
# The addresses that a conversion's would swallow.
reports = Router(auth=network_key, tags=TAGS)


def listed(
    request: HttpRequest, user: User, body: ListingIn, asked: dict[str, str]
) -> HttpResponse:
    """One page of records; what the address says goes before what the body says."""
    page = paging.page_of(asked["page"] or body.page, asked["page_size"] or body.page_size)
    field, direction = ordered(body, asked)
    order = order_of(field, direction)
    rows_of = source(body, user, order)
    said = body.model_dump(exclude={"page", "page_size", "order_field", "order_direction"})
    digest = paging.digest_of(request.path, said, page, field, direction.lower(), *_sees(user))
    found = paging.read(rows_of, page, key=request.api_key, digest=digest)  # type: ignore[attr-defined]
    return JsonResponse(
        {"conversions": records(found.rows, user), "paging": page.told(found.total)}
    )


def ordered(body: ListingIn, asked: dict[str, str]) -> tuple[str, str]:
    """order_field and order_direction, from the address or the body."""
    field = asked["order_field"] or body.order_field or ""
    return field, asked["order_direction"] or body.order_direction or ""


def _sees(user: User) -> tuple[str, int | None]:
    """What decides which rows there are: a person's role may change between two pages."""
    return user.role, user.partner_id


def summed(user: User, body: RangeIn) -> HttpResponse:
    rows = selection(body, user)(ceilings_now(changed=False))
    return JsonResponse(summary(rows, user))


@reports.post(
    "/conversions/summary",
    response={200: NetworkSummary, **REFUSALS},
    url_name="conversions_summary",
)
def conversions_summary(request: HttpRequest, body: RangeIn) -> HttpResponse:
    """Counts by status and sums by currency of the conversions that the same listing holds.

    Payout, revenue and sales count while approved; `currencies` has the stored amounts as well.
    """
    return summed(allowed(request, Scope.READ), body)


@reports.post(
    "/conversions/export",
    response={200: None, **REFUSALS},
    openapi_extra=CSV,
    url_name="conversions_export",
)
def conversions_export(
    request: HttpRequest, body: ExportIn, order_field: str = "", order_direction: str = ""
) -> StreamingHttpResponse:
    """All rows of the same listing as CSV with a header, streamed; page and page_size are ignored.

    Made for machines: cells are told as they are, also where a spreadsheet would calculate.
    """
    user = allowed(request, Scope.READ)
    asked = {"order_field": order_field, "order_direction": order_direction}
    field, direction = ordered(body, asked)
    return export(body, user, field=field, direction=direction)


@router.post("/conversions", response={200: NetworkListing, **REFUSALS}, tags=TAGS)
def conversions(
    request: HttpRequest,
    body: ListingIn,
    page: str = "",
    page_size: str = "",
    order_field: str = "",
    order_direction: str = "",
) -> HttpResponse:
    """A page of the conversions of a range of time, newest first.

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


@singles.get(SINGLE, response={200: NetworkRecord, **REFUSALS}, tags=TAGS)
def conversion(request: HttpRequest, id: str) -> HttpResponse:  # noqa: A002
    """One conversion by its conversion_id."""
    user = allowed(request, Scope.READ)
    return JsonResponse(record(services.get_conversion(actor=user, conversion_id=id), user))


@router.get(
    "/conversions/{id}/history",
    response={200: HistoryOut, **REFUSALS},
    url_name="conversions_history",
    tags=TAGS,
)
def conversion_history(request: HttpRequest, id: str) -> HttpResponse:  # noqa: A002
    """What was changed of a conversion, newest first: who, when, how, by which job."""
    user = allowed(request, Scope.READ)
    return JsonResponse(history(services.get_conversion(actor=user, conversion_id=id), user))


def _named(name: str) -> None:
    """A transaction may be called as a report is: its PATCH is no other address' to refuse."""

    @reports.patch(
        f"/conversions/{name}", response=DONE, url_name="transaction", include_in_schema=False
    )
    def change_named(request: HttpRequest, body: StatusIn) -> HttpResponse:
        answer: HttpResponse = change_transaction(request, name, body)
        return answer


for report in ("summary", "export"):
    _named(report)
