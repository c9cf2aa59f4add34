"""Addresses, and files as people bring them."""

import csv
import io
import zipfile

import openpyxl
from django.urls import reverse

LIST = reverse("admin:conversions_conversion_changelist")
IMPORT = reverse("admin:conversions_conversion_import")
PROCESS = reverse("admin:conversions_conversion_process_import")
EXPORT = reverse("admin:conversions_conversion_export")
CSV, XLSX = "0", "1"


def change_url(conversion):
    return reverse("admin:conversions_conversion_change", args=[conversion.pk])


def a_csv(rows, columns=None):
    columns = columns or list(dict.fromkeys(name for row in rows for name in row))
    file = io.StringIO()
    writer = csv.DictWriter(file, columns)
    writer.writeheader()
    writer.writerows(rows)
    return file.getvalue().encode()


def a_workbook(rows):
    book = openpyxl.Workbook()
    book.active.append(list(rows[0]))
    for row in rows:
        book.active.append(list(row.values()))
    for cells in book.active.iter_rows():
        for cell in cells:
            cell.data_type = "s" if isinstance(cell.value, str) else cell.data_type
    file = io.BytesIO()
    book.save(file)
    return file.getvalue()


def with_sheet(workbook, old, new):
    """The workbook with `old` in the XML of its sheet changed."""
    file = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(workbook)) as source, zipfile.ZipFile(file, "w") as target:
        for name in source.namelist():
            part = source.read(name)
            target.writestr(name, part.replace(old, new) if "sheet1" in name else part)
    return file.getvalue()
