"""Reading a header and the keys of its rows: the same for every CSV about conversions. Pure.

A file has exactly one key (`conversion_uuid`, `conversion_id`, or `offer_id` + `request_id`) and
the columns of its kind; `line`, `code` and `error` are ignored, so that a file of erroneous rows
can come back. Source: conversions.md, "Status CSV", whole-file errors and row errors.
"""

import re
from collections import Counter
from collections.abc import Callable, Collection, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

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
OWN_KEYS = {key: KEYS[key] for key in ("uuid", "id")}
AMOUNTS = ("payout", "revenue", "sale_amount")
IGNORED = frozenset({"line", "code", "error"})
NO_ID = "-1"  # stands for a number that is longer than any id

_UUID = re.compile(
    r"[0-9a-f]{8}(-?)[0-9a-f]{4}\1[0-9a-f]{4}\1[0-9a-f]{4}\1[0-9a-f]{12}", re.IGNORECASE
)
_AMOUNT = re.compile(r"\d{1,12}(\.\d{1,4})?", re.ASCII)
_ID = re.compile(r"\d+", re.ASCII)
_ID_DIGITS = 18

Keys = Mapping[str, tuple[str, ...]]
Problem = tuple[str, dict[str, Any]]
# Reads what a row asks for; what is wrong with it joins the problems.
Wanted = Callable[[list[str], list[Problem]], dict[str, str]]


@dataclass(frozen=True)
class Layout:
    """Where the columns of one file stand. `key` is uuid, id or request."""

    key: str
    width: int
    at: dict[str, int]


def read_columns(header: Record, *, keys: Keys, values: Collection[str]) -> dict[str, int]:
    """Where each column stands; DomainError names the line and column at fault."""
    names = [name.strip().casefold() for name in header.cells]
    known = {*values, *IGNORED, *(column for key in keys.values() for column in key)}
    _refuse_separator(header)
    if not known.intersection(names):
        raise refused("no_header", _("no header row; the first line names the columns"), header)
    for column, name in enumerate(names, start=1):
        if not name:
            text = _("column %(column)s has no name")
            raise refused("blank_column", text, header, column=column)
        if name not in known:
            text = _("column %(column)s, “%(name)s”, is unknown")
            raise refused("unknown_column", text, header, column=column, name=name[:80])
    name, times = Counter(names).most_common(1)[0]
    if times > 1:
        text = _("the column “%(name)s” stands there twice (column %(column)s)")
        second = len(names) - names[::-1].index(name)
        raise refused("duplicate_column", text, header, name=name, column=second)
    return {name: column for column, name in enumerate(names) if name not in IGNORED}


def _refuse_separator(header: Record) -> None:
    for separator, name in ((";", _("semicolons")), ("\t", _("tabs"))):
        if len(header.cells) == 1 and separator in header.cells[0]:
            text = _("the cells are separated by %(name)s; save the file with commas")
            raise refused("wrong_separator", text, header, name=str(name))


def find_key(header: Record, at: Collection[str], keys: Keys) -> str:
    """Which key a file has; DomainError for none and for two."""
    touched = [key for key, columns in keys.items() if any(c in at for c in columns)]
    if len(touched) > 1:
        text = _("two keys (%(names)s); keep one of them")
        names = ", ".join(c for key in touched for c in keys[key] if c in at)
        raise refused("two_keys", text, header, names=names)
    if not touched or not all(c in at for c in keys[touched[0]]):
        text = _("no key; add conversion_uuid, or conversion_id")
        if "request" in keys:
            text = _("no key; add conversion_uuid, or conversion_id, or offer_id and request_id")
        raise refused("no_key", text, header)
    return touched[0]


def refused(code: str, text: str | Promise, header: Record, **params: Any) -> DomainError:
    """The error of a file that is refused as a whole because of its header."""
    where = _("Line %(line)s: ") % {"line": header.line}
    said = str(text) % params if params else text
    return DomainError(code, f"{where}{said}.", line=header.line, **params)


def read_rows(
    layout: Layout, records: Collection[Record], wanted_of: Wanted
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
        wanted = wanted_of(cells, problems)
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


def is_amount(cell: str) -> bool:
    """Dot decimal, 0 or more, at most 12 digits before the dot and 4 after."""
    return _AMOUNT.fullmatch(cell) is not None
