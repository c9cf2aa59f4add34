"""Writing the verified rows of any job on conversions: few statements a chunk, none a row.

Every kind of job on conversions decides on its own what would change; all of them write here, so
that locks, conflicts, versions and history are the same for all.
"""

import json
from collections.abc import Collection
from typing import Any

from django.db import connection

from conversions.partner_postbacks.firing import fire
from convertr.jobs.chunks import of_chunk
from convertr.jobs.models import Job, JobChunk

# The columns that jobs may write, with their types; `before` and `after` name some of them.
COLUMNS = {
    "status": "varchar",
    "payout": "numeric",
    "revenue": "numeric",
    "sale_amount": "numeric",
    "reason_code": "varchar",
    "note": "text",
    "locked": "boolean",
}
# What all kinds but those of locking may write.
VALUES = tuple(name for name in COLUMNS if name != "locked")
# A locked conversion changes in no way but being unlocked (conversions.md, "A conversion").
_OPEN = """(NOT c.locked OR {after} = '{{"locked": false}}'::jsonb)"""
# In the order of ids, so that two writers never wait for each other in a circle.
_LOCK = """
SELECT c.id FROM conversions_conversion c WHERE c.id IN (
    SELECT target_id FROM jobs_jobrow WHERE {rows}
) ORDER BY c.id FOR NO KEY UPDATE
"""
_ROWS = (
    "created_on = %(day)s AND job_id = %(job)s AND outcome = 'ready'"
    " AND target_id BETWEEN %(first)s AND %(last)s"
)
_WRITE = """
UPDATE conversions_conversion c SET {columns}, version = c.version + 1
FROM (SELECT seq, target_id, seen_version, before, {after} AS after FROM jobs_jobrow WHERE {rows}) a
WHERE c.id = a.target_id AND {open} AND {guard}
RETURNING a.seq, c.id, a.after ? 'status'
"""
_MARK = """
UPDATE jobs_jobrow SET outcome = 'applied'{written_values} WHERE {rows} AND seq = ANY(%(written)s)
"""
# Only a note that was written is taken back by an undo.
_WITH_WRITTEN_VALUES = """,
    after = {after}, before = CASE WHEN ({after}) ? 'note' THEN before ELSE before - 'note' END
"""
# Whatever is still ready then was not written.
_LEAVE = """
UPDATE jobs_jobrow r SET outcome = 'conflict', code = coalesce(
    (SELECT CASE WHEN {open} THEN %(conflict)s ELSE 'conversion_locked' END
     FROM conversions_conversion c WHERE c.id = r.target_id), 'gone')
WHERE {rows}
"""
# Rows that reject without a reason of their own take the one that was given at Confirm, and its
# note where they bring none.
_WITH_DEFAULTS = """
CASE WHEN after->>'status' = 'rejected' AND after->>'reason_code' = ''
     THEN after || CASE WHEN after ? 'note' THEN %(defaults)s::jsonb - 'note'
                        ELSE %(defaults)s::jsonb END
     ELSE after END
"""
# A note is no part of the version, but it isn't overwritten unseen either.
_UNTOUCHED = "c.version = a.seen_version AND (NOT a.after ? 'note' OR c.note = a.before->>'note')"
_AS_WRITTEN = "jsonb_build_object({pairs}) @> a.before"


def apply_verified(job: Job, chunk: JobChunk, columns: Collection[str] = VALUES) -> None:
    """Write the chunk's rows whose conversion is as it was at Verify; leave the others alone.

    `columns` are those that the rows may write: each one that can't occur saves time.
    """
    _apply(job, chunk, columns, guard=_UNTOUCHED, conflict="changed_since_verify")


def apply_reversed(job: Job, chunk: JobChunk, columns: Collection[str] = VALUES) -> None:
    """Give conversions back what a job overwrote, unless one of those fields changed since."""
    pairs = ", ".join(f"'{name}', c.{name}{_as_text(COLUMNS[name])}" for name in columns)
    guard = _AS_WRITTEN.format(pairs=pairs)
    _apply(job, chunk, columns, guard=guard, conflict="changed_since_job")


def _as_text(kind: str) -> str:
    return "::text" if kind == "numeric" else ""


def _apply(
    job: Job, chunk: JobChunk, columns: Collection[str], *, guard: str, conflict: str
) -> None:
    defaults = job.parameters.get("defaults")
    after = _WITH_DEFAULTS if defaults else "after"
    values: dict[str, Any] = {
        **of_chunk(job, chunk),
        "conflict": conflict,
        "defaults": json.dumps(defaults),
    }
    write = _WRITE.format(
        rows=_ROWS,
        columns=_assigned(columns),
        open=_OPEN.format(after="a.after"),
        guard=guard,
        after=after,
    )
    written_values = _WITH_WRITTEN_VALUES.format(after=after) if defaults else ""
    with connection.cursor() as cursor:
        cursor.execute(_LOCK.format(rows=_ROWS), values)
        cursor.execute(write, values)
        written = cursor.fetchall()
        mark = _MARK.format(rows=_ROWS, written_values=written_values)
        cursor.execute(mark, {**values, "written": [seq for seq, _, _ in written]})
        if len(written) < chunk.rows:
            leave = _LEAVE.format(rows=_ROWS, open=_OPEN.format(after="r.after"))
            cursor.execute(leave, values)
    changed = [pk for _, pk, by_status in written if by_status]
    fire(changed, send=job.parameters.get("send_postbacks", True), job_id=job.pk)


def _assigned(columns: Collection[str]) -> str:
    """SQL that sets each column which a row's `after` names, and leaves the others as they are."""
    return ", ".join(
        f"{name} = CASE WHEN a.after ? '{name}' THEN (a.after->>'{name}')::{COLUMNS[name]}"
        f" ELSE c.{name} END"
        for name in columns
    )
