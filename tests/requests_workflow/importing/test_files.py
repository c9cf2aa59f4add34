"""Files that are refused as a whole, and what their cells may hold."""

import io
import zipfile

import pytest
import xlsxwriter
from django.urls import reverse

from convertr.errors import DomainError
from convertr.jobs.models import Job
from requests_workflow.imports.services import verify_import
from tests.factories import (
    outcomes,
)
from tests.requests_workflow.importing.kit import (
    cells_of,
    make_xlsx,
    verify,
)

pytestmark = pytest.mark.django_db
CHANGE = "request_type,conversion_uuid,payout"
KNOWN = "conversion_request_id,request_type,request_status,payout,reason,comment"


BIG = "request_type,offer_id,order_id\n" + "CREATE,1,x\n" * 10_001


@pytest.mark.parametrize(
    ("data", "code"),
    [
        (b"", "file_empty"),
        (b"request_type,offer_id\n", "no_rows"),
        (b"request_type,offer_id,surprise\nCREATE,1,2\n", "unknown_column"),
        (b"request_type,,offer_id\nCREATE,1,2\n", "blank_column"),
        (b"request_type,offer_id,offer_id\nCREATE,1,2\n", "duplicate_column"),
        (b"request_type,payout\nCREATE,1\n", "missing_column"),
        (b"offer_id,payout\n1,1\n", "missing_column"),
        (b"request_type;offer_id\nCREATE;1\n", "wrong_separator"),
        (b"request_type,offer_id\nCREATE,\0\n", "nul"),
        (b"request_type,offer_id\nCREATE,\xff\n", "not_utf8"),
        (b'request_type,offer_id\n"CREATE,1\n', "unbalanced_quote"),
        (b"request_type,offer_id,sub1\nCREATE,1," + b"x" * 100_001, "cell_too_long"),
        (BIG.encode(), "too_many_rows"),
        (b"<html>\n<body>No file</body></html>", "no_header"),
        (b"\x89PNG\r\n\x1a\n" + b"\0" * 60, "not_csv"),
        (b"\xd0\xcf\x11\xe0" + b"\0" * 600, "not_csv"),
        (b"PK\x03\x04" + b"\0" * 60, "bad_workbook"),
    ],
)
def test_a_file_is_refused_as_a_whole(agency, data, code):
    with pytest.raises(DomainError) as refused:
        verify_bytes(agency, data)

    assert refused.value.code == code
    job = Job.objects.get()
    assert (job.state, job.error_code) == ("refused", code)


def verify_bytes(actor, data, name="requests.csv"):
    return verify_import(actor=actor, name=name, data=data)


def rezipped(data, *, drop=(), add=(), replace=()):
    """A workbook with parts taken out, put in, or changed."""
    out = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(data)) as old, zipfile.ZipFile(out, "w", 8) as new:
        for part in old.infolist():
            if part.filename in drop:
                continue
            text = old.read(part)
            for name, found, put in replace:
                if part.filename == name:
                    assert found in text
                    text = text.replace(found, put)
            new.writestr(part.filename, text)
        for name, text in add:
            new.writestr(name, text)
    return out.getvalue()


def workbook(*rows):
    return make_xlsx("request_type,offer_id,order_id", *(rows or (["CREATE", 1, "A-1"],)))


BOMB = (
    b'<?xml version="1.0"?><!DOCTYPE x [<!ENTITY a "aaaaaaaaaa">'
    + b"".join(
        b'<!ENTITY %c "%s">' % (n, b"&%c;" % (n - 1) * 10) for n in range(ord("b"), ord("k"))
    )
    + b"]><sst>&j;</sst>"
)


@pytest.mark.parametrize(
    ("make", "code"),
    [
        (lambda: rezipped(workbook(), drop=["xl/workbook.xml"]), "bad_workbook"),
        (lambda: rezipped(workbook(), drop=["xl/worksheets/sheet1.xml"]), "bad_workbook"),
        (lambda: rezipped(workbook(), add=[("xl/vbaProject.bin", b"x")]), "has_macros"),
        (lambda: rezipped(workbook(), add=[("xl/b", b"\0" * 101 * 1024**2)]), "workbook_too_large"),
        (lambda: workbook()[:-40], "bad_workbook"),
        (
            lambda: rezipped(
                workbook(),
                drop=["xl/sharedStrings.xml"],
                add=[("xl/sharedStrings.xml", BOMB)],
            ),
            "bad_workbook",
        ),
        (lambda: workbook(*[["CREATE", 1, f"A-{n}"] for n in range(10_001)]), "too_many_rows"),
        (lambda: make_xlsx("request_type,offer_id"), "no_rows"),
        (lambda: make_xlsx("", ["", ""]), "file_empty"),
    ],
)
def test_a_workbook_is_refused_as_a_whole(agency, make, code):
    with pytest.raises(DomainError) as refused:
        verify_bytes(agency, make(), "requests.xlsx")

    assert refused.value.code == code


def test_a_formula_and_an_error_are_no_values(agency, offer, partner):
    out = io.BytesIO()
    book = xlsxwriter.Workbook(out)
    sheet = book.add_worksheet()
    for column, name in enumerate(["request_type", "offer_id", "partner_id", "payout"]):
        sheet.write_string(0, column, name)
    for line in (1, 2):
        sheet.write_row(line, 0, ["CREATE", offer.pk, partner.pk])
    sheet.write_formula(1, 3, "=1+1", None, 2)
    sheet.write_string(2, 3, "#REF!")
    book.close()
    data = rezipped(
        out.getvalue(),
        replace=[("xl/worksheets/sheet1.xml", b'<c r="D3" t="s">', b'<c r="D3" t="e">')],
    )

    job = verify_bytes(agency, data, "requests.xlsx")

    assert outcomes(job)[0] == ("invalid", "formula")
    assert outcomes(job)[1][0] == "invalid"


def test_ragged_rows_are_told(agency):
    data = b"request_type,offer_id\nCREATE\nCREATE,1,2\n"
    job = verify_bytes(agency, data)

    assert outcomes(job) == [("invalid", "wrong_cell_count")] * 2


def test_columns_in_any_order_and_any_case(agency, offer, partner):
    job = verify(
        agency, "Payout, PARTNER_ID ,offer_id,request_type", ["3", partner.pk, offer.pk, "create"]
    )

    assert job.counts == {"ready": 1}


@pytest.mark.parametrize("form", ["csv", "xlsx"])
def test_erroneous_rows_come_back_as_the_same_file(agency, offer, partner, sign_in, form):
    columns = "request_type,offer_id,partner_id,payout,sub1"
    rows = (
        ["CREATE", offer.pk, partner.pk, "5", "=1+1"],
        ["CREATE", offer.pk, partner.pk, "much", "'=2+2"],
    )
    job = verify(agency, columns, *rows, form=form)
    client = sign_in(agency)
    response = client.get(reverse("jobs:download", args=[job.pk]), {"bucket": "bad"})

    assert response["Content-Disposition"].endswith(f'.{form}"')
    found = cells_of(response)
    assert found[0] == [*columns.split(","), "line", "code", "error"]
    assert len(found) == 2
    assert found[1][-3:-1] == ["3", "bad_amount"]
    assert "much" in found[1][-1]

    # Mended, it comes back; its three last columns are ignored.
    found[1][3] = "5"
    again_ = verify(agency, ",".join(found[0]), found[1], form=form)
    assert again_.counts == {"ready": 1}
    text = "'=2+2" if form == "xlsx" else "=2+2"
    assert again_.rows.get().after["sub1"] == text


def test_a_sheet_far_down_and_far_to_the_right_is_read_in_no_time(agency, offer, partner):
    out = io.BytesIO()
    book = xlsxwriter.Workbook(out, {"constant_memory": True})
    sheet = book.add_worksheet()
    for column, name in enumerate(["request_type", "offer_id", "partner_id"]):
        sheet.write_string(0, column, name)
    sheet.write_row(900_000, 0, ["CREATE", offer.pk, partner.pk])
    sheet.write_string(1_048_575, 16_383, " ")
    book.close()

    job = verify_bytes(agency, out.getvalue(), "requests.xlsx")

    assert [row.line for row in job.rows] == [900_001]
    assert job.counts == {"ready": 1}
