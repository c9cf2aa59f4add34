"""Deciding the fate of every row of a status change at once, in one statement.

The decisions are those of conversions.md, "Status CSV"; the words and transitions come from
`conversions.rules`. Read the statement from top to bottom: found → priced → judged → compared →
contrasted → decided. A note is written only where one is given, so that nobody's is lost; where
Confirm may still give one, `before` keeps the present one.
"""

from django.db import connection

from conversions.csv_files.matching import MATCHES, summed_up
from conversions.rules import CHANGEABLE, MAX_AMOUNT
from conversions.sql import by_rate
from convertr.jobs.chunks import of_job
from convertr.jobs.kinds import Resolution
from convertr.jobs.models import Job, Outcome
from convertr.jobs.planner import join_by_hash


def _repriced(side: str) -> str:
    """A side's new amount: by the cost where its rate has a percentage, else as it is."""
    by_cost = by_rate("cost", side)
    return f"CASE WHEN cost IS NOT NULL AND {side}_percent > 0 THEN {by_cost} ELSE {side} END"


_RESOLVE = """
WITH found AS MATERIALIZED (
    SELECT r.seq, r.line, r.code AS row_code, r.wanted->>'status' AS wanted_status,
           r.wanted->>'reason' AS reason, r.wanted->>'note' AS wanted_note,
           (CASE WHEN r.code IS NULL THEN r.wanted->>'cost' END)::numeric AS cost,
           c.*
    FROM jobs_jobrow r
    LEFT JOIN LATERAL (
        SELECT c.id, c.version, c.status, c.payout, c.revenue, c.sale_amount, c.locked,
               c.reason_code, c.note, c.offer_id, c.payout_fixed, c.payout_percent,
               c.revenue_fixed, c.revenue_percent
        FROM conversions_conversion c WHERE {match} OFFSET 0
    ) c ON true
    WHERE r.created_on = %(day)s AND r.job_id = %(job)s AND r.outcome = 'staged'
),
priced AS MATERIALIZED (
    SELECT *, {payout} AS new_payout, {revenue} AS new_revenue,
           payout_percent > 0 OR revenue_percent > 0 AS by_percent
    FROM found
),
judged AS MATERIALIZED (
    SELECT *, CASE
        WHEN id IS NULL THEN 'not_found'
        WHEN row_code IS NOT NULL THEN row_code
        WHEN status <> ALL (%(changeable)s) THEN 'conversion_invalid'
        WHEN locked THEN 'conversion_locked'
        WHEN cost IS NOT NULL AND NOT by_percent THEN 'cost_not_used'
        WHEN cost IS NULL AND by_percent AND %(has_cost)s THEN 'cost_missing'
        WHEN greatest(new_payout, new_revenue) > %(max_amount)s THEN 'amount_too_large'
        END AS error
    FROM priced
),
compared AS (
    SELECT *,
           first_value(seq) OVER same AS first_seq,
           first_value(line) OVER same AS first_line,
           (wanted_status, coalesce(cost, -1)) =
               (first_value(wanted_status) OVER same, first_value(coalesce(cost, -1)) OVER same)
               AS like_first
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
        WHEN status = wanted_status AND (cost IS NULL OR
            (payout, revenue, sale_amount) IS NOT DISTINCT FROM (new_payout, new_revenue, cost))
            THEN 'unchanged'
        ELSE 'ready' END AS fate
    FROM contrasted
),
written AS (
    UPDATE jobs_jobrow r SET
        outcome = d.fate,
        code = CASE d.fate WHEN 'ready' THEN NULL WHEN 'unchanged' THEN 'same_status'
               WHEN 'invalid' THEN d.error ELSE d.fate END,
        params = CASE d.fate
               WHEN 'duplicate' THEN jsonb_build_object('line', d.first_line)
               WHEN 'contradiction' THEN jsonb_build_object('line',
                   CASE WHEN d.like_first THEN d.other_line ELSE d.first_line END)
               WHEN 'invalid' THEN r.params END,
        target_id = d.id,
        seen_version = d.version,
        before = CASE WHEN d.fate = 'ready' THEN
            CASE WHEN d.status <> d.wanted_status THEN jsonb_build_object(
                'status', d.status, 'reason_code', d.reason_code) ELSE '{{}}' END
            || CASE WHEN d.wanted_note IS NOT NULL OR (d.status <> d.wanted_status
                AND d.wanted_status = 'rejected' AND d.reason IS NULL)
                THEN jsonb_build_object('note', d.note) ELSE '{{}}' END
            || CASE WHEN d.cost IS NOT NULL THEN jsonb_build_object('payout', d.payout::text,
                'revenue', d.revenue::text, 'sale_amount', d.sale_amount::text) ELSE '{{}}' END
            END,
        after = CASE WHEN d.fate = 'ready' THEN
            CASE WHEN d.status <> d.wanted_status THEN jsonb_build_object(
                'status', d.wanted_status, 'reason_code', coalesce(d.reason, '')) ELSE '{{}}' END
            || CASE WHEN d.wanted_note IS NOT NULL
                THEN jsonb_build_object('note', d.wanted_note) ELSE '{{}}' END
            || CASE WHEN d.cost IS NOT NULL THEN jsonb_build_object(
                'payout', d.new_payout::numeric(16, 4)::text,
                'revenue', d.new_revenue::numeric(16, 4)::text,
                'sale_amount', d.cost::numeric(16, 4)::text) ELSE '{{}}' END
            END
    FROM decided d
    WHERE r.created_on = %(day)s AND r.job_id = %(job)s AND r.seq = d.seq
    RETURNING d.fate, d.offer_id, d.status, d.wanted_status, d.payout, d.revenue,
              d.new_payout, d.new_revenue, d.reason
)
SELECT w.fate, o.currency, count(*),
       sum(payout) FILTER (WHERE w.status = 'approved'),
       sum(new_payout) FILTER (WHERE wanted_status = 'approved'),
       sum(revenue) FILTER (WHERE w.status = 'approved'),
       sum(new_revenue) FILTER (WHERE wanted_status = 'approved'),
       count(*) FILTER (WHERE wanted_status = 'rejected' AND w.status <> 'rejected'
                        AND reason IS NULL)
FROM written w LEFT JOIN network_offer o ON o.id = w.offer_id
GROUP BY w.fate, o.currency ORDER BY w.fate, o.currency
"""


def resolve(job: Job) -> Resolution:
    """Resolve a job's staged rows by its parameters `key` and `has_cost`.

    The summary has `money`: for each currency the counted payout and revenue before and after, as
    decimal texts; and `without_reason`: how many rows reject and bring no reason.
    """
    sql = _RESOLVE.format(
        match=MATCHES[job.parameters["key"]],
        payout=_repriced("payout"),
        revenue=_repriced("revenue"),
    )
    values = {
        **of_job(job),
        "changeable": [str(status) for status in CHANGEABLE],
        "has_cost": job.parameters.get("has_cost", False),
        "max_amount": MAX_AMOUNT,
    }
    join_by_hash()
    with connection.cursor() as cursor:
        cursor.execute(sql, values)
        groups = cursor.fetchall()
    found = summed_up(job, [group[:-1] for group in groups])
    unexplained = sum(group[-1] for group in groups if group[0] == Outcome.READY)
    found.summary["without_reason"] = unexplained
    return found
