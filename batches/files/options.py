"""How a file of leads looks: what an integration stores in `file` (batches.md, "Integration")."""

import unicodedata
from collections.abc import Mapping
from dataclasses import asdict, dataclass, fields
from typing import Any

from django.db.models import TextChoices
from django.utils.translation import gettext_lazy as _

from batches import names
from convertr.errors import DomainError

# A workbook has 1,048,576 rows, one of them for the header. Encrypting holds it in memory.
MOST_XLSX, MOST_ENCRYPTED_XLSX = 1_048_575, 100_000
DEFAULT_NAME = "{label}_{date}_{batch_id}"
QUOTE = '"'


class Format(TextChoices):
    CSV = "csv", "CSV"
    TXT = "txt", "TXT"
    XLSX = "xlsx", "XLSX"


class Quoting(TextChoices):
    """Which cells stand in quotes. Without any, a cell with a delimiter would be two."""

    MINIMAL = "minimal", _("Where needed")
    ALL = "all", _("All cells")


class LineEnd(TextChoices):
    CRLF = "crlf", _("Windows (CR LF)")
    LF = "lf", _("Unix (LF)")


_MEDIA_TYPES = {
    "csv": "text/csv; charset=utf-8",
    "txt": "text/plain; charset=utf-8",
    "xlsx": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
}


@dataclass(frozen=True, slots=True)
class FileOptions:
    """A file's form. Text is UTF-8; XLSX has text cells and heeds no option of texts.

    `name` is a template of batches.names; `overwrite`: files may have the same name. `neutralise`:
    cells that a spreadsheet would calculate get a quote in front. Raises DomainError.
    """

    format: str = Format.CSV
    delimiter: str = ","
    quoting: str = Quoting.MINIMAL
    header: bool = True
    line_end: str = LineEnd.CRLF
    bom: bool = False
    zipped: bool = False
    name: str = DEFAULT_NAME
    overwrite: bool = False
    neutralise: bool = False

    def __post_init__(self) -> None:
        if self.format not in Format.values:
            raise DomainError("file_format", _("Choose CSV, TXT or XLSX."))
        if self.quoting not in Quoting.values:
            raise DomainError("file_quoting", _("Choose which cells stand in quotes."))
        if self.line_end not in LineEnd.values:
            raise DomainError("file_line_end", _("Choose how lines end."))
        if not _separates(self.delimiter):
            raise DomainError(
                "file_delimiter",
                _("Choose a delimiter: a tab or one sign such as , ; or |, but no quote."),
            )
        names.check(self.name, overwrite=self.overwrite)

    def stored(self) -> dict[str, Any]:
        """What `read` reads, as JSON."""
        return asdict(self)

    @property
    def inner_extension(self) -> str:
        """Of the file itself, in a ZIP or not: ".csv"."""
        return f".{self.format}"

    @property
    def extension(self) -> str:
        """Of what is sent."""
        return ".zip" if self.zipped else self.inner_extension

    @property
    def media_type(self) -> str:
        """Of what is sent."""
        return "application/zip" if self.zipped else _MEDIA_TYPES[self.format]

    @property
    def takes_password(self) -> bool:
        """Whether it can be locked: a plain text file can't."""
        return self.zipped or self.format == Format.XLSX

    def most_rows(self, *, with_password: bool) -> int | None:
        """How many leads it can hold; None where nothing bounds them."""
        if self.format != Format.XLSX:
            return None
        return MOST_ENCRYPTED_XLSX if with_password and not self.zipped else MOST_XLSX


def read(stored: Mapping[str, Any]) -> FileOptions:
    """What was stored, or typed; the default for what is left out. Raises DomainError."""
    known = {one.name: stored[one.name] for one in fields(FileOptions) if one.name in stored}
    for name, value in known.items():
        wanted = bool if isinstance(getattr(_DEFAULTS, name), bool) else str
        if not isinstance(value, wanted):
            raise DomainError("file_option", _("The file’s options can’t be read."), option=name)
    return FileOptions(**known)


def _separates(delimiter: str) -> bool:
    """Whether it can stand between cells: a tab or a sign, not what words are made of."""
    if len(delimiter) != 1 or delimiter == QUOTE:
        return False
    return delimiter == "\t" or unicodedata.category(delimiter)[0] in "PS"


_DEFAULTS = FileOptions()
