"""Leads of an integration and of a batch as lines of the file, page by page, by key."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from django.db.models import QuerySet

from batches import pending, schedules
from batches.models import Batch, BatchLead, Integration
from batches.shown import state_of, when
from convertr.ui.lists import keyset
from convertr.ui.lists.keyset import Order, Page
from leads.models import Lead

PER_PAGE = 50
# Of the removed ones, so many are shown; the newest first.
SHOWN_REMOVED = 200
_LEADS = Order(Lead, "id", "id", descending=False)
_LINES = Order(BatchLead, "seq", "seq", descending=False, unique=True)


@dataclass(frozen=True)
class Line:
    """One line of the file, and the lead that it is of; `is_there`: it has a page."""

    lead_id: int
    cells: list[str]
    seq: int = 0
    is_there: bool = True


def pending_page(integration: Integration, asked: Mapping[str, str]) -> dict[str, Any]:
    """A page of what waits: its headers, lines and the keys of the pages around it."""
    page = page_of(pending.leads_of(integration).only("pk"), _LEADS, asked)
    zone = schedules.read(integration.schedule).zone
    found = pending.cells(integration.fields, [lead.pk for lead in page.rows], zone=zone)
    return {
        "integration": integration,
        "state": state_of(integration),
        "when": when(integration),
        "leads": pending.counts([integration.pk]).get(integration.pk, 0),
        "headers": [header for header, _source in integration.fields],
        "lines": [Line(lead, cells) for lead, cells in found.items()],
        **places_of(page, _LEADS),
    }


def removed_of(integration: Integration) -> dict[str, Any]:
    """Those taken off the list: the newest, and whether there are more."""
    found = list(pending.removed_from(integration)[: SHOWN_REMOVED + 1])
    return {"removed": found[:SHOWN_REMOVED], "more_removed": len(found) > SHOWN_REMOVED}


def lines_of(batch: Batch, asked: Mapping[str, str]) -> dict[str, Any]:
    """A page of what a batch holds, as it was claimed; deleted leads included."""
    page = page_of(batch.lines.all(), _LINES, asked)
    ids = [line.lead_id for line in page.rows]
    there = set(Lead.objects.alive().filter(pk__in=ids).values_list("pk", flat=True))
    return {
        "headers": [header for header, _source in batch.frozen["fields"]],
        "lines": [
            Line(line.lead_id, line.cells, line.seq, line.lead_id in there) for line in page.rows
        ],
        **places_of(page, _LINES),
    }


def page_of(queryset: QuerySet[Any], order: Order, asked: Mapping[str, str]) -> Page:
    after, before = (order.parse(asked.get(name, "")) for name in ("after", "before"))
    if after:
        return keyset.page_after(queryset, order, after, per=PER_PAGE, first=None)
    if before:
        return keyset.page_before(queryset, order, before, per=PER_PAGE, first=None)
    return keyset.first_page(queryset, order, per=PER_PAGE)


def places_of(page: Page, order: Order) -> dict[str, str]:
    """The queries of the pages around this one; empty where there is none."""
    return {
        "next": f"after={order.key_of(page.rows[-1])}" if page.has_next else "",
        "previous": f"before={order.key_of(page.rows[0])}" if page.has_previous else "",
    }
