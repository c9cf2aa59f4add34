"""Rows into the database by COPY: every text comes back byte for byte."""

import pytest
from django.db import connection
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from convertr.jobs.models import Job, Outcome
from convertr.jobs.staging import StagedRow, copy_rows

# All that PostgreSQL can store: no NUL, no half of a surrogate pair.
TEXT = st.text(st.characters(exclude_characters="\0", exclude_categories=["Cs"]), max_size=40)
HARD = st.text(st.sampled_from("\\\"',{}\t\n\r\b\f\v \\N\\.nNULL%ä日🦊\u2028\ufeff"), max_size=20)
ANY = st.one_of(TEXT, HARD)


@pytest.fixture
def job(agency):
    return Job.objects.create(kind="conversions.status_csv", requested_by=agency)


def staged(job, *rows):
    job.rows.delete()
    assert copy_rows(job, rows) == len(rows)
    return list(job.rows.order_by("seq"))


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None)
@given(
    st.lists(st.lists(ANY, max_size=4), min_size=1, max_size=5),
    ANY,
    st.dictionaries(ANY, st.one_of(ANY, st.none(), st.booleans(), st.integers(-9, 9)), max_size=3),
)
@example([["a"]], "", {"a": 1})
@example([["a"]], "", {"a": True})
@example([["\\N"], ["NULL"], ["null", ""], ["\\."], [], ['"', "\\", '\\"']], "\\N", {"\\": '"'})
def test_any_text_comes_back_byte_for_byte(job, inputs, key, wanted):
    found = staged(
        job, *(StagedRow(1, cells, key_text=key, wanted=wanted, params=wanted) for cells in inputs)
    )

    assert [row.input for row in found] == inputs
    assert {row.key_text for row in found} == {key}
    assert repr(found[0].wanted) == repr(found[0].params) == repr(in_order(wanted))


def in_order(value):
    """As jsonb keeps keys: by length, then by bytes. Written out, true is not 1."""
    return dict(sorted(value.items(), key=lambda item: (len(item[0].encode()), item[0].encode())))


def test_what_is_left_out_is_null_and_not_empty(job):
    (row,) = staged(job, StagedRow())

    assert (row.line, row.input, row.key_uuid, row.key_id) == (None, None, None, None)
    assert (row.key_parent, row.key_text, row.wanted, row.code) == (None, None, None, None)
    assert (row.seq, row.outcome, row.params) == (1, Outcome.STAGED, None)


def test_rows_are_numbered_in_the_order_of_the_input(job):
    found = staged(job, *(StagedRow(line, [str(line)]) for line in range(5, 1_205)))

    assert [(row.seq, row.line) for row in found] == [(n, n + 4) for n in range(1, 1_201)]


def test_rows_lie_in_the_partition_of_their_month(job):
    staged(job, StagedRow(1, ["x"]))

    with connection.cursor() as cursor:
        cursor.execute("SELECT DISTINCT tableoid::regclass::text FROM jobs_jobrow")
        assert cursor.fetchall() == [(f"jobs_jobrow_{job.created_on:%Y_%m}",)]
