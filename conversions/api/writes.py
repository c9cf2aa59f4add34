"""PATCH and PUT: statuses, amounts, notes. Each is a job, named by Location and X-Job-Id."""

from decimal import Decimal
from typing import Annotated, Literal

from django.http import HttpRequest, HttpResponse, JsonResponse
from ninja import Router, Schema
from pydantic import Field

from conversions.api import services
from conversions.api.record_types import NetworkRecord
from conversions.api.records import record
from conversions.rules import Status
from convertr.accounts.models import Scope
from convertr.http_api.access import allowed, network_key
from convertr.http_api.answers import done, named
from convertr.http_api.idempotency import idempotent
from convertr.http_api.types import Amount, Error, Key, LongText, Result

TAGS = ["Conversion updates"]
router = Router(auth=network_key, tags=TAGS)
# Takes whatever the other addresses leave, so it comes last. A conversion's and a transaction's
# address are one: ninja must be given it in one router, in the same letters.
singles = Router(auth=network_key)
SINGLE = "/conversions/{path:id}"
MOST_IDS = 10_000
REFUSALS = {400: Error, 401: Error, 403: Error, 404: Error, 409: Error, 413: Error, 429: Error}
DONE = {200: Result, **REFUSALS}
STATUS = "conversions.change_conversions"
AMOUNTS = "conversions.change_amounts"


class StatusIn(Schema):
    conversion_status: Literal["approved", "rejected"]


class StatusesIn(StatusIn):
    conversion_ids: Annotated[list[Key], Field(min_length=1, max_length=MOST_IDS)]


class AmountsIn(Schema):
    payout: Amount | None = None
    revenue: Amount | None = None


class NotesIn(Schema):
    notes: LongText


class SaleAmountIn(Schema):
    sale_amount: Amount


@router.patch("/conversions", response=DONE, url_name="statuses")
@idempotent
def change_statuses(request: HttpRequest, body: StatusesIn) -> HttpResponse:
    """Change the status of 1 to 10,000 conversions; what became of each id tells the job."""
    actor = allowed(request, Scope.CONVERSIONS, STATUS)
    status = Status(body.conversion_status)
    return done(services.change_statuses(actor=actor, ids=body.conversion_ids, status=status))


@router.put(
    "/conversions/{id}/payoutrevenue",
    response=DONE,
    url_name="payoutrevenue",
    operation_id="put_payoutrevenue",
)
@router.patch(
    "/conversions/{id}/payoutrevenue",
    response=DONE,
    url_name="payoutrevenue",
    operation_id="patch_payoutrevenue",
)
@idempotent
def change_amounts(request: HttpRequest, id: str, body: AmountsIn) -> HttpResponse:  # noqa: A002
    """Set payout, revenue or both of an approved or throttled conversion, in its currency."""
    actor = allowed(request, Scope.CONVERSIONS, AMOUNTS)
    conversion = services.get_conversion(actor=actor, conversion_id=id)
    return done(
        services.change_amounts(
            actor=actor, conversion=conversion, payout=body.payout, revenue=body.revenue
        )
    )


@router.put(
    "/conversions/{id}/saleamount",
    response=DONE,
    url_name="saleamount",
    operation_id="put_saleamount",
)
@router.patch(
    "/conversions/{id}/saleamount",
    response=DONE,
    url_name="saleamount",
    operation_id="patch_saleamount",
)
@idempotent
def change_sale_amount(request: HttpRequest, id: str, body: SaleAmountIn) -> HttpResponse:  # noqa: A002
    """Set the sale amount; payout and revenue stay as they are."""
    actor = allowed(request, Scope.CONVERSIONS, AMOUNTS)
    conversion = services.get_conversion(actor=actor, conversion_id=id)
    amount: Decimal = body.sale_amount
    return done(services.change_sale_amount(actor=actor, conversion=conversion, sale_amount=amount))


@router.put("/conversions/{id}/notes", response={200: NetworkRecord, **REFUSALS}, url_name="notes")
@idempotent
def change_note(request: HttpRequest, id: str, body: NotesIn) -> HttpResponse:  # noqa: A002
    """Write the note that stands with a conversion, for the network only; answers the record."""
    actor = allowed(request, Scope.CONVERSIONS, STATUS)
    conversion = services.get_conversion(actor=actor, conversion_id=id)
    job = services.change_note(actor=actor, conversion=conversion, note=body.notes)
    conversion.refresh_from_db()
    return JsonResponse(record(conversion, actor), headers=named(job))


@singles.patch(SINGLE, response=DONE, url_name="transaction", tags=TAGS)
@idempotent
def change_transaction(request: HttpRequest, id: str, body: StatusIn) -> HttpResponse:  # noqa: A002
    """Change the status of all conversions and events of a transaction, whose ID may hold slashes.

    Those that are approved, rejected or pending are changed; the others are left alone.
    """
    actor = allowed(request, Scope.CONVERSIONS, STATUS)
    status = Status(body.conversion_status)
    return done(services.change_transaction(actor=actor, transaction_id=id, status=status))
