"""The bodies and records of /v1/conversion-requests, as OpenAPI tells them."""

from typing import Annotated, Any, Literal

from ninja import Schema
from pydantic import Field

from convertr.http_api.types import Amount, Flag, Id, LongText, Paging, Text

Key = Annotated[Text, Field(min_length=1, max_length=100)]
Version = Annotated[int, Field(strict=True, ge=0, le=2**31 - 1)]
Wanted = dict[str, str | float | None]


class WantedIn(Schema):
    """The fields that can be asked for; what is null counts as left out."""

    status: Text | None = Field(default=None, description="pending, approved or rejected.")
    reason_code: Text | None = Field(default=None, description="With status rejected.")
    payout: Amount | None = None
    revenue: Amount | None = Field(default=None, description="For network keys only.")
    sale_amount: Amount | None = None
    order_id: Text | None = None
    transaction_id: Text | None = Field(default=None, description="CREATE only.")
    request_id: Text | None = Field(
        default=None, description="The advertiser's; CREATE only, for network keys only."
    )
    conversion_time: Text | None = Field(
        default=None,
        description="CREATE only: ISO 8601, UTC where no offset is given.",
        examples=["2026-03-01T14:30:00Z"],
    )
    sub1: Text | None = None
    sub2: Text | None = None
    sub3: Text | None = None
    sub4: Text | None = None
    sub5: Text | None = None
    sub6: Text | None = None
    note: LongText | None = Field(default=None, description="For network keys only.")


class RaiseIn(WantedIn):
    request_type: Literal["CREATE", "CHANGE"]
    conversion_id: Key | None = Field(
        default=None, description="CHANGE: 32 hexadecimal digits, or a UUID."
    )
    offer_id: Id | None = Field(default=None, description="CREATE: the offer.")
    affiliate_id: Id | None = Field(
        default=None, description="CREATE, network keys: whose conversion it is."
    )
    event_id: Id | None = Field(default=None, description="CREATE: 0 or left out is Base.")
    comment: LongText | None = None


class DecisionIn(Schema):
    version: Version | None = Field(
        default=None, description="The version that was seen; a later one refuses with 409."
    )


class AcceptIn(DecisionIn):
    anyway: Flag = Field(default=False, description="Although the conversion has changed since.")
    revenue: Amount | None = Field(default=None, description="Sets the revenue, too.")


class RejectIn(DecisionIn):
    reason: LongText = Field(description="Told to whoever asked.")


class CommentIn(Schema):
    text: LongText
    internal: Flag = Field(default=False, description="Not for partners; network keys only.")


class RequestOut(Schema):
    """A request. Of `wanted` and `before` a partner's key sees what partners see."""

    conversion_request_id: int
    request_type: str = Field(description="CREATE or CHANGE.")
    request_status: str = Field(
        description="INQUIRED, ACCEPTED, PROCESSED, REJECTED or FAILED.",
    )
    version: int
    conversion_id: str | None = Field(description="32 hexadecimal digits.")
    offer_id: int
    event_id: int
    event: str
    affiliate_id: int
    currency_id: str
    wanted: Wanted
    before: Wanted = Field(description="The same fields of a CHANGE when it was raised.")
    raised_by: str
    raised_unix_timestamp: int
    decided_by: str
    decided_unix_timestamp: int | None
    decision_reason: str
    processed_unix_timestamp: int | None
    failure: str = Field(description="Why it could not be processed.")


class AttachmentOut(Schema):
    name: str
    content_type: str
    size: int


class CommentOut(Schema):
    id: int
    author: str
    unix_timestamp: int
    text: str
    internal: bool
    attachments: list[AttachmentOut]


class ChangeOut(Schema):
    field: str
    before: str | float | None
    after: str | float | None


class MoveOut(Schema):
    """One move or edit; the raising of the request is the last."""

    unix_timestamp: int
    who: str
    channel: str = Field(description="Empty for partners.")
    job_id: int | None
    request_status: str
    reason: str
    changes: list[ChangeOut]


class RequestDetailOut(RequestOut):
    comments: list[CommentOut]
    history: list[MoveOut] = Field(description="Newest first, 200 at most.")


class RequestsOut(Schema):
    conversion_requests: list[RequestOut]
    paging: Paging


def wanted_of(body: WantedIn) -> dict[str, Any]:
    """What was asked for, by the field's name, as it is read by `requests_workflow.wanted`."""
    given = {name: getattr(body, name) for name in WantedIn.model_fields}
    given["converted_at"] = given.pop("conversion_time")
    return {
        name: value if isinstance(value, str) else f"{value:f}"
        for name, value in given.items()
        if value is not None
    }
