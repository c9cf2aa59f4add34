"""Who may see a job and its rows, and who may do something with it."""

import pytest
from django.test import Client

from convertr.jobs.models import Job, JobRow, State
from tests.jobs.views.kit import HTMX, text_of

GETS = ["", "/modal", "/rows?bucket=ready", "/rows.csv"]
ACTS = ["confirm", "cancel", "resume", "undo"]


@pytest.mark.parametrize("address", GETS)
def test_doors_of_what_is_shown(
    address, job, client, sign_in, staff, agency2, admin_user, partner_user
):
    here = f"/v2/jobs/{job.pk}{address}"
    for person in (agency2, admin_user):
        assert sign_in(person).get(here).status_code == 200
    assert sign_in(partner_user).get(here).status_code == 404
    away = client.get(here)
    assert (away.status_code, away.url.partition("?")[0]) == (302, "/accounts/login/")
    # A posted text filters rows.
    assert staff.post(here).status_code == (200 if "rows?" in address else 405)
    for number in ("999999999", "9" * 30):
        assert staff.get(f"/v2/jobs/{number}{address}").status_code == 404


@pytest.mark.parametrize("what", ACTS)
def test_doors_of_what_is_done(what, job, client, sign_in, staff, agency2, partner_user):
    here = f"/v2/jobs/{job.pk}/{what}"
    assert sign_in(agency2).post(here).status_code == 403
    assert sign_in(partner_user).post(here).status_code == 404
    assert client.post(here).status_code == 302
    assert client.post(here, headers=HTMX).status_code == 204
    assert staff.get(here).status_code == 405
    for number in ("999999999", "9" * 30, "9" * 5000):
        assert staff.post(f"/v2/jobs/{number}/{what}").status_code == 404
    job.refresh_from_db()
    assert job.state == State.VERIFIED


def test_nobody_does_anything_without_a_csrf_token(agency, job):
    strict = Client(enforce_csrf_checks=True)
    strict.force_login(agency)
    assert strict.post(f"/v2/jobs/{job.pk}/confirm").status_code == 403


def test_who_only_reads_is_offered_nothing_to_press(sign_in, agency2, job, done):
    shown = text_of(sign_in(agency2).get(f"/v2/jobs/{done.pk}"))

    assert "Undo the job" not in shown
    assert "Download all rows" in shown


def test_a_partner_sees_its_own_jobs_only(sign_in, partner_user, other_partner_user, job):
    own = Job.objects.create(kind="list_export", requested_by=partner_user, total=1)
    JobRow.objects.create(job_id=own.pk, created_on=own.created_on, seq=1, input=["1"])

    assert sign_in(partner_user).get(f"/v2/jobs/{own.pk}").status_code == 200
    assert sign_in(other_partner_user).get(f"/v2/jobs/{own.pk}").status_code == 404
