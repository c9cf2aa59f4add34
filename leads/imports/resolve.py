"""Deciding for each row of a file whether it becomes a lead: read once, written back at once."""

import json
from collections import Counter
from collections.abc import Iterator
from typing import Any

from django.db import connection

from convertr.jobs.chunks import of_job
from convertr.jobs.kinds import Resolution
from convertr.jobs.models import Job, Outcome
from convertr.jobs.planner import join_by_hash
from convertr.ui.formula import restore
from leads.imports.reading import Reader
from leads.validation import Known

# What isn't made yet has its place as its target: below zero, and ascending as the rows do, so
# that the leads come in the order of the file.
PLACE = 2**31
# Rows are looked at anew each time that a mapping is chosen.
_WRITE = f"""
UPDATE jobs_jobrow r SET outcome = v.outcome, code = v.code, params = v.params,
    target_id = CASE v.outcome WHEN 'ready' THEN r.seq - {PLACE} END,
    wanted = nullif(jsonb_strip_nulls(jsonb_build_object(
        'lead', v.lead, 'unreadable', r.wanted->'unreadable')), '{{}}')
FROM json_to_recordset(%(verdicts)s::json) AS v(seq int, outcome varchar, code varchar,
    params jsonb, lead jsonb)
WHERE r.created_on = %(day)s AND r.job_id = %(job)s AND r.seq = v.seq
"""  # noqa: S608  a part of this file


def reader_of(job: Job) -> Reader:
    """How the rows of a job are read, by its parameters."""
    # A CSV for people has quotes before what looks like a formula; a text cell needs none.
    restored = restore if job.parameters["format"] == "csv" else str
    fields = [Known(*field) for field in job.parameters["fields"]]
    return Reader(job.columns, job.parameters["mapping"], fields, restored)


def resolve(job: Job) -> Resolution:
    """Read all rows of a job: each is ready, or says all that is wrong with it."""
    verdicts = list(_verdicts(job, reader_of(job)))
    join_by_hash()
    with connection.cursor() as cursor:
        cursor.execute(_WRITE, {**of_job(job), "verdicts": json.dumps(verdicts)})
    return Resolution(dict(Counter(verdict["outcome"] for verdict in verdicts)))


def _verdicts(job: Job, reader: Reader) -> Iterator[dict[str, Any]]:
    rows = job.rows.order_by("seq").values_list("seq", "line", "input", "wanted")
    first: dict[tuple[str, ...], int | None] = {}
    for seq, line, cells, wanted in rows:
        lead, wrong = reader.read(cells or [], (wanted or {}).get("unreadable", ()))
        same = first.setdefault(tuple(cells or ()), line)
        if wrong:
            yield {"seq": seq, "outcome": Outcome.INVALID, **_told(wrong)}
        elif same != line:
            told = {"code": "duplicate", "params": {"line": same}}
            yield {"seq": seq, "outcome": Outcome.DUPLICATE, **told}
        else:
            yield {"seq": seq, "outcome": Outcome.READY, "lead": lead}


def _told(wrong: list[Any]) -> dict[str, Any]:
    """The first problem of a row, with the others in its parameters (convertr.jobs.texts)."""
    code, params = wrong[0]
    return {"code": code, "params": {**params, "more": wrong[1:]} if wrong[1:] else params}
