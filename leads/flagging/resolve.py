"""Deciding for each row of a job what an act does with its lead, in one statement.

Rows have the lead's id (`key_id`) or its hash (`key_uuid`); deleted leads are not there. What it
had is kept as `before`; what becomes of it depends on what Confirm is given (`changes`).
"""

import json
from typing import Any

from django.db import connection

from convertr.jobs.chunks import of_job
from convertr.jobs.kinds import Resolution
from convertr.jobs.models import Job, Outcome
from convertr.jobs.planner import join_by_hash
from leads.flagging.sql import WRITES, present, refusal
from leads.rules import FLAGS, Act

SHOWN: dict[Act, dict[str, Any]] = {
    **{flag: {"status": str(flag)} for flag in FLAGS},
    Act.DELIVERED: {"delivered": True},
    Act.UNDELIVERED: {"delivered": False},
    Act.REPLACEMENT: {"replacement": "replacement"},
    Act.NO_REPLACEMENT: {"replacement": "none"},
}

_RESOLVE = """
WITH found AS MATERIALIZED (
    SELECT r.seq, r.line, l.*
    FROM jobs_jobrow r LEFT JOIN LATERAL (
        SELECT l.id, l.version, {refusal} AS refused, {present} AS present
        FROM leads_lead l
        WHERE (l.id = r.key_id OR l.hash = r.key_uuid) AND l.deleted_at IS NULL OFFSET 0
    ) l ON true
    WHERE r.created_on = %(day)s AND r.job_id = %(job)s AND r.outcome = 'staged'
),
decided AS (
    SELECT *, CASE
        WHEN id IS NULL THEN 'not_found'
        WHEN seq <> first_value(seq) OVER same THEN 'duplicate'
        WHEN refused IS NOT NULL THEN 'invalid'
        ELSE 'ready' END AS fate,
        first_value(line) OVER same AS first_line
    FROM found WINDOW same AS (PARTITION BY id ORDER BY seq)
),
written AS (
    UPDATE jobs_jobrow r SET
        outcome = d.fate,
        code = CASE d.fate WHEN 'ready' THEN NULL WHEN 'invalid' THEN d.refused
               WHEN 'not_found' THEN 'lead_not_found' ELSE d.fate END,
        params = CASE d.fate WHEN 'duplicate' THEN jsonb_build_object('line', d.first_line) END,
        target_id = d.id,
        seen_version = d.version,
        before = CASE WHEN d.fate = 'ready' THEN d.present END,
        after = CASE WHEN d.fate = 'ready' THEN %(shown)s::jsonb END
    FROM decided d
    WHERE r.created_on = %(day)s AND r.job_id = %(job)s AND r.seq = d.seq
    RETURNING d.fate, r.code
)
SELECT fate, code, count(*) FROM written GROUP BY fate, code
"""


def resolve(job: Job, act: Act) -> Resolution:
    """Resolve a job's staged rows. The summary has `left_alone`: rows by code."""
    sql = _RESOLVE.format(refusal=refusal(act), present=present(WRITES[act]))
    join_by_hash()
    with connection.cursor() as cursor:
        cursor.execute(sql, {**of_job(job), "shown": _shown(act)})
        groups = cursor.fetchall()
    counts: dict[str, int] = {}
    left_alone: dict[str, int] = {}
    for fate, code, rows in groups:
        counts[fate] = counts.get(fate, 0) + rows
        if fate == Outcome.INVALID:
            left_alone[code] = rows
    # What could not be read was not looked at.
    if unread := job.total - sum(counts.values()):
        counts[Outcome.INVALID] = counts.get(Outcome.INVALID, 0) + unread
    return Resolution(counts, {"left_alone": left_alone})


def _shown(act: Act) -> str:
    """What the rows show before Confirm, when a reason isn't known yet."""
    return json.dumps(SHOWN.get(act, {}))
