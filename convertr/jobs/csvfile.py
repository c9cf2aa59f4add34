"""Reading an uploaded CSV: rows with their line numbers, or one error about the whole file.

Pure: bytes in, records out. Sources: conversions.md "Whole-file errors", platform.md "Bad input".
"""

import codecs
import csv
import io
import re
from collections.abc import Iterator
from itertools import islice
from typing import NamedTuple

from django.utils.translation import gettext_lazy as _

from convertr.errors import DomainError

CELL_MAX = 100_000
_LINE_END = re.compile(r"\r\n|\r|\n")
# How files that are no text begin: ZIP and the workbooks in it, old workbooks, PDF, PNG, JPEG,
# GIF, gzip.
_SIGNATURES = {
    b"PK\x03\x04": "workbook",
    b"PK\x05\x06": "workbook",
    b"\xd0\xcf\x11\xe0": "workbook",
    b"%PDF": "PDF",
    b"\x89PNG": "PNG",
    b"\xff\xd8\xff": "JPEG",
    b"GIF8": "GIF",
    b"\x1f\x8b": "gzip",
}


class Record(NamedTuple):
    """One record: its first physical line (1 = the file's first) and its cells as they came."""

    line: int
    cells: list[str]


def read_csv(data: bytes, *, max_rows: int, headless: bool = False) -> tuple[Record, list[Record]]:
    """The header and the records after it; blank lines don't count.

    `headless`: the header may be a record like the others, and the only one.

    Raises DomainError for what makes the whole file unreadable: no text, wrong encoding, NUL,
    unbalanced quotes, a cell over 100 kB, more than `max_rows` records, none at all.
    """
    records = _records(_decode(data))
    header = next(records, None)
    if header is None:
        raise DomainError("file_empty", _("The file is empty. Start from one of the examples."))
    rows: list[Record] = []
    for record in records:
        if len(rows) == max_rows:
            text = _("Line %(line)s: more than %(max)s rows. Split the file.")
            values = {"line": record.line, "max": f"{max_rows:,}"}
            raise DomainError("too_many_rows", text % values, **values)
        rows.append(record)
    if not rows and not headless:
        raise no_rows(header)
    return header, rows


def no_rows(header: Record) -> DomainError:
    message = _("There are no rows after line %(line)s, the header.") % {"line": header.line}
    return DomainError("no_rows", message, line=header.line)


def _decode(data: bytes) -> str:
    for signature, kind in _SIGNATURES.items():
        if data.startswith(signature):
            other = _("This is no CSV but a file of another kind (%(kind)s). Save it as CSV first.")
            raise DomainError("not_csv", other % {"kind": kind}, kind=kind)
    utf16 = data.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE))
    encoding = "utf-16" if utf16 else "utf-8"
    try:
        return data.decode(encoding if utf16 else "utf-8-sig")
    except UnicodeDecodeError as error:
        line = _line_ends(error.object[: error.start].decode(encoding, "ignore")) + 1
        message = _("Line %(line)s: not UTF-8. Save the file as CSV UTF-8.") % {"line": line}
        raise DomainError("not_utf8", message, line=line) from None


def _line_ends(text: str) -> int:
    return len(_LINE_END.findall(text))


def _records(text: str) -> Iterator[Record]:
    reader = csv.reader(io.StringIO(text, newline=""), strict=True)
    line = 1
    while True:
        try:
            cells = next(reader)
        except StopIteration:
            return
        except csv.Error as error:
            if "field larger" in str(error):
                lines = io.StringIO(text, newline="")
                record = "".join(islice(lines, line - 1, reader.line_num))
                raise _cell_too_long(line, _longest(record)) from None
            raise _unbalanced(line) from None
        if len(cells) > 1 or (cells and cells[0].strip()):
            _look_at(line, cells)
            yield Record(line, cells)
        line = reader.line_num + 1


def _look_at(line: int, cells: list[str]) -> None:
    """Refuse the file for a cell that nothing could store."""
    for column, cell in enumerate(cells, start=1):
        if len(cell) > CELL_MAX // 4 and len(cell.encode()) > CELL_MAX:
            raise _cell_too_long(line, column)
        if "\0" in cell:
            before = (*cells[: column - 1], cell[: cell.index("\0")])
            at = line + sum(map(_line_ends, before))
            nul = _(
                "Line %(line)s, column %(column)s holds a NUL character."
                " Save the file as CSV UTF-8."
            )
            values = {"line": at, "column": column}
            raise DomainError("nul", nul % values, **values)


def _longest(record: str) -> int:
    """The column of the longest cell of a record that the reader gave up on."""
    lengths = [0]
    for place, piece in enumerate(record.split('"')):
        # Every second piece stands between quotes; an empty one between them is a doubled quote.
        parts = [piece] if place % 2 else piece.split(",")
        lengths[-1] += len(parts[0]) + (not piece)
        lengths += map(len, parts[1:])
    return lengths.index(max(lengths)) + 1


def _unbalanced(line: int) -> DomainError:
    text = _("Line %(line)s: a quotation mark is missing or too many. Double it inside a cell.")
    return DomainError("unbalanced_quote", text % {"line": line}, line=line)


def _cell_too_long(line: int, column: int) -> DomainError:
    text = _("Line %(line)s, column %(column)s: the cell is longer than 100 kB.")
    values = {"line": line, "column": column}
    return DomainError("cell_too_long", text % values, **values)
