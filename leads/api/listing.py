"""Which leads a listing asks for, and how it is paged through: newest first."""

import re
from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any, Literal

from django.db.models import Max, QuerySet
from django.utils.translation import gettext_lazy as _
from ninja import Schema
from pydantic import Field

from convertr.accounts.models import User
from convertr.errors import DomainError
from convertr.http_api.paging import Ceilings, Source
from convertr.http_api.types import Id, Text
from convertr.ui.lists.keyset import Order
from leads.api.records import RELATED
from leads.models import Lead, LeadEvent

FIRST_YEAR, LAST_YEAR = 1970, 2199
# In an address a + that nobody has escaped is a space.
_LOST_PLUS = re.compile(r" (?=\d\d:?\d\d\Z)")
_TIME = "ISO 8601 with an offset; UTC where none is given."


class FiltersIn(Schema):
    """What is left out narrows nothing."""

    campaign: Id | None = Field(default=None, alias="campaign.id")
    status: Literal["valid", "invalid", "caution", "test"] | None = None
    delivered: bool | None = None
    created_after: Text = Field(default="", alias="createdTs[after]", description=_TIME)
    created_before: Text = Field(default="", alias="createdTs[before]", description=_TIME)
    updated_after: Text = Field(
        default="",
        alias="updatedTs[after]",
        description=(
            "Leads that came in or were changed since then. A change is stamped when its "
            "transaction begins: ask from some minutes before the last time."
        ),
    )


def source(asked: FiltersIn, user: User) -> Source:
    """What a listing is read from, page by page; DomainError `bad_time`."""
    select, changed = _selection(asked, user), bool(asked.updated_after)
    return Source(
        rows=lambda ceilings: select(ceilings).select_related(*RELATED),
        ceilings=lambda: _ceilings_now(changed=changed),
        order=Order(Lead, "createdTs", "created_at", descending=True),
    )


def _ceilings_now(*, changed: bool) -> Ceilings:
    rows = Lead.objects.aggregate(last=Max("pk"))["last"] or 0
    if not changed:
        return Ceilings(rows)
    return Ceilings(rows, LeadEvent.objects.aggregate(last=Max("pgh_id"))["last"] or 0)


def _selection(asked: FiltersIn, user: User) -> Callable[[Ceilings], QuerySet[Lead]]:
    wanted: dict[str, Any] = {
        "campaign": asked.campaign,
        "status": asked.status,
        "delivered": asked.delivered,
        "created_at__gte": _moment("createdTs[after]", asked.created_after),
        "created_at__lte": _moment("createdTs[before]", asked.created_before),
    }
    wanted = {name: value for name, value in wanted.items() if value is not None}
    leads = Lead.objects.visible_to(user).filter(**wanted)
    since = _moment("updatedTs[after]", asked.updated_after)

    def select(ceilings: Ceilings) -> QuerySet[Lead]:
        chosen: QuerySet[Lead] = leads.filter(pk__lte=ceilings.rows)
        if since is None:
            return chosen
        # History comes in the order of time: a BRIN index finds what is new.
        changed = LeadEvent.objects.filter(pgh_created_at__gte=since)
        if ceilings.history is not None:
            changed = changed.filter(pgh_id__lte=ceilings.history)
        return chosen.filter(pk__in=changed.values("pgh_obj_id"))

    return select


def _moment(name: str, text: str) -> datetime | None:
    if not text.strip():
        return None
    try:
        at = datetime.fromisoformat(_LOST_PLUS.sub("+", text.strip()))
    except ValueError:
        at = None
    if at is None or not FIRST_YEAR <= at.year <= LAST_YEAR:
        message = _("%(name)s “%(text)s”: write a time such as 2026-03-01T14:30:00+01:00.")
        raise DomainError("bad_time", message % {"name": name, "text": text[:40]})
    return at if at.tzinfo else at.replace(tzinfo=UTC)
