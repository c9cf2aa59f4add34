"""The bulk calls: each is a job of the same kinds as the wizard's."""

from typing import Annotated, Any, Literal

from django.http import HttpRequest, HttpResponse, JsonResponse
from django.utils.translation import gettext_lazy as _
from ninja import Router
from pydantic import Field

from convertr.accounts.models import Scope
from convertr.errors import DomainError
from convertr.http_api.access import allowed, network_key
from convertr.http_api.answers import named
from convertr.http_api.idempotency import idempotent
from convertr.http_api.types import Flag, LongText, Text
from leads.access import VIEW
from leads.api import services
from leads.api.types import Accepted, IdsIn, LeadId
from leads.rules import ACTS, Act

router = Router(auth=network_key, tags=["Flag and manage"])
MOST_INTEGRATIONS = 1_000


class FlagIn(IdsIn):
    flag: Literal["valid", "invalid", "test"]
    reason: Text | None = Field(
        default=None, description="A code of the catalogue; or give ownReason."
    )
    ownReason: Text | None = None  # noqa: N815
    reasonCategory: Text | None = Field(  # noqa: N815
        default=None, description="Of a returned lead: a code of the catalogue."
    )
    comment: LongText | None = None
    integrations: Annotated[list[LeadId], Field(max_length=MOST_INTEGRATIONS)] | None = Field(
        default=None,
        description="Of valid leads: where they are queued to. Left out, that stays as it is.",
    )


class SignedIn(IdsIn):
    signature: Text = Field(description="The full name of the key's person.")
    confirm: Flag


class ConfirmedIn(IdsIn):
    confirm: Flag


class MetadataIn(IdsIn):
    otherReasonType: Literal["replacement", "none"]  # noqa: N815
    comment: LongText | None = None


@router.post("/leads-bulk-flag", response=Accepted, url_name="leads_bulk_flag")
@idempotent
def flag(request: HttpRequest, body: FlagIn) -> HttpResponse:
    """Flag leads valid, invalid or test, for a reason of the catalogue or one's own."""
    data = {
        "reason": body.reason,
        "own_reason": body.ownReason,
        "category": body.reasonCategory,
        "comment": body.comment,
        "integrations": body.integrations,
    }
    return _done(request, Act(body.flag), body, data)


@router.post("/leads-bulk-deliver", response=Accepted, url_name="leads_bulk_deliver")
@idempotent
def deliver(request: HttpRequest, body: SignedIn) -> HttpResponse:
    """Mark valid leads as delivered: billable to the advertiser; nothing is sent."""
    return _signed(request, Act.DELIVERED, body)


@router.post("/leads-bulk-undeliver", response=Accepted, url_name="leads_bulk_undeliver")
@idempotent
def undeliver(request: HttpRequest, body: SignedIn) -> HttpResponse:
    """Mark delivered leads as undelivered: not billable any more."""
    return _signed(request, Act.UNDELIVERED, body)


@router.post("/leads-bulk-metadata", response=Accepted, url_name="leads_bulk_metadata")
@idempotent
def metadata(request: HttpRequest, body: MetadataIn) -> HttpResponse:
    """Mark leads as replacements of others, or not; their status stays."""
    act = Act.REPLACEMENT if body.otherReasonType == "replacement" else Act.NO_REPLACEMENT
    return _done(request, act, body, {"comment": body.comment})


@router.post("/leads-bulk-reprocess", response=Accepted, url_name="leads_bulk_reprocess")
@idempotent
def reprocess(request: HttpRequest, body: ConfirmedIn) -> HttpResponse:
    """Run all transforms and jobs again, from the data as received; it can't be undone."""
    _require_confirmed(confirm=body.confirm)
    return _done(request, Act.REPROCESS, body, {"confirm": True})


@router.post("/leads-bulk-delete", response=Accepted, url_name="leads_bulk_delete")
@idempotent
def delete(request: HttpRequest, body: SignedIn) -> HttpResponse:
    """Delete leads: gone from lists, counts and reports."""
    return _signed(request, Act.DELETE, body)


def _signed(request: HttpRequest, act: Act, body: SignedIn) -> HttpResponse:
    _require_confirmed(confirm=body.confirm)
    return _done(request, act, body, {"signature": body.signature, "confirm": True})


def _require_confirmed(*, confirm: bool) -> None:
    if not confirm:
        raise DomainError("not_confirmed", _("Set confirm to true: that you mean it."))


def _done(request: HttpRequest, act: Act, body: IdsIn, data: dict[str, Any]) -> HttpResponse:
    actor = allowed(request, Scope.LEADS, VIEW, ACTS[act].permission)
    job = services.act(actor=actor, act=act, ids=body.once, data=data)
    return JsonResponse(services.accepted(job), status=202, headers=named(job, "/api/v4"))
