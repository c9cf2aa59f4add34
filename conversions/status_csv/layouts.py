"""The six formats of the status CSV and what makes a row of them good. Pure.

A file has one key, `status`, and optionally `cost`, `reason`, `note`. Source: conversions.md,
"Status CSV".
"""

from collections.abc import Collection, Iterator
from dataclasses import dataclass
from functools import partial

from django.utils.translation import gettext_lazy as _

from conversions.csv_files import layout as files
from conversions.csv_files.layout import KEYS, Problem
from conversions.rules import ASSIGNABLE
from convertr.jobs.csvfile import Record
from convertr.jobs.staging import StagedRow
from convertr.ui.formula import restore

VALUES = ("status", "cost", "reason", "note")
STATUSES = {status.upper(): status.value for status in ASSIGNABLE}


@dataclass(frozen=True)
class Layout(files.Layout):
    """Where the columns of one status CSV stand."""

    @property
    def has_cost(self) -> bool:
        return "cost" in self.at


def read_header(header: Record) -> Layout:
    """The layout that a header row asks for; DomainError names the line and column at fault."""
    at = files.read_columns(header, keys=KEYS, values=VALUES)
    if "status" not in at:
        raise files.refused("no_status_column", _("there is no column “status”"), header)
    return Layout(key=files.find_key(header, at, KEYS), width=len(header.cells), at=at)


def read_rows(
    layout: Layout, records: Collection[Record], *, reasons: Collection[str]
) -> Iterator[StagedRow]:
    """Each record as a row to stage; one that can't be read says all that is wrong with it."""
    return files.read_rows(layout, records, partial(_wanted, layout, reasons))


def _wanted(
    layout: Layout, reasons: Collection[str], cells: list[str], problems: list[Problem]
) -> dict[str, str]:
    """What a row asks for: status, and cost, reason, note where they are given."""
    at = layout.at
    wanted = {}
    status = cells[at["status"]].strip()
    if status.upper() in STATUSES:
        wanted["status"] = STATUSES[status.upper()]
    else:
        problems.append(("bad_status", {"value": status[:80]}) if status else ("empty_status", {}))
    if "cost" in at and (cost := cells[at["cost"]].strip()):
        wanted["cost"] = cost
        if not files.is_amount(cost):
            problems.append(("bad_cost", {"value": cost[:80]}))
    if "reason" in at and (reason := cells[at["reason"]].strip()):
        wanted["reason"] = reason
        if reason not in reasons:
            problems.append(("unknown_reason", {"value": reason[:80]}))
    if "note" in at and (note := restore(cells[at["note"]])):
        wanted["note"] = note
    return wanted
