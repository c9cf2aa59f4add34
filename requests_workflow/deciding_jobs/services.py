"""Verifying a decision of many requests."""

from collections.abc import Sequence

from convertr.accounts.models import User
from convertr.jobs import services as jobs
from convertr.jobs.models import Job
from convertr.jobs.staging import StagedRow
from requests_workflow.rules import Move

KIND = "requests.decide"


def verify_selection(*, actor: User, move: Move, ids: Sequence[int]) -> Job:
    """Stage and resolve one decision of the requests of these ids, each once."""
    return jobs.stage(
        actor=actor,
        kind=KIND,
        rows=(
            StagedRow(line, [str(pk)], key_id=pk, wanted={}) for line, pk in enumerate(ids, start=1)
        ),
        columns=["conversion_request_id"],
        parameters={"move": move.value},
    )
