"""When everything has come to rest: what is still under way, and what would be tried later.

Retries have gaps of half a minute and more: once the faults are over, what waits for one is made
due at once (`hurry`), as if that time had gone by.
"""

from django.db import connection

# A message, a claim and a due time are enough to go on; all of these are to become none.
MOVING = """
SELECT 'jobs', count(*) FROM jobs_job
    WHERE state IN ('staging', 'verifying', 'queued', 'running')
UNION ALL SELECT 'requests', count(*) FROM requests_workflow_conversionrequest
    WHERE status = 'accepted'
UNION ALL SELECT 'leads', count(*) FROM leads_lead
    WHERE processing = 'queued' AND deleted_at IS NULL
UNION ALL SELECT 'postbacks', count(*) FROM conversions_postbackevent
    WHERE state IN ('waiting', 'sending')
UNION ALL SELECT 'calls', count(*) FROM batches_call WHERE state IN ('waiting', 'sending')
UNION ALL SELECT 'leads to call', count(*) FROM leads_leaddelivery d
    JOIN leads_lead l ON l.id = d.lead_id
    JOIN batches_integration i ON i.id = d.integration AND i.active AND i.kind = 'realtime'
    WHERE d.state = 'queued' AND d.round = l.round AND l.status = 'valid' AND NOT l.delivered
        AND NOT l.undelivered AND l.deleted_at IS NULL
UNION ALL SELECT 'batches', count(*) FROM batches_batch
    WHERE state IN ('claimed', 'built', 'sending') OR NOT settled
UNION ALL SELECT 'integrations due', count(*) FROM batches_integration
    WHERE active AND kind <> 'realtime' AND next_due_at <= now()
UNION ALL SELECT 'transactions', count(*) FROM pg_stat_activity
    WHERE datname = current_database() AND pid <> pg_backend_pid() AND state LIKE 'idle in%'
"""
HURRY = (
    "UPDATE conversions_partnerpostback SET hold_until = NULL WHERE hold_until IS NOT NULL",
    """UPDATE conversions_postbackevent SET due_at = now()
       WHERE state = 'waiting' AND due_at > now()""",
    "UPDATE batches_call SET due_at = now() WHERE state = 'waiting' AND due_at > now()",
    """UPDATE batches_batch SET next_attempt_at = now()
       WHERE state IN ('claimed', 'built', 'sending') AND next_attempt_at > now()""",
)


def moving():
    """What has not come to rest, as {what: how many}."""
    with connection.cursor() as cursor:
        cursor.execute(MOVING)
        return {what: number for what, number in cursor.fetchall() if number}


def hurry():
    """Let what waits for a later attempt be due now."""
    with connection.cursor() as cursor:
        for statement in HURRY:
            cursor.execute(statement)
