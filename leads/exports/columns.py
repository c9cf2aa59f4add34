"""What an export of leads can hold: the columns of the list, and every field of a campaign.

A column is named as the list names it, a field as its campaigns do; one that a column of the list
is called like is written `data.status`. Values are the data as the transforms left it.
"""

from collections.abc import Iterable, Iterator, Sequence
from typing import Any, NamedTuple

from django.db.models import Count
from django.utils.translation import gettext_lazy as _

from convertr.errors import DomainError
from leads.models import CampaignField, Lead
from leads.tables import Catalogue, LeadTable
from leads.visibility import DATA_COLUMNS

DATA = "data."
# Those of the list but the ones that are fields: here each field has its own.
LEAD = tuple(name for name in LeadTable.names() if name not in DATA_COLUMNS)
USUAL = ("id", "status", "campaign", "partner", "delivery", "created_at")
# More fields than these aren't ticked before somebody asks for them.
USUAL_FIELDS = 12
# What /api/v4 calls the columns of the list.
ALSO = {
    "leadHash": "hash",
    "publisher": "partner",
    "delivered": "delivery",
    "otherReasonType": "replacement",
    "linkId": "link_id",
    "optIn": "opt_in",
    "createdTs": "created_at",
    "updatedTs": "updated_at",
    "firstDeliveredTs": "first_delivered_at",
}


class Column(NamedTuple):
    """A column: its name, and what people read over it."""

    name: str
    label: str

    @property
    def field(self) -> str:
        """The campaign's field that it shows; empty for a column of the list."""
        return "" if self.name in LEAD else self.name.removeprefix(DATA)


def all_columns() -> list[Column]:
    """Those of the list, then the fields, the most frequent first."""
    counted = CampaignField.objects.values("name").annotate(campaigns=Count("pk"))
    fields = counted.order_by("-campaigns", "name").values_list("name", flat=True)
    of_list = [Column(name, LeadTable.label(name)) for name in LEAD]
    return [*of_list, *(Column(f"{DATA}{f}" if f in LEAD else f, f) for f in fields)]


def usual(columns: Iterable[Column]) -> list[str]:
    """The names of the columns that an export has until somebody chooses."""
    fields = [column.name for column in columns if column.field]
    return [*USUAL, *fields[:USUAL_FIELDS]]


def chosen(names: Iterable[str], columns: Iterable[Column]) -> list[Column]:
    """The columns of these names, each once, in that order; DomainError for an unknown one."""
    known = {column.name: column for column in columns}
    found: dict[str, Column] = {}
    for asked in names:
        name = asked if asked in known else _otherwise(asked)
        if name not in known:
            text = _("Column “%(name)s” is unknown: no column of the list and no campaign's field.")
            shown = asked[:60].encode(errors="replace").decode()
            raise DomainError("unknown_column", text % {"name": shown}, name=shown)
        found[name] = known[name]
    if not found:
        raise DomainError("no_columns", _("Choose at least one column."))
    return list(found.values())


def _otherwise(asked: str) -> str:
    return ALSO.get(asked) or asked.removeprefix(DATA)


def cells(leads: Sequence[Lead], columns: Sequence[Column]) -> Iterator[list[Any]]:
    """The cells of these leads, as the list's own export has them."""
    of_list = [column.name for column in columns if not column.field]
    table = LeadTable(leads, columns=of_list, catalogue=Catalogue(leads))
    for lead, plain in zip(leads, table.plain_rows(of_list), strict=True):
        told = iter(plain)
        yield [lead.data.get(c.field, "") if c.field else next(told) for c in columns]
