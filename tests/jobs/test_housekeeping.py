"""What grows without end is removed when it is old enough, and nothing else."""

from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from django.conf import settings as configured
from django.db import connection
from django.utils import timezone

from conversions.models import PostbackCall
from convertr.jobs import housekeeping as chores
from convertr.jobs.models import JobRow
from convertr.jobs.tasks import housekeeping
from convertr.partitions import drop_partitions, ensure_partitions
from convertr.ui.models import Notification
from tests.factories import make_conversion

pytestmark = pytest.mark.django_db
NOW = datetime(2026, 11, 21, 12, tzinfo=ZoneInfo("UTC"))


@pytest.fixture(autouse=True)
def today(monkeypatch):
    monkeypatch.setattr(timezone, "now", lambda: NOW)


def months(table):
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT inhrelid::regclass::text FROM pg_inherits WHERE inhparent = %s::regclass",
            [table],
        )
        return {name.removeprefix(f"{table}_") for (name,) in cursor.fetchall()}


def test_months_that_ended_before_the_day_are_dropped_with_their_rows():
    ensure_partitions("jobs_jobrow", today=date(2025, 11, 1))
    for day in (date(2025, 11, 30), date(2025, 12, 1)):
        JobRow.objects.create(job_id=1, created_on=day, seq=day.month)

    assert drop_partitions("jobs_jobrow", before=date(2025, 11, 30)) == []
    assert drop_partitions("jobs_jobrow", before=date(2025, 12, 1)) == ["jobs_jobrow_2025_11"]
    assert list(JobRow.objects.values_list("seq", flat=True)) == [12]
    assert {"rest", "2025_12", "2026_01", "2026_11"} <= months("jobs_jobrow")


def test_job_rows_go_after_400_days_and_history_never():
    assert (configured.RETAIN_JOB_ROWS_DAYS, configured.RETAIN_HISTORY_DAYS) == (400, 0)
    for table in ("jobs_jobrow", "conversions_event"):
        ensure_partitions(table, today=date(2025, 9, 1))
    housekeeping()

    # 400 days before is 17 October 2025.
    assert months("jobs_jobrow") & {"2025_09", "2025_10"} == {"2025_10"}
    assert {"2025_09", "2025_10"} <= months("conversions_event")


def test_history_goes_where_that_is_wanted(settings):
    settings.RETAIN_HISTORY_DAYS = 30
    ensure_partitions("conversions_event", today=date(2025, 9, 1))
    make_conversion()
    housekeeping()

    assert "2025_09" not in months("conversions_event")
    assert "2026_11" in months("conversions_event")


@pytest.mark.parametrize("kept", [90, 0])
def test_postback_calls_and_notifications_go_by_age_in_batches(settings, monkeypatch, kept, agency):
    monkeypatch.setattr(chores, "BATCH", 2)
    settings.RETAIN_POSTBACK_CALLS_DAYS = settings.RETAIN_NOTIFICATIONS_DAYS = kept
    for days in (200, 120, 91, 89, 0):
        at = NOW - timedelta(days=days)
        PostbackCall.objects.filter(pk=PostbackCall.objects.create(outcome="x").pk).update(at=at)
        line = Notification.objects.create(user=agency, kind="job_ended", url="/")
        Notification.objects.filter(pk=line.pk).update(created_at=at)
    housekeeping()

    left = 2 if kept else 5
    assert (PostbackCall.objects.count(), Notification.objects.count()) == (left, left)
    assert min(PostbackCall.objects.values_list("at", flat=True)) == NOW - timedelta(
        days=89 if kept else 200
    )


def test_a_chore_that_fails_keeps_no_other_from_being_done(monkeypatch, caplog):
    done = []
    monkeypatch.setattr(
        chores, "_chores", {"one": lambda: 1 / 0, "two": lambda: done.append("two")}
    )
    housekeeping()

    assert done == ["two"]
    assert "one went wrong" in caplog.text
