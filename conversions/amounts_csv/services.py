"""Verifying an amounts CSV."""

from conversions.amounts_csv import layouts
from conversions.amounts_csv.kinds import AmountsCsv
from conversions.csv_files.services import Reading, verify_file
from convertr.accounts.models import User
from convertr.jobs.csvfile import Record
from convertr.jobs.models import Job


def verify_amounts(*, actor: User, name: str, data: bytes) -> Job:
    """Stage and resolve an uploaded file; DomainError where it is refused as a whole."""
    return verify_file(actor=actor, kind=AmountsCsv.name, name=name, data=data, read=_read)


def _read(header: Record, records: list[Record]) -> Reading:
    layout = layouts.read_header(header)
    return layouts.read_rows(layout, records), {"key": layout.key}
