"""Rows as lines of UTF-8 text that read back to the same cells."""

import csv
from collections.abc import Callable, Iterable, Iterator, Sequence
from itertools import islice
from typing import Literal

from batches.files.cells import refuse
from batches.files.options import QUOTE, FileOptions, LineEnd, Quoting
from convertr.ui.formula import neutralise

# What is held at once. A cell has at most 5,000 characters, a line mostly 200.
ROWS_A_CHUNK = 1_000
BOM = b"\xef\xbb\xbf"
_QUOTING: dict[str, Literal[0, 1]] = {
    Quoting.MINIMAL: csv.QUOTE_MINIMAL,
    Quoting.ALL: csv.QUOTE_ALL,
}
_LINE_ENDS: dict[str, str] = {LineEnd.CRLF: "\r\n", LineEnd.LF: "\n"}

Row = Sequence[str]


def chunks(
    rows: Iterable[Row], headers: Row, options: FileOptions, count: Callable[[int], None]
) -> Iterator[bytes]:
    """The bytes of a file, some rows at once; `count` is told how many."""
    lines = _Lines(headers, options)
    if options.bom:
        yield BOM
    if options.header:
        yield lines.encoded([headers])
    rows = iter(rows)
    while chunk := list(islice(rows, ROWS_A_CHUNK)):
        yield lines.encoded(chunk)
        count(len(chunk))


class _Lines:
    """Makes lines of rows, by csv.writer where a row has anything to escape; most have not."""

    def __init__(self, headers: Row, options: FileOptions) -> None:
        self._headers, self._options = headers, options
        self._end = _LINE_ENDS[options.line_end]
        self._line = self._all if options.quoting == Quoting.ALL else self._minimal
        self._delimiter, self._delimiters = options.delimiter, len(headers) - 1
        self._quoted, self._quotes = f"{QUOTE}{options.delimiter}{QUOTE}", 2 * len(headers)
        self._escaped: list[str] = []
        self.write = self._escaped.append
        # A writer quotes what its own line end is made of: with this one, every line break.
        self._writer = csv.writer(
            self,
            delimiter=options.delimiter,
            lineterminator="\r\n",
            quoting=_QUOTING[options.quoting],
        )

    def encoded(self, rows: list[Row]) -> bytes:
        if self._options.neutralise:
            # Most cells begin with a letter or a digit, as no formula does.
            rows = [
                [cell if cell[:1].isalnum() else neutralise(cell) for cell in row] for row in rows
            ]
        line = self._line
        try:
            return (self._end.join([line(row) for row in rows]) + self._end).encode()
        except UnicodeEncodeError:
            raise refuse(rows, self._headers) from None

    def _minimal(self, row: Row) -> str:
        line = self._delimiter.join(row)
        plain = (
            line  # one empty cell is written as quotes: an empty line is no row
            and line.count(self._delimiter) == self._delimiters
            and QUOTE not in line
            and "\n" not in line
            and "\r" not in line
        )
        return line if plain else self._written(row)

    def _all(self, row: Row) -> str:
        line = f"{QUOTE}{self._quoted.join(row)}{QUOTE}"
        return line if line.count(QUOTE) == self._quotes else self._written(row)

    def _written(self, row: Row) -> str:
        self._writer.writerow(row)
        return self._escaped.pop()[:-2]
