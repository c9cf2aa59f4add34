"""PATCH of statuses, in the request and through a worker."""

import pytest

from convertr.jobs.models import Job
from tests.factories import make_conversion, make_conversions, outcomes, run_job

pytestmark = pytest.mark.django_db
URL = "/v1/networks/reporting/conversions"


def patch(caller, ids, status="approved", **headers):
    return caller.call(
        "PATCH", URL, {"conversion_ids": ids, "conversion_status": status}, **headers
    )


def job_of(answer):
    return Job.objects.get(pk=answer["X-Job-Id"])


def test_a_few_are_applied_in_the_request(network):
    one, two = make_conversion(), make_conversion(status="invalid")
    answer = patch(network, [one.uuid.hex, str(two.uuid), "0" * 32, "nonsense", one.uuid.hex])
    assert (answer.status_code, answer.json()) == (200, {"result": True})
    job = job_of(answer)
    assert answer["Location"] == f"/v1/jobs/{job.pk}"
    assert job.state == "done"
    assert outcomes(job) == [
        ("applied", None),
        ("invalid", "conversion_invalid"),
        ("not_found", "not_found"),
        ("invalid", "bad_uuid"),
        ("duplicate", "duplicate"),
    ]
    one.refresh_from_db()
    assert (one.status, one.version) == ("approved", 2)
    event = one.events.latest("pgh_id")
    assert event.pgh_context.metadata["channel"] == "api"
    assert event.pgh_context.metadata["job_id"] == job.pk


def test_many_are_a_workers(network):
    conversions = make_conversions(2_600)
    ids = [c.uuid.hex for c in conversions]
    answer = patch(network, [*ids, ids[0]], "rejected")
    assert answer.json() == {"result": True}
    job = job_of(answer)
    assert (job.state, job.total) == ("staging", 2_601)
    job = run_job(job)
    assert job.state == "done"
    assert job.counts == {"applied": 2_600, "duplicate": 1}
    assert not hasattr(job, "input")
    assert {c.status for c in type(conversions[0]).objects.all()} == {"rejected"}
