"""The page of a job, its fragment and its modal, in every state."""

import pytest
from django.urls import reverse

from convertr.jobs.models import Job, State
from tests.jobs.views.kit import HTMX, polls, text_of


def test_the_page_of_a_verified_job_asks_for_confirm(staff, job):
    shown = staff.get(f"/v2/jobs/{job.pk}")

    assert shown.status_code == 200
    assert "HX-Request" in shown.headers["Vary"]
    for word in ("Verified", "Ada Agency", "statuses.csv", "Confirm 1 change"):
        assert word in text_of(shown)
    assert not polls(shown)


def test_the_fragment_is_the_job_alone(staff, job):
    shown = staff.get(f"/v2/jobs/{job.pk}", headers=HTMX)

    assert f'id="job-{job.pk}"' in text_of(shown)
    assert "<html" not in text_of(shown)


def test_a_verified_job_opens_again_in_the_dialog(staff, job):
    shown = staff.get(f"/v2/jobs/{job.pk}/modal", headers=HTMX)

    assert shown.status_code == 200
    assert 'id="modal-title"' in text_of(shown)
    assert "Confirm 1 change" in text_of(shown)


@pytest.mark.parametrize("state", State.values)
def test_every_state_has_a_page_a_fragment_and_a_modal(staff, job, state):
    Job.objects.filter(pk=job.pk).update(state=state, error_code="verify_failed")
    for address in ("", "/modal"):
        assert staff.get(f"/v2/jobs/{job.pk}{address}").status_code == 200
    shown = staff.get(f"/v2/jobs/{job.pk}", headers=HTMX)
    assert "Verifying went wrong" in text_of(shown)
    assert ("Confirm 1 change" in text_of(shown)) == (state == "verified")
    assert polls(shown) == (state in ("verifying", "queued", "running"))
    assert ("Resume" in text_of(shown)) == (state == "failed")


def test_a_done_job_shows_what_came_of_it(staff, done):
    shown = staff.get(f"/v2/jobs/{done.pk}")

    for word in ("Processed", "Download erroneous rows", "Download all rows", "Undo the job"):
        assert word in text_of(shown)
    assert f"{reverse('conversions:list')}?job={done.pk}" in text_of(shown)
