"""What is pressed: confirm and the progress after it, cancel, resume, undo."""

import re

from conversions.models import Conversion
from convertr.jobs import chunks, engine
from convertr.jobs.models import Job, State
from tests.factories import (
    make_conversion,
    make_conversions,
    make_reason,
    make_user,
    run_job,
    verify_csv,
)
from tests.jobs.views.kit import HTMX, polls, press, text_of


def test_confirm_answers_at_once_with_progress_and_a_green_alert(staff, job, agency):
    shown = press(staff, job, "confirm", send_postbacks="1")

    assert shown.status_code == 200
    assert polls(shown)
    assert "processing has begun" in shown.headers["HX-Trigger"]
    assert '"success"' in shown.headers["HX-Trigger"]
    job.refresh_from_db()
    assert (job.state, job.confirmed_by) == (State.QUEUED, agency)
    assert job.parameters["send_postbacks"] is True


def test_a_second_confirm_is_409_and_names_the_first_over_the_progress(staff, job, sign_in):
    other = sign_in(make_user(full_name="Bo Agency", permissions="all"))
    press(other, job, "confirm")
    shown = press(staff, job, "confirm")

    assert shown.status_code == 409
    assert "Bo Agency has confirmed this job already." in text_of(shown)
    assert polls(shown)


def test_what_a_409_says_is_swapped_in(staff, job):
    """htmx shows no 4xx unless the page's settings say so."""
    settings = re.search(r"name=\"htmx-config\" content='(.*?)'", text_of(staff.get("/v2/jobs")))[1]
    rules = re.findall(r'"code":"([^"]+)","swap":(true|false)', settings)

    def swapped(status):
        return next(swap for code, swap in rules if re.search(code, str(status))) == "true"

    assert swapped(200)
    assert swapped(409)
    assert swapped(422)
    assert not swapped(404)
    assert not swapped(500)


def test_a_reason_that_is_missing_is_asked_for(staff, agency):
    make_reason("fraud", "Fraudulent")
    job = verify_csv(agency, "conversion_id,status", [make_conversion().pk, "REJECTED"])
    shown = press(staff, job, "confirm", reason="")

    assert shown.status_code == 422
    assert "Choose a reason" in text_of(shown)
    assert 'name="reason"' in text_of(shown)
    assert press(staff, job, "confirm", reason="fraud").status_code == 200


def test_progress_counts_rows_and_stops_when_it_is_done(staff, agency, settings):
    settings.JOB_CHUNK_ROWS = 10
    rows = ([c.pk, "APPROVED"] for c in make_conversions(40))
    job = verify_csv(agency, "conversion_id,status", *rows)
    press(staff, job, "confirm")
    Job.objects.filter(pk=job.pk).update(state=State.RUNNING, started_at=job.created_at)
    engine.apply_chunk(Job.objects.get(pk=job.pk), chunks.claim(job.pk))

    shown = staff.get(f"/v2/jobs/{job.pk}", headers=HTMX)
    assert polls(shown)
    assert "10 of 40" in text_of(shown)
    assert "rows/s" in text_of(shown)
    assert 'max="40" value="10"' in text_of(shown)

    run_job(job)
    shown = staff.get(f"/v2/jobs/{job.pk}", headers=HTMX)
    assert not polls(shown)
    assert "Processed" in text_of(shown)


def test_cancel(staff, job):
    shown = press(staff, job, "cancel")
    assert shown.status_code == 200
    assert "Cancelled" in shown.headers["HX-Trigger"]

    shown = press(staff, job, "cancel")
    assert shown.status_code == 422
    assert "ended already" in text_of(shown)


def test_resume_of_what_didnt_fail_is_refused(staff, done):
    shown = press(staff, done, "resume")

    assert shown.status_code == 422
    assert "Only a failed job" in text_of(shown)


# --- Undo -----------------------------------------------------------------------------------------


def test_undo_needs_the_typed_name(staff, done):
    shown = press(staff, done, "undo", signature="Somebody")

    assert shown.status_code == 422
    assert "Type your full name, Ada Agency" in text_of(shown)
    assert not Job.objects.filter(undo_of=done).exists()


def test_a_signed_undo_shows_the_undoing_job(staff, done):
    shown = press(staff, done, "undo", signature="Ada Agency", send_postbacks="1")

    undoing = Job.objects.get(undo_of=done)
    assert shown.status_code == 200
    assert f'id="job-{undoing.pk}"' in text_of(shown)
    assert undoing.parameters == {"send_postbacks": True}
    run_job(undoing)
    assert Conversion.objects.get(pk=done.rows.get(line=2).target_id).status == "pending"
    assert "Reversed" in text_of(staff.get(f"/v2/jobs/{undoing.pk}"))
    assert "Undone by" in text_of(staff.get(f"/v2/jobs/{done.pk}"))
    assert "Undo the job" not in text_of(staff.get(f"/v2/jobs/{undoing.pk}"))
