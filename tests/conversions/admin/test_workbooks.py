"""Workbooks that the admin imports: what a cell counts as, and what is too much (issue 4)."""

import pytest

from conversions.admin_formats import XlsxFile
from convertr.errors import DomainError
from tests.jobs.kit_workbook import many, packed, row, shared

COLUMNS = ("offer_id", "partner_id", "request_id", "note")
HEADER = "".join(f'<c t="inlineStr"><is><t>{name}</t></is></c>' for name in COLUMNS)


def rows(cells):
    return f"<row>{HEADER}</row><row>{cells}</row>"


def test_a_formula_counts_as_the_value_that_it_had_last():
    cells = '<c><f>1+1</f><v>2</v></c><c><v>3.0</v></c><c t="str"><f>A1</f><v>R-1</v></c>'

    dataset = XlsxFile().create_dataset(packed(rows(cells)))

    assert dataset.dict[0] == {
        "offer_id": "2",
        "partner_id": "3",
        "request_id": "R-1",
        "note": "",
        "line": "2",
        "problem": "",
    }


def test_more_texts_than_rows_can_have_are_refused_before_they_are_read(settings):
    settings.IMPORT_MAX_ROWS = 10
    data = packed(row("<c/>"), texts=shared(many(650_000, "<si><t>{}</t></si>".format)))

    with pytest.raises(DomainError) as refused:
        XlsxFile().create_dataset(data)

    assert refused.value.code == "too_many_texts"
