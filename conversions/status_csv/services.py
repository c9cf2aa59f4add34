"""Verifying a status CSV, or a selection of the list."""

from collections.abc import Iterable

from conversions.csv_files.services import Reading, verify_file
from conversions.models import Reason
from conversions.rules import Status
from conversions.status_csv import layouts
from conversions.status_csv.kinds import StatusCsv, StatusSelection
from convertr.accounts.models import User
from convertr.jobs import services as jobs
from convertr.jobs.csvfile import Record
from convertr.jobs.models import Job
from convertr.jobs.staging import StagedRow


def verify_csv(*, actor: User, name: str, data: bytes) -> Job:
    """Stage and resolve an uploaded file; DomainError where it is refused as a whole."""
    return verify_file(actor=actor, kind=StatusCsv.name, name=name, data=data, read=_read)


def _read(header: Record, records: list[Record]) -> Reading:
    layout = layouts.read_header(header)
    # Read before staging: a query during COPY waits for its own connection, for ever.
    reasons = frozenset(Reason.objects.filter(retired=False).values_list("code", flat=True))
    parameters = {"key": layout.key, "has_cost": layout.has_cost}
    return layouts.read_rows(layout, records, reasons=reasons), parameters


def verify_selection(*, actor: User, ids: Iterable[int], status: Status) -> Job:
    """Stage and resolve one status for the conversions of these ids, each once."""
    ids = list(ids)  # before staging, as above
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
