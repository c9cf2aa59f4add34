"""A listing as CSV: for machines, so that no cell is changed to keep a spreadsheet calm.

Rows come in blocks by key, so that memory stays flat and no transaction stays open while a slow
client reads.
"""

import csv
from collections.abc import Iterator
from typing import Any

from django.db.models import QuerySet
from django.http import StreamingHttpResponse
from django.utils.translation import gettext_lazy as _

from conversions.api.asked import ExportIn
from conversions.api.listing import ceilings_now, order_of, selection
from conversions.api.records import fields_for, records, with_related
from conversions.models import Conversion
from conversions.visibility import shown_to
from convertr.accounts.models import User
from convertr.errors import DomainError
from convertr.http_api.paging import settle
from convertr.ui.lists.keyset import Order, first_page, page_after

BLOCK = 2_000
REASON = ("error_code", "error_message")
# Columns of what a record nests: what visibility calls it, and where it stands.
NESTED = {
    "network_offer_id": ("offer", "offer", "network_offer_id"),
    "offer": ("offer", "offer", "name"),
    "network_advertiser_id": ("advertiser", "advertiser", "network_advertiser_id"),
    "advertiser": ("advertiser", "advertiser", "name"),
    "network_affiliate_id": ("partner", "affiliate", "network_affiliate_id"),
    "affiliate": ("partner", "affiliate", "name"),
}


class _Echo:
    """A file that hands back what is written to it."""

    def write(self, text: str) -> str:
        return text


def export(body: ExportIn, user: User, *, field: str, direction: str) -> StreamingHttpResponse:
    """The CSV of what a body asks for; DomainError for a bad body, before anything is sent."""
    if (body.format or "csv").lower() != "csv":
        raise DomainError("bad_format", _("format is csv."))
    columns = _columns(body, user)
    order = order_of(field, direction)
    select = selection(body, user)
    settle(Conversion)
    rows = with_related(select(ceilings_now(changed=body.updated_from not in (None, ""))), user)
    response = StreamingHttpResponse(
        _lines(rows, order, user, columns), content_type="text/csv; charset=utf-8"
    )
    response["Content-Disposition"] = 'attachment; filename="conversions.csv"'
    return response


def columns_for(user: User) -> list[str]:
    """All that this person's export can hold, in its order."""
    nested = [name for name, (needs, *_path) in NESTED.items() if shown_to(user, [needs])]
    return [*fields_for(user), *REASON, *nested]


def _columns(body: ExportIn, user: User) -> list[str]:
    known = columns_for(user)
    wanted = [asked.column for asked in body.columns or ()]
    if unknown := [name for name in wanted if name not in known]:
        text = _("Column “%(name)s” is unknown; write one of %(known)s.")
        params = {"name": unknown[0][:40], "known": ", ".join(known)}
        raise DomainError("unknown_column", text % params)
    return wanted or known


def _lines(
    rows: QuerySet[Conversion], order: Order, user: User, columns: list[str]
) -> Iterator[str]:
    writer = csv.writer(_Echo())
    yield writer.writerow(columns)
    for block in _blocks(rows, order):
        for record in records(block, user):
            yield writer.writerow([_cell(record, name) for name in columns])


def _blocks(rows: QuerySet[Conversion], order: Order) -> Iterator[list[Conversion]]:
    page = first_page(rows, order, per=BLOCK)
    yield page.rows
    while page.has_next:
        page = page_after(rows, order, order.values_of(page.rows[-1]), per=BLOCK, first=None)
        yield page.rows


def _cell(record: dict[str, Any], name: str) -> str:
    if name in record:
        value = record[name]
    else:
        _needs, party, field = NESTED[name]
        value = record["relationship"][party][field]
    if isinstance(value, bool):
        return "true" if value else "false"
    # Four decimals are all there are; no exponent.
    return f"{value:.4f}" if isinstance(value, float) else str(value)
