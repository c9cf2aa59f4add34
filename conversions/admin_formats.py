"""Files that the admin reads and writes: CSV as everywhere else, and XLSX.

A row of a read file holds its cells by column, its line, and what kept it from being cut right.
"""

import io
import zipfile
from collections.abc import Iterable, Iterator
from typing import Any

import tablib
from django.conf import settings
from django.utils.translation import gettext as _
from import_export.formats import base_formats

from conversions.import_rows import COLUMNS, LINE, PROBLEM, REQUIRED
from convertr.errors import DomainError
from convertr.jobs.csvfile import Record, read_csv
from convertr.jobs.workbook import sheet_rows
from convertr.ui.formula import restore
from convertr.ui.lists.export import csv_lines, write_xlsx

# What a workbook may unpack to: 20 MB can hold many gigabytes of nothing.
XLSX_UNPACKED_MAX = 200 * 1024 * 1024
XLSX_MOST_CELLS = 100


class CsvFile(base_formats.CSV):  # type: ignore[misc]
    def is_binary(self) -> bool:
        """Encodings are told apart here, not by the library."""
        return True

    def get_read_mode(self) -> str:
        return "rb"

    def create_dataset(self, in_stream: bytes, **kwargs: Any) -> tablib.Dataset:
        header, records = read_csv(in_stream, max_rows=settings.IMPORT_MAX_ROWS)
        return _dataset(header.cells, records)

    def export_data(self, dataset: tablib.Dataset, **kwargs: Any) -> str:
        return "".join(csv_lines([dataset.headers or [], *map(list, dataset)]))


class XlsxFile(base_formats.XLSX):  # type: ignore[misc]
    def create_dataset(self, in_stream: bytes, **kwargs: Any) -> tablib.Dataset:
        """The first sheet; numbers and times as a CSV would write them."""
        try:
            rows = list(_sheet(in_stream))
        except (zipfile.BadZipFile, ValueError, OSError) as error:
            text = _("This is no XLSX workbook. Choose the format that the file has.")
            raise DomainError("not_xlsx", text) from error
        if not rows:
            raise DomainError("file_empty", _("The file is empty."))
        header = rows[0].cells
        # A workbook leaves out the empty cells at the end of a row.
        missing = [[""] * (len(header) - len(row.cells)) for row in rows]
        padded = [Record(row.line, row.cells + m) for row, m in zip(rows, missing, strict=True)]
        return _dataset(header, padded[1:])

    def export_data(self, dataset: tablib.Dataset, **kwargs: Any) -> bytes:
        file = io.BytesIO()
        write_xlsx(file, [dataset.headers or [], *map(list, dataset)])
        return file.getvalue()


def _sheet(data: bytes) -> Iterator[Record]:
    """The rows of the first sheet that aren't empty, never more than an import may have.

    What the sheet says of its own size is not believed.
    """
    with zipfile.ZipFile(io.BytesIO(data)) as archive:
        if sum(part.file_size for part in archive.infolist()) > XLSX_UNPACKED_MAX:
            text = _("The workbook unpacks to more than %(max)s MB. Split it or send a CSV.")
            raise DomainError("workbook_too_large", text % {"max": XLSX_UNPACKED_MAX // 2**20})
    for line, cells in sheet_rows(data, max_rows=settings.IMPORT_MAX_ROWS, values=True):
        if line > settings.IMPORT_MAX_ROWS + 1:
            text = _("More than %(max)s rows, empty ones counted. Split the file.")
            raise DomainError("too_many_rows", text % {"max": f"{settings.IMPORT_MAX_ROWS:,}"})
        last = max(cells)
        if last > XLSX_MOST_CELLS:
            text = _("Line %(line)s has more than %(max)s cells.")
            raise DomainError("too_many_cells", text % {"line": line, "max": XLSX_MOST_CELLS})
        yield Record(line, [cells[n].text if n in cells else "" for n in range(1, last + 1)])


def _dataset(header: list[str], records: Iterable[Record]) -> tablib.Dataset:
    names = _names(header)
    dataset = tablib.Dataset(headers=[*names, LINE, PROBLEM])
    kept = [place for place, name in enumerate(header) if name.strip().casefold() != LINE]
    for line, cells in records:
        problem = ""
        if len(cells) != len(header):
            text = _("%(found)s cells, but the header has %(expected)s columns.")
            problem = text % {"found": len(cells), "expected": len(header)}
            cells = (cells + [""] * len(header))[: len(header)]
        dataset.append([*(restore(cells[n].strip()) for n in kept), str(line), problem])
    return dataset


def _names(header: list[str]) -> list[str]:
    """The columns of the file; DomainError names those that are unknown, double or missing."""
    names = [name.strip().casefold() for name in header]
    names = [name for name in names if name != LINE]
    if unknown := [name or _("a column without a name") for name in names if name not in COLUMNS]:
        text = _("Unknown column: %(names)s. Known are %(known)s.")
        values = {"names": ", ".join(unknown)[:200], "known": ", ".join(COLUMNS)}
        raise DomainError("unknown_column", text % values)
    if double := sorted({name for name in names if names.count(name) > 1}):
        text = _("Twice in the header: %(names)s.")
        raise DomainError("duplicate_column", text % {"names": ", ".join(double)})
    if missing := [name for name in REQUIRED if name not in names]:
        text = _("Missing in the header: %(names)s.")
        raise DomainError("missing_column", text % {"names": ", ".join(missing)})
    return names
