"""A job's page and fragments: confirm, progress, rows, downloads, undo; and who may what."""

import csv
import io
import re
from functools import partial
from html import unescape
from urllib.parse import urlencode

import pytest
from django.test import Client
from django.urls import reverse

from conversions.models import Conversion
from convertr.jobs import chunks, engine, services
from convertr.jobs.models import Job, JobRow, State
from tests.factories import (
    make_conversion,
    make_conversions,
    make_reason,
    make_user,
    run_job,
    verify_csv,
)

HTMX = {"HX-Request": "true"}


@pytest.fixture
def staff(sign_in, agency):
    return sign_in(agency)


@pytest.fixture
def job(agency):
    """Verified: one row of each bucket."""
    ready, done = make_conversion(), make_conversion(status="approved")
    return verify_csv(
        agency,
        "conversion_id,status",
        *([ready.pk, "APPROVED"], [done.pk, "APPROVED"], ["999999", "APPROVED"], ["x", "NEW"]),
    )


@pytest.fixture
def done(job, agency):
    return run_job(services.confirm(actor=agency, job=job))


def press(client, job, what, **data):
    return client.post(f"/v2/jobs/{job.pk}/{what}", data, headers=HTMX)


def text_of(response):
    return response.content.decode()


def lines_of(response):
    """The records of a downloaded CSV, as dicts."""
    text = b"".join(response).decode()
    return list(csv.DictReader(io.StringIO(text, newline="")))


def polls(shown):
    """Whether the job, and not the bell, asks again."""
    return bool(re.search(r'id="job-\d+"[^>]*hx-trigger="every', text_of(shown)))


# --- The page -------------------------------------------------------------------------------------


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


# --- Confirm, progress, cancel --------------------------------------------------------------------


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


# --- Rows -----------------------------------------------------------------------------------------


def rows(client, job, bucket="not_found", q="", **query):
    """With a text to filter by posted, as the page does."""
    address = f"/v2/jobs/{job.pk}/rows?{urlencode({'bucket': bucket, **query})}"
    ask = partial(client.post, data={"q": q}) if q else client.get
    shown = ask(address, headers=HTMX)
    assert shown.status_code == 200
    return shown


def found(shown):
    """The line numbers shown."""
    return [int(n) for n in re.findall(r'<tr>\s*<td class="num">(\d+)</td>', text_of(shown))]


@pytest.mark.parametrize(
    ("bucket", "line", "words"),
    [
        ("ready", 2, "<del>New</del> → <ins>Approved</ins>"),
        ("unchanged", 3, "already so"),
        ("not_found", 4, "no conversion has this key"),
        ("erroneous", 5, "conversion_id “x” is no number; status “NEW”"),
    ],
)
def test_each_bucket_shows_its_rows_and_why(staff, job, bucket, line, words):
    shown = rows(staff, job, bucket)

    assert found(shown) == [line]
    assert words in text_of(shown)


def test_rows_come_fifty_at_a_time_in_the_order_of_the_file(staff, agency):
    job = verify_csv(agency, "conversion_id,status", *([10**9 + n, "x"] for n in range(120)))
    pages, after = [], ""
    for _ in range(3):
        shown = rows(staff, job, after=after)
        pages.append(found(shown))
        after = (re.findall(r"after=(\d+)", text_of(shown)) or [""])[0]

    assert [len(page) for page in pages] == [50, 50, 20]
    assert [line for page in pages for line in page] == list(range(2, 122))
    assert after == ""


HARD = ['5" pipe', "a,b", "{x}", "back\\slash", "100%", "under_score", "tab\tbed", "ÄÖ", "NULL"]


@pytest.mark.parametrize("text", HARD)
def test_the_filter_finds_a_cell_by_any_text_in_it(staff, agency, text):
    cells = [*HARD, "nothing of it"]
    job = verify_csv(
        agency, "offer_id,request_id,status", *(["1", cell, "APPROVED"] for cell in cells)
    )

    assert found(rows(staff, job, q=text)) == [HARD.index(text) + 2]
    assert found(rows(staff, job, q=text.lower())) == [HARD.index(text) + 2]


def test_the_filter_finds_a_line_by_its_number(staff, agency):
    job = verify_csv(agency, "conversion_id,status", *([10**9 + n, "x"] for n in range(30)))

    assert found(rows(staff, job, q="23")) == [23, 25]
    assert "No row matches" in text_of(rows(staff, job, q="nothing"))


def test_what_is_filtered_by_stands_in_no_address(staff, agency):
    cells = [["1", "Lovelace", "APPROVED"]] * 60 + [["1", "else", "APPROVED"]] * 60
    job = verify_csv(agency, "offer_id,request_id,status", *cells)
    shown = rows(staff, job, q="lovelace")
    addresses = re.findall(r'hx-(?:get|post)="([^"]+)"', text_of(shown))
    more = unescape(next(address for address in addresses if "after=" in address))

    assert found(shown) == list(range(2, 52))
    assert not any("lovelace" in address or "q=" in address for address in addresses)
    assert found(staff.post(more, {"q": "lovelace"}, headers=HTMX)) == list(range(52, 62))
    # Without the posted text an address filters nothing.
    assert len(found(staff.get(f"/v2/jobs/{job.pk}/rows?bucket=not_found&q=else"))) == 50


def test_the_filter_looks_into_cells_and_not_between_them(staff, job):
    for text in ("{", '"', ",", "999999,APPROVED"):
        assert found(rows(staff, job, q=text)) == []


@pytest.mark.parametrize("query", ["code=%00", "code=x", "after=x", "after=99999999999", "after=²"])
def test_a_strange_query_is_no_server_error(staff, job, query):
    assert staff.get(f"/v2/jobs/{job.pk}/rows?bucket=ready&{query}").status_code == 200


@pytest.mark.parametrize("body", ["q=%00", "q=%ff", "q=%ed%a0%80"])
def test_a_strange_filter_is_no_server_error(staff, job, body):
    form = "application/x-www-form-urlencoded"
    answer = staff.generic("POST", f"/v2/jobs/{job.pk}/rows?bucket=ready", body, form)
    assert answer.status_code == 200


def test_a_bucket_that_isnt_there_is_a_404(staff, job):
    for address in ("rows?bucket=applied", "rows?bucket=", "rows", "rows.csv?bucket=nothing"):
        assert staff.get(f"/v2/jobs/{job.pk}/{address}").status_code == 404


# --- Downloads ------------------------------------------------------------------------------------


def test_the_bad_rows_come_back_with_line_code_and_error(staff, job):
    got = staff.get(f"/v2/jobs/{job.pk}/rows.csv?bucket=bad")

    assert got.headers["Content-Type"] == "text/csv; charset=utf-8"
    assert f'filename="job-{job.pk}-bad.csv"' in got.headers["Content-Disposition"]
    assert lines_of(got) == [
        {
            "conversion_id": "999999", "status": "APPROVED", "line": "4",
            "code": "not_found", "error": "no conversion has this key",
        },
        {
            "conversion_id": "x", "status": "NEW", "line": "5", "code": "bad_number",
            "error": "conversion_id “x” is no number; status “NEW”; write APPROVED or REJECTED",
        },
    ]  # fmt: skip


def test_all_rows_or_those_of_one_bucket_can_be_downloaded(staff, done):
    everything = lines_of(staff.get(f"/v2/jobs/{done.pk}/rows.csv"))
    assert [row["line"] for row in everything] == ["2", "3", "4", "5"]

    applied = lines_of(staff.get(f"/v2/jobs/{done.pk}/rows.csv?bucket=applied"))
    assert [row["line"] for row in applied] == ["2"]


def test_a_row_that_was_left_alone_is_among_the_bad_ones(staff, job, agency):
    Conversion.objects.filter(pk=job.rows.get(line=2).target_id).update(version=2)
    run_job(services.confirm(actor=agency, job=job))
    bad = lines_of(staff.get(f"/v2/jobs/{job.pk}/rows.csv?bucket=bad"))

    assert bad[0]["code"] == "changed_since_verify"


def test_what_is_downloaded_is_formula_safe_however_often_it_goes_round(staff, agency):
    job = verify_csv(
        agency, "offer_id,request_id,status,note",
        ["1", "=1+1", "APPROVED", "@x"], ["1", "'quoted", "APPROVED", "-5"],
    )  # fmt: skip
    for turn in range(3):
        bad = lines_of(staff.get(f"/v2/jobs/{job.pk}/rows.csv?bucket=bad"))
        assert [row["request_id"] for row in bad] == ["'=1+1", "'quoted"]
        assert [row["note"] for row in bad] == ["'@x", "-5"]
        assert list(job.rows.order_by("seq").values_list("key_text", flat=True)) == [
            "=1+1", "'quoted"
        ]  # fmt: skip
        columns = ",".join(bad[0])
        job = verify_csv(agency, columns, *(row.values() for row in bad), name=f"{turn}.csv")


def test_a_row_with_too_many_cells_comes_back_whole(staff, agency):
    job = verify_csv(agency, "conversion_id,status", ["1", "APPROVED", "x", "y", "z"])
    got = b"".join(staff.get(f"/v2/jobs/{job.pk}/rows.csv?bucket=bad")).decode()

    assert got.splitlines()[1].startswith("1,APPROVED,x,y,z,2,wrong_cell_count")
    for _ in range(2):
        header, cells = csv.reader(got.splitlines())
        again = verify_csv(agency, ",".join(header), cells)
        got = b"".join(staff.get(f"/v2/jobs/{again.pk}/rows.csv?bucket=bad")).decode()
        assert got.splitlines()[1].startswith("1,APPROVED,x,y,z,2,wrong_cell_count")


def test_a_job_without_a_file_has_none_to_download(staff, job):
    assert staff.get(f"/v2/jobs/{job.pk}/output").status_code == 404


# --- Doors ----------------------------------------------------------------------------------------

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
