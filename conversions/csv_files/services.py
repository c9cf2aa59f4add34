"""Verifying an uploaded CSV of any kind."""

import hashlib
from collections.abc import Callable, Iterable
from typing import Any

from django.conf import settings

from convertr.accounts.access import require
from convertr.accounts.models import User
from convertr.errors import DomainError
from convertr.jobs import kinds
from convertr.jobs import services as jobs
from convertr.jobs.csvfile import Record, read_csv
from convertr.jobs.models import Job
from convertr.jobs.staging import StagedRow

# The rows to stage, and what the kind needs to know of the file.
Reading = tuple[Iterable[StagedRow], dict[str, Any]]


def verify_file(
    *,
    actor: User,
    kind: str,
    name: str,
    data: bytes,
    read: Callable[[Record, list[Record]], Reading],
) -> Job:
    """Stage and resolve an uploaded file; `read` makes rows of its header and records.

    DomainError where the file as a whole is refused; the jobs page keeps that it was, and why.
    """
    require(actor, kinds.get(kind).permission)
    upload: dict[str, Any] = {
        "actor": actor,
        "kind": kind,
        "input_name": name,
        "input_sha256": hashlib.sha256(data).hexdigest(),
        "channel": "csv",
    }
    try:
        header, records = read_csv(data, max_rows=settings.CSV_MAX_ROWS)
        rows, parameters = read(header, records)
        return jobs.stage(**upload, rows=rows, columns=header.cells, parameters=parameters)
    except DomainError as error:
        jobs.refuse(**upload, error=error)
        raise
