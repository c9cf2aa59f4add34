"""The six formats of the status CSV: which header is one, and what makes a row of it good."""

import uuid

import pytest
from hypothesis import given
from hypothesis import strategies as st

from conversions.csv_files.layout import NO_ID
from conversions.status_csv.layouts import read_header, read_rows
from convertr.errors import DomainError
from convertr.jobs.csvfile import Record, read_csv
from convertr.jobs.models import Outcome
from convertr.jobs.texts import render

UUID = "0b9f2f6e-6d0f-4d86-9b0a-3a1d5c1e7f42"
REASONS = frozenset({"fraud", "test-order"})


def layout(header):
    return read_header(Record(1, header.split(",")))


def row(header, *cells, line=2):
    """The staged row of one record."""
    (staged,) = read_rows(layout(header), [Record(line, list(cells))], reasons=REASONS)
    return staged


def codes(staged):
    """All codes of a row, the first and those told with it."""
    return [staged.code, *(code for code, _ in (staged.params or {}).get("more", []))]


# --- Headers --------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("header", "key", "has_cost"),
    [
        ("conversion_uuid,status", "uuid", False),
        ("conversion_id,status", "id", False),
        ("offer_id,request_id,status", "request", False),
        ("conversion_uuid,status,cost", "uuid", True),
        ("conversion_id,status,cost", "id", True),
        ("offer_id,request_id,status,cost", "request", True),
        ("STATUS, Conversion_UUID ", "uuid", False),
        ("note,request_id,reason,cost,status,offer_id", "request", True),
        ("line,conversion_id,status,code,error", "id", False),
    ],
)
def test_each_format_is_known_by_its_header_in_any_case_and_order(header, key, has_cost):
    found = layout(header)

    assert (found.key, found.has_cost) == (key, has_cost)
    assert found.width == header.count(",") + 1


@pytest.mark.parametrize(
    ("header", "code", "words"),
    [
        ("17,APPROVED", "no_header", ["Line 1"]),
        ("<!DOCTYPE html>", "no_header", ["Line 1"]),
        ("conversion_id,status,amount", "unknown_column", ["Line 1", "column 3", "amount"]),
        ("conversion_id,status,", "blank_column", ["Line 1", "column 3"]),
        ("conversion_id, ,status", "blank_column", ["Line 1", "column 2"]),
        ("conversion_id,status,Status", "duplicate_column", ["Line 1", "column 3", "status"]),
        ("line,conversion_id,status,line", "duplicate_column", ["column 4", "line"]),
        ("conversion_id,cost", "no_status_column", ["Line 1", "status"]),
        ("status,cost", "no_key", ["conversion_uuid", "conversion_id", "request_id"]),
        ("offer_id,status", "no_key", ["offer_id and request_id"]),
        ("request_id,status", "no_key", ["offer_id and request_id"]),
        ("conversion_id,conversion_uuid,status", "two_keys", ["conversion_uuid, conversion_id"]),
        ("conversion_id,offer_id,status", "two_keys", ["conversion_id, offer_id"]),
        ("conversion_id;status", "wrong_separator", ["Line 1", "semicolons"]),
        ("conversion_id\tstatus", "wrong_separator", ["Line 1", "tabs"]),
    ],
)
def test_a_header_that_is_none_of_them_is_refused_with_its_place(header, code, words):
    with pytest.raises(DomainError) as caught:
        layout(header)

    assert caught.value.code == code
    assert all(word in str(caught.value) for word in words), str(caught.value)


def test_the_line_of_a_header_after_blank_lines_is_told():
    header, _ = read_csv(b"\n\nconversion_id,status,amount\n1,2,3", max_rows=1)

    with pytest.raises(DomainError, match="Line 3"):
        read_header(header)


# --- Rows -----------------------------------------------------------------------------------------


@pytest.mark.parametrize("written", [UUID, UUID.upper(), UUID.replace("-", ""), f"  {UUID} "])
def test_a_uuid_is_taken_with_or_without_hyphens_in_any_case(written):
    staged = row("conversion_uuid,status", written, "approved")

    assert staged.outcome == Outcome.STAGED
    assert uuid.UUID(staged.key_uuid) == uuid.UUID(UUID)


def test_each_key_lands_in_its_typed_column():
    assert row("conversion_id,status", "17", "APPROVED").key_id == "17"
    by_request = row("offer_id,request_id,status", "5", " A-1 ", "APPROVED")
    assert (by_request.key_parent, by_request.key_text) == ("5", "A-1")


@pytest.mark.parametrize("written", ["APPROVED", "approved", " Approved "])
def test_a_status_is_taken_in_any_case(written):
    assert row("conversion_id,status", "1", written).wanted == {"status": "approved"}


def test_a_row_wants_what_it_brings():
    staged = row(
        "conversion_id,status,cost,reason,note", "1", "REJECTED", "12.5", "fraud", " twice \n"
    )

    assert staged.wanted == {
        "status": "rejected", "cost": "12.5", "reason": "fraud", "note": " twice \n"
    }  # fmt: skip


def test_empty_cells_of_optional_columns_ask_for_nothing():
    staged = row("conversion_id,status,cost,reason,note", "1", "REJECTED", " ", "", "")

    assert staged.wanted == {"status": "rejected"}
    assert staged.code is None


@pytest.mark.parametrize(
    ("header", "cells", "code", "words"),
    [
        ("conversion_uuid,status", ("", "APPROVED"), "empty_key", "conversion_uuid is empty"),
        ("conversion_id,status", ("  ", "APPROVED"), "empty_key", "conversion_id is empty"),
        ("offer_id,request_id,status", ("", "r", "APPROVED"), "empty_key", "offer_id is empty"),
        ("offer_id,request_id,status", ("1", "", "APPROVED"), "empty_key", "request_id is empty"),
        ("conversion_uuid,status", ("0b9f", "APPROVED"), "bad_uuid", "32 hexadecimal"),
        ("conversion_uuid,status", (f"{{{UUID}}}", "APPROVED"), "bad_uuid", UUID),
        ("conversion_uuid,status", (f"{UUID[:-1]}g", "APPROVED"), "bad_uuid", "no UUID"),
        ("conversion_id,status", ("12a", "APPROVED"), "bad_number", "12a"),
        ("conversion_id,status", ("-1", "APPROVED"), "bad_number", "-1"),
        ("conversion_id,status", ("1.0", "APPROVED"), "bad_number", "1.0"),
        ("conversion_id,status", ("١٢", "APPROVED"), "bad_number", "no number"),
        ("offer_id,request_id,status", ("x", "r", "APPROVED"), "bad_number", "offer_id"),
        ("conversion_id,status", ("1", ""), "empty_status", "APPROVED or REJECTED"),
        ("conversion_id,status", ("1", "NEW"), "bad_status", "NEW"),
        ("conversion_id,status", ("1", "PENDING"), "bad_status", "PENDING"),
        ("conversion_id,status", ("1", "THROTTLED"), "bad_status", "APPROVED or REJECTED"),
        ("conversion_id,status,reason", ("1", "REJECTED", "bored"), "unknown_reason", "bored"),
        ("conversion_id,status", ("1",), "wrong_cell_count", "1 cells"),
        ("conversion_id,status", ("1", "APPROVED", ""), "wrong_cell_count", "2 columns"),
    ],
)
def test_each_row_error_has_its_code_and_says_what_to_do(header, cells, code, words):
    staged = row(header, *cells)

    assert staged.code == code
    assert staged.outcome == (
        Outcome.STAGED
        if code in ("empty_status", "bad_status", "unknown_reason")
        else Outcome.INVALID
    )
    assert words in render(staged.code, staged.params)
    assert staged.input == list(cells)


@pytest.mark.parametrize(
    "cost",
    [
        "1,5", "-1", "NaN", "1e9", "inf", "+1", "1.23456", ".5", "5.", "1 000", "1_000",
        "1234567890123", "٣", "0x10", "$5",
    ],
)  # fmt: skip
def test_a_bad_cost_is_an_error_that_says_what_is_accepted(cost):
    staged = row("conversion_id,status,cost", "1", "APPROVED", cost)

    assert staged.code == "bad_cost"
    assert "at most 4 decimals" in render(staged.code, staged.params)


@pytest.mark.parametrize("cost", ["0", "0.0000", "12", "199.9", "999999999999.9999", "007.50"])
def test_a_cost_is_a_plain_number_of_0_or_more(cost):
    assert row("conversion_id,status,cost", "1", "APPROVED", cost).wanted["cost"] == cost


def test_several_errors_of_one_row_are_all_told():
    staged = row("conversion_id,status,cost,reason", "x", "NEW", "1,5", "bored")

    assert codes(staged) == ["bad_number", "bad_status", "bad_cost", "unknown_reason"]
    sentence = render(staged.code, staged.params)
    assert all(word in sentence for word in ["“x”", "“NEW”", "“1,5”", "“bored”"])


def test_a_row_with_a_good_key_keeps_it_whatever_its_other_cells_hold():
    staged = row("conversion_id,status,cost", "17", "NEW", "x")

    assert (staged.outcome, staged.key_id) == (Outcome.STAGED, "17")
    assert codes(staged) == ["bad_status", "bad_cost"]


def test_a_row_with_a_bad_key_brings_no_key_to_the_database():
    staged = row("offer_id,request_id,status", "x", "r", "APPROVED")

    assert (staged.key_parent, staged.key_text) == (None, None)


@pytest.mark.parametrize(("number", "known"), [("9" * 19, NO_ID), ("0" * 30 + "7", "0" * 30 + "7")])
def test_a_number_longer_than_any_id_is_well_formed_and_matches_nothing(number, known):
    assert row("conversion_id,status", number, "APPROVED").key_id == known


def test_a_formula_safe_cell_is_what_it_was():
    staged = row("offer_id,request_id,status,note", "1", "'=A1", "REJECTED", "'+49 (0) call")

    assert staged.key_text == "=A1"
    assert staged.wanted["note"] == "+49 (0) call"
    assert row("offer_id,request_id,status", "1", "'quoted", "REJECTED").key_text == "'quoted"


@pytest.mark.parametrize("cells", [st.binary(max_size=80), st.text(max_size=80)])
def test_any_bytes_after_a_good_header_are_rows_or_one_clear_error(cells):
    @given(cells, st.sampled_from(["uuid", "id", "request"]))
    def check(body, key):
        header = {
            "uuid": "conversion_uuid", "id": "conversion_id", "request": "offer_id,request_id"
        }[key]  # fmt: skip
        body = body if isinstance(body, bytes) else body.encode("utf-8", "surrogatepass")
        data = f"{header},status,cost,reason,note,line\n".encode() + body
        try:
            head, records = read_csv(data, max_rows=50)
        except DomainError:
            return
        staged = list(read_rows(read_header(head), records, reasons=REASONS))
        assert [one.input for one in staged] == [record.cells for record in records]
        assert all((one.outcome == Outcome.INVALID) <= bool(one.code) for one in staged)
        assert all(render(one.code, one.params) for one in staged if one.code)

    check()


def files():
    """Whole files: any bytes at all, and those that begin as a file of ours does."""
    bits = [*(c.encode() for c in (UUID, "1", "x", "APPROVED", "fraud", "1.5", "-", "é", "=1"))]
    bits += [b",", b",", b"\n", b"\r\n", b"\r", b'"', b" ", b"\0", b"\xff", b";", b"\xed\xa0\x80"]
    rest = st.lists(st.sampled_from(bits), max_size=40).map(b"".join)
    columns = ["conversion_uuid", "conversion_id", "offer_id", "request_id", "status", "cost"]
    names = st.lists(st.sampled_from([*columns, "note", "reason", "line", "", "x"]), max_size=6)
    header = st.one_of(
        names.map(lambda found: ",".join(found).encode() + b"\n"),
        st.sampled_from(
            [b"conversion_id,status,cost,reason,note\n", b"offer_id,request_id,status\r"]
        ),
    )
    ours = st.builds(lambda head, body: head + body, header, st.one_of(rest, st.binary()))
    return st.one_of(st.binary(max_size=300), rest, ours)


@given(files())
def test_any_file_is_refused_in_words_or_read_row_by_row(data):
    told = None
    try:
        header, records = read_csv(data, max_rows=20)
        staged = list(read_rows(read_header(header), records, reasons=REASONS))
    except DomainError as error:
        told = error
    if told:
        assert told.code
        assert str(told).endswith(".")
        return
    assert [one.line for one in staged] == [record.line for record in records]
    assert [one.input for one in staged] == [record.cells for record in records]
    for one in staged:
        assert one.outcome in (Outcome.STAGED, Outcome.INVALID)
        if one.code:
            assert render(one.code, one.params) != one.code
        else:
            assert one.outcome == Outcome.STAGED
            assert one.wanted["status"]
