"""Events that their sender left under way: freed, tried again with growing gaps, or given up.

What stops a sender may be the event itself, so each silence counts against its postback.
"""

from django.conf import settings
from django.db import connection

from conversions.partner_postbacks.recording import FAILING_FOR, MOST_FAILURES
from convertr.outbound.backoff import FIRST_GAP, JITTER, LONGEST_GAP

# Whoever sent it is gone; whether it arrived nobody knows. The repeat carries the same change_id.
# The first is due at once, as most senders are merely replaced. A postback's failing begins when
# this is found, so that our own absence alone never lasts long enough to switch it off.
_FREE_SILENT = """
WITH silent AS MATERIALIZED (
    SELECT e.id, e.created_on, e.claimed_at, coalesce(p.active, false) AS active,
        now() + CASE WHEN e.attempts <= 1 THEN interval '0' ELSE
            least(%(first)s * 2 ^ least(e.attempts - 1, 16), %(longest)s)
            * (1 + %(jitter)s * random()) END AS due_at
    FROM conversions_postbackevent e
    LEFT JOIN conversions_partnerpostback p ON p.id = e.postback_id
    WHERE e.state = 'sending' AND e.claimed_at < now() - make_interval(secs => %(silent)s)
    ORDER BY e.id FOR NO KEY UPDATE OF e SKIP LOCKED
), freed AS (
    UPDATE conversions_postbackevent e SET token = NULL, code = 'unknown', due_at = silent.due_at,
        state = CASE WHEN e.is_test THEN 'failed'
                     WHEN e.stale THEN 'superseded'
                     WHEN silent.due_at > e.give_up_at THEN 'failed'
                     WHEN silent.active THEN 'waiting' ELSE 'stopped' END
    FROM silent WHERE e.id = silent.id AND e.created_on = silent.created_on
    RETURNING e.id, e.postback_id, e.is_test, silent.claimed_at
), told AS (
    INSERT INTO conversions_postbackattempt
        (created_on, postback_id, event_id, at, outcome, repeat, answer)
    SELECT (claimed_at AT TIME ZONE 'UTC')::date, postback_id, id, claimed_at, 'unknown', false, ''
    FROM freed
), counted AS (
    SELECT postback_id, count(*) AS failures FROM freed WHERE NOT is_test GROUP BY postback_id
)
UPDATE conversions_partnerpostback p SET failures = p.failures + counted.failures,
    failing_since = coalesce(p.failing_since, now())
FROM counted WHERE p.id = counted.postback_id
RETURNING p.id, p.active AND p.failures >= %(most)s AND p.failing_since <= now() - %(for)s
"""
# Fired in the very moment in which their postback was switched off or deleted.
_STOP_ORPHANS = """
UPDATE conversions_postbackevent e SET state = 'stopped'
WHERE e.state = 'waiting' AND e.due_at < now() - interval '1 minute' AND NOT e.is_test
    AND NOT EXISTS (
        SELECT FROM conversions_partnerpostback p WHERE p.id = e.postback_id AND p.active
    )
"""


def free_silent() -> list[int]:
    """Give back what its sender left under way, and stop what nobody would send.

    Answers the postbacks that have failed for too long.
    """
    values = {
        "silent": settings.POSTBACK_SILENT_SECONDS,
        "first": FIRST_GAP,
        "longest": LONGEST_GAP,
        "jitter": JITTER,
        "most": MOST_FAILURES,
        "for": FAILING_FOR,
    }
    with connection.cursor() as cursor:
        cursor.execute(_FREE_SILENT, values)
        failing = [pk for pk, is_over in cursor.fetchall() if is_over]
        cursor.execute(_STOP_ORPHANS)
    return failing
