"""From the tags of a workbook's parts to the cells of a sheet, as a CSV would have them.

Dates come in ISO 8601, numbers without an exponent. Of the library only what knows the formats of
dates and how days are counted: its own reading builds trees whose cost nothing bounds.
"""

import re
from collections.abc import Iterable, Iterator
from datetime import date, datetime, timedelta
from decimal import Decimal
from functools import lru_cache
from typing import Any, NamedTuple

from django.utils.translation import gettext_lazy as _
from openpyxl.styles.numbers import builtin_format_code, is_date_format, is_timedelta_format
from openpyxl.utils import column_index_from_string
from openpyxl.utils.datetime import from_excel, from_ISO8601

from convertr.errors import DomainError
from convertr.jobs.workbook_parts import Tag

# How Office writes characters that XML can't hold.
_ESCAPED = re.compile(r"_x([0-9A-Fa-f]{4})_")
# Longer than Office lets the code of a format be.
_FORMAT_MAX = 255
# Rows that are looked at for each that a file may have: blank ones count, too.
BLANK_ROWS = 10


class Cell(NamedTuple):
    """A cell's text; `problem` is a code where it is a formula or an error, which are no values."""

    text: str
    problem: str = ""


class Book(NamedTuple):
    """What cells refer to: shared texts, styles that are times (True: spans), the first day."""

    texts: list[str]
    times: dict[int, bool]
    epoch: datetime


# A row's number and its cells that aren't blank, by column (1 = A).
Row = tuple[int, dict[int, Cell]]


def shared_texts(tags: Iterable[Tag], *, most: int) -> list[str]:
    """The workbook's shared texts, in order, without how they are spoken (`rPh`)."""
    texts: list[str] = []
    pieces: list[str] = []
    spoken = False
    for opens, name, text in tags:
        if name == "rPh":
            spoken = opens
        elif name == "t" and not opens and not spoken:
            pieces.append(text)
        elif name == "si" and not opens:
            texts.append(_unescape("".join(pieces)))
            pieces.clear()
            if len(texts) > most:
                raise too_many_texts(most)
    return texts


def time_styles(tags: Iterable[Tag]) -> dict[int, bool]:
    """The numbers of the styles that show a time; True for those that show a span of time."""
    codes: dict[str, str | None] = {}
    used: list[str] = []
    place = ""
    for opens, name, attributes in tags:
        if name in ("numFmts", "cellXfs"):
            place = name if opens else ""
        elif opens and (place, name) == ("numFmts", "numFmt"):
            codes[attributes["numFmtId"]] = attributes["formatCode"][:_FORMAT_MAX]
        elif opens and (place, name) == ("cellXfs", "xf"):
            used.append(attributes.get("numFmtId", "0"))
    for number in set(used) - codes.keys():
        codes[number] = builtin_format_code(int(number))
    spans = {number: is_timedelta_format(c) for number, c in codes.items() if is_date_format(c)}
    return {style: spans[number] for style, number in enumerate(used) if number in spans}


class SheetReader:
    """Makes the tags of a sheet rows. With `values` a formula's last value counts as its cell's."""

    def __init__(self, book: Book, *, most_rows: int, values: bool = False) -> None:
        self.book, self.most_rows, self.values = book, most_rows, values
        self.line = self.column = 0
        self.cells: dict[int, Cell] = {}
        self.kind, self.style = "n", 0
        self.raw, self.inline, self.spoken = "", list[str](), False
        self.formula: str | None = None

    def rows(self, tags: Iterable[Tag]) -> Iterator[Row]:
        """The rows that hold something, as they come; what follows the rows isn't read."""
        seen = 0
        for opens, name, data in tags:
            if act := (_OPENED if opens else _CLOSED).get(name):
                act(self, data)
            elif name == "sheetData" and not opens:
                return
            elif name == "row":
                seen += 1
                if seen > self.most_rows * BLANK_ROWS:
                    raise _too_many_rows(self.line, self.most_rows * BLANK_ROWS)
                if self.cells:
                    yield self.line, self.cells

    def _open_row(self, attributes: dict[str, str]) -> None:
        # Some write 2 as 2.0.
        self.line = int(float(attributes["r"])) if "r" in attributes else self.line + 1
        self.column, self.cells = 0, {}

    def _open_cell(self, attributes: dict[str, str]) -> None:
        place = attributes.get("r")
        self.column = _column(place.rstrip("0123456789")) if place else self.column + 1
        self.kind, self.style = attributes.get("t", "n"), int(attributes.get("s", "0"))
        self.raw, self.formula = "", None
        self.inline.clear()

    def _open_spoken(self, attributes: dict[str, str]) -> None:
        self.spoken = True

    def _close_spoken(self, text: str) -> None:
        self.spoken = False

    def _close_value(self, text: str) -> None:
        self.raw = text

    def _close_formula(self, text: str) -> None:
        self.formula = text

    def _close_text(self, text: str) -> None:
        if not self.spoken:
            self.inline.append(text)

    def _close_cell(self, _text: str) -> None:
        if self.formula is not None and not self.values:
            self.cells[self.column] = Cell(f"={self.formula}", "formula")
        elif self.kind == "inlineStr" and any(self.inline):
            self.cells[self.column] = Cell(_unescape("".join(self.inline)))
        elif self.raw:
            self.cells[self.column] = self._cell()

    def _cell(self) -> Cell:
        """What the raw text of a cell is, by its kind and its style."""
        raw, kind = self.raw, self.kind
        if kind == "s":
            return Cell(self.book.texts[int(raw)])
        if kind in ("str", "inlineStr"):
            return Cell(_unescape(raw))
        if kind == "e":
            return Cell(raw, "cell_error")
        if kind == "b":
            return Cell("TRUE" if int(raw) else "FALSE")
        if kind == "d":
            return Cell(_as_text(from_ISO8601(raw)))
        number = float(raw) if {".", "e", "E"}.intersection(raw) else int(raw)
        span = self.book.times.get(self.style)
        if span is None:
            return Cell(_as_text(number))
        try:
            return Cell(_as_text(from_excel(number, self.book.epoch, timedelta=span)))
        except (OverflowError, ValueError):
            return Cell("#VALUE!", "cell_error")


_OPENED = {
    "row": SheetReader._open_row,
    "c": SheetReader._open_cell,
    "rPh": SheetReader._open_spoken,
}
_CLOSED = {
    "v": SheetReader._close_value,
    "t": SheetReader._close_text,
    "f": SheetReader._close_formula,
    "c": SheetReader._close_cell,
    "rPh": SheetReader._close_spoken,
}


@lru_cache(maxsize=256)
def _column(letters: str) -> int:
    return int(column_index_from_string(letters))


def _as_text(value: Any) -> str:
    if isinstance(value, float):
        return str(int(value)) if value.is_integer() else f"{Decimal(repr(value)):f}"
    if isinstance(value, datetime):
        # A worksheet counts days as a fraction, which misses the second by a hair.
        whole = (value + timedelta(microseconds=500_000)).replace(microsecond=0)
        return whole.isoformat(sep=" ")
    return value.isoformat() if isinstance(value, date) else str(value)


def _unescape(text: str) -> str:
    return _ESCAPED.sub(_unescaped, text) if "_x" in text else text


def _unescaped(match: re.Match[str]) -> str:
    code = int(match[1], 16)
    # What no text can hold stays as it was written.
    return match[0] if code == 0 or 0xD800 <= code <= 0xDFFF else chr(code)


def too_many_texts(most: int) -> DomainError:
    """The refusal of a workbook with more shared texts than so many."""
    text = _(
        "This workbook has more than %(max)s texts, those of all its sheets together."
        " Keep only the sheet with the rows, or split it."
    )
    values = {"max": f"{most:,}"}
    return DomainError("too_many_texts", text % values, **values)


def _too_many_rows(line: int, most: int) -> DomainError:
    text = _(
        "Line %(line)s: more than %(max)s rows, blank ones counted. Delete the blank rows, or"
        " split the file."
    )
    values = {"line": line, "max": f"{most:,}"}
    return DomainError("too_many_rows", text % values, **values)
