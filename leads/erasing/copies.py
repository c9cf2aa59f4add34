"""Removing the copies of erased leads: rows of jobs, files of exports, what other apps keep.

Nothing can copy a lead's data any more once it is empty (emptying.py). What was being read at that
moment is waited for; what is still in use is left to the next time.
"""

from collections.abc import Collection, Iterable, Mapping
from datetime import datetime, timedelta
from typing import Any

from django.conf import settings
from django.db import connection, transaction
from django.db.models import Q, QuerySet
from django.utils import timezone

from convertr.jobs.models import Job, State
from convertr.ui.lists.export import ListExport, forget_files, remove_output
from leads.erasing.emptying import keepers
from leads.exports.conditions import LIST
from leads.exports.kinds import LeadsExport
from leads.flagging import kinds as flagging
from leads.imports import kinds as imports
from leads.models import Erasing, Lead
from leads.rules import ERASED

AT_ONCE = 500
KINDS = [kind.name for kind in (*flagging.KINDS, *imports.KINDS)]
OF_LEADS = Q(kind=LeadsExport.name) | Q(kind=ListExport.name, parameters__list=LIST)
# Clocks of different hosts are not quite the same.
CLOCKS, MARGIN = timedelta(seconds=10), timedelta(days=1)
# A job's rows are found by their job, whose number begins their key. A row that repeats another of
# its file has the same person in it; one that names its lead by a key holds nothing else.
_ROWS = """
WITH own AS MATERIALIZED (
    SELECT r.created_on, r.job_id, r.seq, r.input
    FROM jobs_job j JOIN jobs_jobrow r ON r.created_on = j.created_on AND r.job_id = j.id
    WHERE j.kind = ANY(%(kinds)s) AND j.created_at >= %(since)s AND (
        r.target_id = ANY(%(ids)s) OR r.key_id = ANY(%(ids)s) OR r.key_uuid = ANY(%(hashes)s)
    )
),
every AS (
    SELECT created_on, job_id, seq FROM own UNION
    SELECT r.created_on, r.job_id, r.seq FROM own o JOIN jobs_jobrow r
        ON r.created_on = o.created_on AND r.job_id = o.job_id AND r.input = o.input
    WHERE r.outcome = 'duplicate'
)
UPDATE jobs_jobrow r SET input = CASE WHEN r.key_id IS NULL AND r.key_uuid IS NULL
        THEN array_fill(''::text, ARRAY[cardinality(r.input)]) ELSE r.input END,
    key_text = NULL, wanted = NULL, before = NULL, after = NULL, params = NULL, code = %(code)s
FROM every e WHERE r.created_on = e.created_on AND r.job_id = e.job_id AND r.seq = e.seq
RETURNING r.job_id
"""
# What was typed for all leads of a job, such as a comment.
_TYPED = """
UPDATE jobs_job SET parameters = (parameters - 'typed') || CASE WHEN parameters ? 'given' THEN
    jsonb_build_object('given', (parameters->'given')
        - ARRAY['own_reason', 'comment', 'replacement_comment']) ELSE '{}' END
WHERE id = ANY(%(jobs)s) AND finished_at IS NOT NULL AND parameters ?| ARRAY['typed', 'given']
"""
_STILL_TYPED = """
SELECT EXISTS (
    SELECT FROM jobs_job
    WHERE id = ANY(%(jobs)s) AND finished_at IS NULL AND parameters ?| ARRAY['typed', 'given']
)
"""


def clear() -> int:
    """Remove what copies there are of erased leads; answers of how many leads none is left."""
    cleared, last = 0, 0
    while batch := list(_open().filter(pk__gt=last)[:AT_ONCE]):
        last = batch[-1].pk
        _await_readers()
        cleared += _clear([one.pk for one in batch])
    return cleared


def is_due() -> bool:
    """Whether copies are still to be removed."""
    return Erasing.objects.exists()


def _open() -> QuerySet[Erasing]:
    return Erasing.objects.order_by("pk")


def _await_readers() -> None:
    """Wait until no job is being verified that may have read a lead before it was emptied."""
    with transaction.atomic():
        open_jobs = Job.objects.filter(kind__in=KINDS, finished_at=None)
        list(open_jobs.order_by("pk").select_for_update().values_list("pk"))


def _clear(ids: Collection[int]) -> int:
    with transaction.atomic():
        held = list(_open().select_for_update(skip_locked=True).filter(pk__in=ids))
        leads = list(Lead.objects.filter(pk__in=[one.pk for one in held]).order_by("pk"))
        if not leads:
            return 0
        for one in held:
            # The lead was emptied and committed by now.
            one.since = one.since or timezone.now() + CLOCKS
        Erasing.objects.bulk_update(held, ["since"])
        waiting = _forget_rows(leads)
        since = {one.pk: one.since for one in held if one.since and not one.by_age}
        waiting |= _forget_exports(leads, since)
        for keeper in keepers:
            waiting |= keeper.forget([lead.pk for lead in leads])
        done = [one.pk for one in held if one.pk not in waiting]
        Erasing.objects.filter(pk__in=done).delete()
    return len(done)


def _forget_rows(leads: Collection[Lead]) -> set[int]:
    """Empty the rows of jobs on these leads; all of them wait where a job still needs its texts."""
    values: dict[str, Any] = {
        "kinds": KINDS,
        "since": _oldest(leads),
        "ids": [lead.pk for lead in leads],
        "hashes": [lead.hash for lead in leads],
        "code": ERASED,
    }
    with connection.cursor() as cursor:
        cursor.execute(_ROWS, values)
        jobs = {"jobs": list({job for (job,) in cursor.fetchall()})}
        cursor.execute(_TYPED, jobs)
        cursor.execute(_STILL_TYPED, jobs)
        row = cursor.fetchone()
    return {lead.pk for lead in leads} if row and row[0] else set()


def _forget_exports(leads: Collection[Lead], since: Mapping[int, datetime]) -> set[int]:
    """Remove the files of exports that may hold these leads; those that one being made may hold.

    What else an export was narrowed by may have changed meanwhile, so that it tells nothing.
    """
    wanted = [lead for lead in leads if lead.pk in since]
    exports = Job.objects.filter(OF_LEADS, created_at__gte=_oldest(leads))
    waiting: set[int] = set()
    for job in exports.order_by("pk") if wanted else ():
        held = [lead.pk for lead in wanted if _may_hold(job, lead)]
        if job.state == State.RUNNING and job.started_at:
            waiting |= {pk for pk in held if job.started_at <= since[pk]}
        elif held:
            remove_output(job)
    return waiting


def forget_exports() -> None:
    """Housekeeping: where leads are erased by age, files of them are kept for a day at most.

    An export that is made before its leads come of age would else outlive them.
    """
    forget_files(days=1 if settings.RETAIN_LEADS_DAYS > 0 else 0, of=OF_LEADS)


def _may_hold(job: Job, lead: Lead) -> bool:
    conditions = job.parameters.get("conditions", {})
    of = {"campaign": lead.campaign_id, "partner": lead.partner_id}
    return all(not conditions.get(name) or pk in conditions[name] for name, pk in of.items())


def _oldest(leads: Iterable[Lead]) -> Any:
    return min(lead.created_at for lead in leads) - MARGIN
