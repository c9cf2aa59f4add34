"""What the product did in all rounds, so that nobody takes a run in which nothing happened for one
in which nothing broke."""

from django.db import connection

_FIGURES = """
SELECT 'jobs', state, count(*) FROM jobs_job WHERE id > %(job)s GROUP BY 2
UNION ALL SELECT 'rows of jobs', outcome, count(*) FROM jobs_jobrow
    WHERE job_id > %(job)s GROUP BY 2
UNION ALL SELECT 'chunks', CASE WHEN attempts > 1 THEN 'taken again' ELSE 'at once' END, count(*)
    FROM jobs_jobchunk WHERE job_id > %(job)s GROUP BY 2
UNION ALL SELECT 'requests', status, count(*) FROM requests_workflow_conversionrequest
    WHERE id > %(request)s GROUP BY 2
UNION ALL SELECT 'leads', processing, count(*) FROM leads_lead WHERE id > %(lead)s GROUP BY 2
UNION ALL SELECT 'postbacks', state, count(*) FROM conversions_postbackevent GROUP BY 2
UNION ALL SELECT 'attempts at postbacks', outcome, count(*) FROM conversions_postbackattempt
    GROUP BY 2
UNION ALL SELECT 'attempts at postbacks', 'repeated', count(*) FROM conversions_postbackattempt
    WHERE repeat
UNION ALL SELECT 'calls', state, count(*) FROM batches_call GROUP BY 2
UNION ALL SELECT 'attempts at calls', outcome, count(*) FROM batches_callattempt GROUP BY 2
UNION ALL SELECT 'attempts at calls', 'repeated', count(*) FROM batches_callattempt WHERE repeat
UNION ALL SELECT 'batches', frozen->'destination'->>'kind' || ' ' || state, count(*)
    FROM batches_batch WHERE id > %(batch)s GROUP BY 2
UNION ALL SELECT 'attempts at batches', outcome, count(*) FROM batches_attempt
    WHERE batch_id > %(batch)s GROUP BY 2
UNION ALL SELECT 'attempts at batches', 'repeated', count(*) FROM batches_attempt
    WHERE batch_id > %(batch)s AND repeat
"""


def of(world):
    """A line for each thing, with its numbers by kind."""
    found = {}
    with connection.cursor() as cursor:
        cursor.execute(_FIGURES, world.first)
        for what, kind, number in cursor.fetchall():
            found.setdefault(what, []).append(f"{kind} {number}")
    return [f"{what}: {', '.join(sorted(kinds))}" for what, kinds in found.items()]
