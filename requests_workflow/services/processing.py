"""What is accepted is done, within seconds: any number in few statements, each once.

Accepted requests are taken in the order of their acceptance, a batch a transaction, by one worker
at a time: whoever is told while another is at it leaves it to that one. A worker that dies takes
its transaction with it. A batch that can't be written is halved until the one at fault is alone;
that one fails, and the others go on.
"""

import json
from collections.abc import Iterable, Sequence
from typing import Any, NamedTuple

from django.db import connection

from conversions import writing
from convertr.audit.context import acting, recorded
from convertr.halving import work_through
from requests_workflow.models import ConversionRequest
from requests_workflow.rules import Status, Type
from requests_workflow.services import notifying
from requests_workflow.services.validation import problems

BATCH = 5_000
FAILED = "failed"
_TURN = "SELECT pg_try_advisory_xact_lock(hashtext('requests_workflow.processing'))"
# One a conversion: a second change of it is judged when the first is written.
_TAKE = """
WITH first AS MATERIALIZED (
    SELECT id, conversion_id, decided_at FROM requests_workflow_conversionrequest
    WHERE status = 'accepted' ORDER BY decided_at, id LIMIT %s
),
due AS MATERIALIZED (
    SELECT DISTINCT ON (coalesce(conversion_id, -id)) id FROM first
    ORDER BY coalesce(conversion_id, -id), decided_at, id
),
held AS MATERIALIZED (
    SELECT * FROM requests_workflow_conversionrequest
    WHERE id = ANY (ARRAY(SELECT id FROM due)) AND status = 'accepted'
    ORDER BY id FOR NO KEY UPDATE
)
SELECT id, type, conversion_id, offer_id, event_id, partner_id, decided_by_id,
    wanted::text, agreed::text, wanted->>'order_id', wanted->>'request_id'
FROM held ORDER BY decided_at, id
"""
_NAMES = """
SELECT DISTINCT jsonb_object_keys(wanted) FROM requests_workflow_conversionrequest
WHERE id = ANY(%s)
"""
_DONE = """
UPDATE requests_workflow_conversionrequest r SET
    status = CASE WHEN d.code IS NULL THEN 'processed' ELSE 'failed' END,
    version = r.version + 1, processed_at = CASE WHEN d.code IS NULL THEN now() END,
    conversion_id = coalesce(r.conversion_id, d.conversion_id),
    failure_code = coalesce(d.code, ''), failure_params = d.params::jsonb
FROM unnest(%(ids)s::bigint[], %(codes)s::text[], %(params)s::text[], %(conversions)s::bigint[])
    AS d (id, code, params, conversion_id)
WHERE r.id = d.id
"""


class Due(NamedTuple):
    """An accepted request, held; `wanted` and `agreed` are JSON."""

    id: int
    type: str
    conversion_id: int
    offer_id: int
    event_id: int
    partner_id: int
    decided_by_id: int
    wanted: str
    agreed: str
    order_id: str | None
    request_id: str | None


class Fate(NamedTuple):
    """What came of one: a code where it failed, else the conversion made or changed."""

    code: str | None
    params: dict[str, Any]
    conversion_id: int | None


# For technical reasons, which the log has.
UNWRITTEN = Fate("request_failed", {}, None)


def process() -> int:
    """Process all that is accepted; answers how many were taken."""
    return work_through("accepted requests", _batch, _fail, size=BATCH)


def is_due() -> bool:
    """Whether anything is accepted and waits."""
    return ConversionRequest.objects.filter(status=Status.ACCEPTED).exists()


def _batch(size: int, tried: list[int]) -> int:
    """Process the first `size` accepted requests in one transaction; 0 where there is none.

    `tried` is told which ones, should it fail.
    """
    with acting(channel="request"), recorded():
        due = _take(size)
        tried += [one.id for one in due]
        if due:
            _tell(due, {**_change(due), **_create(due)})
    return len(due)


def _take(size: int) -> list[Due]:
    """Some of what is accepted, held; nothing while another worker is at it."""
    with connection.cursor() as cursor:
        cursor.execute(_TURN)
        if not cursor.fetchone()[0]:
            return []
        cursor.execute(_TAKE, [size])
        return [Due(*row) for row in cursor.fetchall()]


def _change(due: Iterable[Due]) -> dict[int, Fate]:
    """Write what is wanted of tracked conversions, where they are as they were at acceptance."""
    asked = [one for one in due if one.type == Type.CHANGE]
    if not asked:
        return {}
    changes = [writing.Change(one.conversion_id, one.wanted, one.agreed) for one in asked]
    told = writing.write(changes, names=_names(asked))
    return {one.id: Fate(told[one.conversion_id], {}, one.conversion_id) for one in asked}


def _names(asked: Sequence[Due]) -> list[str]:
    """The fields that these requests name."""
    with connection.cursor() as cursor:
        cursor.execute(_NAMES, [[one.id for one in asked]])
        return [name for (name,) in cursor.fetchall()]


def _create(due: Iterable[Due]) -> dict[int, Fate]:
    """Make the conversions that are wanted, but those that have appeared in the meantime."""
    asked = [one for one in due if one.type == Type.CREATE]
    fates, free, seen = _refused(asked), list[Due](), set[tuple[Any, ...]]()
    for one in asked:
        keys = _keys(one)
        if one.id not in fates and not seen.intersection(keys):
            free.append(one)
            seen.update(keys)
    made = writing.add(
        [writing.New(one.offer_id, one.event_id, one.partner_id, one.wanted) for one in free]
    )
    for one, conversion_id in zip(free, made, strict=True):
        if conversion_id:
            fates[one.id] = Fate(None, {}, conversion_id)
    # What one of this batch, or somebody else at this moment, was quicker to make.
    late = _refused([one for one in asked if one.id not in fates])
    # What can't be made and says nothing of why.
    lost = {one.id: UNWRITTEN for one in free if one.id not in fates and one.id not in late}
    return {**late, **lost, **fates}


def _refused(asked: Iterable[Due]) -> dict[int, Fate]:
    ids = [one.id for one in asked]
    found = problems(ids) if ids else {}
    return {pk: Fate(problem.code, problem.params, None) for pk, problem in found.items()}


def _keys(one: Due) -> set[tuple[Any, ...]]:
    """By which two requests would make the same conversion."""
    keys: set[tuple[Any, ...]] = {("order", one.order_id)} if one.order_id else set()
    return keys | ({("request", one.offer_id, one.request_id)} if one.request_id else set())


def _tell(due: Sequence[Due], fates: dict[int, Fate]) -> None:
    """Write what came of the requests; what has no fate yet waits for the next batch.

    Of a failure the decider hears: it is the agency's to try again, or to reject.
    """
    told = [(one, fates[one.id]) for one in due if one.id in fates]
    values: dict[str, Any] = {
        "ids": [one.id for one, _fate in told],
        "codes": [fate.code for _one, fate in told],
        "params": [json.dumps(fate.params) if fate.params else "{}" for _one, fate in told],
        "conversions": [fate.conversion_id for _one, fate in told],
    }
    with connection.cursor() as cursor:
        cursor.execute(_DONE, values)
    failed = [(one.id, one.decided_by_id) for one, fate in told if fate.code]
    notifying.tell_decided(failed, what=FAILED, by=None)


def _fail(ids: Sequence[int]) -> int:
    """The one request that can't be written fails, for a decider to try again or reject."""
    with acting(channel="request"), recorded():
        due = [one for one in _take(1) if one.id in ids]
        _tell(due, {one.id: UNWRITTEN for one in due})
    return len(due)
