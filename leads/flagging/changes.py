"""Writing the verified rows of an act, and giving back what a job wrote: few statements a chunk.

Leads are locked in id order, so that two writers never wait for each other in a circle. Who sends
leads holds them, too (leads.deliveries), so that none is flagged away while it leaves.
"""

import json
from collections.abc import Sequence
from typing import Any

from django.db import connection

from convertr.jobs.chunks import of_chunk
from convertr.jobs.models import Job, JobChunk
from leads import integrations
from leads.flagging.sql import COLUMNS, QUEUED, SENDING, WRITES, after, present
from leads.rules import ACTS, BEING_SENT, REPLACING, Act

_ROWS = (
    "r.created_on = %(day)s AND r.job_id = %(job)s AND r.target_id BETWEEN %(first)s AND %(last)s"
    " AND r.outcome = 'ready'"
)
_LOCK = f"""
SELECT l.id FROM leads_lead l
WHERE l.id IN (SELECT r.target_id FROM jobs_jobrow r WHERE {_ROWS})
ORDER BY l.id FOR NO KEY UPDATE
"""  # noqa: S608  a part of this file
# The rows are told first, by one look-up of each lead: what becomes of it is kept as `after`, and
# written from there. Answers how many were told, with each lead whose queues change.
_WRITE = """
WITH told AS (
    UPDATE jobs_jobrow r SET (outcome, code, before, after) = (
        SELECT CASE WHEN NOT m.allowed THEN 'conflict' WHEN m.was @> n.becomes THEN 'unchanged'
               ELSE 'applied' END,
            CASE WHEN NOT m.allowed THEN %(conflict)s WHEN m.was @> n.becomes THEN 'already_so' END,
            m.was, CASE WHEN m.allowed THEN n.becomes ELSE r.after END
        FROM (SELECT {allowed} AS allowed, {was} AS was OFFSET 0) m,
            LATERAL (SELECT {after} AS becomes OFFSET 0) n
    )
    FROM leads_lead l WHERE l.id = r.target_id AND {rows}
    RETURNING r.target_id, r.outcome, r.before, r.after
),
written AS (
    UPDATE leads_lead l SET {assigned}, version = l.version + 1, updated_at = now()
    FROM told r WHERE l.id = r.target_id AND r.outcome = 'applied'
    RETURNING l.id, l.round, r.before->'queued' AS had, r.after->'queued' AS has
)
SELECT t.rows, w.id, w.round, w.has
FROM (SELECT count(*) AS rows FROM told) t LEFT JOIN written w ON w.had <> w.has
"""
_GONE = f"""
UPDATE jobs_jobrow r SET outcome = 'conflict', code = 'gone' WHERE {_ROWS}
"""  # noqa: S608  a part of this file
_QUEUE = """
WITH asked AS (
    SELECT * FROM jsonb_to_recordset(%(queues)s::jsonb) AS q(lead bigint, round int, ids jsonb)
),
withdrawn AS (
    UPDATE leads_leaddelivery d SET state = 'withdrawn', changed_at = now()
    FROM asked a WHERE d.lead_id = a.lead AND d.round = a.round AND d.state = 'queued'
        AND NOT a.ids @> to_jsonb(d.integration)
)
INSERT INTO leads_leaddelivery (lead_id, integration, round, state, changed_at)
SELECT a.lead, i.id::bigint, a.round, 'queued', now()
FROM asked a, jsonb_array_elements_text(a.ids) AS i(id)
ON CONFLICT (lead_id, integration, round) DO UPDATE SET state = 'queued', changed_at = now()
    WHERE leads_leaddelivery.state IN ('withdrawn', 'removed', 'failed')
"""


def apply_verified(job: Job, chunk: JobChunk, act: Act) -> None:
    """Write the chunk's rows whose lead is as it was at Verify; leave the others alone."""
    allowed = "l.version = r.seen_version AND l.deleted_at IS NULL"
    # Being sent is no change of the lead itself.
    if BEING_SENT in ACTS[act].refuses:
        allowed += f" AND NOT {SENDING}"
    columns = WRITES[act]
    # Neither is leaving a queue, or coming into one.
    was = f"r.before || {present((QUEUED,))}" if QUEUED in columns else "r.before"
    made = after(act, before="m.was", campaign="l.campaign_id")
    _write(job, chunk, columns, was, made, allowed=allowed, conflict="changed_since_verify")


def apply_reversed(job: Job, chunk: JobChunk, act: Act) -> None:
    """Give leads back what a job overwrote, unless one of those fields changed since.

    The rows have the job's `after` as their `before`.
    """
    columns = WRITES[act]
    allowed = f"l.erased_at IS NULL AND {present(columns)} @> r.before"
    if act != Act.DELETE:
        allowed += " AND l.deleted_at IS NULL"
    if act not in REPLACING:
        allowed += f" AND NOT {SENDING}"
    if act == Act.UNDELIVERED:
        # Only a valid lead is delivered.
        allowed += " AND l.status = 'valid'"
    _write(
        job, chunk, columns, "r.before", "r.after", allowed=allowed, conflict="changed_since_job"
    )


def _write(
    job: Job,
    chunk: JobChunk,
    columns: tuple[str, ...],
    was: str,
    becomes: str,
    *,
    allowed: str,
    conflict: str,
) -> None:
    """`was`, `becomes` and `allowed` are SQL, of a row `r` and its lead `l`."""
    ticked = job.parameters.get("integrations")
    values: dict[str, Any] = {
        **of_chunk(job, chunk),
        "given": json.dumps(job.parameters.get("given", {})),
        "integrations": None if ticked is None else json.dumps(ticked),
        "conflict": conflict,
    }
    write = _WRITE.format(
        was=was, after=becomes, allowed=allowed, rows=_ROWS, assigned=_assigned(columns)
    )
    with connection.cursor() as cursor:
        cursor.execute(_LOCK, values)
        cursor.execute(write, values)
        told = cursor.fetchall()
        if told[0][0] < chunk.rows:
            cursor.execute(_GONE, values)
        _queue(cursor, [(lead, round_, has) for _rows, lead, round_, has in told if lead])


def _queue(cursor: Any, changed: Sequence[tuple[int, int, str]]) -> None:
    """Let leads (id, round, JSON of integrations' ids) be queued to these, and to no others."""
    queues = [
        {"lead": lead, "round": round_, "ids": json.loads(ids)} for lead, round_, ids in changed
    ]
    if queues:
        cursor.execute(_QUEUE, {"queues": json.dumps(queues)})
        integrations.tell_after_commit({one for queue in queues for one in queue["ids"]})


def _assigned(columns: tuple[str, ...]) -> str:
    """SQL that sets each column from what the row's lead becomes."""
    return ", ".join(
        f"{name} = (r.after->>'{name}')::{COLUMNS[name]}" for name in columns if name != QUEUED
    )
