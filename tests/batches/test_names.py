"""Names of files: checked templates, and names that can't be paths."""

from datetime import datetime
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from batches import names
from convertr.errors import DomainError

AT = datetime(2026, 1, 31, 14, 5, 9, tzinfo=ZoneInfo("Europe/Berlin"))


def filled(template: str, extension: str = ".csv", **values) -> str:
    given = {"label": "Leads", "campaign_id": 7, "at": AT, "batch_id": 120, "sequence": 3}
    return names.fill(template, **{**given, **values}, extension=extension)


@pytest.mark.parametrize(
    ("template", "name"),
    [
        ("{label}_{date}_{batch_id}", "Leads_2026-01-31_120.csv"),
        ("{campaign_id}-{time}-{sequence}", "7-140509-3.csv"),
        ("{batch_id}.csv", "120.csv"),
        ("{batch_id}.CSV", "120.CSV"),
        ("{batch_id}.dat", "120.dat.csv"),
        (" {batch_id} ", "120.csv"),
        ("Müller 😀 {batch_id}", "Müller 😀 120.csv"),
    ],
)
def test_filled(template: str, name: str) -> None:
    names.check(template, overwrite=False)
    assert filled(template) == name


@pytest.mark.parametrize(
    ("label", "name"),
    [
        ("../../etc/passwd", "___etc_passwd_120.csv"),
        ('a/b\\c:d*e?f"g<h>i|j\0k', "a_b_c_d_e_f_g_h_i_j_k_120.csv"),
        (" . Anna. ", "Anna_120.csv"),
        ("a..b", "a_b_120.csv"),
        ("", "__120.csv"),
        ("...", "__120.csv"),
        ("ab\u202egnp.exe", "ab_gnp.exe_120.csv"),
        ("line\r\nbreak\x7f\x85", "line__break___120.csv"),
        ("שרה", "שרה_120.csv"),
        ("e\u0301", "é_120.csv"),
        ("half\ud83d", "half__120.csv"),
    ],
)
def test_labels_hold_no_path(label: str, name: str) -> None:
    assert filled("{label}_{batch_id}", label=label) == name


def test_devices_of_windows_are_no_names() -> None:
    assert filled("{label}", label="nul") == "_nul.csv"
    assert filled("{label}", label="Nullify") == "Nullify.csv"


@pytest.mark.parametrize("label", ["x" * 400, "ü" * 400, "😀" * 200, "😀. " * 100])
@pytest.mark.parametrize("template", ["{label}_{batch_id}", "{label}{label}-{batch_id}.xlsx"])
def test_long_labels_are_cut(label: str, template: str) -> None:
    name = filled(template, ".xlsx", label=label)
    assert 230 <= len(name.encode()) <= 255
    assert name.endswith("120.xlsx")


REFUSED = [
    ("", "name_missing"),
    ("  ", "name_missing"),
    ("{label}_{date}", "name_not_unique"),
    ("{batch_id}_{lead}", "name_placeholder"),
    ("{batch_id}_{}", "name_placeholder"),
    ("{batch_id!r}", "name_placeholder"),
    ("{label.__class__}{batch_id}", "name_placeholder"),
    ("{batch_id", "name_brace"),
    ("batch_id}", "name_brace"),
    ("{{batch_id}}", "name_brace"),
    ("../{batch_id}", "name_character"),
    ("a/{batch_id}", "name_character"),
    ("a\\{batch_id}", "name_character"),
    ("a\0{batch_id}", "name_character"),
    ("a\n{batch_id}", "name_character"),
    ("a\u202e{batch_id}", "name_character"),
    ("a\ud800{batch_id}", "name_character"),
    (".{batch_id}", "name_dots"),
    ("{batch_id}..", "name_dots"),
    ("{batch_id}" + "x" * 240, "name_too_long"),
    ("{batch_id}" + "😀" * 60, "name_too_long"),
    ("{batch_id}" + "x" * 600, "name_too_long"),
]


@pytest.mark.parametrize(("template", "code"), REFUSED)
def test_refused(template: str, code: str) -> None:
    with pytest.raises(DomainError) as caught:
        names.check(template, overwrite=False)
    assert caught.value.code == code
    assert str(caught.value).isprintable()


def test_one_name_for_all_is_for_those_who_want_it() -> None:
    names.check("{label}", overwrite=True)
    with pytest.raises(DomainError):
        names.check("../{label}", overwrite=True)


def test_inner_names() -> None:
    assert names.inner("leads_7.zip", ".csv") == "leads_7.csv"
    assert names.inner("leads_7.csv.zip", ".csv") == "leads_7.csv"
    assert names.inner("leads_7.ZIP", ".xlsx") == "leads_7.xlsx"


@settings(max_examples=150, deadline=None)
@given(
    st.text(max_size=80), st.lists(st.sampled_from(["{label}", ".", "{batch_id}", " ", "/", "x"]))
)
def test_a_name_is_never_a_path(label: str, parts: list[str]) -> None:
    """Whatever the template, checked or not."""
    name = filled("".join(parts), label=label)
    assert not set(name) & set('/\\:*?"<>|\0')
    assert ".." not in name
    assert not name.startswith((".", " "))
    assert len(name.encode()) <= 255
