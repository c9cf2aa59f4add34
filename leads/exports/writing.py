"""From conditions and columns to the rows of a file: in batches by key, so that memory is flat."""

from collections.abc import Iterator, Sequence
from typing import Any

from django.db.models import QuerySet

from convertr.replica import reading
from convertr.ui.lists.keyset import Order, first_page, page_after
from leads.exports.columns import Column, cells
from leads.models import Lead

BATCH = 2_000
# As the list is sorted, and as indexes have it.
ORDER = Order(Lead, "created_at", "created_at", descending=True)


def rows(
    leads: QuerySet[Lead], columns: Sequence[Column], *, names: bool = False
) -> Iterator[list[Any]]:
    """The header (labels, or `names` for machines), then the cells of each lead, newest first."""
    yield [column.name if names else column.label for column in columns]
    for batch in _batches(leads):
        yield from cells(batch, columns)


def _batches(leads: QuerySet[Lead]) -> Iterator[list[Lead]]:
    related = leads.prefetch_related("campaign__advertiser", "partner").defer("received")
    queryset = reading(related)
    page = first_page(queryset, ORDER, per=BATCH)
    yield page.rows
    while page.has_next:
        key = ORDER.values_of(page.rows[-1])
        page = page_after(queryset, ORDER, key, per=BATCH, first=None)
        yield page.rows
