"""The columns of the amounts CSV and what makes a row of it good. Pure.

A file has `conversion_uuid` or `conversion_id`, and of `payout`, `revenue`, `sale_amount` at
least one; an empty cell leaves its amount alone. Source: conversions.md, "Amounts CSV".
"""

from collections.abc import Collection, Iterator
from functools import partial

from django.utils.translation import gettext_lazy as _

from conversions.csv_files import layout as files
from conversions.csv_files.layout import AMOUNTS, OWN_KEYS, Layout, Problem
from convertr.jobs.csvfile import Record
from convertr.jobs.staging import StagedRow


def read_header(header: Record) -> Layout:
    """The layout that a header row asks for; DomainError names the line and column at fault."""
    at = files.read_columns(header, keys=OWN_KEYS, values=AMOUNTS)
    if not any(name in at for name in AMOUNTS):
        text = _("no amount; add a column payout, revenue or sale_amount")
        raise files.refused("no_amount_column", text, header)
    return Layout(key=files.find_key(header, at, OWN_KEYS), width=len(header.cells), at=at)


def read_rows(layout: Layout, records: Collection[Record]) -> Iterator[StagedRow]:
    """Each record as a row to stage; one that can't be read says all that is wrong with it."""
    return files.read_rows(layout, records, partial(_wanted, layout))


def _wanted(layout: Layout, cells: list[str], problems: list[Problem]) -> dict[str, str]:
    """The amounts that a row gives."""
    wanted = {}
    for column in AMOUNTS:
        if column in layout.at and (cell := cells[layout.at[column]].strip()):
            wanted[column] = cell
            if not files.is_amount(cell):
                problems.append(("bad_amount", {"column": column, "value": cell[:80]}))
    if not wanted:
        problems.append(("no_amounts", {}))
    return wanted
