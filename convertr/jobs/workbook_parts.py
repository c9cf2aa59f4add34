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

# Of all parts together, by the ZIP's directory.
UNPACKED_MAX = 100 * 1024**2
PARTS_MAX = 1_000
# Of a part that is read. A good row has some 4 kB, 30 texts and 160 tags; no file is held to less
# than ten thousand of them.
ROWS_LEAST = 10_000
BYTES_A_ROW, TEXTS_A_ROW, TAGS_A_ROW = 5_000, 40, 240
# The others that are read (sheets' names, styles) are small in every good workbook.
SMALL_TAGS = 250_000
# From a MB on a part of rows is packed to no less than a fiftieth.
LARGE, RATIO_MAX = 1024**2, 100
# A block without any tag is a text far beyond what a cell may hold.
BLOCK = 512 * 1024
_MACROS = ("vbaproject.bin", "xl/macrosheets/")

# Whether it opens; its name without a prefix; its attributes, or the text before its end.
Tag = tuple[bool, str, Any]


class Parts:
    """A workbook's ZIP; `rows` is how many rows such a file may have.

    Raises DomainError for one with macros or more than it may hold; what is no ZIP, or no XML,
    raises the library's own.
    """

    def __init__(self, data: bytes, *, rows: int) -> None:
        self._zip = zipfile.ZipFile(io.BytesIO(data))
        rows = max(rows, ROWS_LEAST)
        self.most_bytes, self.most_texts = rows * BYTES_A_ROW, rows * TEXTS_A_ROW
        self.most_tags = rows * TAGS_A_ROW
        self._look_into()

    def __contains__(self, name: str) -> bool:
        return name in self._zip.namelist()

    def tags(self, name: str, *, most: int = SMALL_TAGS) -> Iterator[Tag]:
        """The tags of a part, in order; DomainError where it has more than `most`."""
        self._weigh(name, most)
        found: list[Tag] = []
        parser = _parser(found)
        with self._zip.open(name) as part:
            while block := part.read(BLOCK):
                parser.Parse(block)
                yield from found
                found.clear()
            parser.Parse(b"", True)  # noqa: FBT003  the library's own signature
            yield from found

    def _look_into(self) -> None:
        """Refuse by the ZIP's directory, before anything is unpacked."""
        parts = self._zip.infolist()
        if any(sign in part.filename.casefold() for part in parts for sign in _MACROS):
            text = _("This workbook has macros. Save it as a workbook without macros (XLSX).")
            raise DomainError("has_macros", text)
        unpacked = sum(part.file_size for part in parts)
        if len(parts) > PARTS_MAX or unpacked > max(UNPACKED_MAX, 2 * self.most_bytes):
            raise too_large(UNPACKED_MAX)

    def _weigh(self, name: str, most: int) -> None:
        """Refuse a part for its size, how densely it is packed, or the tags in it, unparsed."""
        part = self._zip.getinfo(name)
        if part.file_size > self.most_bytes:
            raise too_large(self.most_bytes)
        if part.file_size > max(LARGE, RATIO_MAX * part.compress_size):
            raise _too_full("workbook_too_dense")
        tags = 0
        with self._zip.open(name) as source:
            while block := source.read(BLOCK):
                found = block.count(b"<")
                tags += found
                if tags > 2 * most or (len(block) == BLOCK and not found):
                    raise _too_full("workbook_too_full")


def too_large(limit: int) -> DomainError:
    """The refusal of a workbook that unpacks to more than so many bytes."""
    text = _("Unpacked, this workbook is larger than %(mb)s MB. Split it.")
    megabytes = limit // 1024**2
    return DomainError("workbook_too_large", text % {"mb": megabytes}, mb=megabytes)


def _too_full(code: str) -> DomainError:
    text = _(
        "This workbook holds far more than rows need, such as formats, blank cells or other"
        " sheets. Copy the rows into a new workbook, and save that."
    )
    return DomainError(code, text)


def _parser(found: list[Tag]) -> expat.XMLParserType:
    """A parser that adds to `found` what it meets."""
    said: list[str] = []

    def opened(name: str, attributes: dict[str, str]) -> None:
        said.clear()
        found.append((True, name.rpartition(":")[2], attributes))

    def closed(name: str) -> None:
        found.append((False, name.rpartition(":")[2], "".join(said)))
        said.clear()

    parser = expat.ParserCreate()
    parser.buffer_text = True
    parser.StartElementHandler, parser.EndElementHandler = opened, closed
    parser.CharacterDataHandler = said.append
    parser.StartDoctypeDeclHandler = _no_entities
    return parser


def _no_entities(*_declared: Any) -> None:
    """Office never writes a DOCTYPE; whoever does wants to have entities expanded."""
    raise ValueError("a DOCTYPE in a workbook")
