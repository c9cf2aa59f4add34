"""Jobs of calls beside the engine's ways: cancelled before they have rows, cleared up."""

from datetime import timedelta

import pytest
from django.utils import timezone

from convertr.jobs import housekeeping, services
from convertr.jobs.models import Job, JobInput
from tests.factories import make_conversion, outcomes, run_job
from tests.http_api.test_statuses import patch

pytestmark = pytest.mark.django_db


@pytest.fixture
def staged(network, settings):
    """A call's job that waits for a worker: one id twice, one that is none."""
    settings.JOB_INLINE_ROWS = 0
    conversion = make_conversion()
    answer = patch(network, [conversion.uuid.hex, "no-id", str(conversion.uuid)])
    return Job.objects.get(pk=answer["X-Job-Id"])


def test_cancelled_before_its_rows_are_made_it_tells_each_all_the_same(agency, staged):
    job = services.cancel(actor=agency, job=staged)
    assert (job.state, job.counts) == ("cancelled", {"staged": 1, "invalid": 1, "duplicate": 1})
    assert not JobInput.objects.exists()
    assert run_job(job).state == "cancelled"
    assert outcomes(job)[0] == ("staged", None)


def test_ids_are_told_twice_only_once_also_over_chunks(staged, settings):
    settings.JOB_CHUNK_ROWS = 1
    job = run_job(staged)
    assert outcomes(job) == [
        ("applied", None),
        ("invalid", "bad_uuid"),
        ("duplicate", "duplicate"),
    ]
    assert job.rows.get(seq=3).params == {"line": 1}


def test_old_jobs_of_calls_are_cleared_but_not_what_was_undone(agency, network, staged, settings):
    old, new = run_job(staged), staged
    undone = run_job(_called(network))
    services.undo(actor=agency, job=undone, signature=agency.full_name, parameters={})
    new = _called(network)
    long_ago = timezone.now() - timedelta(days=settings.RETAIN_API_JOBS_DAYS + 1)
    Job.objects.exclude(pk=new.pk).update(created_at=long_ago)

    housekeeping.forget_calls()

    left = set(Job.objects.values_list("pk", flat=True))
    assert old.pk not in left
    assert {undone.pk, undone.undone_by.pk, new.pk} == left


def _called(caller):
    return Job.objects.get(pk=patch(caller, [make_conversion().uuid.hex])["X-Job-Id"])
