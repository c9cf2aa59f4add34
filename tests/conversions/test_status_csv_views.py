"""The modal: upload and Verify, the six examples, and every bad file that platform.md lists."""

import io
import tracemalloc
import zipfile
from itertools import chain, repeat

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test.client import BOUNDARY, MULTIPART_CONTENT, ClientHandler

from conversions.status_csv.examples import EXAMPLES
from convertr.jobs import services
from convertr.jobs.models import Job, JobRow
from tests.factories import (
    make_conversion,
    make_conversions,
    make_csv,
    make_offer,
    make_reason,
    outcomes,
    run_job,
    verify_csv,
)

UPLOAD = "/v2/conversions/upload"


@pytest.fixture
def staff(sign_in, agency):
    return sign_in(agency)


def upload(staff, data, *, name="statuses.csv", **headers):
    file = SimpleUploadedFile(name, data, content_type="text/csv")
    return staff.post(UPLOAD, {"file": file}, headers={"HX-Request": "true", **headers})


def text_of(response):
    return response.content.decode()


# --- Verify ---------------------------------------------------------------------------------------


def test_the_form_offers_a_file_the_examples_and_the_limits(staff):
    shown = staff.get(UPLOAD)

    assert shown.status_code == 200
    assert 'type="file"' in text_of(shown)
    assert "10,000" in text_of(shown)
    assert all(f"{UPLOAD}/{example.name}.csv" in text_of(shown) for example in EXAMPLES)


def test_verify_answers_with_the_buckets_and_the_money(staff):
    make_reason("fraud", "Fraudulent")
    ready, done, bad = make_conversions(3)
    type(done).objects.filter(pk=done.pk).update(status="approved")
    data = make_csv(
        "conversion_id,status",
        [ready.pk, "REJECTED"], [done.pk, "APPROVED"], [bad.pk, "x"], ["1" * 9, "APPROVED"],
    )  # fmt: skip
    shown = upload(staff, data)

    assert shown.status_code == 200
    for word in ("Will be processed", "No conversions found", "Erroneous data", "Unchanged"):
        assert word in text_of(shown)
    assert "statuses.csv" in text_of(shown)
    assert "Download erroneous rows" in text_of(shown)
    assert "Confirm 1 change" in text_of(shown)
    assert "Counted money" in text_of(shown)
    assert '<option value="fraud">Fraudulent</option>' in text_of(shown)
    assert 'name="send_postbacks" value="1" checked' in text_of(shown)
    assert Job.objects.get().channel == "csv"


def test_no_reason_is_asked_for_when_no_row_needs_one(staff):
    shown = upload(staff, make_csv("conversion_id,status", [make_conversion().pk, "APPROVED"]))

    assert 'name="reason"' not in text_of(shown)


def test_nothing_to_confirm_offers_no_confirm(staff):
    shown = upload(staff, make_csv("conversion_id,status", ["1" * 9, "APPROVED"]))

    assert "Confirm" not in text_of(shown)


def test_the_same_bytes_uploaded_before_are_told_with_their_job(staff, admin_user, agency):
    data = [make_conversion().pk, "APPROVED"]
    first = verify_csv(admin_user, "conversion_id,status", data)
    shown = upload(staff, make_csv("conversion_id,status", data), name="other.csv")
    assert "The same file was uploaded before, by Ruth Root" in text_of(shown)
    assert first.get_absolute_url() in text_of(shown)

    # A confirmed one is told rather than a later one that was not.
    run_job(services.confirm(actor=admin_user, job=first))
    shown = upload(staff, make_csv("conversion_id,status", data))
    assert first.get_absolute_url() in text_of(shown)
    assert "(Done)" in text_of(shown)


def test_another_file_isnt_told_to_be_the_same(staff, agency):
    verify_csv(agency, "conversion_id,status", ["1", "APPROVED"])
    shown = upload(staff, make_csv("conversion_id,status", ["2", "APPROVED"]))

    assert "uploaded before" not in text_of(shown)


# --- Bad input ------------------------------------------------------------------------------------


def workbook():
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as packed:
        packed.writestr("xl/workbook.xml", "<workbook/>")
    return out.getvalue()


GOOD = b"conversion_id,status\n"
BAD_FILES = {
    "a workbook": (workbook(), "another kind (workbook)"),
    "an old workbook": (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1\0\0", "another kind (workbook)"),
    "an empty ZIP": (b"PK\x05\x06" + b"\0" * 18, "another kind (workbook)"),
    "a picture": (b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR", "another kind (PNG)"),
    "HTML": (b"<!DOCTYPE html>\n<html><b>x</b></html>\n", "no header row"),
    "nothing": (b"", "empty"),
    "blank lines": (b"\n\n  \n", "empty"),
    "no rows": (GOOD, "no rows after line 1"),
    "Latin-1": (GOOD + "1,gen\xfcgt\n".encode("latin-1"), "Line 2: not UTF-8"),
    "UTF-16 without a mark": ("conversion_id,status\n1,x".encode("utf-16-le"), "Line 1"),
    "a NUL": (GOOD + b"1,APPR\0VED\n", "Line 2, column 2 holds a NUL"),
    "a long cell": (
        GOOD + b"1," + b"x" * 100_001,
        "Line 2, column 2: the cell is longer than 100 kB",
    ),
    "an open quote": (GOOD + b'1,APPROVED\n2,"x\n3,y\n', "Line 3: a quotation mark"),
    "no header": (b"1,APPROVED\n2,APPROVED\n", "Line 1: no header row"),
    "a duplicate header": (b"conversion_id,status,status\n1,x,y\n", "(column 3)"),
    "a blank header": (b"conversion_id,status,\n1,x,\n", "column 3 has no name"),
    "an unknown header": (b"conversion_id,status,<b>\n1,x,\n", "column 3, “&lt;b&gt;”"),
    "semicolons": (b"conversion_id;status\n1;APPROVED\n", "separated by semicolons"),
    "tabs": (b"conversion_id\tstatus\n1\tAPPROVED\n", "separated by tabs"),
    "10,001 rows": (GOOD + b"1,APPROVED\n" * 10_001, "Line 10002: more than 10,000 rows"),
}


@pytest.mark.parametrize("what", BAD_FILES)
def test_a_bad_file_is_refused_in_the_form_with_its_place_and_stages_nothing(staff, what):
    data, words = BAD_FILES[what]
    shown = upload(staff, data)

    assert shown.status_code == 422
    assert words in text_of(shown)
    assert 'role="alert"' in text_of(shown)
    assert not JobRow.objects.exists()
    refused = Job.objects.get()
    assert (refused.state, refused.counts) == ("refused", {})
    assert words in text_of(staff.get(refused.get_absolute_url()))


def test_ragged_rows_are_listed_and_the_others_go_on(staff):
    one = make_conversion()
    rows = f"{one.pk}\n{one.pk},APPROVED,x\n{one.pk},APPROVED\n"
    shown = upload(staff, GOOD + rows.encode())

    assert shown.status_code == 200
    assert outcomes(Job.objects.get()) == [
        ("invalid", "wrong_cell_count"), ("invalid", "wrong_cell_count"), ("ready", None)
    ]  # fmt: skip


def test_10000_rows_are_taken(staff):
    shown = upload(staff, GOOD + b"1,APPROVED\n" * 10_000)

    assert shown.status_code == 200
    assert Job.objects.get().total == 10_000


@pytest.mark.parametrize(
    ("name", "kept"),
    [
        ("../../etc/passwd", "passwd"),
        ("C:\\temp\\a.csv", "a.csv"),
        ("<img src=x onerror=alert(1)>.csv", "<img src=x onerror=alert(1)>.csv"),
        ("a\r\nX-Evil: 1.csv", None),
        ("日本 & “Zoë”.csv", "日本 & “Zoë”.csv"),
        ("x" * 300 + ".csv", None),
        ("'=cmd|' /C calc'!A0.csv", None),
    ],
)
def test_a_hostile_file_name_is_only_a_text(staff, name, kept):
    shown = upload(staff, make_csv("conversion_id,status", ["1", "APPROVED"]), name=name)

    assert shown.status_code == 200
    job = Job.objects.get()
    assert 0 < len(job.input_name) <= 255
    assert not set(job.input_name) & set("\r\n\0/")
    assert kept is None or job.input_name == kept
    assert "<img src=x" not in text_of(shown)
    for address in (f"/v2/jobs/{job.pk}", f"/v2/jobs/{job.pk}/rows.csv"):
        got = staff.get(address)
        body = b"".join(got) if got.streaming else got.content
        assert got.status_code == 200
        assert b"<img src=x" not in body


def test_what_cells_hold_is_escaped_on_pages(staff):
    upload(staff, make_csv("offer_id,request_id,status", ["1", "<script>x</script>", "APPROVED"]))
    shown = staff.get(f"/v2/jobs/{Job.objects.get().pk}/rows?bucket=not_found")

    assert "&lt;script&gt;x&lt;/script&gt;" in text_of(shown)
    assert "<script>x" not in text_of(shown)


def test_no_file_is_told(staff):
    for data in ({}, {"file": "text instead of a file"}):
        shown = staff.post(UPLOAD, data)
        assert shown.status_code == 422
        assert "Choose a file" in text_of(shown)


def test_a_broken_multipart_body_is_no_server_error(staff):
    for body in (b"", b"--" + BOUNDARY.encode(), b"garbage\r\n\r\n"):
        shown = staff.generic("POST", UPLOAD, body, content_type=MULTIPART_CONTENT)
        assert shown.status_code in (400, 422)
    shown = staff.generic("POST", UPLOAD, b"x", content_type="multipart/form-data")
    assert shown.status_code in (400, 422)


class Streamed:
    """A request's body that is made while it is read; by lines it could not be."""

    readline = None

    def __init__(self, head, block, times, tail):
        self.size = len(head) + len(block) * times + len(tail)
        self.pieces = chain([head], repeat(block, times), [tail])
        self.waiting = b""

    def read(self, most=-1):
        while len(self.waiting) < most and (piece := next(self.pieces, None)):
            self.waiting += piece
        taken, self.waiting = self.waiting[:most], self.waiting[most:]
        return taken


@pytest.mark.parametrize("block", [b"1,APPROVED\n" * 6_000, b"x" * 65_536], ids=["rows", "a line"])
def test_100_mb_are_refused_while_they_are_read_with_flat_memory(staff, block):
    head = (
        f'--{BOUNDARY}\r\nContent-Disposition: form-data; name="file"; filename="big.csv"\r\n'
        "Content-Type: text/csv\r\n\r\nconversion_id,status\n"
    )
    tail = f"\r\n--{BOUNDARY}--\r\n".encode()
    body = Streamed(head.encode(), block, 100 * 1024**2 // len(block), tail)
    environ = {
        **staff._base_environ(PATH_INFO=UPLOAD, REQUEST_METHOD="POST"),
        "CONTENT_TYPE": MULTIPART_CONTENT,
        "CONTENT_LENGTH": str(body.size),
        "wsgi.input": body,
    }
    staff.get(UPLOAD)
    tracemalloc.start()
    try:
        shown = ClientHandler(enforce_csrf_checks=False)(environ)
        peak = tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()

    assert shown.status_code == 422
    assert "larger than 20 MB" in text_of(shown)
    assert peak < 10 * 1024**2
    assert not Job.objects.exists()


# --- The six formats ------------------------------------------------------------------------------


@pytest.mark.parametrize("example", EXAMPLES, ids=lambda example: example.name)
def test_each_example_file_verifies_without_an_error(staff, agency, example):
    make_conversions(3)
    make_conversions(3, offer=make_offer(rates={"payout_percent": 8, "revenue_percent": 10}))
    given = staff.get(f"{UPLOAD}/{example.name}.csv")
    assert given.headers["Content-Type"] == "text/csv; charset=utf-8"
    assert f"{example.name}.csv" in given.headers["Content-Disposition"]
    assert given.content.splitlines()[0].decode() == ",".join(example.columns)

    shown = upload(staff, given.content)
    assert shown.status_code == 200
    job = Job.objects.get()
    assert job.counts == {"ready": 3}
    job = run_job(services.confirm(actor=agency, job=job, data={"note": "x"}))
    assert job.counts == {"applied": 3}


def test_there_are_six_of_them():
    assert len({tuple(example.columns) for example in EXAMPLES}) == 6


def test_an_example_takes_no_conversion_that_cant_be_changed(staff):
    make_conversion(locked=True)
    make_conversion(status="approved")

    assert len(staff.get(f"{UPLOAD}/status-by-id.csv").content.splitlines()) == 1


# --- Doors ----------------------------------------------------------------------------------------


@pytest.mark.parametrize("address", [UPLOAD, f"{UPLOAD}/status-by-id.csv"])
def test_doors(address, client, sign_in, agency, agency2, partner_user, admin_user):
    for person in (agency, admin_user):
        assert sign_in(person).get(address).status_code == 200
    for person in (agency2, partner_user):
        assert sign_in(person).get(address).status_code == 403
    away = client.get(address)
    assert (away.status_code, away.url.partition("?")[0]) == (302, "/accounts/login/")
    assert sign_in(agency).delete(address).status_code == 405


def test_who_may_not_change_may_not_upload(sign_in, agency2, partner_user):
    for person in (agency2, partner_user):
        shown = upload(sign_in(person), make_csv("conversion_id,status", ["1", "APPROVED"]))
        assert shown.status_code == 403
    assert not Job.objects.exists()


def test_an_expired_session_leads_to_sign_in_and_not_into_the_modal(client):
    shown = upload(client, GOOD)

    assert shown.status_code == 204
    assert shown.headers["HX-Redirect"].startswith("/accounts/login/")


def test_an_unknown_example_is_a_404(staff):
    assert staff.get(f"{UPLOAD}/nothing.csv").status_code == 404
