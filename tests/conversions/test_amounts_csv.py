"""The amounts CSV: which files and rows are good, what is written, left alone and undone."""

from decimal import Decimal

import pytest
from django.core.exceptions import PermissionDenied
from django.db.models import F
from hypothesis import given
from hypothesis import strategies as st

from conversions.amounts_csv.layouts import read_header, read_rows
from conversions.amounts_csv.services import verify_amounts
from conversions.models import Conversion, ConversionEvent
from convertr.accounts.permissions import grant
from convertr.audit.context import recorded
from convertr.errors import DomainError
from convertr.jobs import services
from convertr.jobs.csvfile import Record
from convertr.jobs.models import Job, JobRow, State
from convertr.jobs.texts import render
from tests.factories import (
    make_conversion,
    make_conversions,
    make_csv,
    make_offer,
    make_user,
    outcomes,
    run_job,
)

pytestmark = pytest.mark.django_db
HEADER = "conversion_id,payout,revenue,sale_amount"


def verify(actor, columns, *rows):
    return verify_amounts(actor=actor, name="amounts.csv", data=make_csv(columns, *rows))


def confirmed(actor, job):
    return run_job(services.confirm(actor=actor, job=job, data={}))


def undone(actor, job):
    return run_job(services.undo(actor=actor, job=job, signature=actor.full_name))


def amounts(conversion):
    found = Conversion.objects.get(pk=conversion.pk)
    return found.payout, found.revenue, found.sale_amount


@pytest.fixture
def one(db):
    return make_conversion(status="approved")


# --- Files ----------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("header", "key"),
    [
        ("conversion_uuid,payout", "uuid"),
        ("conversion_id,revenue", "id"),
        ("Sale_Amount, CONVERSION_ID ,payout,revenue", "id"),
        ("line,conversion_id,payout,code,error", "id"),
    ],
)
def test_each_format_is_known_by_its_header_in_any_case_and_order(header, key):
    assert read_header(Record(1, header.split(","))).key == key


@pytest.mark.parametrize(
    ("header", "code"),
    [
        ("conversion_id", "no_amount_column"),
        ("payout,revenue", "no_key"),
        ("conversion_id,conversion_uuid,payout", "two_keys"),
        ("offer_id,request_id,payout", "unknown_column"),
        ("conversion_id,status,payout", "unknown_column"),
        ("conversion_id,payout,payout", "duplicate_column"),
        ("conversion_id,payout,", "blank_column"),
        ("1,2", "no_header"),
        ("conversion_id;payout", "wrong_separator"),
    ],
)
def test_a_bad_file_is_refused_as_a_whole_and_kept_with_why(agency, header, code):
    with pytest.raises(DomainError) as caught:
        verify_amounts(actor=agency, name="a.csv", data=f"{header}\n1,2,3\n".encode())

    assert caught.value.code == code
    assert str(caught.value).startswith("Line 1: ")
    refused = Job.objects.get()
    assert (refused.kind, refused.state) == ("conversions.amounts_csv", "refused")
    assert not JobRow.objects.exists()


# --- Rows -----------------------------------------------------------------------------------------


@pytest.mark.parametrize("cell", ["1,5", "-1", "NaN", "1e9", "1.23456", "1" * 13, "+1", ".5", "५"])
def test_a_bad_amount_is_an_error_that_says_what_is_accepted(agency, one, cell):
    job = verify(agency, HEADER, [one.pk, "1", cell, ""])

    assert outcomes(job) == [("invalid", "bad_amount")]
    row = job.rows.get()
    assert render(row.code, row.params) == (
        f"revenue “{cell}”; write a number such as 1.5, at most 4 decimals, 0 or more"
    )


def test_a_row_says_all_that_is_wrong_with_it(agency):
    job = verify(agency, HEADER, ["x", "a", "b", ""])

    row = job.rows.get()
    assert row.code == "bad_number"
    assert [code for code, _ in row.params["more"]] == ["bad_amount", "bad_amount"]


def test_each_row_has_its_fate_and_its_reason(agency, one):
    pending, rejected, invalid, throttled, locked = (
        make_conversion(status=status) for status in
        ("pending", "rejected", "invalid", "throttled", "approved")
    )  # fmt: skip
    Conversion.objects.filter(pk=locked.pk).update(locked=True)
    same = make_conversion(status="approved", sale_amount=10)
    job = verify(
        agency,
        HEADER,
        [one.pk, "9", "", ""],
        [pending.pk, "9", "", ""],
        [rejected.pk, "9", "", ""],
        [invalid.pk, "9", "", ""],
        [throttled.pk, "9", "", ""],
        [locked.pk, "9", "", ""],
        [same.pk, "4", "5.0", "10.00"],
        [one.pk, "", "", ""],
        ["", "9", "", ""],
        ["9" * 12, "9", "", ""],
        ["9" * 30, "x", "", ""],
        [one.pk, "9", ""],
    )

    assert outcomes(job) == [
        ("ready", None),
        ("invalid", "amounts_fixed"),
        ("invalid", "amounts_fixed"),
        ("invalid", "conversion_invalid"),
        ("ready", None),
        ("invalid", "conversion_locked"),
        ("unchanged", "same_amounts"),
        ("invalid", "no_amounts"),
        ("invalid", "empty_key"),
        ("not_found", "not_found"),
        ("not_found", "not_found"),
        ("invalid", "wrong_cell_count"),
    ]
    assert job.counts == {"ready": 2, "invalid": 7, "unchanged": 1, "not_found": 2}
    for row in job.rows.exclude(code=None):
        assert render(row.code, row.params) != row.code


def test_duplicates_count_once_and_contradictions_not_at_all(agency, one):
    other, third = make_conversions(2, status="approved")
    job = verify(
        agency,
        HEADER,
        [one.pk, "9", "", ""],
        [one.pk, "9.00", "", ""],
        [other.pk, "9", "", ""],
        [other.pk, "9", "8", ""],
        [third.pk, "x", "", ""],
        [third.pk, "7", "", ""],
    )

    assert outcomes(job) == [
        ("ready", None), ("duplicate", "duplicate"),
        ("contradiction", "contradiction"), ("contradiction", "contradiction"),
        ("invalid", "bad_amount"), ("ready", None),
    ]  # fmt: skip
    lines = list(job.rows.order_by("seq").values_list("params__line", flat=True))
    assert lines == [None, 2, 5, 4, None, None]


def test_by_uuid_in_any_form(agency, one):
    for key in (str(one.uuid), one.uuid.hex.upper()):
        job = verify(agency, "conversion_uuid,payout", [key, "9"])
        assert outcomes(job) == [("ready", None)]


def test_the_money_that_counts_is_told_before_and_after(agency):
    dollars = make_offer(currency="USD")
    approved = make_conversion(status="approved")
    throttled = make_conversion(status="throttled")
    abroad = make_conversion(status="approved", offer=dollars)
    rows = [[c.pk, "6.5", "", "1"] for c in (approved, throttled, abroad)]
    job = verify(agency, HEADER, *rows)

    def as_numbers(currency):
        return {name: Decimal(text) for name, text in job.summary["money"][currency].items()}

    assert as_numbers("EUR") == as_numbers("USD") == {
        "payout_before": 4, "payout_after": Decimal("6.5"),
        "revenue_before": 5, "revenue_after": 5,
    }  # fmt: skip


CELLS = st.text(max_size=12) | st.sampled_from(["", " ", "1.5", "0", "1e5", "١", "9" * 12])


@given(cells=st.lists(CELLS, min_size=4, max_size=4))
def test_any_cells_at_all_become_a_row(cells):
    layout = read_header(Record(1, HEADER.split(",")))
    (staged,) = read_rows(layout, [Record(2, cells)])

    assert staged.outcome in ("staged", "invalid")
    assert (staged.outcome == "invalid") <= (staged.code is not None)
    if staged.code is None:
        assert all(Decimal(value) >= 0 for value in staged.wanted.values())
        assert staged.wanted


# --- Applying -------------------------------------------------------------------------------------


def test_given_amounts_are_written_and_the_others_left(agency, one):
    other = make_conversion(status="throttled", sale_amount=50)
    job = verify(agency, HEADER, [one.pk, "1.2345", "", "199.9"], [other.pk, "", "0", ""])
    job = confirmed(agency, job)

    assert (job.state, job.counts) == (State.DONE, {"applied": 2})
    assert amounts(one) == (Decimal("1.2345"), 5, Decimal("199.9"))
    assert amounts(other) == (4, 0, 50)
    assert set(Conversion.objects.values_list("version", "status")) == {
        (2, "approved"), (2, "throttled")
    }  # fmt: skip
    changes = ConversionEvent.objects.filter(pgh_label="update").select_related("pgh_context")
    assert [event.pgh_context.metadata["channel"] for event in changes] == ["csv", "csv"]
    assert {event.pgh_context.metadata["job_id"] for event in changes} == {job.pk}


def test_a_given_amount_that_is_the_same_is_no_part_of_what_is_written(agency, one):
    job = verify(agency, HEADER, [one.pk, "4", "6", ""])

    row = job.rows.get()
    assert (row.before, row.after) == ({"revenue": "5.0000"}, {"revenue": "6.0000"})


@pytest.mark.parametrize(
    ("fields", "code"),
    [
        ({"status": "rejected"}, "changed_since_verify"),
        ({"payout": 8}, "changed_since_verify"),
        ({"locked": True}, "conversion_locked"),
    ],
)
def test_what_changed_since_verify_is_left_alone_and_told(agency, one, fields, code):
    job = verify(agency, HEADER, [one.pk, "9", "", ""])
    with recorded():
        Conversion.objects.filter(pk=one.pk).update(**fields, version=F("version") + 1)
    before = amounts(one)

    assert outcomes(confirmed(agency, job)) == [("conflict", code)]
    assert amounts(one) == before


def test_of_two_people_at_once_the_second_is_told(agency, admin_user, one):
    first = verify(agency, HEADER, [one.pk, "9", "", ""])
    second = verify(admin_user, HEADER, [one.pk, "8", "", ""])
    confirmed(agency, first)

    assert outcomes(confirmed(admin_user, second)) == [("conflict", "changed_since_verify")]
    assert amounts(one)[0] == 9
    with pytest.raises(DomainError) as caught:
        services.confirm(actor=admin_user, job=first)
    assert caught.value.code == "already_confirmed"


# --- Undo -----------------------------------------------------------------------------------------


def test_undo_gives_back_what_was_written_nothing_included(agency, one):
    assert one.sale_amount is None
    job = confirmed(agency, verify(agency, HEADER, [one.pk, "9", "", "10"]))
    with recorded():
        Conversion.objects.filter(pk=one.pk).update(revenue=7, version=F("version") + 1)
    undoing = undone(agency, job)

    assert (undoing.kind, undoing.counts) == ("conversions.undo_amounts", {"applied": 1})
    assert amounts(one) == (4, 7, None)


@pytest.mark.parametrize(
    ("fields", "code"),
    [({"payout": 8}, "changed_since_job"), ({"locked": True}, "conversion_locked")],
)
def test_undo_keeps_what_was_changed_since(agency, one, fields, code):
    job = confirmed(agency, verify(agency, HEADER, [one.pk, "9", "", ""]))
    with recorded():
        Conversion.objects.filter(pk=one.pk).update(**fields, version=F("version") + 1)
    before = amounts(one)

    assert outcomes(undone(agency, job)) == [("conflict", code)]
    assert amounts(one) == before


# --- People ---------------------------------------------------------------------------------------


def test_it_takes_its_own_permission(agency2, one):
    with pytest.raises(PermissionDenied):
        verify(agency2, HEADER, [one.pk, "9", "", ""])
    accountant = make_user("money@example.test", full_name="Mona Money")
    grant(accountant, ["conversions.change_amounts", "jobs.undo_jobs"])
    job = confirmed(accountant, verify(accountant, HEADER, [one.pk, "9", "", ""]))

    assert job.counts == {"applied": 1}
    # Whoever may change amounts may stop and resume their undoing, too.
    undoing = undone(accountant, job)
    assert services.may_act(accountant, undoing)
    assert amounts(one)[0] == 4
