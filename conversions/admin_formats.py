"""Files that the admin reads and writes: CSV as everywhere else, and XLSX.

A row of a read file holds its cells by column, its line, and what kept it from being cut right.
"""

import io
import zipfile
from collections.abc import Iterable
from typing import Any

import openpyxl
import tablib
from django.conf import settings
from django.utils.translation import gettext as _
from import_export.formats import base_formats
from openpyxl.utils.exceptions import InvalidFileException

from conversions.import_rows import COLUMNS, LINE, PROBLEM, REQUIRED
from convertr.errors import DomainError
from convertr.jobs.csvfile import Record, read_csv
from convertr.ui.formula import restore
from convertr.ui.lists.export import csv_lines, write_xlsx

MAX_ROWS = settings.EXPORT_AS_JOB_OVER


class CsvFile(base_formats.CSV):  # type: ignore[misc]
    def is_binary(self) -> bool:
        """Encodings are told apart here, not by the library."""
        return True

    def get_read_mode(self) -> str:
        return "rb"

    def create_dataset(self, in_stream: bytes, **kwargs: Any) -> tablib.Dataset:
        header, records = read_csv(in_stream, max_rows=MAX_ROWS)
        return _dataset(header.cells, records)

    def export_data(self, dataset: tablib.Dataset, **kwargs: Any) -> str:
        return "".join(csv_lines([dataset.headers or [], *map(list, dataset)]))


class XlsxFile(base_formats.XLSX):  # type: ignore[misc]
    def create_dataset(self, in_stream: bytes, **kwargs: Any) -> tablib.Dataset:
        """The first sheet; numbers and times as a CSV would write them."""
        try:
            book = openpyxl.load_workbook(io.BytesIO(in_stream), read_only=True, data_only=True)
            rows = [
                Record(line, [_as_text(cell) for cell in cells])
                for line, cells in enumerate(book.worksheets[0].values, start=1)
                if line <= MAX_ROWS + 2 and any(cell is not None for cell in cells)
            ]
        except (InvalidFileException, zipfile.BadZipFile, KeyError, ValueError, OSError) as error:
            text = _("This is no XLSX workbook. Choose the format that the file has.")
            raise DomainError("not_xlsx", text) from error
        if not rows:
            raise DomainError("file_empty", _("The file is empty."))
        if len(rows) > MAX_ROWS + 1:
            text = _("More than %(max)s rows. Split the file.")
            raise DomainError("too_many_rows", text % {"max": f"{MAX_ROWS:,}"})
        return _dataset(rows[0].cells, rows[1:])

    def export_data(self, dataset: tablib.Dataset, **kwargs: Any) -> bytes:
        file = io.BytesIO()
        write_xlsx(file, [dataset.headers or [], *map(list, dataset)])
        return file.getvalue()


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


def _as_text(cell: Any) -> str:
    if cell is None:
        return ""
    if isinstance(cell, float) and cell.is_integer():
        return str(int(cell))
    return cell.isoformat() if hasattr(cell, "isoformat") else str(cell)
