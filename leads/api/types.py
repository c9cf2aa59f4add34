"""Bodies and records of /api/v4, as OpenAPI tells them."""

from typing import Annotated, Any

from ninja import Schema
from pydantic import Field

from convertr.http_api.hydra import MEMBER, CollectionOut
from convertr.http_api.types import MOST_ID, Problem

MOST_IDS = 10_000
REFUSALS = {
    400: Problem, 401: Problem, 403: Problem, 404: Problem, 413: Problem, 429: Problem,
}  # fmt: skip
# Of writes, which may come with an Idempotency-Key.
WRITE_REFUSALS = {**REFUSALS, 409: Problem, 503: Problem}
# Strict: neither true nor "1" is an ID.
LeadId = Annotated[int, Field(strict=True, ge=1, le=MOST_ID)]


class IdsIn(Schema):
    leadIds: Annotated[list[LeadId], Field(min_length=1, max_length=MOST_IDS)] = Field(  # noqa: N815
        description="1 to 10,000 IDs; doubles count once."
    )

    @property
    def once(self) -> list[int]:
        """Each id once, in the order given."""
        return list(dict.fromkeys(self.leadIds))


class NamedOut(Schema):
    id: int
    name: str


class ValueOut(Schema):
    name: str
    value: str


class LeadOut(Schema):
    """A lead. Times are ISO 8601 with offset."""

    iri: str = Field(alias="@id")
    type: str = Field(alias="@type")
    id: int
    leadHash: str  # noqa: N815
    status: str = Field(description="Empty until processed; valid, invalid, caution or test.")
    processing: str = Field(description="queued, complete, on_hold or failed.")
    delivered: bool
    billable: bool = Field(description="Whether the publisher is paid for it: it is valid.")
    billableToAdvertiser: bool = Field(description="It is valid and delivered.")  # noqa: N815
    score: str | None = Field(description="Percent of the points, with two decimals.")
    hardfail: bool
    campaign: NamedOut
    advertiser: NamedOut
    publisher: NamedOut
    channel: str
    linkId: str  # noqa: N815
    otherReasonType: str = Field(description="replacement or none.")  # noqa: N815
    reason: str = Field(description="A code of the catalogue, or empty.")
    ownReason: str  # noqa: N815
    reasonCategory: str  # noqa: N815
    comment: str
    createdTs: str  # noqa: N815
    updatedTs: str  # noqa: N815
    firstDeliveredTs: str | None  # noqa: N815
    leadData: list[ValueOut]  # noqa: N815


class LeadsOut(CollectionOut):
    member: list[LeadOut] = MEMBER


class DeliveredOut(Schema):
    id: int
    found: bool
    delivered: bool | None = None
    firstDeliveredTs: str | None = None  # noqa: N815


class DeliveredListOut(Schema):
    leads: list[DeliveredOut]


class RejectedOut(Schema):
    id: int
    code: str = Field(examples=["not_found", "already_delivered"])
    message: str


class AcceptedOut(Schema):
    """What a bulk call answers: GET /api/v4/jobs/{jobId} tells how far it is."""

    jobId: int  # noqa: N815
    status: str = Field(examples=["queued"])
    requested: int
    accepted: int
    rejected: list[RejectedOut]


class FlagOut(Schema):
    name: str = Field(description="valid, invalid or test.")


class ReasonOut(Schema):
    iri: str = Field(alias="@id")
    type: str = Field(alias="@type")
    id: int
    code: str
    name: str
    leadFlag: FlagOut  # noqa: N815
    returned: bool = Field(description="Whether the reason asks for a category.")


class ReasonsOut(CollectionOut):
    member: list[ReasonOut] = MEMBER


class CategoryOut(Schema):
    iri: str = Field(alias="@id")
    type: str = Field(alias="@type")
    id: int
    code: str
    name: str
    leadFlag: FlagOut  # noqa: N815


class CategoriesOut(CollectionOut):
    member: list[CategoryOut] = MEMBER


class FieldProblemOut(Schema):
    fieldName: str = Field(examples=["form[email]", "[3].form[email]"])  # noqa: N815
    message: str


class InvalidOut(Schema):
    """Why leads can't come in."""

    code: int = Field(examples=[400])
    message: str = Field(examples=["Validation failed"])
    data: list[FieldProblemOut]


class CreatedOut(Schema):
    code: int = Field(examples=[201])
    message: str
    data: int


class CreatedListOut(Schema):
    code: int = Field(examples=[201])
    message: str
    data: int | list[int] = Field(description="The lead's ID; of an array, a list of them.")


Accepted: dict[int, Any] = {202: AcceptedOut, **WRITE_REFUSALS}
