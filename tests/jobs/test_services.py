"""What people do with jobs: confirm once, cancel at any time, undo by name."""

import threading
from datetime import timedelta

import pytest
from django.core.exceptions import PermissionDenied
from django.db import connection
from django.utils import timezone

from conversions.models import Conversion, ConversionEvent
from convertr.errors import DomainError
from convertr.jobs import chunks, engine, services
from convertr.jobs.models import Job, JobChunk, State
from tests.factories import make_conversions, make_user, run_job, verify_csv


def refused(act, **arguments):
    with pytest.raises(DomainError) as caught:
        act(**arguments)
    return caught.value


# --- Confirm --------------------------------------------------------------------------------------


def test_confirm_queues_the_job_and_names_who_did(stage, agency):
    job = services.confirm(actor=agency, job=stage(3))

    assert (job.state, job.confirmed_by) == (State.QUEUED, agency)
    assert job.confirmed_at


def test_a_second_confirm_is_refused_and_names_the_first(stage, agency, admin_user):
    job = stage(3)
    services.confirm(actor=agency, job=Job.objects.get(pk=job.pk))
    error = refused(services.confirm, actor=admin_user, job=job)

    assert error.code == "already_confirmed"
    assert "Ada Agency" in str(error)
    job.refresh_from_db()
    assert job.confirmed_by == agency
    assert job.chunks.count() == 1


@pytest.mark.parametrize("state", ["cancelled", "expired", "failed", "verifying", "refused"])
def test_only_a_verified_job_can_be_confirmed(stage, agency, state):
    job = stage(3)
    Job.objects.filter(pk=job.pk).update(state=state)
    error = refused(services.confirm, actor=agency, job=job)

    assert error.code == "not_verified"
    assert State(state).label.lower() in str(error)
    assert not JobChunk.objects.exists()


def test_after_24_hours_it_is_too_late_even_before_the_tick(stage, agency):
    job = stage(3)
    Job.objects.update(expires_at=timezone.now() - timedelta(seconds=1))
    error = refused(services.confirm, actor=agency, job=job)

    assert error.code == "not_verified"
    assert "expired" in str(error)


def test_what_was_verified_is_what_is_applied(agency):
    one, two = make_conversions(2)
    job = verify_csv(agency, "conversion_id,status", [one.pk, "APPROVED"])
    job.rows.model.objects.filter(job_id=job.pk).update(input=[str(two.pk), "REJECTED"])
    run_job(services.confirm(actor=agency, job=job))

    assert list(Conversion.objects.order_by("pk").values_list("status", flat=True)) == [
        "approved", "pending"
    ]  # fmt: skip


def at_once(*acts):
    """Run the functions in threads of their own, begun together."""
    together = threading.Barrier(len(acts), timeout=30)

    def run(act):
        together.wait()
        try:
            act(together)
        finally:
            connection.close()

    threads = [threading.Thread(target=run, args=[act]) for act in acts]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(60)


class Press:
    """A person presses Confirm on what one has seen; and a worker comes, as for the other."""

    def __init__(self, person, job):
        self.person, self.job, self.refused = person, Job.objects.get(pk=job.pk), None

    def __call__(self, together):
        try:
            services.confirm(actor=self.person, job=self.job, data={"note": "x"})
        except DomainError as error:
            self.refused = error
        together.wait()
        engine.advance(self.job.pk)


@pytest.mark.django_db(transaction=True)
def test_two_people_confirm_at_once_and_it_is_applied_once(agency, admin_user, settings):
    settings.JOB_CHUNK_ROWS = 50
    made = make_conversions(200)
    for turn in range(3):
        wanted = ("APPROVED", "REJECTED")[turn % 2]
        before = ConversionEvent.objects.count()
        job = verify_csv(agency, "conversion_id,status", *([c.pk, wanted] for c in made))
        both = [Press(person, job) for person in (agency, admin_user)]
        at_once(*both)

        job.refresh_from_db()
        (first,) = (press for press in both if press.refused is None)
        (second,) = (press for press in both if press.refused)
        assert job.confirmed_by == first.person
        assert second.refused.code == "already_confirmed"
        assert str(first.person) in str(second.refused)
        assert (job.state, job.counts) == (State.DONE, {"applied": 200})
        assert ConversionEvent.objects.count() - before == 200


@pytest.mark.django_db(transaction=True)
def test_two_jobs_on_the_same_conversions_dont_lock_each_other_out(agency, settings, caplog):
    settings.JOB_CHUNK_ROWS = 30
    made = make_conversions(200)
    before = ConversionEvent.objects.count()
    there = [[c.pk, "APPROVED"] for c in made]
    jobs = [verify_csv(agency, "conversion_id,status", *rows) for rows in (there, there[::-1])]
    for job in jobs:
        services.confirm(actor=agency, job=job)
    at_once(*(lambda _, job=job: engine.advance(job.pk) for job in jobs))

    outcomes = [Job.objects.get(pk=job.pk).counts for job in jobs]
    assert sum(counts.get("applied", 0) for counts in outcomes) == 200
    assert sum(counts.get("conflict", 0) for counts in outcomes) == 200
    assert ConversionEvent.objects.count() - before == 200
    assert "tried again" not in caplog.text


# --- Cancel ---------------------------------------------------------------------------------------


@pytest.mark.parametrize("state", ["staging", "verifying", "verified", "queued", "running"])
def test_cancel_works_in_every_state_before_done(stage, agency, state):
    job = stage(3)
    Job.objects.filter(pk=job.pk).update(state=state)
    job = services.cancel(actor=agency, job=job)

    assert (job.state, job.counts) == (State.CANCELLED, {"ready": 3})
    engine.advance(job.pk)
    assert Job.objects.get(pk=job.pk).counts == {"ready": 3}


def test_cancel_stops_between_chunks_and_what_is_applied_stays(confirmed, agency, settings):
    settings.JOB_CHUNK_ROWS = 10
    job = confirmed(30)
    engine.apply_chunk(job, chunks.claim(job.pk))
    job = services.cancel(actor=agency, job=job)
    engine.advance(job.pk)

    job.refresh_from_db()
    assert (job.state, job.counts) == (State.CANCELLED, {"applied": 10, "ready": 20})


@pytest.mark.parametrize("state", ["done", "cancelled", "expired", "failed", "refused"])
def test_what_has_ended_cant_be_cancelled(stage, agency, state):
    job = stage(3)
    Job.objects.filter(pk=job.pk).update(state=state)

    assert refused(services.cancel, actor=agency, job=job).code == "not_open"


# --- Resume, undo ---------------------------------------------------------------------------------


@pytest.mark.parametrize("state", ["done", "verified", "cancelled", "running", "expired"])
def test_only_a_failed_job_can_be_resumed(stage, agency, state):
    job = stage(3)
    Job.objects.filter(pk=job.pk).update(state=state)

    assert refused(services.resume, actor=agency, job=job).code == "not_failed"


def test_a_failed_verify_is_verified_again_and_still_waits_for_confirm(
    stage, agency, counting, monkeypatch
):
    with monkeypatch.context() as broken:
        broken.setattr(counting, "resolve", None)
        job = stage(3)
    assert job.state == State.FAILED
    job = run_job(services.resume(actor=agency, job=job))

    assert (job.state, job.counts["ready"], job.error_code) == (State.VERIFIED, 3, "")


@pytest.mark.parametrize("signature", ["", "Ada", "agency@example.test", "Abel Agency"])
def test_an_undo_is_signed_with_ones_own_full_name(confirmed, agency, signature):
    job = run_job(confirmed(3))
    error = refused(services.undo, actor=agency, job=job, signature=signature)

    assert error.code == "not_signed"
    assert "Ada Agency" in str(error)


def test_case_and_blanks_around_a_signature_dont_matter(confirmed, agency):
    job = run_job(confirmed(3))

    assert services.undo(actor=agency, job=job, signature=" ada agency ").undo_of == job


def test_a_person_without_a_name_signs_with_the_address(confirmed):
    nobody = make_user("nameless@example.test", full_name="", permissions="all")
    job = run_job(confirmed(3))

    assert refused(services.undo, actor=nobody, job=job, signature="").code == "not_signed"
    assert services.undo(actor=nobody, job=job, signature="nameless@example.test")


@pytest.mark.parametrize("state", ["verified", "running", "expired", "refused"])
def test_only_an_ended_job_that_changed_something_can_be_undone(confirmed, agency, state):
    job = run_job(confirmed(3))
    Job.objects.filter(pk=job.pk).update(state=state)
    job.refresh_from_db()

    assert not services.can_undo(job)
    assert refused(services.undo, actor=agency, job=job, signature="Ada Agency").code == (
        "not_undoable"
    )


def test_an_undone_job_cant_be_resumed(confirmed, agency, counting, settings):
    settings.JOB_CHUNK_ROWS, settings.JOB_CHUNK_ATTEMPTS = 2, 1
    job = confirmed(4)
    engine.apply_chunk(job, chunks.claim(job.pk))
    counting.deadlocks = 9
    job = run_job(job)
    assert (job.state, job.counts) == (State.FAILED, {"applied": 2, "ready": 2})
    services.undo(actor=agency, job=job, signature="Ada Agency")

    assert refused(services.resume, actor=agency, job=job).code == "not_failed"


# --- Permissions ----------------------------------------------------------------------------------


def test_who_only_reads_may_do_none_of_it(stage, confirmed, agency2):
    verified, done = stage(1), run_job(confirmed(1))
    for act in (services.confirm, services.cancel, services.resume):
        with pytest.raises(PermissionDenied):
            act(actor=agency2, job=verified)
    with pytest.raises(PermissionDenied):
        services.undo(actor=agency2, job=done, signature="Abel Agency")
    with pytest.raises(PermissionDenied):
        services.stage(actor=agency2, kind=verified.kind, rows=[])


def test_undo_needs_its_own_permission(confirmed):
    changer = make_user(full_name="Cy", permissions=["conversions.change_conversions"])
    undoer = make_user(full_name="Uma", permissions=["jobs.undo_jobs"])
    job = run_job(confirmed(1))
    for person in (changer, undoer):
        with pytest.raises(PermissionDenied):
            services.undo(actor=person, job=job, signature=person.full_name)
