"""A chunk of a job's leads through their rules again, each as if it had come in now."""

from collections.abc import Mapping, Sequence

from django.db import connection

from convertr.arrays import array
from convertr.jobs.chunks import of_chunk
from convertr.jobs.models import Job, JobChunk
from leads.flagging.sql import SENDING
from leads.processing import batch
from leads.processing.batch import HELD, Fate, Send
from leads.rules import Processing

# Held first: what is asked in the same statement may be old news by the time it gets the lock.
_HOLD = """
SELECT l.id FROM leads_lead l WHERE l.id IN (
    SELECT r.target_id FROM jobs_jobrow r
    WHERE r.created_on = %(day)s AND r.job_id = %(job)s AND r.outcome = 'ready'
        AND r.target_id BETWEEN %(first)s AND %(last)s
) ORDER BY l.id FOR NO KEY UPDATE
"""
# Whoever has changed a lead since Verify keeps it; so does who is sending it.
_TAKE = f"""
SELECT {HELD}, r.seq
FROM jobs_jobrow r
JOIN leads_lead l ON l.id = r.target_id AND l.version = r.seen_version
JOIN network_campaign c ON c.id = l.campaign_id
WHERE r.created_on = %(day)s AND r.job_id = %(job)s AND r.outcome = 'ready'
    AND r.target_id BETWEEN %(first)s AND %(last)s
    AND l.deleted_at IS NULL AND NOT {SENDING}
ORDER BY l.id
"""  # noqa: S608  parts of this app
_TELL = """
UPDATE jobs_jobrow r SET
    outcome = CASE WHEN f.failed THEN 'failed' ELSE 'applied' END,
    code = CASE WHEN f.failed THEN 'processing_failed' END,
    after = jsonb_build_object('status', f.status)
FROM unnest(%(seqs)s::int[], %(statuses)s::text[], %(failed)s::boolean[])
    AS f (seq, status, failed)
WHERE r.created_on = %(day)s AND r.job_id = %(job)s AND r.seq = f.seq
"""
_LEAVE = """
UPDATE jobs_jobrow SET outcome = 'conflict', code = 'changed_since_verify'
WHERE created_on = %(day)s AND job_id = %(job)s AND outcome = 'ready'
    AND target_id BETWEEN %(first)s AND %(last)s
"""


def apply(job: Job, chunk: JobChunk) -> None:
    """Process the chunk's leads again and tell each row what came of it."""
    values = of_chunk(job, chunk)
    with connection.cursor() as cursor:
        cursor.execute(_HOLD, values)
        cursor.execute(_TAKE, values)
        rows = cursor.fetchall()
        seqs = {row[0]: row[-1] for row in rows}

        def tell(send: Send, fates: Sequence[Fate]) -> None:
            send(_TELL, {**values, **_told(seqs, fates)})

        batch.process(batch.held(rows), again=True, tell=tell)
        if len(rows) < chunk.rows:
            cursor.execute(_LEAVE, values)


def _told(seqs: Mapping[int, int], fates: Sequence[Fate]) -> dict[str, str]:
    """What _TELL is told of some leads; `seqs`: their rows."""
    return {
        "seqs": array(seqs[fate.lead.id] for fate in fates),
        # Quoted: a lead without a status has an empty one.
        "statuses": array(f'"{fate.status}"' for fate in fates),
        "failed": array(fate.processing == Processing.FAILED for fate in fates),
    }
