"""Rows as an XLSX workbook of text cells, written row by row; and locked with a password."""

import tempfile
from collections.abc import Callable, Iterable, Iterator, Sequence
from typing import Any, BinaryIO

import msoffcrypto.format.ooxml
import xlsxwriter

from batches.files.cells import refuse, too_long, too_many_rows

_SHEET = "Leads"
# In UTF-16 units, of which an emoji is two: half as many characters fit whatever they are.
LONGEST_CELL = 32_767
_SURELY_FITS = LONGEST_CELL // 2

Row = Sequence[str]


def write(
    rows: Iterable[Row],
    headers: Row,
    out: BinaryIO,
    *,
    header: bool,
    most: int,
    count: Callable[[int], None],
) -> None:
    """Write a workbook of at most `most` rows; `count` is told of each.

    Raises DomainError for what it can't hold.
    """
    # What is half written is the leads' data: gone whatever happens.
    with tempfile.TemporaryDirectory(prefix="convertr-") as folder:
        options = {"constant_memory": True, "tmpdir": folder, "use_zip64": True}
        book = xlsxwriter.Workbook(out, options)
        try:
            sheet = _Sheet(book, headers)
            if header:
                sheet.add(headers)
                sheet.freeze()
            for row in _at_most(most, rows):
                sheet.add(row)
                count(1)
        except BaseException:
            _abandon(book)
            raise
        book.close()


def _at_most(most: int, rows: Iterable[Row]) -> Iterator[Row]:
    for number, row in enumerate(rows):
        if number >= most:
            raise too_many_rows(most)
        yield row


def encrypt(plain: BinaryIO, password: str, out: BinaryIO) -> None:
    """Lock a workbook with a password. All of it is held in memory."""
    plain.seek(0)
    msoffcrypto.format.ooxml.OOXMLFile(plain).encrypt(password, out)


class _Sheet:
    """The one sheet, filled from the top."""

    def __init__(self, book: Any, headers: Row) -> None:
        self._headers, self._at = headers, 0
        self._sheet = book.add_worksheet(_SHEET)
        self._string = self._sheet.write_string
        self._plain = book.add_format()

    def freeze(self) -> None:
        self._sheet.freeze_panes(1, 0)

    def add(self, row: Row) -> None:
        try:
            "".join(row).encode()
        except UnicodeEncodeError:
            raise refuse([row], self._headers) from None
        at, string = self._at, self._string
        for column, cell in enumerate(row):
            if len(cell) > _SURELY_FITS or cell.startswith("<r>"):
                self._add_special(column, cell)
            else:
                string(at, column, cell)
        self._at += 1

    def _add_special(self, column: int, cell: str) -> None:
        if len(cell.encode("utf-16-le")) > 2 * LONGEST_CELL:
            raise too_long(self._headers[column])
        if cell.startswith("<r>"):
            # xlsxwriter would take it for the XML of formatted text, and not escape it.
            self._sheet.write_rich_string(self._at, column, cell[:1], self._plain, cell[1:])
        else:
            self._string(self._at, column, cell)


def _abandon(book: Any) -> None:
    """Close what a book that is not wanted any more has open."""
    for sheet in book.worksheets():
        sheet.row_data_fh.close()
