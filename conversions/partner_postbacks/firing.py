"""A change of status becomes postbacks: events stored in the very transaction of the change."""

from collections.abc import Collection

from django.db import connection, transaction

from conversions.partner_postbacks.nudge import nudge
from convertr import prepared

# Nearly always nobody has a postback, and then this is all that is asked.
_ANY = """
SELECT EXISTS (SELECT FROM conversions_partnerpostback WHERE active),
       EXISTS (SELECT FROM conversions_postbackevent WHERE state IN ('waiting', 'sending'))
"""
# In the order of ids, as everywhere. What is under way can't be called back, but isn't repeated.
_SUPERSEDE = """
UPDATE conversions_postbackevent e SET
    stale = true,
    state = CASE WHEN e.state = 'waiting' THEN 'superseded' ELSE e.state END
FROM (
    SELECT id, created_on FROM conversions_postbackevent
    WHERE conversion_id = ANY(%(ids)s) AND state IN ('waiting', 'sending') AND NOT is_test
    ORDER BY id FOR NO KEY UPDATE
) older
WHERE e.id = older.id AND e.created_on = older.created_on AND e.state IN ('waiting', 'sending')
"""
# The same change fired twice in one transaction is one event.
_FIRE = """
INSERT INTO conversions_postbackevent (created_on, postback_id, conversion_id, version, status,
    payout, job_id, is_test, state, stale, created_at, due_at, attempts, code)
SELECT (now() AT TIME ZONE 'UTC')::date, p.id, c.id, c.version, c.status,
    c.payout, %(job)s, false, 'waiting', false, now(),
    now() + make_interval(secs => p.delay_seconds), 0, ''
FROM conversions_conversion c
JOIN conversions_partnerpostback p ON p.partner_id = c.partner_id AND p.active
    AND (p.offer_id IS NULL OR p.offer_id = c.offer_id) AND c.status = ANY(p.statuses)
WHERE c.id = ANY(%(ids)s)
ON CONFLICT DO NOTHING
"""


def fire(changed: Collection[int], *, send: bool, job_id: int | None = None) -> None:
    """Tell the partners of these conversions, whose status this transaction has just written.

    Older events of theirs that have not left yet are superseded; new ones are stored where `send`
    and a postback wants the present status. The caller holds the conversions' locks.
    """
    if not changed:
        return
    values = {"ids": list(changed), "job": job_id}
    ((anybody, anything),) = prepared.fetch(_ANY, {})
    if not (anybody or anything):
        return
    with connection.cursor() as cursor:
        if anything:
            cursor.execute(_SUPERSEDE, values)
        if not (send and anybody):
            return
        cursor.execute(_FIRE, values)
        if cursor.rowcount > 0:
            transaction.on_commit(nudge, robust=True)
