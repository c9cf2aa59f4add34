"""Verifying an uploaded file of requests."""

import hashlib
from typing import Any

from django.conf import settings

from convertr.accounts.access import require
from convertr.accounts.models import User
from convertr.errors import DomainError
from convertr.jobs import services as jobs
from convertr.jobs.csvfile import read_csv
from convertr.jobs.models import Job
from convertr.jobs.workbook import Sheet, is_workbook, read_xlsx
from convertr.ui.formula import restore
from requests_workflow.exchange.columns import columns_for
from requests_workflow.imports import reading
from requests_workflow.imports.collecting import uncollected
from requests_workflow.imports.kinds import Import


def verify_import(*, actor: User, name: str, data: bytes) -> Job:
    """Stage and resolve an XLSX or CSV; the job is then `verified`.

    DomainError where the file as a whole is refused; the jobs page keeps that it was, and why.
    """
    require(actor, Import.permission)
    upload: dict[str, Any] = {
        "actor": actor,
        "kind": Import.name,
        "input_name": name,
        "input_sha256": hashlib.sha256(data).hexdigest(),
    }
    form = "xlsx" if is_workbook(data) else "csv"
    upload["channel"] = form
    try:
        with uncollected():
            return _staged(actor, data, form, upload)
    except DomainError as error:
        jobs.refuse(**upload, error=error)
        raise


def _staged(actor: User, data: bytes, form: str, upload: dict[str, Any]) -> Job:
    sheet = _read(data)
    at = reading.read_header(sheet.header, columns_for(actor))
    # A CSV for people has quotes before what looks like a formula; a text cell needs none.
    rows = reading.read_rows(sheet, at, restore=restore if form == "csv" else str)
    parameters = {
        "format": form,
        "fields": reading.asked_fields(at),
        "partner": actor.partner_id,
    }
    return jobs.stage(**upload, rows=rows, columns=sheet.header.cells, parameters=parameters)


def _read(data: bytes) -> Sheet:
    if is_workbook(data):
        return read_xlsx(data, max_rows=settings.CSV_MAX_ROWS)
    header, records = read_csv(data, max_rows=settings.CSV_MAX_ROWS)
    return Sheet(header, records, {})
