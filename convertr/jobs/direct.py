"""Jobs that nobody verifies: one statement judges their rows, writes what they want, tells it.

A kind gives the middle of the statement, a `Judging`; around it stands either a chunk of stored
rows, or a whole small call, whose job and rows are stored once, with their fate.
"""

import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import Any

from django.conf import settings
from django.db import connection

from convertr import prepared
from convertr.audit.context import current
from convertr.jobs.chunks import of_chunk
from convertr.jobs.models import Job, JobChunk
from convertr.jobs.planner import join_by_hash
from convertr.jobs.staging import KEYS_AS_ROWS, UUID_PATTERN


@dataclass(frozen=True)
class Judging:
    """The middle of the statement: common table expressions, the last of them `judged`.

    They read `given` (seq, key_uuid, code: what is wrong with the key) and write what is wanted.
    `judged` has a row for each of `given`: seq, outcome, code, params, target_id, before, after.
    """

    sql: str
    values: Mapping[str, Any]


@dataclass(frozen=True)
class Told:
    """What came of it: rows by outcome, and the targets that were written."""

    counts: dict[str, int]
    written: list[int]


_TOLD = """
SELECT outcome, count(*), array_agg(target_id) FROM judged GROUP BY outcome
"""
_CHUNK = """
WITH given AS MATERIALIZED (
    SELECT seq, key_uuid, code FROM jobs_jobrow
    WHERE created_on = %(day)s AND job_id = %(job)s AND seq BETWEEN %(first)s AND %(last)s
      AND outcome = 'staged'
),
{judging},
told AS (
    UPDATE jobs_jobrow r SET (outcome, code, params, target_id, before, after) =
        (j.outcome, j.code, j.params, j.target_id, j.before, j.after)
    FROM judged j
    WHERE r.created_on = %(day)s AND r.job_id = %(job)s AND r.seq = j.seq
      AND r.seq BETWEEN %(first)s AND %(last)s
)
{told}
"""
# History learns of the job before anything is written: `given` reads `context`.
_CALL = """
WITH job AS MATERIALIZED (
    SELECT nextval(pg_get_serial_sequence('jobs_job', 'id')) AS id
),
context AS MATERIALIZED (
    SELECT set_config('pghistory.context_id', gen_random_uuid()::text, true),
           set_config('pghistory.context_metadata',
               (%(actor)s::jsonb || jsonb_build_object('job_id', job.id))::text, true),
           set_config('lock_timeout', %(lock_timeout)s::text, true)
    FROM job
),
given AS MATERIALIZED (
    SELECT rows.* FROM context, ({keys}) rows
),
{judging},
stored_rows AS (
    INSERT INTO jobs_jobrow (created_on, job_id, seq, line, input, key_uuid, outcome, code,
        params, target_id, before, after)
    SELECT %(day)s::date, job.id, g.seq, g.seq, ARRAY[g.key], g.key_uuid, j.outcome, j.code,
        coalesce(g.params, j.params), j.target_id, j.before, j.after
    FROM judged j JOIN given g ON g.seq = j.seq, job
),
stored_job AS (
    INSERT INTO jobs_job (id, kind, state, channel, requested_by_id, confirmed_by_id, parameters,
        columns, total, counts, created_at, created_on, confirmed_at, started_at, finished_at,
        input_name, input_sha256, summary, error_code, error_params, output, attempts)
    SELECT job.id, %(kind)s::text, 'done', %(channel)s::text, %(person)s::bigint,
        %(person)s::bigint, %(parameters)s::jsonb, %(columns)s::text[], %(total)s::int,
        (SELECT jsonb_object_agg(outcome, rows)
         FROM (SELECT outcome, count(*) AS rows FROM judged GROUP BY outcome) counted),
        %(now)s::timestamptz, %(day)s::date, %(now)s::timestamptz, %(now)s::timestamptz,
        clock_timestamp(), '', '', '{{}}', '', '{{}}', '', 0
    FROM job
    RETURNING id
)
SELECT told.*, job.id FROM ({told}) told, job
"""


def apply_chunk(job: Job, chunk: JobChunk, judging: Judging) -> Told:
    """Judge and write a chunk's staged rows, in the caller's transaction."""
    values = {**of_chunk(job, chunk), **judging.values}
    join_by_hash()
    with connection.cursor() as cursor:
        cursor.execute(_CHUNK.format(judging=judging.sql, told=_TOLD), values)
        return _told(cursor.fetchall())


def apply_call(job: Job, keys: str, judging: Judging) -> Told:
    """Store an unsaved job as done with a row for each key, one a line, and write what it wants.

    In the caller's transaction, under the current actor; it waits for locks no longer than
    JOB_INLINE_LOCK_SECONDS.
    """
    values = {
        **judging.values,
        "actor": json.dumps(asdict(current())),
        "lock_timeout": f"{settings.JOB_INLINE_LOCK_SECONDS}s",
        "keys": keys,
        "uuid": UUID_PATTERN,
        "kind": job.kind,
        "channel": job.channel,
        "person": job.requested_by_id,
        "parameters": json.dumps(job.parameters),
        "columns": job.columns,
        "total": job.total,
        "now": job.created_at,
        "day": job.created_at.date(),
    }
    sql = _CALL.format(keys=KEYS_AS_ROWS, judging=judging.sql, told=_TOLD)
    found = prepared.fetch(sql, values)
    job.pk, job.created_on = found[0][-1], values["day"]
    told = _told([row[:-1] for row in found])
    job.counts = told.counts
    return told


def _told(found: list[Any]) -> Told:
    written = [pk for outcome, _rows, ids in found if outcome == "applied" for pk in ids]
    return Told({outcome: rows for outcome, rows, _ids in found}, written)
