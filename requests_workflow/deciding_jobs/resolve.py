"""What deciding each of the selected requests would do, in a few statements for all of them.

Who verifies is the one that four eyes are asked about here; who confirms is asked again when the
job is applied. A request whose conversion has changed stays ready, and says so: Confirm asks
whether to accept it all the same.
"""

import json
from collections.abc import Mapping
from typing import Any

from django.db import connection

from conversions.csv_files.matching import summed_up
from conversions.rules import Status
from conversions.sql import by_rate
from convertr.jobs.chunks import of_job
from convertr.jobs.kinds import Resolution
from convertr.jobs.models import Job
from convertr.jobs.planner import join_by_hash
from requests_workflow import rules
from requests_workflow.rules import Move
from requests_workflow.services.validation import Problem, problems

_RESOLVE = """
WITH decided AS (
    SELECT r.seq, q.id, q.version, q.status, CASE
        WHEN q.id IS NULL THEN 'not_found'
        WHEN NOT %(own)s AND q.raised_by_id = %(actor)s THEN 'four_eyes'
        WHEN q.status <> ALL(%(sources)s) THEN 'no_way'
        END AS error
    FROM jobs_jobrow r
    LEFT JOIN requests_workflow_conversionrequest q ON q.id = r.key_id
    WHERE r.created_on = %(day)s AND r.job_id = %(job)s AND r.outcome = 'staged'
)
UPDATE jobs_jobrow r SET
    outcome = CASE WHEN d.error IS NULL THEN 'ready' WHEN d.error = 'not_found' THEN d.error
              ELSE 'invalid' END,
    code = CASE d.error WHEN 'not_found' THEN 'request_not_found' ELSE d.error END,
    params = CASE d.error WHEN 'no_way' THEN jsonb_build_object('status', d.status) END,
    target_id = d.id,
    seen_version = d.version,
    before = CASE WHEN d.error IS NULL THEN jsonb_build_object('status', d.status) END,
    after = CASE WHEN d.error IS NULL THEN jsonb_build_object('status', %(target)s::text) END
FROM decided d
WHERE r.created_on = %(day)s AND r.job_id = %(job)s AND r.seq = d.seq
RETURNING d.id, d.error
"""
# Problems as [{"id", "code", "params", "refused"}]; what is refused changes nothing.
_REFUSE = """
UPDATE jobs_jobrow r SET
    outcome = CASE WHEN p.refused THEN 'invalid' ELSE r.outcome END,
    code = p.code, params = p.params,
    before = CASE WHEN NOT p.refused THEN r.before END,
    after = CASE WHEN NOT p.refused THEN r.after END
FROM jsonb_to_recordset(%(problems)s::jsonb)
     AS p(id bigint, code text, params jsonb, refused boolean)
WHERE r.created_on = %(day)s AND r.job_id = %(job)s AND r.outcome = 'ready' AND r.target_id = p.id
"""
# What of the money counts before and after: a conversion's own, and what is asked of it. An amount
# that a new one doesn't name comes from the event's rates.
_MONEY = f"""
WITH priced AS (
    SELECT r.outcome AS fate, o.currency, c.status AS was, c.payout AS payout_was,
        c.revenue AS revenue_was,
        coalesce(q.wanted->>'status', c.status, %(new)s) AS becomes,
        coalesce((q.wanted->>'payout')::numeric, c.payout,
                 {by_rate("sale", "payout", of="e.")}) AS payout,
        coalesce((q.wanted->>'revenue')::numeric, c.revenue,
                 {by_rate("sale", "revenue", of="e.")}) AS revenue
    FROM jobs_jobrow r
    LEFT JOIN (requests_workflow_conversionrequest q
        JOIN network_offer o ON o.id = q.offer_id
        JOIN network_offerevent e ON e.id = q.event_id
        LEFT JOIN conversions_conversion c ON c.id = q.conversion_id
        CROSS JOIN LATERAL (
            SELECT coalesce((q.wanted->>'sale_amount')::numeric, 0) AS sale
        ) sold
    ) ON r.outcome = 'ready' AND q.id = r.target_id
    WHERE r.created_on = %(day)s AND r.job_id = %(job)s
)
SELECT fate, currency, count(*),
    sum(payout_was) FILTER (WHERE was = 'approved'),
    sum(payout) FILTER (WHERE becomes = 'approved'),
    sum(revenue_was) FILTER (WHERE was = 'approved'),
    sum(revenue) FILTER (WHERE becomes = 'approved')
FROM priced GROUP BY fate, currency ORDER BY fate, currency
"""  # noqa: S608  parts of our own


def resolve(job: Job) -> Resolution:
    """Resolve a job's staged rows by its parameter `move`.

    The summary has `money` (see csv_files.matching), and in `conflicts` how many of the ready
    ones ask for what has changed since they were raised.
    """
    move = Move(job.parameters["move"])
    found: dict[int, Problem] = {}
    with connection.cursor() as cursor:
        join_by_hash()
        cursor.execute(_RESOLVE, _values(job, move))
        ready = [pk for pk, error in cursor.fetchall() if error is None]
        if move != Move.REJECT and ready:
            found = problems(ready)
            cursor.execute(_REFUSE, {**of_job(job), "problems": _as_json(found)})
        cursor.execute(_MONEY, {**of_job(job), "new": str(Status.PENDING)})
        resolution = summed_up(job, cursor.fetchall())
    if move == Move.REJECT:
        # Nothing comes of it.
        resolution.summary["money"] = {}
    resolution.summary["conflicts"] = sum(problem.confirmable for problem in found.values())
    return resolution


def _values(job: Job, move: Move) -> dict[str, Any]:
    actor, transitions = job.requested_by, rules.TRANSITIONS[move]
    return {
        **of_job(job),
        "actor": actor.pk,
        "own": actor.has_perm(rules.DECIDE_OWN),
        "sources": [str(status) for status in transitions],
        "target": str(next(iter(transitions.values()))),
    }


def _as_json(found: Mapping[int, Problem]) -> str:
    return json.dumps(
        [
            {"id": pk, "code": p.code, "params": p.params, "refused": not p.confirmable}
            for pk, p in found.items()
        ],
        default=str,
    )
