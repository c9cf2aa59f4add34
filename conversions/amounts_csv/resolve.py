"""Deciding the fate of every row of an amounts CSV at once, in one statement.

Read it from top to bottom: found → judged → compared → contrasted → decided. Written are only
the amounts that differ, so that an undo is hindered by no other.
"""

from django.db import connection

from conversions.csv_files.matching import MATCHES, summed_up
from conversions.rules import PRICED
from convertr.jobs.chunks import of_job
from convertr.jobs.kinds import Resolution
from convertr.jobs.models import Job
from convertr.jobs.planner import join_by_hash

_RESOLVE = """
WITH found AS MATERIALIZED (
    SELECT r.seq, r.line, r.code AS row_code,
           (CASE WHEN r.code IS NULL THEN r.wanted->>'payout' END)::numeric AS given_payout,
           (CASE WHEN r.code IS NULL THEN r.wanted->>'revenue' END)::numeric AS given_revenue,
           (CASE WHEN r.code IS NULL THEN r.wanted->>'sale_amount' END)::numeric AS given_sale,
           c.*
    FROM jobs_jobrow r
    LEFT JOIN LATERAL (
        SELECT c.id, c.version, c.status, c.payout, c.revenue, c.sale_amount, c.locked, c.offer_id
        FROM conversions_conversion c WHERE {match} OFFSET 0
    ) c ON true
    WHERE r.created_on = %(day)s AND r.job_id = %(job)s AND r.outcome = 'staged'
),
judged AS MATERIALIZED (
    SELECT *, coalesce(given_payout, payout) AS new_payout,
           coalesce(given_revenue, revenue) AS new_revenue,
           coalesce(given_sale, sale_amount) AS new_sale,
           CASE
        WHEN id IS NULL THEN 'not_found'
        WHEN row_code IS NOT NULL THEN row_code
        WHEN status = 'invalid' THEN 'conversion_invalid'
        WHEN status <> ALL (%(priced)s) THEN 'amounts_fixed'
        WHEN locked THEN 'conversion_locked'
        END AS error,
           ARRAY[coalesce(given_payout, -1), coalesce(given_revenue, -1),
                 coalesce(given_sale, -1)] AS given
    FROM found
),
compared AS (
    SELECT *, first_value(seq) OVER same AS first_seq, first_value(line) OVER same AS first_line,
           given = first_value(given) OVER same AS like_first
    FROM judged
    WINDOW same AS (
        PARTITION BY id, error IS NULL ORDER BY seq
        ROWS BETWEEN UNBOUNDED PRECEDING AND UNBOUNDED FOLLOWING
    )
),
contrasted AS (
    SELECT *, min(line) FILTER (WHERE NOT like_first)
        OVER (PARTITION BY id, error IS NULL) AS other_line
    FROM compared
),
decided AS (
    SELECT *, CASE
        WHEN error = 'not_found' THEN 'not_found'
        WHEN error IS NOT NULL THEN 'invalid'
        WHEN other_line IS NOT NULL THEN 'contradiction'
        WHEN seq <> first_seq THEN 'duplicate'
        WHEN (payout, revenue, sale_amount) IS NOT DISTINCT FROM (new_payout, new_revenue, new_sale)
            THEN 'unchanged'
        ELSE 'ready' END AS fate
    FROM contrasted
),
written AS (
    UPDATE jobs_jobrow r SET
        outcome = d.fate,
        code = CASE d.fate WHEN 'ready' THEN NULL WHEN 'unchanged' THEN 'same_amounts'
               WHEN 'invalid' THEN d.error ELSE d.fate END,
        params = CASE d.fate
               WHEN 'duplicate' THEN jsonb_build_object('line', d.first_line)
               WHEN 'contradiction' THEN jsonb_build_object('line',
                   CASE WHEN d.like_first THEN d.other_line ELSE d.first_line END)
               WHEN 'invalid' THEN r.params END,
        target_id = d.id,
        seen_version = d.version,
        before = CASE WHEN d.fate = 'ready' THEN {before} END,
        after = CASE WHEN d.fate = 'ready' THEN {after} END
    FROM decided d
    WHERE r.created_on = %(day)s AND r.job_id = %(job)s AND r.seq = d.seq
    RETURNING d.fate, d.offer_id, d.status, d.payout, d.revenue, d.new_payout, d.new_revenue
)
SELECT w.fate, o.currency, count(*),
       sum(payout) FILTER (WHERE w.status = 'approved'),
       sum(new_payout) FILTER (WHERE w.status = 'approved'),
       sum(revenue) FILTER (WHERE w.status = 'approved'),
       sum(new_revenue) FILTER (WHERE w.status = 'approved')
FROM written w LEFT JOIN network_offer o ON o.id = w.offer_id
GROUP BY w.fate, o.currency ORDER BY w.fate, o.currency
"""
# Each column and what it becomes.
_SIDES = {"payout": "new_payout", "revenue": "new_revenue", "sale_amount": "new_sale"}


def resolve(job: Job) -> Resolution:
    """Resolve a job's staged rows by its parameter `key`.

    The summary has `money`: for each currency the counted payout and revenue before and after, as
    decimal texts.
    """
    sql = _RESOLVE.format(
        match=MATCHES[job.parameters["key"]],
        before=_differing({name: f"d.{name}" for name in _SIDES}),
        after=_differing({name: f"d.{new}" for name, new in _SIDES.items()}),
    )
    join_by_hash()
    with connection.cursor() as cursor:
        cursor.execute(sql, {**of_job(job), "priced": [str(status) for status in PRICED]})
        groups = cursor.fetchall()
    return summed_up(job, groups)


def _differing(values: dict[str, str]) -> str:
    """SQL of an object that holds, of these values, those of columns that change."""
    parts = (
        f"CASE WHEN d.{name} IS DISTINCT FROM d.{_SIDES[name]} THEN"
        f" jsonb_build_object('{name}', ({value})::numeric(16, 4)::text) ELSE '{{}}' END"
        for name, value in values.items()
    )
    return " || ".join(parts)
