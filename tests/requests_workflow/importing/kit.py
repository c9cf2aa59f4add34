"""Files of requests as tests upload them, and what came of their rows."""

import csv
import io

import xlsxwriter

from convertr.jobs import services as jobs
from convertr.jobs.workbook import read_xlsx
from requests_workflow.imports.services import verify_import
from tests.factories import make_csv, run_job


def make_xlsx(columns, *rows):
    """The bytes of a workbook: texts as texts, numbers as numbers, times as times."""
    out = io.BytesIO()
    book = xlsxwriter.Workbook(out, {"in_memory": True, "default_date_format": "yyyy-mm-dd hh:mm"})
    sheet = book.add_worksheet()
    for at, row in enumerate([columns.split(","), *rows]):
        for column, value in enumerate(row):
            if isinstance(value, str):
                sheet.write_string(at, column, value)
            elif value is not None:
                sheet.write(at, column, value)
    book.close()
    return out.getvalue()


MAKERS = {"csv": make_csv, "xlsx": make_xlsx}


def verify(actor, columns, *rows, form="csv"):
    """A file with these columns and rows, uploaded by `actor`."""
    data = MAKERS[form](columns, *rows)
    return verify_import(actor=actor, name=f"requests.{form}", data=data)


def confirm(job, actor=None):
    """Confirm a verified job and bring it to its end."""
    return run_job(jobs.confirm(actor=actor or job.requested_by, job=job))


def imported(actor, columns, *rows, form="csv"):
    """Verified, confirmed and done."""
    return confirm(verify(actor, columns, *rows, form=form))


def cells_of(response):
    """The rows of a downloaded file, by its kind; the header first."""
    data = b"".join(response.streaming_content) if response.streaming else response.content
    if data.startswith(b"PK"):
        sheet = read_xlsx(data, max_rows=100_000)
        return [sheet.header.cells, *(record.cells for record in sheet.records)]
    return list(csv.reader(io.StringIO(data.decode("utf-8-sig"), newline="")))
