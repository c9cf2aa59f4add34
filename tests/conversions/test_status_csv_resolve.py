"""Verify: what will happen to each row, why, and what it does to the money."""

import uuid
from decimal import Decimal

import pytest
from django.core.exceptions import PermissionDenied
from django.utils import timezone
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from conversions.models import Conversion
from conversions.status_csv import services
from convertr.errors import DomainError
from convertr.jobs.models import Job, JobRow, State
from convertr.jobs.texts import render
from tests.factories import (
    make_conversion,
    make_conversions,
    make_csv,
    make_offer,
    make_reason,
    outcomes,
    verify_csv,
)

PERCENT = {"payout_percent": 10, "payout_fixed": 1, "revenue_percent": "12.5"}


@pytest.fixture
def by_percent():
    return make_offer(rates=PERCENT)


def by_id(agency, *rows, columns="conversion_id,status"):
    return verify_csv(agency, columns, *rows)


def row(job, line=2):
    return job.rows.get(line=line)


# --- Finding --------------------------------------------------------------------------------------


def test_each_key_finds_its_conversion(agency):
    offer = make_offer()
    one = make_conversion(offer=offer, request_id="A-1")
    make_conversion(request_id="A-1")
    files = [
        ("conversion_uuid", [str(one.uuid)]),
        ("conversion_uuid", [one.uuid.hex.upper()]),
        ("conversion_id", [f"00{one.pk}"]),
        ("offer_id,request_id", [str(offer.pk), "A-1"]),
    ]
    for columns, key in files:
        job = verify_csv(agency, f"{columns},status", [*key, "APPROVED"])
        assert outcomes(job) == [("ready", None)]
        assert row(job).target_id == one.pk


def test_a_well_formed_key_that_matches_nothing_is_not_found_whatever_else_the_row_holds(agency):
    known = make_conversion(request_id="")
    columns = "conversion_id,status,cost,reason"
    job = by_id(
        agency,
        [str(known.pk + 1), "APPROVED", "", ""],
        ["9" * 30, "APPROVED", "", ""],
        [str(2**63 - 1), "NEW", "1,5", "bored"],
        columns=columns,
    )
    assert outcomes(job) == [("not_found", "not_found")] * 3
    job = verify_csv(agency, "conversion_uuid,status", [str(uuid.uuid4()), "x"])
    assert outcomes(job) == [("not_found", "not_found")]


def test_an_unknown_offer_or_another_offers_request_is_not_found(agency):
    one = make_conversion(request_id="A-1")
    other = make_offer()
    job = verify_csv(
        agency,
        "offer_id,request_id,status",
        ["999999", "A-1", "APPROVED"],
        [str(other.pk), "A-1", "APPROVED"],
        [str(one.offer_id), "a-1", "APPROVED"],
        ["9" * 40, "A-1", "APPROVED"],
        [str(one.offer_id), "x" * 9_000, "APPROVED"],
    )
    assert outcomes(job) == [("not_found", "not_found")] * 5


def test_a_row_with_another_error_on_a_conversion_that_is_there_is_erroneous(agency):
    one = make_conversion()
    job = by_id(agency, [str(one.pk), "NEW"])

    assert outcomes(job) == [("invalid", "bad_status")]
    assert row(job).params == {"value": "NEW"}


# --- Judging --------------------------------------------------------------------------------------


@pytest.mark.parametrize("status", ["pending", "approved", "rejected", "throttled"])
@pytest.mark.parametrize("wanted", ["approved", "rejected"])
def test_only_approved_and_rejected_can_be_assigned(agency, status, wanted):
    one = make_conversion(status=status)
    job = by_id(agency, [str(one.pk), wanted])

    expected = ("unchanged", "same_status") if status == wanted else ("ready", None)
    assert outcomes(job) == [expected]


@pytest.mark.parametrize(
    ("fields", "code"),
    [
        ({"status": "invalid"}, "conversion_invalid"),
        ({"status": "invalid", "locked": True}, "conversion_invalid"),
        ({"locked": True}, "conversion_locked"),
        ({"status": "approved", "locked": True}, "conversion_locked"),
    ],
)
def test_an_invalid_or_locked_conversion_is_erroneous(agency, fields, code):
    one = make_conversion(**fields)
    job = by_id(agency, [str(one.pk), "APPROVED"])

    assert outcomes(job) == [("invalid", code)]
    assert render(code)


@pytest.mark.parametrize(
    ("rates", "cost", "expected"),
    [
        (PERCENT, "", ("invalid", "cost_missing")),
        (PERCENT, "10", ("ready", None)),
        (PERCENT, "0", ("ready", None)),
        ({"revenue_percent": 1}, "", ("invalid", "cost_missing")),
        (None, "", ("ready", None)),
        (None, "10", ("invalid", "cost_not_used")),
        (None, "0", ("invalid", "cost_not_used")),
        ({"payout_percent": 100}, "999999999999.9999", ("ready", None)),
        ({"payout_percent": "100.0001"}, "999999999999.9999", ("invalid", "amount_too_large")),
        (
            {"payout_percent": 1, "revenue_percent": "999"},
            "999999999999",
            ("invalid", "amount_too_large"),
        ),
        (
            {"payout_percent": 100, "payout_fixed": "0.0001"},
            "999999999999.9999",
            ("invalid", "amount_too_large"),
        ),
    ],
)
def test_a_cost_belongs_to_percentage_rates_and_only_to_them(agency, rates, cost, expected):
    one = make_conversion(offer=make_offer(rates=rates))
    job = by_id(agency, [str(one.pk), "APPROVED", cost], columns="conversion_id,status,cost")

    assert outcomes(job) == [expected]
    if expected[1]:
        assert render(expected[1])


def test_without_the_column_cost_a_percentage_rate_keeps_its_amounts(agency, by_percent):
    one = make_conversion(offer=by_percent, sale_amount=Decimal(50))
    job = by_id(agency, [str(one.pk), "APPROVED"])

    assert outcomes(job) == [("ready", None)]
    assert set(row(job).after) == set(row(job).before) - {"note"} | {"status"}
    assert "payout" not in row(job).after


def test_the_rate_that_counts_is_the_one_copied_when_the_conversion_was_made(agency, by_percent):
    one = make_conversion(offer=by_percent)
    by_percent.events.update(payout_percent=0, revenue_percent=0, payout_fixed=9)
    job = by_id(agency, [str(one.pk), "APPROVED", "100"], columns="conversion_id,status,cost")

    assert row(job).after["payout"] == "11.0000"


def test_a_purely_fixed_side_stays(agency):
    one = make_conversion(offer=make_offer(rates={"payout_fixed": 4, "revenue_percent": 10}))
    job = by_id(agency, [str(one.pk), "APPROVED", "200"], columns="conversion_id,status,cost")

    assert {name: row(job).after[name] for name in ("payout", "revenue", "sale_amount")} == {
        "payout": "4.0000", "revenue": "20.0000", "sale_amount": "200.0000"
    }  # fmt: skip
    assert row(job).before["sale_amount"] is None


def test_a_cost_alone_is_a_change_and_the_same_again_is_none(agency, by_percent):
    one = make_conversion(offer=by_percent, status="approved", sale_amount=Decimal(100))
    columns = "conversion_id,status,cost"

    job = by_id(agency, [str(one.pk), "APPROVED", "100.0"], columns=columns)
    assert outcomes(job) == [("unchanged", "same_status")]

    job = by_id(agency, [str(one.pk), "APPROVED", "100.01"], columns=columns)
    assert outcomes(job) == [("ready", None)]
    assert set(row(job).after) == set(row(job).before) == {"payout", "revenue", "sale_amount"}


# --- Comparing rows with each other ---------------------------------------------------------------


def test_the_first_line_counts_and_later_ones_are_the_same_as_it(agency):
    one = make_conversion()
    job = verify_csv(
        agency,
        "conversion_uuid,status",
        [str(one.uuid), "APPROVED"],
        [one.uuid.hex, "approved"],
        [str(one.uuid).upper(), "Approved"],
    )

    assert outcomes(job) == [("ready", None), *[("duplicate", "duplicate")] * 2]
    later = row(job, 4)
    assert render(later.code, later.params) == "the same as line 2"


def test_the_first_line_without_another_error_counts(agency, by_percent):
    one = make_conversion(offer=by_percent)
    job = by_id(
        agency,
        [str(one.pk), "APPROVED", "1,5"],
        [str(one.pk), "APPROVED", "1.5"],
        [str(one.pk), "APPROVED", "1.50"],
        columns="conversion_id,status,cost",
    )

    assert outcomes(job) == [("invalid", "bad_cost"), ("ready", None), ("duplicate", "duplicate")]
    assert row(job, 4).params == {"line": 3}


def test_a_duplicate_of_an_unchanged_line_is_one_too(agency):
    one = make_conversion(status="approved")
    job = by_id(agency, [str(one.pk), "APPROVED"], [str(one.pk), "APPROVED"])

    assert outcomes(job) == [("unchanged", "same_status"), ("duplicate", "duplicate")]


def test_lines_that_differ_in_status_contradict_each_other_and_none_counts(agency):
    one, other = make_conversion(), make_conversion()
    job = by_id(
        agency,
        [str(one.pk), "APPROVED"],
        [str(one.pk), "REJECTED"],
        [str(one.pk), "APPROVED"],
        [str(other.pk), "APPROVED"],
    )

    assert outcomes(job) == [*[("contradiction", "contradiction")] * 3, ("ready", None)]
    # Each is told of a line that asks for something else, not of one that asks for the same.
    assert [row(job, line).params["line"] for line in (2, 3, 4)] == [3, 2, 3]


def test_lines_that_differ_in_cost_contradict_each_other(agency, by_percent):
    one = make_conversion(offer=by_percent)
    job = by_id(
        agency,
        [str(one.pk), "APPROVED", "1"],
        [str(one.pk), "APPROVED", "2"],
        columns="conversion_id,status,cost",
    )

    assert outcomes(job) == [("contradiction", "contradiction")] * 2


def test_lines_that_differ_in_reason_or_note_only_are_duplicates(agency):
    one = make_conversion()
    make_reason("fraud")
    job = by_id(
        agency,
        [str(one.pk), "REJECTED", "fraud", "a"],
        [str(one.pk), "REJECTED", "", "b"],
        columns="conversion_id,status,reason,note",
    )

    assert outcomes(job) == [("ready", None), ("duplicate", "duplicate")]


def test_an_erroneous_line_contradicts_nobody(agency):
    one = make_conversion()
    job = by_id(
        agency,
        [str(one.pk), "APPROVED", ""],
        [str(one.pk), "REJECTED", "bored"],
        columns="conversion_id,status,reason",
    )

    assert outcomes(job) == [("ready", None), ("invalid", "unknown_reason")]


# --- Money ----------------------------------------------------------------------------------------


def test_money_is_counted_before_and_after_by_currency(agency):
    euros, dollars = make_offer(), make_offer(currency="USD", rates={"payout_percent": 10})
    rows = [
        [str(make_conversion(offer=euros).pk), "APPROVED", ""],
        [str(make_conversion(offer=euros, status="throttled").pk), "APPROVED", ""],
        [str(make_conversion(offer=euros, status="approved").pk), "REJECTED", ""],
        [str(make_conversion(offer=euros).pk), "REJECTED", ""],
        [str(make_conversion(offer=euros, status="approved").pk), "APPROVED", ""],
        [str(make_conversion(offer=euros, locked=True).pk), "APPROVED", ""],
        [str(make_conversion(offer=dollars).pk), "APPROVED", "25"],
    ]
    job = by_id(agency, *rows, columns="conversion_id,status,cost")

    assert {c: {k: Decimal(v) for k, v in m.items()} for c, m in job.summary["money"].items()} == {
        "EUR": {"payout_before": 4, "payout_after": 8, "revenue_before": 5, "revenue_after": 10},
        "USD": {
            "payout_before": 0, "payout_after": Decimal("2.5"),
            "revenue_before": 0, "revenue_after": 0,
        },
    }  # fmt: skip
    assert job.summary["without_reason"] == 2


# --- The job --------------------------------------------------------------------------------------


def test_a_verified_job_says_what_it_is_and_changes_nothing(agency):
    one = make_conversion()
    data = make_csv("conversion_id,status", [str(one.pk), "APPROVED"], ["", "x"], ["1"])
    job = services.verify_csv(actor=agency, name="May.csv", data=data)

    assert (job.state, job.total, job.input_name) == (State.VERIFIED, 3, "May.csv")
    assert job.counts == {"ready": 1, "invalid": 2}
    assert job.columns == ["conversion_id", "status"]
    assert job.requested_by == agency
    assert job.expires_at > timezone.now() + timezone.timedelta(hours=23)
    one.refresh_from_db()
    assert (one.status, one.version) == ("pending", 1)


def test_a_refused_file_stages_nothing(agency):
    for data in (b"conversion_id,status\n1,\xff\n", b"conversion_id,status\n"):
        with pytest.raises(DomainError):
            services.verify_csv(actor=agency, name="x.csv", data=data)

    refused = Job.objects.order_by("pk").values_list("state", "error_code", "total")
    assert list(refused) == [("refused", "not_utf8", 0), ("refused", "no_rows", 0)]
    assert not JobRow.objects.exists()


def test_who_may_not_change_conversions_may_not_verify(agency2, partner_user):
    for person in (agency2, partner_user):
        with pytest.raises(PermissionDenied):
            verify_csv(person, "conversion_id,status", ["1", "APPROVED"])


def test_the_number_of_queries_doesnt_grow_with_the_rows(agency, django_assert_max_num_queries):
    ids = [conversion.pk for conversion in make_conversions(200)]
    with django_assert_max_num_queries(30) as few:
        by_id(agency, *([str(pk), "APPROVED"] for pk in ids[:2]))
    with django_assert_max_num_queries(len(few)):
        by_id(agency, *([str(pk), "APPROVED"] for pk in ids))
    assert Conversion.objects.filter(status="approved").count() == 0


# --- Anything at all ------------------------------------------------------------------------------

CELLS = st.one_of(
    st.sampled_from(["", "1", "APPROVED", "rejected", "NEW", "1.5", "1,5", "fraud", "9" * 25]),
    st.text(st.characters(exclude_categories=["Cs"]), max_size=12),
)
FILES = st.one_of(
    st.lists(st.lists(CELLS, min_size=1, max_size=6), max_size=6).map(
        lambda rows: make_csv("conversion_id,status,cost,reason,note", *rows)
    ),
    st.lists(st.lists(CELLS, min_size=1, max_size=6), max_size=6).map(
        lambda rows: make_csv("offer_id,request_id,status,note", *rows)
    ),
    st.binary(max_size=60).map(lambda body: b"conversion_uuid,status,cost\n" + body),
)


@settings(
    suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None, max_examples=60
)
@given(FILES)
def test_any_file_at_all_is_refused_or_verified_row_by_row(agency, data):
    try:
        job = services.verify_csv(actor=agency, name="any.csv", data=data)
    except DomainError as refused:
        assert str(refused)  # noqa: PT017
        return
    assert job.state == State.VERIFIED
    assert sum(job.counts.values()) == job.total
    assert "staged" not in job.counts
    for found in job.rows.all():
        assert (found.outcome == "ready") == (found.code is None)
        assert found.code is None or render(found.code, found.params)
