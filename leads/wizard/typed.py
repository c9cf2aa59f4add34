"""Reading lead IDs that somebody typed, pasted from a sheet, or put into a CSV. Pure."""

import re
from collections.abc import Iterable
from typing import NamedTuple
from uuid import UUID

from django.utils.translation import gettext_lazy as _

from convertr.errors import DomainError
from convertr.jobs.csvfile import Record, no_rows

# Commas, spaces, semicolons, tabs, new lines.
_BETWEEN = re.compile(r"[\s,;]+")
_NUMBER = re.compile(r"#?0*(\d{1,18})", re.ASCII)
_HASH = re.compile(
    r"[0-9a-f]{8}(-?)[0-9a-f]{4}\1[0-9a-f]{4}\1[0-9a-f]{4}\1[0-9a-f]{12}", re.IGNORECASE
)
LONGEST_SHOWN = 80
# How a column of a file may be called that holds IDs; without one the first column does.
COLUMNS = ("lead_id", "leadid", "id", "lead id", "hash", "lead_hash", "leadhash", "lead hash")


class Key(NamedTuple):
    """What names a lead: its id or its hash; neither where the text is none."""

    text: str
    id: int | None = None
    hash: str | None = None


def key_of(text: str) -> Key:
    """The key that a text is, with or without # and hyphens."""
    text = text.strip().strip("\"'")
    shown = text[:LONGEST_SHOWN]
    if number := _NUMBER.fullmatch(text):
        return Key(shown, id=int(number[1]))
    if _HASH.fullmatch(text):
        return Key(shown, hash=UUID(text).hex)
    return Key(shown)


def of_text(text: str) -> list[Key]:
    """The keys of a text area, in their order; doubles stay."""
    return [key_of(part) for part in _BETWEEN.split(text.replace("\0", "")) if part]


def of_file(header: Record, records: Iterable[Record]) -> list[Key]:
    """The keys of a file's column of IDs; of its only column, whatever that is called.

    A header that is an ID itself is a row, too. DomainError where no column has IDs, and where
    there are no rows.
    """
    column = _column(header)
    first = [header] if _is_key(header.cells[column]) else []
    if not (rows := [*first, *records]):
        raise no_rows(header)
    cells = [row.cells[column] for row in rows if len(row.cells) > column]
    return [key_of(cell) for cell in cells if cell.strip()]


def _column(header: Record) -> int:
    names = [cell.strip().casefold() for cell in header.cells]
    values = {"line": header.line}
    if len(names) == 1 and re.search(r"[;\t]", names[0]):
        text = _("Line %(line)s: the cells are not separated by commas. Save the file with commas.")
        raise DomainError("wrong_separator", text % values, **values)
    column = next((names.index(name) for name in COLUMNS if name in names), None)
    if column is None and len(names) > 1 and not _is_key(names[0]):
        text = _("Line %(line)s: no column is called lead_id, id or hash. Name the one with IDs.")
        raise DomainError("no_id_column", text % values, **values)
    return column or 0


def _is_key(text: str) -> bool:
    key = key_of(text)
    return bool(key.id or key.hash)


def distinct(keys: Iterable[Key]) -> list[Key]:
    """The keys without those that name the same once more, however that was written."""
    first: dict[object, Key] = {}
    for key in keys:
        first.setdefault(key.id or key.hash or key.text, key)
    return list(first.values())
