"""Every job ends, and its owner is told; of a resume and an undo one wins (platform.md, "Jobs")."""

import pytest
from django.core.exceptions import PermissionDenied

from convertr.errors import DomainError
from convertr.jobs import engine, kinds, services
from convertr.jobs.kinds import Kind
from convertr.jobs.models import Job, State
from convertr.ui.models import Notification

pytestmark = pytest.mark.django_db


class Exporting(Kind):
    name, label, permission = "tests.exporting", "Exporting", ""

    def produce(self, job):
        raise SystemExit("as if the worker had been killed")


@pytest.fixture
def exporting():
    kinds.register(Exporting())
    yield Exporting.name
    kinds._kinds.pop(Exporting.name)


def test_an_export_that_takes_its_worker_down_every_time_fails(exporting, agency2, settings):
    settings.JOB_CHUNK_ATTEMPTS, settings.JOB_SILENT_SECONDS = 3, 0
    job = services.start_export(actor=agency2, kind=exporting, parameters={}, name="a.csv")
    for _ in range(3):
        with pytest.raises(SystemExit):
            engine.advance(job.pk)
    engine.advance(job.pk)
    job.refresh_from_db()
    assert (job.state, job.error_code) == (State.FAILED, "attempts_used_up")
    assert Notification.objects.get(user=agency2).params["state"] == State.FAILED


def test_a_verify_that_takes_its_worker_down_every_time_fails(stage, counting, settings):
    settings.JOB_CHUNK_ATTEMPTS = 2
    job = stage(3)
    Job.objects.filter(pk=job.pk).update(state=State.VERIFYING, attempts=2)
    engine.advance(job.pk)
    job.refresh_from_db()
    assert (job.state, job.error_code) == (State.FAILED, "attempts_used_up")


def test_a_failed_verify_rings_its_owner(stage, counting, monkeypatch, agency):
    job = stage(1)
    Job.objects.filter(pk=job.pk).update(state=State.VERIFYING)
    monkeypatch.setattr(counting, "resolve", lambda _: 1 / 0)
    engine.advance(job.pk)
    assert Notification.objects.get(user=agency).params["state"] == State.FAILED


def test_an_export_is_its_requesters_to_cancel(exporting, agency, agency2):
    job = services.start_export(actor=agency2, kind=exporting, parameters={}, name="a.csv")
    with pytest.raises(PermissionDenied):
        services.cancel(actor=agency, job=job)
    assert services.cancel(actor=agency2, job=job).state == State.CANCELLED


def test_what_was_undone_can_no_longer_be_resumed(stage, counting, agency):
    job = services.confirm(actor=agency, job=stage(3))
    engine.advance(job.pk)
    Job.objects.filter(pk=job.pk).update(state=State.FAILED)
    seen_before_the_undo = Job.objects.get(pk=job.pk)
    services.undo(actor=agency, job=job, signature=agency.full_name)
    with pytest.raises(DomainError, match="Only a failed job"):
        services.resume(actor=agency, job=seen_before_the_undo)


def test_a_job_whose_rows_were_removed_cannot_be_undone(stage, counting, agency):
    job = services.confirm(actor=agency, job=stage(3))
    engine.advance(job.pk)
    job.rows.all().delete()
    with pytest.raises(DomainError, match="too old to undo"):
        services.undo(actor=agency, job=job, signature=agency.full_name)
    assert not Job.objects.filter(undo_of=job).exists()
