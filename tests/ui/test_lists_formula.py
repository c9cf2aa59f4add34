"""Formula-safe cells: what gets a quote, and that importing takes exactly that off again."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from convertr.ui.formula import neutralise, restore

FORMULAS = [
    "=1+1", "+1+1", "-1+1", "@SUM(A1)", "\t=1", "\r=1", "\n=1", "  =1", "=", "-", "＝1", "-1-2",
    '=HYPERLINK("http://x")', "+cmd|' /C calc'!A0", "--5", "+49 30 1234",
]  # fmt: skip
HARMLESS = [
    "", "text", "12", "-12.5", "+5", "+491701234567", "-1e9", "1=1", "'tis", "''", "a-b", "0",
    "2026-11-21T10:00:00+00:00",
]  # fmt: skip


@pytest.mark.parametrize("cell", FORMULAS)
def test_a_formula_gets_a_quote(cell):
    assert neutralise(cell) == f"'{cell}"
    assert restore(f"'{cell}") == cell


@pytest.mark.parametrize("cell", HARMLESS)
def test_anything_else_is_left_alone(cell):
    assert neutralise(cell) == cell
    assert restore(cell) == cell


@given(st.text() | st.text(alphabet="'=+-@\t 1.e"))
def test_importing_gives_back_what_was_exported(cell):
    assert restore(neutralise(cell)) == cell


@given(st.text(alphabet="=+-@\t\r\n 1.,eA", min_size=1))
def test_no_exported_cell_is_calculated(cell):
    assert not neutralise(cell).lstrip().startswith(("=", "@"))
