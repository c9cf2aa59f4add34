"""Deciding the fate of every row that is to be locked or unlocked, in one statement.

Locked is what was paid or invoiced, so that only an approved conversion can be: no other counts
any money. Unlocked can be every one, whatever its status.
"""

from django.db import connection

from conversions.csv_files.matching import MATCHES, summed_up
from conversions.rules import Status
from convertr.jobs.chunks import of_job
from convertr.jobs.kinds import Resolution
from convertr.jobs.models import Job
from convertr.jobs.planner import join_by_hash

_RESOLVE = """
WITH found AS MATERIALIZED (
    SELECT r.seq, r.line, r.code AS row_code, c.*
    FROM jobs_jobrow r
    LEFT JOIN LATERAL (
        SELECT c.id, c.version, c.status, c.payout, c.revenue, c.locked, c.offer_id
        FROM conversions_conversion c WHERE {match} OFFSET 0
    ) c ON true
    WHERE r.created_on = %(day)s AND r.job_id = %(job)s AND r.outcome = 'staged'
),
judged AS (
    SELECT *, CASE
        WHEN id IS NULL THEN 'not_found'
        WHEN row_code IS NOT NULL THEN row_code
        WHEN locked <> %(lock)s AND %(lock)s AND status <> %(payable)s THEN 'lock_not_approved'
        END AS error
    FROM found
),
compared AS (
    SELECT *, first_value(seq) OVER same AS first_seq, first_value(line) OVER same AS first_line
    FROM judged
    WINDOW same AS (PARTITION BY id, error IS NULL ORDER BY seq)
),
decided AS (
    SELECT *, CASE
        WHEN error = 'not_found' THEN 'not_found'
        WHEN error IS NOT NULL THEN 'invalid'
        WHEN seq <> first_seq THEN 'duplicate'
        WHEN locked = %(lock)s THEN 'unchanged'
        ELSE 'ready' END AS fate
    FROM compared
),
written AS (
    UPDATE jobs_jobrow r SET
        outcome = d.fate,
        code = CASE d.fate WHEN 'ready' THEN NULL WHEN 'invalid' THEN d.error
               WHEN 'unchanged' THEN CASE WHEN %(lock)s THEN 'already_locked' ELSE 'not_locked' END
               ELSE d.fate END,
        params = CASE d.fate WHEN 'duplicate' THEN jsonb_build_object('line', d.first_line)
                 WHEN 'invalid' THEN r.params END,
        target_id = d.id,
        seen_version = d.version,
        before = CASE WHEN d.fate = 'ready' THEN jsonb_build_object('locked', d.locked) END,
        after = CASE WHEN d.fate = 'ready' THEN jsonb_build_object('locked', %(lock)s) END
    FROM decided d
    WHERE r.created_on = %(day)s AND r.job_id = %(job)s AND r.seq = d.seq
    RETURNING d.fate, d.offer_id, d.status, d.payout, d.revenue
)
SELECT w.fate, o.currency, count(*),
       sum(payout) FILTER (WHERE NOT %(lock)s AND w.status = 'approved'),
       sum(payout) FILTER (WHERE %(lock)s),
       sum(revenue) FILTER (WHERE NOT %(lock)s AND w.status = 'approved'),
       sum(revenue) FILTER (WHERE %(lock)s)
FROM written w LEFT JOIN network_offer o ON o.id = w.offer_id
GROUP BY w.fate, o.currency ORDER BY w.fate, o.currency
"""


def resolve(job: Job, *, lock: bool) -> Resolution:
    """Resolve a job's staged rows by its parameter `key`.

    The summary has `money`: what of the counted money of these conversions is locked, before and
    after, as decimal texts by currency.
    """
    values = {**of_job(job), "lock": lock, "payable": str(Status.APPROVED)}
    join_by_hash()
    with connection.cursor() as cursor:
        cursor.execute(_RESOLVE.format(match=MATCHES[job.parameters["key"]]), values)
        groups = cursor.fetchall()
    return summed_up(job, groups)
