"""What came in is processed within seconds, some hundreds a transaction, by any number of workers.

A worker holds its leads for as long as its transaction lives, and others pass over them; one that
dies takes its transaction with it. A batch that can't be written is halved until the lead at fault
is alone; that one fails, and the others go on.
"""

import logging

from django.db import OperationalError, connection

from convertr.audit.context import acting, recorded
from leads.models import Lead
from leads.processing import batch
from leads.processing.batch import HELD
from leads.rules import Processing

log = logging.getLogger(__name__)
BATCH = 500
_TAKE = f"""
SELECT {HELD} FROM leads_lead l JOIN network_campaign c ON c.id = l.campaign_id
WHERE l.processing = 'queued' AND l.deleted_at IS NULL
ORDER BY l.id LIMIT %s FOR NO KEY UPDATE OF l SKIP LOCKED
"""  # noqa: S608  a part of this app
_FAIL = """
UPDATE leads_lead SET processing = 'failed', version = version + 1, updated_at = now()
WHERE id = %s
"""


def process(*, most: int | None = None) -> int:
    """Process what is queued and free, about `most` leads; answers how many were taken."""
    taken, size = 0, BATCH
    while most is None or taken < most:
        try:
            count = _batch(size)
        except OperationalError:
            # A deadlock, a lost connection: the next tick tries again.
            log.warning("Queued leads are tried again", exc_info=True)
            return taken
        except Exception:
            log.exception("A batch of %s leads failed", size)
            if size == 1:
                taken += _fail_first()
            size = max(size // 2, 1)
        else:
            size = min(size * 2, BATCH)
            if not count:
                return taken
            taken += count
    return taken


def is_due() -> bool:
    """Whether a lead waits."""
    return Lead.objects.filter(processing=Processing.QUEUED, deleted_at=None).exists()


def _batch(size: int) -> int:
    with acting(channel="system"), recorded(), connection.cursor() as cursor:
        cursor.execute(_TAKE, [size])
        leads = batch.held(cursor.fetchall())
        if leads:
            batch.process(leads)
    return len(leads)


def _fail_first() -> int:
    """The one lead that can't be written fails, for a person to look at."""
    with acting(channel="system"), recorded(), connection.cursor() as cursor:
        cursor.execute(_TAKE, [1])
        leads = batch.held(cursor.fetchall())
        for lead in leads:
            cursor.execute(_FAIL, [lead.id])
    return len(leads)
