"""Reading an uploaded XLSX: the rows of its first sheet, as `csvfile` reads those of a CSV.

Cells come as a CSV would have them (`workbook_cells`), within limits (`workbook_parts`). A formula
or an error is no value: the row says so. Source: platform.md "Bad input".
"""

import posixpath
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any, NamedTuple

from django.utils.translation import gettext_lazy as _
from openpyxl.utils.datetime import MAC_EPOCH, WINDOWS_EPOCH

from convertr.errors import DomainError
from convertr.jobs.csvfile import CELL_MAX, Record
from convertr.jobs.workbook_cells import (
    Book,
    Cell,
    Row,
    SheetReader,
    shared_texts,
    time_styles,
    too_many_texts,
)
from convertr.jobs.workbook_parts import COLUMNS_MAX, Parts, too_large

_WORKBOOK, _RELATIONS = "xl/workbook.xml", "xl/_rels/workbook.xml.rels"

Problem = tuple[str, dict[str, Any]]


class Sheet(NamedTuple):
    """A sheet's header and rows, and by line what of its cells is no value."""

    header: Record
    records: list[Record]
    problems: dict[int, list[Problem]]


def is_workbook(data: bytes) -> bool:
    """Whether the file says that it is a ZIP, as an XLSX is."""
    return data.startswith(b"PK\x03\x04")


def read_xlsx(data: bytes, *, max_rows: int, max_columns: int = COLUMNS_MAX) -> Sheet:
    """The first sheet's header and the rows after it; blank rows don't count.

    What stands to the right of `max_columns` isn't read. Raises DomainError for what makes the
    whole file unreadable: no workbook, one with macros, one that holds far more than its rows, a
    cell over 100 kB, more than `max_rows` rows, none at all.
    """
    records: list[Record] = []
    problems: dict[int, list[Problem]] = {}
    for line, cells in sheet_rows(data, max_rows=max_rows, max_columns=max_columns):
        if len(records) > max_rows:
            raise _too_many(line, max_rows)
        cells = {column: cell for column, cell in cells.items() if column <= max_columns}
        _look_at(line, cells)
        if not any(cell.text.strip() for cell in cells.values()):
            continue
        texts = [cells[n].text if n in cells else "" for n in range(1, max(cells) + 1)]
        records.append(Record(line, texts))
        if found := [(c.problem, {"column": n}) for n, c in cells.items() if c.problem]:
            problems[line] = found
    return _sheet(records, problems)


def sheet_rows(
    data: bytes, *, max_rows: int, max_columns: int = COLUMNS_MAX, values: bool = False
) -> Iterator[Row]:
    """The rows of the first sheet that can be seen, as they come, but blank ones.

    `max_rows` and `max_columns` bound what the workbook may hold; a row has all its cells. Raises
    DomainError as `read_xlsx`, but for a cell or a count of rows. With `values` a formula counts as
    the value that it had last.
    """
    with _unreadable_is_refused():
        parts = Parts(data, rows=max_rows, columns=max_columns)
        sheet, book = _opened(parts)
        reader, letters = SheetReader(book, most_rows=max_rows, values=values), 0
        for line, cells in reader.rows(parts.tags(sheet, most=parts.most_tags)):
            # One long text may stand in thousands of cells.
            letters += sum(len(cell.text) for cell in cells.values())
            if letters > parts.most_bytes:
                raise too_large(parts.most_bytes)
            yield line, cells


@contextmanager
def _unreadable_is_refused() -> Iterator[None]:
    """Whatever the libraries stumble over is the file's fault: its sender hears so, not a 500."""
    try:
        yield
    except DomainError:
        raise
    except Exception as error:
        text = _("This is no workbook that can be read. Save it as XLSX.")
        raise DomainError("bad_workbook", text) from error


def _opened(parts: Parts) -> tuple[str, Book]:
    """The part with the first sheet that can be seen, and what its cells refer to."""
    related, epoch = _related(parts), WINDOWS_EPOCH
    sheets: list[tuple[bool, str]] = []
    for opens, name, attributes in parts.tags(_WORKBOOK):
        if opens and name == "sheet":
            kind, part = related[_id_of(attributes)]
            if kind == "worksheet":
                sheets.append((attributes.get("state", "visible") != "visible", part))
        elif opens and name == "workbookPr" and attributes.get("date1904") in ("1", "true"):
            epoch = MAC_EPOCH
    # False comes before True: of those that can be seen the first, else the first of all.
    _hidden, sheet = min(sheets, key=lambda found: found[0])
    # One of each, whatever the file says.
    shared = dict(related.values())
    texts, times = list[str](), dict[int, bool]()
    if part := shared.get("sharedStrings", ""):
        texts = _texts(parts, part)
    if part := shared.get("styles", ""):
        times = time_styles(parts.tags(part))
    return sheet, Book(texts, times, epoch)


def _texts(parts: Parts, name: str) -> list[str]:
    """The workbook's shared texts; too many of them are mostly told before they are parsed."""
    tags, most = parts.tags(name, most=parts.most_tags), parts.most_texts
    if parts.count(name, b"<si") > most:
        raise too_many_texts(most)
    return shared_texts(tags, most=most)


def _related(parts: Parts) -> dict[str, tuple[str, str]]:
    """By its id the kind and the name of each part that the workbook refers to."""
    return {
        attributes["Id"]: (
            attributes["Type"].rpartition("/")[2],
            posixpath.normpath(posixpath.join("/xl", attributes["Target"])).lstrip("/"),
        )
        for opens, name, attributes in parts.tags(_RELATIONS)
        if opens and name == "Relationship"
    }


def _id_of(attributes: dict[str, str]) -> str:
    """A sheet's `r:id`, whatever the prefix."""
    return next(value for name, value in attributes.items() if name.endswith(":id"))


def _sheet(records: list[Record], problems: dict[int, list[Problem]]) -> Sheet:
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


def _look_at(line: int, cells: dict[int, Cell]) -> None:
    """Refuse the file for a cell that is too long to be kept."""
    for column, cell in cells.items():
        if len(cell.text) > CELL_MAX // 4 and len(cell.text.encode()) > CELL_MAX:
            text = _("Line %(line)s, column %(column)s: the cell is longer than 100 kB.")
            values = {"line": line, "column": column}
            raise DomainError("cell_too_long", text % values, **values)


def _without_blank_end(cells: list[str]) -> list[str]:
    """A header ends with its last name: sheets have blank cells to the right of it."""
    while cells and not cells[-1].strip():
        cells = cells[:-1]
    return cells


def _fitted(record: Record, width: int) -> Record:
    """As many cells as the header has; more only where they hold something."""
    cells = _without_blank_end(record.cells)
    return Record(record.line, [*cells, *[""] * (width - len(cells))])
