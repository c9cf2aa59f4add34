"""Verifying what is to be locked or unlocked: a CSV of keys, or a selection of the list."""

from conversions.csv_files.services import Reading, verify_file
from conversions.locking import layouts
from conversions.locking.kinds import Lock, Unlock
from convertr.accounts.models import User
from convertr.jobs import services as jobs
from convertr.jobs.csvfile import Record
from convertr.jobs.models import Job
from convertr.jobs.staging import StagedRow

# What a form calls an act, and its kind of job.
ACTS = {"lock": Lock.name, "unlock": Unlock.name}


def verify_keys(*, actor: User, act: str, name: str, data: bytes) -> Job:
    """Stage and resolve an uploaded file of keys; DomainError where it is refused as a whole."""
    return verify_file(actor=actor, kind=ACTS[act], name=name, data=data, read=_read)


def _read(header: Record, records: list[Record]) -> Reading:
    layout = layouts.read_header(header)
    return layouts.read_rows(layout, records), {"key": layout.key}


def verify_selection(*, actor: User, act: str, ids: list[int]) -> Job:
    """Stage and resolve an act on the conversions of these ids, each once."""
    return jobs.stage(
        actor=actor,
        kind=ACTS[act],
        rows=(
            StagedRow(line, [str(pk)], key_id=pk, wanted={}) for line, pk in enumerate(ids, start=1)
        ),
        columns=["conversion_id"],
        parameters={"key": "id"},
    )
