"""Which integrations, batches and lines a listing asks for, and how it is paged through."""

from typing import Any, Literal, TypeVar

from django.db.models import BooleanField, Max, Model, QuerySet
from django.db.models.expressions import RawSQL
from ninja import Schema
from pydantic import Field

from batches import pending
from batches.filters import CampaignFilters
from batches.models import Batch, Integration
from batches.rules import OPEN, State
from convertr.accounts.models import User
from convertr.http_api.paging import Ceilings, Page, Read, Source
from convertr.http_api.types import Id, Text
from convertr.ui.lists.keyset import Order
from leads import deliveries
from leads.models import Lead

M = TypeVar("M", bound=Model)
ANY, ON_ITS_WAY = "any", "open"
# By the few deliveries that are open, not by all leads.
_SOME_WAIT = f"""EXISTS (
    SELECT FROM leads_leaddelivery d JOIN leads_lead l ON l.id = d.lead_id
    WHERE d.integration = batches_integration.id AND {deliveries.WAITS}
)"""


class FiltersIn(Schema):
    """What is left out narrows nothing. Names and labels are found by a part of them."""

    advertiser_id: Id | None = Field(default=None, alias="advertiser.id")
    advertiser_name: Text = Field(default="", alias="advertiser.name")
    campaign_id: Id | None = Field(default=None, alias="campaign.id")
    campaign_name: Text = Field(default="", alias="campaign.name")
    label: Text = ""

    def narrow(self, rows: QuerySet[M], of: str = "") -> QuerySet[M]:
        """The rows left; `of` leads from them to an integration."""
        asked = {path: getattr(self, name) for name, path in CampaignFilters.PATHS.items()}
        asked = {p: v.strip() if isinstance(v, str) else v for p, v in asked.items()}
        return rows.filter(**{f"{of}{p}": v for p, v in asked.items() if v not in (None, "")})


class BatchFiltersIn(FiltersIn):
    state: Literal["sent", "open", "held", "failed", "cancelled", "any"] = Field(
        default="sent", description="open: on its way."
    )


def with_leads(asked: FiltersIn, user: User) -> Source:
    """Integrations that leads wait for, the newest first."""
    waits = RawSQL(_SOME_WAIT, [], output_field=BooleanField())  # noqa: S611  a constant
    found = Integration.objects.visible_to(user).filter(waits)
    related = asked.narrow(found).select_related("campaign__advertiser")
    return _newest_first(Integration, related.defer("destination", "host_key", "file"))


def sent(asked: BatchFiltersIn, user: User) -> Source:
    """Batches that were sent, or in another state, the newest first."""
    found = asked.narrow(Batch.objects.visible_to(user), "integration__")
    if asked.state != ANY:
        found = found.filter(state__in=OPEN if asked.state == ON_ITS_WAY else [State(asked.state)])
    related = found.select_related("integration__campaign__advertiser")
    return _newest_first(Batch, related.defer("frozen"))


def leads_of(integration: Integration) -> Source:
    """The leads that wait for it, in the order of their ids."""
    return Source(
        rows=lambda ceilings: (
            pending.leads_of(integration).filter(pk__lte=ceilings.rows).only("pk")
        ),
        ceilings=lambda: Ceilings(_last(Lead)),
        order=Order(Lead, "id", "id", descending=False),
    )


def lines_of(batch: Batch, page: Page) -> Read:
    """A page of the lines of its file: numbered from 1, none comes later."""
    lines = batch.lines.order_by("seq")
    total = batch.leads if lines.exists() else 0
    if page.start >= total:
        return Read([], total)
    return Read(list(lines.filter(seq__gt=page.start, seq__lte=page.end)), total)


def _newest_first(model: type[Model], rows: QuerySet[Any]) -> Source:
    return Source(
        rows=lambda ceilings: rows.filter(pk__lte=ceilings.rows),
        ceilings=lambda: Ceilings(_last(model)),
        order=Order(model, "id", "id", descending=True),
    )


def _last(model: type[Model]) -> int:
    return model._default_manager.aggregate(last=Max("pk"))["last"] or 0
