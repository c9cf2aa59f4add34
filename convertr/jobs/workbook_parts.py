"""The parts of an uploaded workbook: weighed before anything is parsed, then read tag by tag.

A workbook is a ZIP of XML files, of which a few kB may unpack to gigabytes or to millions of tags.
What a part may hold goes by the rows that such a file may have: a hostile one costs no more than
the largest good one. Source: platform.md "Bad input".
"""

import io
import zipfile
from collections.abc import Iterator
from typing import Any
from xml.parsers import expat

from django.utils.translation import gettext_lazy as _

from convertr.errors import DomainError

PARTS_MAX = 1_000
# More columns than most of our files have.
COLUMNS_MAX = 64
# Of a part that is read, for each cell; all parts together may have twice the bytes. No file is
# held to less than ten thousand rows.
ROWS_LEAST = 10_000
BYTES_A_CELL, TAGS_A_CELL = 80, 6
# The other parts that are read (names of sheets, styles) are small in every good workbook.
SMALL_TAGS = 250_000
# Rows are packed to a tenth or so, blank ones to a fiftieth.
LARGE, RATIO_MAX = 1024**2, 100
# A part is read so many bytes at a time; a text with more letters is no cell's.
BLOCK, LETTERS_MAX = 64 * 1024, 1024**2
_MACROS = ("vbaproject.bin", "xl/macrosheets/")
_METHODS = (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED)

# Whether it opens; its name without a prefix; its attributes, or the text before its end.
Tag = tuple[bool, str, Any]


class Parts:
    """A workbook's ZIP; `rows` and `columns` are how many such a file may have.

    Raises DomainError for one with macros or more than it may hold; what is no ZIP, or no XML,
    raises the library's own.
    """

    def __init__(self, data: bytes, *, rows: int, columns: int = COLUMNS_MAX) -> None:
        self._zip = zipfile.ZipFile(io.BytesIO(data))
        self.most_texts = max(rows, ROWS_LEAST) * columns
        self.most_bytes = self.most_texts * BYTES_A_CELL
        self.most_tags = self.most_texts * TAGS_A_CELL
        self._look_into()

    def tags(self, name: str, *, most: int = SMALL_TAGS) -> Iterator[Tag]:
        """The tags of a part, in order; DomainError where it has more than `most`."""
        self._weigh(name, most)
        return self._parsed(name)

    def _parsed(self, name: str) -> Iterator[Tag]:
        found, said = list[Tag](), list[str]()
        parser = _parser(found, said)
        for block in self._blocks(name):
            parser.Parse(block)
            # A tag that goes on for blocks would be begun anew with each of them.
            endless = len(block) == BLOCK and not (found or said)
            if endless or sum(map(len, said)) > LETTERS_MAX:
                raise _too_full("workbook_too_full")
            yield from found
            found.clear()
        parser.Parse(b"", True)  # noqa: FBT003  the library's own signature
        yield from found

    def count(self, name: str, sign: bytes) -> int:
        """How often these bytes stand in a part, about: without parsing it."""
        return sum(block.count(sign) for block in self._blocks(name))

    def _blocks(self, name: str) -> Iterator[bytes]:
        with self._zip.open(name) as part:
            while block := part.read(BLOCK):
                yield block

    def _look_into(self) -> None:
        """Refuse by the ZIP's directory, before anything is unpacked."""
        parts = self._zip.infolist()
        if any(sign in part.filename.casefold() for part in parts for sign in _MACROS):
            text = _("This workbook has macros. Save it as a workbook without macros (XLSX).")
            raise DomainError("has_macros", text)
        if len(parts) > PARTS_MAX or sum(p.file_size for p in parts) > 2 * self.most_bytes:
            raise too_large(2 * self.most_bytes)
        if any(part.compress_type not in _METHODS for part in parts):
            raise ValueError("packed as no workbook may be")

    def _weigh(self, name: str, most: int) -> None:
        """Refuse a part for its size, how densely it is packed, or the tags in it, unparsed."""
        part = self._zip.getinfo(name)
        if part.file_size > self.most_bytes:
            raise too_large(self.most_bytes)
        if part.file_size > max(LARGE, RATIO_MAX * part.compress_size):
            raise _too_full("workbook_too_dense")
        if self.count(name, b"<") > most:
            raise _too_full("workbook_too_full")


def too_large(limit: int) -> DomainError:
    """The refusal of a workbook that unpacks to more than so many bytes."""
    text = _(
        "Unpacked, this workbook is larger than %(mb)s MB. Keep only the sheet with the rows, or"
        " split it."
    )
    megabytes = limit // 1024**2
    return DomainError("workbook_too_large", text % {"mb": megabytes}, mb=megabytes)


def _too_full(code: str) -> DomainError:
    text = _(
        "This workbook holds far more than rows need, such as formats, blank cells or other"
        " sheets. Copy the rows into a new workbook, and save that."
    )
    return DomainError(code, text)


def _parser(found: list[Tag], said: list[str]) -> expat.XMLParserType:
    """A parser that adds to `found` the tags that it meets, and to `said` the text before them."""

    def opened(name: str, attributes: dict[str, str]) -> None:
        said.clear()
        found.append((True, name.rpartition(":")[2] if ":" in name else name, attributes))

    def closed(name: str) -> None:
        text = "".join(said)
        said.clear()
        found.append((False, name.rpartition(":")[2] if ":" in name else name, text))

    parser = expat.ParserCreate()
    parser.buffer_text = True
    parser.StartElementHandler, parser.EndElementHandler = opened, closed
    parser.CharacterDataHandler = said.append
    parser.StartDoctypeDeclHandler = _no_entities
    return parser


def _no_entities(*_declared: Any) -> None:
    """Office never writes a DOCTYPE; whoever does wants to have entities expanded."""
    raise ValueError("a DOCTYPE in a workbook")
