"""The calls of /v1/conversion-requests, for network keys and partners' own requests."""

from typing import Any

from django.http import HttpRequest, HttpResponse, JsonResponse
from ninja import Router

from convertr.accounts.models import Scope
from convertr.http_api import paging
from convertr.http_api.access import allowed, any_key
from convertr.http_api.idempotency import idempotent
from convertr.http_api.types import Error, Id
from requests_workflow.access import request_for
from requests_workflow.api import raising
from requests_workflow.api.listing import source
from requests_workflow.api.records import detail, record, said
from requests_workflow.api.types import (
    AcceptIn,
    CommentIn,
    CommentOut,
    RaiseIn,
    RejectIn,
    RequestDetailOut,
    RequestOut,
    RequestsOut,
)
from requests_workflow.models import ConversionRequest
from requests_workflow.rules import Status
from requests_workflow.services import deciding, discussing

router = Router(auth=any_key, tags=["Conversion requests"])
READ_REFUSALS = {400: Error, 401: Error, 403: Error, 404: Error, 429: Error}
REFUSALS = {**READ_REFUSALS, 409: Error, 413: Error}


@router.get("", response={200: RequestsOut, **READ_REFUSALS}, url_name="conversion_requests")
def listed(
    request: HttpRequest,
    status: str = "",
    type: str = "",  # noqa: A002
    offer_id: str = "",
    affiliate_id: str = "",
    conversion_id: str = "",
    raised_from: str = "",
    raised_to: str = "",
    page: str = "",
    page_size: str = "",
) -> HttpResponse:
    """A page of requests, newest first; a partner's key sees those raised by its partner's people.

    `status` and `type` may name several, with commas; times are UTC, YYYY-MM-DD or
    YYYY-MM-DD HH:MM:SS. `page_size` is 50 unless told, 2,000 at most. Later pages neither overlap
    nor skip while requests are raised.
    """
    user = allowed(request, Scope.READ)
    asked = {
        "status": status,
        "type": type,
        "offer_id": offer_id,
        "affiliate_id": affiliate_id,
        "conversion_id": conversion_id,
        "raised_from": raised_from,
        "raised_to": raised_to,
    }
    wanted_page = paging.page_of(page, page_size)
    rows = source(asked, user)
    digest = paging.digest_of(request.path, asked, wanted_page, user.role, user.partner_id)
    found = paging.read(rows, wanted_page, key=request.api_key, digest=digest)  # type: ignore[attr-defined]
    records = [record(row, user) for row in found.rows]
    told = {"conversion_requests": records, "paging": wanted_page.told(found.total)}
    return JsonResponse(told)


@router.post("", response={201: RequestOut, **REFUSALS}, url_name="conversion_requests")
@idempotent
def raise_request(request: HttpRequest, body: RaiseIn) -> HttpResponse:
    """Ask for a new conversion (CREATE), or for a change of one that is there (CHANGE).

    A CHANGE keeps only what differs from the conversion. A partner's key asks for its own offers
    and conversions only, and not for `revenue`, `request_id` and `note`.
    """
    user = allowed(request, Scope.REQUESTS)
    made = raising.raised(user, body)
    address = f"/v1/conversion-requests/{made.pk}"
    return JsonResponse(record(made, user), status=201, headers={"Location": address})


@router.get(
    "/{conversion_request_id}",
    response={200: RequestDetailOut, **READ_REFUSALS},
    url_name="conversion_request",
)
def show(request: HttpRequest, conversion_request_id: Id) -> dict[str, Any]:
    """One request with its comments and history."""
    user = allowed(request, Scope.READ)
    return detail(request_for(user, conversion_request_id), user)


@router.post(
    "/{conversion_request_id}/accept",
    response={200: RequestOut, **REFUSALS},
    url_name="accept_conversion_request",
)
@idempotent
def accept(request: HttpRequest, conversion_request_id: Id, body: AcceptIn) -> HttpResponse:
    """Accept an inquired request, or let a failed one be tried again; done within seconds.

    409: it was decided already, its conversion is there already, or has changed since (`anyway`
    accepts that). 403: it is your own, and somebody else has to decide it.
    """
    user = allowed(request, Scope.REQUESTS)
    asked = request_for(user, conversion_request_id)
    decision: dict[str, Any] = {
        "actor": user,
        "request": asked,
        "version": _version(asked, body.version),
        "anyway": deciding.ANY if body.anyway else "",
    }
    if asked.status == Status.FAILED:
        return JsonResponse(record(deciding.retry(**decision), user))
    revenue = "" if body.revenue is None else f"{body.revenue:f}"
    return JsonResponse(record(deciding.accept(**decision, revenue=revenue), user))


@router.post(
    "/{conversion_request_id}/reject",
    response={200: RequestOut, **REFUSALS},
    url_name="reject_conversion_request",
)
@idempotent
def reject(request: HttpRequest, conversion_request_id: Id, body: RejectIn) -> HttpResponse:
    """Reject an inquired or a failed request, with a reason that is told to whoever asked."""
    user = allowed(request, Scope.REQUESTS)
    asked = request_for(user, conversion_request_id)
    version = _version(asked, body.version)
    rejected = deciding.reject(actor=user, request=asked, version=version, reason=body.reason)
    return JsonResponse(record(rejected, user))


@router.post(
    "/{conversion_request_id}/comments",
    response={201: CommentOut, **REFUSALS},
    url_name="comment_conversion_request",
)
@idempotent
def comment(request: HttpRequest, conversion_request_id: Id, body: CommentIn) -> HttpResponse:
    """Say something about a request; who takes part in its discussion is told."""
    user = allowed(request, Scope.REQUESTS)
    asked = request_for(user, conversion_request_id)
    added = discussing.comment(actor=user, request=asked, text=body.text, internal=body.internal)
    return JsonResponse(said(added, user), status=201)


def _version(asked: ConversionRequest, given: int | None) -> int:
    """Without one the caller decides the request as it is now."""
    return asked.version if given is None else given
