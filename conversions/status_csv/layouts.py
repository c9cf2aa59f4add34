"""The six formats of the status CSV and what makes a row of them good. Pure.

A file has exactly one key (`conversion_uuid`, `conversion_id`, or `offer_id` + `request_id`),
`status`, and optionally `cost`, `reason`, `note`; `line` and `error` are ignored, so that a file
of erroneous rows can come back. Source: conversions.md, "Status CSV".
"""

import re
from collections import Counter
from collections.abc import Collection, Iterator
from dataclasses import dataclass
from typing import Any

from django.utils.translation import gettext_lazy as _

from conversions.rules import ASSIGNABLE
from convertr.errors import DomainError
from convertr.jobs.csvfile import Record
from convertr.jobs.models import Outcome
from convertr.jobs.staging import StagedRow
from convertr.ui.formula import restore

KEYS: dict[str, tuple[str, ...]] = {
    "uuid": ("conversion_uuid",),
    "id": ("conversion_id",),
    "request": ("offer_id", "request_id"),
}
IGNORED = frozenset({"line", "code", "error"})
KNOWN = (
    frozenset({"status", "cost", "reason", "note"})
    | IGNORED
    | {c for k in KEYS.values() for c in k}
)
STATUSES = {status.upper(): status.value for status in ASSIGNABLE}

_UUID = re.compile(
    r"[0-9a-f]{8}(-?)[0-9a-f]{4}\1[0-9a-f]{4}\1[0-9a-f]{4}\1[0-9a-f]{12}", re.IGNORECASE
)
_COST = re.compile(r"\d{1,12}(\.\d{1,4})?", re.ASCII)
_ID = re.compile(r"\d+", re.ASCII)
_ID_DIGITS = 18
NO_ID = "-1"  # stands for a number that is longer than any id

Problem = tuple[str, dict[str, Any]]


@dataclass(frozen=True)
class Layout:
    """Where the columns of one file stand. `key` is uuid, id or request."""

    key: str
    width: int
    at: dict[str, int]

    @property
    def has_cost(self) -> bool:
        return "cost" in self.at


def read_header(header: Record) -> Layout:
    """The layout that a header row asks for; DomainError names the line and column at fault."""
    names = [name.strip().casefold() for name in header.cells]
    _refuse_separator(header)
    if not KNOWN.intersection(names):
        raise _refused("no_header", _("no header row; the first line names the columns"), header)
    for column, name in enumerate(names, start=1):
        if not name:
            raise _refused(
                "blank_column", _("column %(column)s has no name"), header, column=column
            )
        if name not in KNOWN:
            text = _("column %(column)s, “%(name)s”, is unknown")
            raise _refused("unknown_column", text, header, column=column, name=name[:80])
    name, times = Counter(names).most_common(1)[0]
    if times > 1:
        text = _("the column “%(name)s” stands there twice (column %(column)s)")
        second = len(names) - names[::-1].index(name)
        raise _refused("duplicate_column", text, header, name=name, column=second)
    if "status" not in names:
        raise _refused("no_status_column", _("there is no column “status”"), header)
    at = {name: column for column, name in enumerate(names) if name not in IGNORED}
    return Layout(key=_find_key(header, at), width=len(names), at=at)


def _refuse_separator(header: Record) -> None:
    for separator, name in ((";", _("semicolons")), ("\t", _("tabs"))):
        if len(header.cells) == 1 and separator in header.cells[0]:
            text = _("the cells are separated by %(name)s; save the file with commas")
            raise _refused("wrong_separator", text, header, name=str(name))


def _find_key(header: Record, at: Collection[str]) -> str:
    touched = [key for key, columns in KEYS.items() if any(c in at for c in columns)]
    if len(touched) > 1:
        text = _("two keys (%(names)s); keep one of them")
        names = ", ".join(c for key in touched for c in KEYS[key] if c in at)
        raise _refused("two_keys", text, header, names=names)
    if not touched or not all(c in at for c in KEYS[touched[0]]):
        text = _("no key; add conversion_uuid, or conversion_id, or offer_id and request_id")
        raise _refused("no_key", text, header)
    return touched[0]


def _refused(code: str, text: Any, header: Record, **params: Any) -> DomainError:
    where = _("Line %(line)s: ") % {"line": header.line}
    return DomainError(
        code, f"{where}{text % params if params else text}.", line=header.line, **params
    )


def read_rows(
    layout: Layout, records: Collection[Record], *, reasons: Collection[str]
) -> Iterator[StagedRow]:
    """Each record as a row to stage; one that can't be read says all that is wrong with it."""
    for line, cells in records:
        if len(cells) != layout.width:
            params = {"found": len(cells), "expected": layout.width}
            yield _bad(line, cells, [("wrong_cell_count", params)])
            continue
        problems: list[Problem] = []
        keys = _keys(layout, cells, problems)
        # With a bad key the row is erroneous; with a good one it may be simply not found.
        outcome = Outcome.INVALID if problems else Outcome.STAGED
        wanted = _wanted(layout, cells, reasons, problems)
        if problems:
            yield _bad(line, cells, problems, outcome=outcome, **keys)
        else:
            yield StagedRow(line, cells, wanted=wanted, **keys)


def _bad(
    line: int,
    cells: list[str],
    problems: list[Problem],
    *,
    outcome: str = Outcome.INVALID,
    **keys: Any,
) -> StagedRow:
    code, params = problems[0]
    if len(problems) > 1:
        params = {**params, "more": problems[1:]}
    if outcome == Outcome.INVALID:
        keys = {}
    return StagedRow(line, cells, outcome=outcome, code=code, params=params, **keys)


def _keys(layout: Layout, cells: list[str], problems: list[Problem]) -> dict[str, Any]:
    """The typed keys of a row; what is wrong with them joins `problems`."""
    keys: dict[str, Any] = {}
    for column in KEYS[layout.key]:
        cell = restore(cells[layout.at[column]].strip())
        if not cell:
            problems.append(("empty_key", {"column": column}))
        elif column == "conversion_uuid":
            keys["key_uuid"] = cell
            if not _UUID.fullmatch(cell):
                problems.append(("bad_uuid", {"value": cell[:80]}))
        elif column == "request_id":
            keys["key_text"] = cell
        else:
            known = cell if len(cell.lstrip("0")) <= _ID_DIGITS else NO_ID
            keys["key_id" if column == "conversion_id" else "key_parent"] = known
            if not _ID.fullmatch(cell):
                problems.append(("bad_number", {"column": column, "value": cell[:80]}))
    return keys


def _wanted(
    layout: Layout, cells: list[str], reasons: Collection[str], problems: list[Problem]
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
        if not _COST.fullmatch(cost):
            problems.append(("bad_cost", {"value": cost[:80]}))
    if "reason" in at and (reason := cells[at["reason"]].strip()):
        wanted["reason"] = reason
        if reason not in reasons:
            problems.append(("unknown_reason", {"value": reason[:80]}))
    if "note" in at and (note := restore(cells[at["note"]])):
        wanted["note"] = note
    return wanted
