"""Verifying a status CSV, or a selection of the list."""

import hashlib
from collections.abc import Iterable
from typing import Any

from django.conf import settings

from conversions.models import Reason
from conversions.rules import Status
from conversions.status_csv import layouts
from conversions.status_csv.kinds import StatusCsv, StatusSelection
from convertr.accounts.access import require
from convertr.accounts.models import User
from convertr.errors import DomainError
from convertr.jobs import services as jobs
from convertr.jobs.csvfile import read_csv
from convertr.jobs.models import Job
from convertr.jobs.staging import StagedRow


def verify_csv(*, actor: User, name: str, data: bytes) -> Job:
    """Stage and resolve an uploaded file.

    DomainError where the file as a whole is refused; the jobs page keeps that it was, and why.
    """
    require(actor, StatusCsv.permission)
    upload: dict[str, Any] = {
        "actor": actor,
        "kind": StatusCsv.name,
        "input_name": name,
        "input_sha256": hashlib.sha256(data).hexdigest(),
        "channel": "csv",
    }
    reasons = frozenset(Reason.objects.filter(retired=False).values_list("code", flat=True))
    try:
        header, records = read_csv(data, max_rows=settings.CSV_MAX_ROWS)
        layout = layouts.read_header(header)
        return jobs.stage(
            **upload,
            rows=layouts.read_rows(layout, records, reasons=reasons),
            columns=header.cells,
            parameters={"key": layout.key, "has_cost": layout.has_cost},
        )
    except DomainError as error:
        jobs.refuse(**upload, error=error)
        raise


def verify_selection(*, actor: User, ids: Iterable[int], status: Status) -> Job:
    """Stage and resolve one status for the conversions of these ids, each once."""
    # Read before staging: a query during COPY waits for its own connection, for ever.
    ids = list(ids)
    return jobs.stage(
        actor=actor,
        kind=StatusSelection.name,
        rows=(
            StagedRow(line, [str(pk), status.upper()], key_id=pk, wanted={"status": status.value})
            for line, pk in enumerate(ids, start=1)
        ),
        columns=["conversion_id", "status"],
        parameters={"key": "id"},
    )
