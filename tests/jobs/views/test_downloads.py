"""Rows as a CSV: what stands in it, and that it can be uploaded again as it is."""

import csv

from conversions.models import Conversion
from convertr.jobs import services
from tests.factories import run_job, verify_csv
from tests.jobs.views.kit import lines_of


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
