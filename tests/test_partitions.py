"""What grows without end lies in tables by month, made ahead of time."""

from datetime import date, timedelta

import pytest
from django.db import connection
from django.utils import timezone

from conversions.models import ConversionEvent
from convertr.jobs.models import Heartbeat, Job, JobRow
from convertr.jobs.tasks import housekeeping, tick
from convertr.partitions import ensure_partitions, partitioned_tables
from tests.factories import make_conversion

pytestmark = pytest.mark.django_db


def partitions(table):
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT inhrelid::regclass::text FROM pg_inherits"
            " WHERE inhparent = %s::regclass ORDER BY 1",
            [table],
        )
        return [name for (name,) in cursor.fetchall()]


def lies_in(model, **fields):
    with connection.cursor() as cursor:
        name, value = next(iter(fields.items()))
        cursor.execute(
            f"SELECT DISTINCT tableoid::regclass::text FROM {model._meta.db_table}"
            f" WHERE {name} = %s",
            [value],
        )
        return [name for (name,) in cursor.fetchall()]


def test_job_rows_and_history_are_partitioned():
    assert {"jobs_jobrow", "conversions_event"} <= set(partitioned_tables())


def test_this_month_and_the_next_ones_are_there_from_the_first_migration():
    this = timezone.now().date()
    after = (this.replace(day=1) + timedelta(days=32)).replace(day=1)
    for table in partitioned_tables():
        found = partitions(table)
        assert f"{table}_rest" in found
        assert f"{table}_{this:%Y_%m}" in found
        assert f"{table}_{after:%Y_%m}" in found


def test_months_are_made_ahead_over_the_turn_of_the_year_and_once():
    today = date(2031, 11, 30)
    made = ensure_partitions("jobs_jobrow", today=today)

    assert made == [f"jobs_jobrow_{month}" for month in ("2031_11", "2031_12", "2032_01")]
    assert ensure_partitions("jobs_jobrow", today=today) == []
    assert ensure_partitions("jobs_jobrow", today=date(2031, 12, 1)) == ["jobs_jobrow_2032_02"]


def test_housekeeping_makes_them_for_every_table(monkeypatch):
    later = timezone.now() + timedelta(days=400)
    monkeypatch.setattr(timezone, "now", lambda: later)
    housekeeping()

    for table in partitioned_tables():
        assert f"{table}_{later:%Y_%m}" in partitions(table)


def test_rows_go_to_their_month_and_history_too(agency):
    job = Job.objects.create(kind="x", requested_by=agency, created_at=timezone.now())
    JobRow.objects.create(job_id=job.pk, created_on=job.created_on, seq=1)
    conversion = make_conversion()

    month = timezone.now().strftime("%Y_%m")
    assert lies_in(JobRow, job_id=job.pk) == [f"jobs_jobrow_{month}"]
    assert lies_in(ConversionEvent, pgh_obj_id=conversion.pk) == [f"conversions_event_{month}"]


def test_what_came_before_its_month_was_made_is_kept_and_moves_into_it(agency):
    early = date(2033, 5, 15)
    for day, seq in ((early, 1), (early, 2), (date(2033, 9, 1), 3)):
        JobRow.objects.create(job_id=7, created_on=day, seq=seq, input=["a", None], params={"a": 1})
    assert lies_in(JobRow, job_id=7) == ["jobs_jobrow_rest"]

    assert len(ensure_partitions("jobs_jobrow", today=early)) == 3
    assert lies_in(JobRow, created_on=early) == ["jobs_jobrow_2033_05"]
    assert lies_in(JobRow, seq=3) == ["jobs_jobrow_rest"]
    kept = JobRow.objects.filter(job_id=7, created_on=early).order_by("seq")
    assert [(row.seq, row.input, row.params) for row in kept] == [
        (1, ["a", None], {"a": 1}), (2, ["a", None], {"a": 1})
    ]  # fmt: skip


def test_a_tick_shows_that_beat_lives_and_says_nothing_of_the_worker():
    for _ in range(2):
        tick()

    seen = Heartbeat.objects.get()
    assert seen.name == "beat"
    assert timezone.now() - seen.seen_at < timedelta(minutes=1)
