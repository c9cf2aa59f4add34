"""What a worker does with a job: each chunk once or not at all, one bad row alone."""

from datetime import timedelta

import pytest
from django.core import mail
from django.db import OperationalError
from django.utils import timezone

from convertr.jobs import chunks, engine, progress, services
from convertr.jobs.models import Job, JobChunk, Outcome, State
from convertr.jobs.staging import StagedRow
from convertr.ui.models import Notification
from tests.factories import run_job


@pytest.fixture(autouse=True)
def small_chunks(settings):
    settings.JOB_CHUNK_ROWS = 10


@pytest.fixture
def nudged(monkeypatch):
    """The jobs that were nudged."""
    found = []
    monkeypatch.setattr(engine, "nudge", found.append)
    return found


def times(job):
    """How often each row was applied."""
    return [(row.after or {}).get("times", 0) for row in job.rows.order_by("seq")]


def silent(**minutes):
    return timezone.now() - timedelta(**(minutes or {"hours": 1}))


# --- Applying -------------------------------------------------------------------------------------


def test_a_job_is_cut_into_chunks_and_each_row_is_applied_once(confirmed, open_chunks):
    job = confirmed(25)
    assert sorted(job.chunks.values_list("rows", flat=True)) == [5, 10, 10]
    job = run_job(job)

    assert (job.state, job.counts) == (State.DONE, {"applied": 25})
    assert times(job) == [1] * 25
    assert open_chunks(job) == 0
    assert job.finished_at >= job.started_at >= job.confirmed_at


def test_chunks_follow_the_targets_and_dont_overlap(confirmed):
    ranges = list(confirmed(25).chunks.order_by("first").values_list("first", "last"))

    assert ranges == [(2, 38), (42, 78), (82, 98)]


def test_a_doubled_or_late_message_changes_nothing(confirmed):
    job = run_job(confirmed(12))
    finished = job.finished_at
    for _ in range(2):
        engine.advance(job.pk)

    job.refresh_from_db()
    assert job.finished_at == finished
    assert times(job) == [1] * 12
    assert Notification.objects.count() == 1


def test_a_message_for_a_job_that_waits_for_confirm_changes_nothing(stage):
    job = stage(3)
    engine.advance(job.pk)

    job.refresh_from_db()
    assert job.state == State.VERIFIED
    assert times(job) == [0] * 3


def test_a_job_without_ready_rows_is_done_at_once(stage, agency, counting):
    rows = [StagedRow(1, ["x"], key_id=2)]
    job = services.stage(actor=agency, kind=counting.name, rows=rows)
    job = run_job(services.confirm(actor=agency, job=job))

    assert (job.state, job.counts) == (State.DONE, {"unchanged": 1})


def test_a_failing_row_is_isolated_and_the_others_are_applied(confirmed, counting):
    job = confirmed(20)
    counting.bad_targets = {6}
    job = run_job(job)

    assert (job.state, job.counts) == (State.DONE, {"applied": 19, "failed": 1})
    failed = job.rows.get(outcome=Outcome.FAILED)
    assert (failed.target_id, failed.code) == (6, "row_failed")
    assert sum(times(job)) == 19
    # Halved, not tried one by one.
    assert len(counting.tried) < 12


def test_rows_that_fail_side_by_side_each_fail_alone(confirmed, counting):
    job = confirmed(10)
    counting.bad_targets = {2, 6, 38}
    job = run_job(job)

    assert job.counts == {"applied": 7, "failed": 3}
    assert set(job.rows.filter(outcome="failed").values_list("target_id", flat=True)) == {2, 6, 38}


def test_a_deadlock_is_tried_again_whole(confirmed, counting):
    job = confirmed(10)
    counting.deadlocks = 3
    job = run_job(job)

    assert (job.state, job.counts) == (State.DONE, {"applied": 10})
    assert counting.tried == [10, 10, 10, 10]
    assert times(job) == [1] * 10


def test_a_chunk_that_keeps_failing_fails_the_job_which_can_be_resumed(
    confirmed, counting, agency, settings
):
    settings.JOB_CHUNK_ATTEMPTS = 2
    job = confirmed(10)
    counting.deadlocks = 99
    job = run_job(job)

    assert (job.state, job.error_code) == (State.FAILED, "attempts_used_up")
    assert job.error_params == {"attempts": 2}
    assert job.counts == {"ready": 10}
    assert counting.tried == [10, 10]

    counting.deadlocks = 0
    job = run_job(services.resume(actor=agency, job=job))
    assert (job.state, job.counts, job.error_code) == (State.DONE, {"applied": 10}, "")
    assert times(job) == [1] * 10


def test_a_chunk_is_claimed_by_one_worker_until_it_falls_silent(confirmed):
    job = confirmed(10)
    first = chunks.claim(job.pk)
    assert chunks.claim(job.pk) is None

    JobChunk.objects.update(heartbeat_at=silent())
    second = chunks.claim(job.pk)
    assert second.pk == first.pk
    assert second.attempts == 2
    # The first comes back to life: its token no longer holds.
    assert not chunks.lock(first)
    assert chunks.lock(second)


def test_a_worker_that_lost_its_claim_writes_nothing(confirmed, counting):
    job = confirmed(10)
    lost = chunks.claim(job.pk)
    JobChunk.objects.update(heartbeat_at=silent())
    chunks.claim(job.pk)
    engine.apply_chunk(job, lost)

    assert counting.tried == []
    assert times(job) == [0] * 10


def test_progress_is_counted_from_chunks(confirmed, settings):
    job = confirmed(25)
    Job.objects.filter(pk=job.pk).update(state=State.RUNNING, started_at=silent(seconds=10))
    job.refresh_from_db()
    assert (progress.of(job).done, progress.of(job).seconds_left) == (0, None)

    engine.apply_chunk(job, chunks.claim(job.pk))
    found = progress.of(job)
    assert (found.done, found.total, found.percent) == (10, 25, 40)
    assert found.rate == pytest.approx(1, rel=0.1)
    assert 13 <= found.seconds_left <= 17


# --- Verifying ------------------------------------------------------------------------------------


def test_a_big_job_is_left_to_a_worker_to_verify(stage, monkeypatch):
    monkeypatch.setattr(services, "VERIFY_INLINE_ROWS", 2)
    job = stage(3)
    assert job.state == State.VERIFYING

    job = run_job(job)
    assert (job.state, job.counts, job.summary) == (
        State.VERIFIED,
        {"ready": 3, "unchanged": 0},
        {"seen": 3},
    )


def test_verifying_that_goes_wrong_fails_the_job_and_says_so(stage, counting, monkeypatch):
    monkeypatch.setattr(counting, "resolve", None)
    job = stage(3)

    assert (job.state, job.error_code) == (State.FAILED, "verify_failed")


def test_verifying_that_lost_its_connection_is_tried_again(stage, counting, monkeypatch, nudged):
    def lost(job):
        raise OperationalError("server closed the connection unexpectedly")

    with monkeypatch.context() as broken:
        broken.setattr(counting, "resolve", lost)
        job = stage(3)
    assert job.state == State.VERIFYING
    Job.objects.update(heartbeat_at=silent())
    engine.recover()
    assert nudged == [job.pk]

    assert run_job(job).state == State.VERIFIED


# --- Recovering -----------------------------------------------------------------------------------


def test_what_is_queued_and_unclaimed_is_nudged_again(confirmed, nudged):
    job = confirmed(10)
    engine.recover()

    assert nudged == [job.pk]


def test_what_is_being_worked_on_or_at_rest_is_not(stage, confirmed, agency, nudged):
    at_work = confirmed(10)
    chunks.claim(at_work.pk)
    stage(3)
    run_job(confirmed(3))
    services.cancel(actor=agency, job=confirmed(3))
    engine.recover()

    assert nudged == []


def test_what_went_silent_is_nudged_again(confirmed, nudged):
    job = confirmed(10)
    chunks.claim(job.pk)
    JobChunk.objects.update(heartbeat_at=silent())
    engine.recover()

    assert nudged == [job.pk]


def test_a_job_whose_worker_died_before_its_last_line_is_finished(confirmed, nudged):
    job = confirmed(10)
    Job.objects.filter(pk=job.pk).update(state=State.RUNNING, started_at=timezone.now())
    engine.apply_chunk(job, chunks.claim(job.pk))
    engine.recover()

    assert nudged == [job.pk]
    assert run_job(job).state == State.DONE


def test_verified_and_not_confirmed_in_time_expires(stage, agency):
    stale, fresh = stage(1), stage(1)
    Job.objects.filter(pk=stale.pk).update(expires_at=silent())
    engine.recover()

    stale.refresh_from_db()
    fresh.refresh_from_db()
    assert (stale.state, fresh.state) == (State.EXPIRED, State.VERIFIED)
    assert stale.finished_at


def test_a_job_is_verified_for_24_hours(stage):
    job = stage(1)

    assert timedelta(hours=23) < job.expires_at - timezone.now() <= timedelta(hours=24)


def test_a_job_without_rows_makes_its_file_once(counting, agency, monkeypatch):
    made = []
    monkeypatch.setattr(counting, "produce", made.append, raising=False)
    job = services.start_export(actor=agency, kind=counting.name, parameters={}, name="all.csv")
    for _ in range(2):
        engine.advance(job.pk)

    job.refresh_from_db()
    assert (job.state, len(made)) == (State.DONE, 1)


def test_a_file_that_another_worker_is_making_is_left_alone(counting, agency, monkeypatch):
    made = []
    monkeypatch.setattr(counting, "produce", made.append, raising=False)
    job = services.start_export(actor=agency, kind=counting.name, parameters={}, name="all.csv")
    Job.objects.update(state=State.RUNNING, heartbeat_at=timezone.now())
    engine.advance(job.pk)
    assert made == []

    Job.objects.update(heartbeat_at=silent())
    engine.advance(job.pk)
    assert len(made) == 1


def test_a_file_that_cant_be_made_fails_the_job(counting, agency):
    job = services.start_export(actor=agency, kind=counting.name, parameters={}, name="all.csv")
    job = run_job(job)

    assert (job.state, job.error_code) == (State.FAILED, "export_failed")


# --- Telling --------------------------------------------------------------------------------------


def test_the_bell_of_who_asked_rings_once(confirmed, agency):
    job = run_job(confirmed(3))

    (told,) = Notification.objects.all()
    assert (told.user, told.kind, told.url) == (agency, "job_ended", job.get_absolute_url())
    assert told.params == {
        "job": job.pk, "kind": "tests.counting", "state": "done", "counts": {"applied": 3}
    }  # fmt: skip


def test_the_jobs_of_the_api_dont_ring(stage, agency):
    run_job(services.confirm(actor=agency, job=stage(3, channel="api")))

    assert not Notification.objects.exists()


@pytest.mark.parametrize(("minutes", "mails"), [(0, 0), (2, 1)])
def test_a_long_job_sends_a_mail(
    confirmed, agency, minutes, mails, django_capture_on_commit_callbacks
):
    job = confirmed(3)
    Job.objects.update(confirmed_at=silent(minutes=minutes))
    with django_capture_on_commit_callbacks(execute=True):
        run_job(job)

    assert len(mail.outbox) == mails
    if mails:
        assert mail.outbox[0].to == [agency.email]
        assert job.get_absolute_url() in mail.outbox[0].body


def test_a_failed_job_sends_a_mail(
    confirmed, counting, settings, django_capture_on_commit_callbacks
):
    settings.JOB_CHUNK_ATTEMPTS = 1
    job = confirmed(3)
    counting.deadlocks = 9
    with django_capture_on_commit_callbacks(execute=True):
        run_job(job)

    assert "Failed" in mail.outbox[0].subject
