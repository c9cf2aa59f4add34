"""Reading an uploaded XLSX: the rows of its first sheet, as `csvfile` reads those of a CSV.

Cells come as a CSV would have them: dates in ISO 8601, numbers without an exponent. A formula or
an error is no value: the row says so. Source: platform.md "Bad input".
"""

import io
import re
import warnings
import zipfile
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import date, datetime, timedelta
from decimal import Decimal
from typing import Any, NamedTuple

from django.utils.translation import gettext_lazy as _
from openpyxl import load_workbook
from openpyxl.cell.read_only import EMPTY_CELL

from convertr.errors import DomainError
from convertr.jobs.csvfile import CELL_MAX, Record

# Unpacked, a workbook of ten thousand rows has some 20 MB; a bomb of 20 MB has gigabytes.
UNPACKED_MAX = 100 * 1024**2
PARTS_MAX = 1_000
# More columns than any of our files has; what stands further to the right isn't read.
COLUMNS_MAX = 64
XLSX_TYPE = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
# How Office writes characters that XML can't hold.
_ESCAPED = re.compile(r"_x([0-9A-Fa-f]{4})_")
_MACROS = ("vbaproject.bin", "xl/macrosheets/")

Problem = tuple[str, dict[str, Any]]


class Sheet(NamedTuple):
    """A sheet's header and rows, and by line what of its cells is no value."""

    header: Record
    records: list[Record]
    problems: dict[int, list[Problem]]


def is_workbook(data: bytes) -> bool:
    """Whether the file says that it is a ZIP, as an XLSX is."""
    return data.startswith(b"PK\x03\x04")


def read_xlsx(data: bytes, *, max_rows: int) -> Sheet:
    """The first sheet's header and the rows after it; blank rows don't count.

    Raises DomainError for what makes the whole file unreadable: no workbook, one with macros, a
    ZIP bomb, a cell over 100 kB, more than `max_rows` rows, none at all.
    """
    _look_into(data)
    with _unreadable_is_refused():
        return _read(data, max_rows)


def _look_into(data: bytes) -> None:
    """Refuse by the ZIP's directory, before anything is unpacked."""
    with _unreadable_is_refused():
        parts = zipfile.ZipFile(io.BytesIO(data)).infolist()
    names = [part.filename.casefold() for part in parts]
    if "xl/workbook.xml" not in names:
        raise _no_workbook()
    if any(sign in name for name in names for sign in _MACROS):
        text = _("This workbook has macros. Save it as a workbook without macros (XLSX).")
        raise DomainError("has_macros", text)
    if len(parts) > PARTS_MAX or sum(part.file_size for part in parts) > UNPACKED_MAX:
        text = _("Unpacked, this workbook is larger than %(mb)s MB. Split it.")
        megabytes = UNPACKED_MAX // 1024**2
        raise DomainError("workbook_too_large", text % {"mb": megabytes}, mb=megabytes)


@contextmanager
def _unreadable_is_refused() -> Iterator[None]:
    """Whatever the library stumbles over is the file's fault: its sender hears so, not a 500."""
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            yield
    except DomainError:
        raise
    except Exception as error:
        raise _no_workbook() from error


def _no_workbook() -> DomainError:
    return DomainError("bad_workbook", _("This is no workbook that can be read. Save it as XLSX."))


def _read(data: bytes, max_rows: int) -> Sheet:
    book = load_workbook(io.BytesIO(data), read_only=True, keep_links=False)
    try:
        sheets = [s for s in book.worksheets if s.sheet_state == "visible"] or book.worksheets
        records: list[Record] = []
        problems: dict[int, list[Problem]] = {}
        for record, found in _records(sheets[0]):
            if len(records) > max_rows:
                raise _too_many(record.line, max_rows)
            records.append(record)
            if found:
                problems[record.line] = found
    finally:
        book.close()
    if not records:
        raise DomainError("file_empty", _("The file is empty. Start from one of the examples."))
    header = records[0]._replace(cells=_without_blank_end(records[0].cells))
    if len(records) == 1:
        message = _("There are no rows after line %(line)s, the header.") % {"line": header.line}
        raise DomainError("no_rows", message, line=header.line)
    return Sheet(header, [_fitted(r, len(header.cells)) for r in records[1:]], problems)


def _too_many(line: int, max_rows: int) -> DomainError:
    text = _("Line %(line)s: more than %(max)s rows. Split the file.")
    values = {"line": line, "max": f"{max_rows:,}"}
    return DomainError("too_many_rows", text % values, **values)


def _records(sheet: Any) -> Iterator[tuple[Record, list[Problem]]]:
    """Each row that isn't blank, with what of it is no value."""
    # The library hands out one and the same row for all that a cell far down leaves out.
    missing = None
    for line, row in enumerate(sheet.iter_rows(max_col=COLUMNS_MAX), start=1):
        if row is missing:
            continue
        cells, problems = [], []
        for column, cell in enumerate(row, start=1):
            value = cell.value
            if value is None:
                cells.append("")
                continue
            if cell.data_type in ("f", "e"):
                code = "formula" if cell.data_type == "f" else "cell_error"
                problems.append((code, {"column": column}))
            text = _text(value)
            if len(text) > CELL_MAX // 4 and len(text.encode()) > CELL_MAX:
                raise _cell_too_long(line, column)
            cells.append(text)
        if any(cell.strip() for cell in cells):
            yield Record(line, cells), problems
        elif all(cell is EMPTY_CELL for cell in row):
            missing = row


def _text(value: Any) -> str:
    if isinstance(value, str):
        return _ESCAPED.sub(_unescaped, value) if "_x" in value else value
    if isinstance(value, bool):
        return "TRUE" if value else "FALSE"
    if isinstance(value, float):
        return str(int(value)) if value.is_integer() else f"{Decimal(repr(value)):f}"
    if isinstance(value, datetime):
        # A worksheet counts days as a fraction, which misses the second by a hair.
        whole = (value + timedelta(microseconds=500_000)).replace(microsecond=0)
        return whole.isoformat(sep=" ")
    if isinstance(value, date):
        return value.isoformat()
    # A formula of a kind of its own prints as an object.
    return str(value) if isinstance(value, int) else str(getattr(value, "text", value) or "=")


def _unescaped(match: re.Match[str]) -> str:
    code = int(match[1], 16)
    # What no text can hold stays as it was written.
    return match[0] if code == 0 or 0xD800 <= code <= 0xDFFF else chr(code)


def _cell_too_long(line: int, column: int) -> DomainError:
    text = _("Line %(line)s, column %(column)s: the cell is longer than 100 kB.")
    values = {"line": line, "column": column}
    return DomainError("cell_too_long", text % values, **values)


def _without_blank_end(cells: list[str]) -> list[str]:
    """A header ends with its last name: sheets have blank cells to the right of it."""
    while cells and not cells[-1].strip():
        cells = cells[:-1]
    return cells


def _fitted(record: Record, width: int) -> Record:
    """As many cells as the header has; more only where they hold something."""
    cells = _without_blank_end(record.cells)
    return Record(record.line, [*cells, *[""] * (width - len(cells))])
