"""What is done once an hour: apps register a chore, the ground knows none of them by name.

A chore is short and safe to repeat: ticks wait for it. Source: docs/production.md, "What is kept".
"""

import logging
from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any

from django.conf import settings
from django.db import models
from django.utils import timezone

from convertr.jobs.models import Job, JobRow
from convertr.jobs.notify import QUIET_CHANNELS
from convertr.partitions import drop_partitions, ensure_partitions, partitioned_tables
from convertr.ui.models import Notification

log = logging.getLogger(__name__)
BATCH = 5_000
BATCHES = 20
_chores: dict[str, Callable[[], None]] = {}


def register_chore(name: str, chore: Callable[[], None]) -> None:
    """Have it done with every housekeeping."""
    _chores[name] = chore


def carry_out() -> None:
    """All chores; one that fails keeps no other from being done."""
    for name, chore in _chores.items():
        try:
            chore()
        except Exception:
            log.exception("Housekeeping: %s went wrong", name)


def register_own() -> None:
    """The ground's own chores."""
    register_chore("months ahead", make_months)
    register_chore("jobs of calls", forget_calls)
    register_chore("job rows", lambda: drop_older(JobRow, days=settings.RETAIN_JOB_ROWS_DAYS))
    register_chore(
        "notifications",
        lambda: delete_older(Notification, "created_at", days=settings.RETAIN_NOTIFICATIONS_DAYS),
    )


def forget_calls() -> None:
    """Jobs of the API's calls that ended; those that were undone stay with their undoing."""
    ended = Job.objects.filter(channel__in=QUIET_CHANNELS, finished_at__isnull=False)
    days = settings.RETAIN_API_JOBS_DAYS
    delete_older(ended.filter(undone_by=None, undo_of=None), "created_at", days=days)


def make_months() -> None:
    for table in partitioned_tables():
        ensure_partitions(table, today=timezone.now().date())


def drop_older(model: type[models.Model], *, days: int) -> None:
    """Drop the months of a partitioned table that ended more than `days` ago; 0 keeps all."""
    if days > 0:
        drop_partitions(model._meta.db_table, before=(timezone.now() - timedelta(days)).date())


def delete_older(rows: type[models.Model] | models.QuerySet[Any], field: str, *, days: int) -> None:
    """Delete of a model's rows what is older than `days` by its time `field`; 0 keeps all.

    Keys ascend with time, so that only the oldest rows are looked at, without an index on time.
    """
    if days <= 0:
        return
    before: datetime = timezone.now() - timedelta(days)
    manager = rows if isinstance(rows, models.QuerySet) else rows._default_manager.all()
    for _ in range(BATCHES):
        oldest = manager.order_by("pk").values_list("pk", field)[:BATCH]
        old = [key for key, at in oldest if at < before]
        manager.filter(pk__in=old).delete()
        if len(old) < BATCH:
            return
