"""Bodies and records of batches' calls, as OpenAPI tells them."""

from typing import Annotated, Any

from ninja import Schema
from pydantic import Field

from convertr.http_api.hydra import MEMBER, CollectionOut
from convertr.http_api.types import Text
from leads.api.types import MOST_IDS, WRITE_REFUSALS, LeadId, NamedOut, ValueOut

NONE_GIVEN: Any = Field(
    default_factory=list,
    description=(
        "1 to 10,000 IDs of leads to take off the list: then nothing is sent. Doubles count once."
    ),
)


class BatchNowIn(Schema):
    batchIntegrationId: LeadId  # noqa: N815
    signature: Text = Field(description="The full name of the key's person.")
    # Neither null nor empty: what is meant to take leads off never sends them.
    removeLeadIds: Annotated[  # noqa: N815
        list[LeadId], Field(min_length=1, max_length=MOST_IDS)
    ] = NONE_GIVEN
    reason: Text = Field(default="", description="Why leads are taken off the list.")

    @property
    def once(self) -> list[int]:
        """Each lead to take off once, in the order given."""
        return list(dict.fromkeys(self.removeLeadIds))


class BatchNowOut(Schema):
    batchId: int  # noqa: N815
    status: str = Field(examples=["queued"])
    leads: int = Field(description="How many leads the file holds.")


class RemovedOut(Schema):
    removed: int
    notFound: list[int] = Field(description="Those that were not on the list.")  # noqa: N815


class CampaignOut(NamedOut):
    endDate: str | None = Field(examples=["2026-12-31"])  # noqa: N815


class IntegrationOut(Schema):
    """An integration that leads wait for."""

    iri: str = Field(alias="@id")
    type: str = Field(alias="@type")
    id: int
    label: str
    kind: str = Field(description="default, cumulative or realtime.")
    active: bool = Field(description="Whether it is switched on.")
    advertiser: NamedOut
    campaign: CampaignOut
    leads: int = Field(description="How many leads wait.")
    schedule: str = Field(description="When it sends, in words.")
    nextRun: str | None = Field(  # noqa: N815
        description="ISO 8601 with offset; null where no run is planned."
    )


class IntegrationsOut(CollectionOut):
    member: list[IntegrationOut] = MEMBER


class BatchOut(Schema):
    """A batch. Times are ISO 8601 with offset."""

    iri: str = Field(alias="@id")
    type: str = Field(alias="@type")
    id: int
    label: str
    advertiser: NamedOut
    campaign: CampaignOut
    leads: int
    sentTs: str | None = Field(description="Null until it is sent.")  # noqa: N815
    state: str = Field(description="claimed, built, sending, sent, held, failed or cancelled.")
    name: str = Field(description="The file's name at the destination.")
    size: int | None = Field(description="Of the file, in bytes.")
    sha256: str = Field(description="Of the file, in hexadecimal; empty until it is built.")


class BatchesOut(CollectionOut):
    member: list[BatchOut] = MEMBER


class LineOut(Schema):
    """A lead as the file has it; a lead deleted since is at its address no more."""

    iri: str = Field(alias="@id")
    type: str = Field(alias="@type")
    id: int = Field(description="The lead's ID.")
    leadData: list[ValueOut] = Field(  # noqa: N815
        description="The file's columns in their order, by header."
    )


class LinesOut(CollectionOut):
    member: list[LineOut] = MEMBER


Done: dict[int, Any] = {202: BatchNowOut, 200: RemovedOut, **WRITE_REFUSALS}
