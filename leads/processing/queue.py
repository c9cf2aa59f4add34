"""What came in is processed within seconds, some hundreds a transaction, by any number of workers.

A worker holds its leads for as long as its transaction lives, and others pass over them; one that
dies takes its transaction with it. A batch that can't be written is halved until the lead at fault
is alone; that one fails, and the others go on.
"""

import math

from django.db import connection
from django.utils.translation import gettext

from convertr.audit.context import acting, recorded
from convertr.halving import work_through
from leads.models import Lead
from leads.processing import batch
from leads.processing.batch import HELD
from leads.rules import Processing

BATCH = 500
_TAKE = f"""
SELECT {HELD} FROM leads_lead l JOIN network_campaign c ON c.id = l.campaign_id
WHERE l.processing = 'queued' AND l.deleted_at IS NULL
ORDER BY l.id LIMIT %s FOR NO KEY UPDATE OF l SKIP LOCKED
"""  # noqa: S608  a part of this app
_FAIL = """
WITH failed AS (
    UPDATE leads_lead SET processing = 'failed', version = version + 1, updated_at = now()
    WHERE id = %(lead)s AND processing = 'queued' RETURNING id, round
)
INSERT INTO leads_leadrun (lead_id, round, at, status, hardfail, verdicts, error)
SELECT id, round, now(), '', false, '[]', %(text)s FROM failed
"""


def process(*, most: float = math.inf) -> int:
    """Process what is queued and free, about `most` leads; answers how many were taken."""
    return work_through("queued leads", _batch, _fail, size=BATCH, most=most)


def is_due() -> bool:
    """Whether a lead waits."""
    return Lead.objects.filter(processing=Processing.QUEUED, deleted_at=None).exists()


def _batch(size: int, tried: list[int]) -> int:
    """Process up to `size` leads in one transaction; `tried` is told which, should it fail."""
    with acting(channel="system"), recorded(), connection.cursor() as cursor:
        cursor.execute(_TAKE, [size])
        leads = batch.held(cursor.fetchall())
        tried[:] = [lead.id for lead in leads]
        if leads:
            batch.process(leads)
    return len(leads)


def _fail(ids: list[int]) -> int:
    """The one lead that can't be written fails, for a person to look at."""
    text = gettext("It could not be written; the administrators have the details.")
    with acting(channel="system"), recorded(), connection.cursor() as cursor:
        for lead in ids:
            cursor.execute(_FAIL, {"lead": lead, "text": text})
    return len(ids)
