"""Making leads of a chunk's rows, and taking such leads back: few statements for any number.

A lead comes about as `leads.intake` stores it: with what was received as its data, queued.
"""

from django.db import connection, transaction

from convertr.jobs.chunks import of_chunk
from convertr.jobs.models import Job, JobChunk
from leads.flagging.sql import SENDING
from leads.nudge import nudge
from leads.rules import BEING_SENT, DELIVERED, ERASED, Replacement

_ROWS = (
    "r.created_on = %(day)s AND r.job_id = %(job)s AND r.outcome = 'ready'"
    " AND r.target_id BETWEEN %(first)s AND %(last)s"
)
_MAKE = f"""
WITH planned AS MATERIALIZED (
    SELECT seq, nextval(pg_get_serial_sequence('leads_lead', 'id')) AS id, lead
    FROM (SELECT r.seq, r.wanted->'lead' AS lead FROM jobs_jobrow r WHERE {_ROWS} ORDER BY r.seq) o
),
made AS (
    INSERT INTO leads_lead (id, hash, campaign_id, partner_id, channel, link_id, received, data,
        ip, opt_in, created_at, updated_at, status, hardfail, processing, round, flagged,
        reason_code, own_reason, reason_category, comment, delivered, undelivered, replacement,
        replacement_comment, version)
    SELECT id, gen_random_uuid(), %(campaign)s, %(partner)s, coalesce(lead->>'channel', ''),
        coalesce(lead->>'link_id', ''), lead->'data', lead->'data', (lead->>'ip')::inet,
        coalesce((lead->>'opt_in')::boolean, false), now(), now(), '', false, 'queued', 1, false,
        '', '', '', '', false, false, %(replacement)s, '', 1
    FROM planned
)
UPDATE jobs_jobrow r SET outcome = 'applied', target_id = p.id,
    after = jsonb_build_object('lead', p.id)
FROM planned p WHERE r.created_on = %(day)s AND r.job_id = %(job)s AND r.seq = p.seq
"""  # noqa: S608  a part of this file
# In id order, as all who write leads hold them (leads.flagging).
_LOCK = f"""
SELECT l.id FROM leads_lead l WHERE l.id IN (SELECT r.target_id FROM jobs_jobrow r WHERE {_ROWS})
ORDER BY l.id FOR NO KEY UPDATE
"""  # noqa: S608  a part of this file
_TAKE_BACK = f"""
WITH asked AS MATERIALIZED (
    SELECT r.seq, l.id, l.round, CASE WHEN l.id IS NULL OR l.deleted_at IS NOT NULL THEN 'gone'
        WHEN l.erased_at IS NOT NULL THEN '{ERASED}'
        WHEN l.delivered THEN '{DELIVERED}' WHEN {SENDING} THEN '{BEING_SENT}'
        WHEN l.flagged OR l.round > 1 THEN 'changed_since_job' END AS refused
    FROM jobs_jobrow r LEFT JOIN leads_lead l ON l.id = r.target_id WHERE {_ROWS}
),
withdrawn AS (
    UPDATE leads_leaddelivery d SET state = 'withdrawn', changed_at = now()
    FROM asked a
    WHERE d.lead_id = a.id AND d.round = a.round AND d.state = 'queued' AND a.refused IS NULL
),
deleted AS (
    UPDATE leads_lead l SET deleted_at = now(), updated_at = now(), version = l.version + 1
    FROM asked a WHERE l.id = a.id AND a.refused IS NULL
)
UPDATE jobs_jobrow r SET code = a.refused,
    outcome = CASE WHEN a.refused IS NULL THEN 'applied' ELSE 'conflict' END
FROM asked a WHERE r.created_on = %(day)s AND r.job_id = %(job)s AND r.seq = a.seq
"""  # noqa: S608  a part of this file


def apply(job: Job, chunk: JobChunk) -> None:
    """Make a lead of each of the chunk's ready rows, and have them processed."""
    wanted = job.parameters
    replacement = Replacement.REPLACEMENT if wanted["replacement"] else Replacement.NONE
    values = {
        **of_chunk(job, chunk),
        "campaign": wanted["campaign"],
        "partner": wanted["partner"],
        "replacement": replacement.value,
    }
    with connection.cursor() as cursor:
        cursor.execute(_MAKE, values)
    transaction.on_commit(nudge, robust=True)


def take_back(job: Job, chunk: JobChunk) -> None:
    """Delete the leads that the chunk's rows became, but those that left or are leaving."""
    values = of_chunk(job, chunk)
    with connection.cursor() as cursor:
        cursor.execute(_LOCK, values)
        cursor.execute(_TAKE_BACK, values)
