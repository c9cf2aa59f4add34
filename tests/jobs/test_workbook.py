"""Reading workbooks: what cells become, and what a hostile file is refused for, at what cost."""

import io
import itertools
import time
import zipfile
from datetime import datetime

import pytest
import xlsxwriter

from convertr.errors import DomainError
from convertr.jobs.workbook import read_xlsx
from convertr.jobs.workbook_cells import shared_texts
from convertr.jobs.workbook_parts import Parts
from tests.jobs.kit_workbook import BOOK, HEAD, SHEET, TEXTS, many, packed, part, row, shared, sheet


def cells_of(data, **limits):
    return [record.cells for record in read_xlsx(data, max_rows=10_000, **limits).records]


# --- what cells become ---


def test_cells_come_as_a_csv_would_have_them():
    out = io.BytesIO()
    book = xlsxwriter.Workbook(out)
    page = book.add_worksheet()
    formats = ["yyyy-mm-dd hh:mm", "dd.mm.yyyy", '"day" d', "[h]:mm", "0.00"]
    day, date, word, span, money = (book.add_format({"num_format": f}) for f in formats)
    page.write_row(0, 0, ["a", "b", "c", "d", "e", "f", "g", "h"])
    at = datetime(2025, 3, 1, 14, 30, 1)
    for column, how in enumerate([day, date, word]):
        page.write_datetime(1, column, at, how)
    page.write_number(1, 3, 1.5, span)
    page.write_number(1, 4, 1e-7, money)
    page.write_number(1, 5, 12345678901234)
    page.write_boolean(1, 6, True)
    page.write_rich_string(1, 7, "plain ", book.add_format({"bold": True}), "bold")
    book.close()

    assert cells_of(out.getvalue()) == [
        ["2025-03-01 14:30:01"] * 3
        + ["1 day, 12:00:00", "0.0000001", "12345678901234", "TRUE", "plain bold"]
    ]


def test_days_may_be_counted_from_1904():
    styles = '<styleSheet><cellXfs><xf numFmtId="0"/><xf numFmtId="14"/></cellXfs></styleSheet>'
    rows = row('<c r="A2" s="1"><v>1</v></c><c r="B2" t="d"><v>2025-03-01T14:30:00</v></c>')
    data = packed(rows, styles=styles, book=BOOK % ('<workbookPr date1904="1"/>', SHEET))

    assert cells_of(data) == [["1904-01-02 00:00:00", "2025-03-01 14:30:00"]]


def test_texts_that_office_writes_in_its_own_way():
    texts = shared(
        "<si><t>_x005F_x000D_</t></si>",
        "<si><t>a_x000D_b</t></si>",
        "<si><r><t>one </t></r><r><t>two</t></r><rPh><t>spoken</t></rPh></si>",
        "<si><t>&lt;&amp;&#x1F98A;</t></si>",
    )
    rows = row("".join(f'<c t="s"><v>{n}</v></c>' for n in range(4)))

    assert cells_of(packed(rows, texts=texts)) == [["_x000D_", "a\rb", "one two", "<&🦊"]]


def test_tags_may_have_a_prefix_and_rows_no_number():
    rows = HEAD + "<row><c><v>7</v></c><c/><c><v>8</v></c></row>"
    data = packed(rows.replace("</", "</x:").replace("<", "<x:").replace("<x:/x:", "</x:"))

    assert cells_of(data) == [["7", "", "8"]]


def test_a_formula_and_an_error_are_no_values():
    rows = row('<c r="A2"><f>1+1</f><v>2</v></c><c r="C2" t="e"><v>#REF!</v></c>')

    found = read_xlsx(packed(rows), max_rows=10)

    assert [record.cells for record in found.records] == [["=1+1", "", "#REF!"]]
    assert found.problems == {2: [("formula", {"column": 1}), ("cell_error", {"column": 3})]}


def test_the_first_sheet_that_can_be_seen_is_read():
    hidden = SHEET.replace('name="One"', 'name="Hidden" state="hidden"')
    book = BOOK % ("", hidden + SHEET.replace("rId1", "rId9"))
    data = packed(
        row("<c><v>1</v></c>"),
        book=book,
        relations=part("/xl/worksheets/two.xml", "worksheet", 9),
        **{"xl/worksheets/two.xml": sheet(row("<c><v>2</v></c>"))},
    )

    assert cells_of(data) == [["2"]]


def test_columns_far_to_the_right_are_not_read():
    rows = row(
        "".join(f"<c><v>{n}</v></c>" for n in range(1, 101)) + '<c r="XFD2" t="e"><v>!</v></c>'
    )
    data = packed(rows)

    assert [len(cells) for cells in cells_of(data)] == [64]
    assert [len(cells) for cells in cells_of(data, max_columns=200)] == [100]


# --- what a file may hold ---


def full():
    """10,000 rows of 24 columns, 16 of them with texts of 200 letters, no two alike."""
    letters = itertools.cycle("The quick brown fox jumps over the lazy dog. ÄÖÜ " * 21)
    out = io.BytesIO()
    book = xlsxwriter.Workbook(out)
    page = book.add_worksheet()
    page.write_row(0, 0, [f"column {n}" for n in range(24)])
    for line in range(1, 10_001):
        for column in range(24):
            if column < 8:
                page.write_number(line, column, line * column + 0.25)
            else:
                text = "".join(itertools.islice(letters, 190))
                page.write_string(line, column, f"{line}-{column} {text}")
    book.close()
    return out.getvalue()


def test_ten_thousand_full_rows_are_read():
    found = read_xlsx(full(), max_rows=10_000)

    assert len(found.records) == 10_000
    assert not found.problems
    assert {len(record.cells) for record in found.records} == {24}
    assert found.records[-1].cells[1] == "10000.25"
    assert found.records[-1].cells[23].startswith("10000-23 ")


def bomb():
    """250 kB with 3.7 million texts, in 99.9 MB."""
    return packed(row("<c/>"), texts=shared("<si><t>aaaaaaaa</t></si>" * 3_700_000))


def one_text_everywhere():
    cells = '<c t="s"><v>0</v></c>' * 24
    rows = HEAD + many(9_000, lambda n: f"<row><c><v>{n * n}</v></c>{cells}</row>")
    return packed(rows, texts=shared(f"<si><t>{'x' * 99_000}</t></si>"))


HOSTILE = {
    "texts of 100 MB": (bomb, "workbook_too_large"),
    "tags that say nothing": (
        lambda: packed(row("<c/>"), texts=shared("<si/>" * 1_000_000)),
        "workbook_too_dense",
    ),
    "too many texts": (
        lambda: packed(row("<c/>"), texts=shared(many(650_000, "<si><t>{}</t></si>".format))),
        "too_many_texts",
    ),
    "a row of too many cells": (
        lambda: packed(row(many(1_000_000, "<c><v>{}</v></c>".format))),
        "workbook_too_full",
    ),
    "blank rows": (
        lambda: packed(HEAD + many(100_001, '<row r="{}"/>'.format)),
        "too_many_rows",
    ),
    "one text in every cell": (one_text_everywhere, "workbook_too_large"),
    "names of sheets": (
        lambda: packed(row("<c/>"), book=BOOK % ("", SHEET + many(300_000, "<s n='{}'/>".format))),
        "workbook_too_full",
    ),
    "formats": (
        lambda: packed(row("<c/>"), styles=sheet(many(300_000, "<xf n='{}'/>".format))),
        "workbook_too_full",
    ),
    "a text without an end": (
        lambda: packed(row(f"<c><v>{many(400_000, str)}</v></c>")),
        "workbook_too_full",
    ),
    "a tag without an end": (
        lambda: packed(row(f"<c a='{many(400_000, str)}'/>")),
        "workbook_too_full",
    ),
    "a note without an end": (
        lambda: packed(row(f"<c/><?note {many(400_000, '<{}'.format)}?>")),
        "workbook_too_full",
    ),
    "entities": (
        lambda: packed(f'<!DOCTYPE x [<!ENTITY a "b">]>{sheet(row("<c><v>&a;</v></c>"))}'),
        "bad_workbook",
    ),
    "packed in another way": (
        lambda: packed(row("<c><v>1</v></c>"), method=zipfile.ZIP_LZMA),
        "bad_workbook",
    ),
}


@pytest.mark.parametrize("name", HOSTILE)
def test_a_hostile_workbook_is_refused_in_seconds(name):
    make, code = HOSTILE[name]
    data = make()
    began = time.process_time()

    with pytest.raises(DomainError) as refused:
        read_xlsx(data, max_rows=10_000)

    assert refused.value.code == code
    # Of this process alone, whatever else the machine does; the library took over a minute.
    assert time.process_time() - began < 10


def test_texts_are_counted_by_whatever_name_they_go():
    tags = [(False, "si", "")] * 3

    assert shared_texts(tags, most=3) == [""] * 3
    with pytest.raises(DomainError, match="more than 2 texts"):
        shared_texts(tags, most=2)


def test_texts_are_read_once_however_often_they_are_named(monkeypatch):
    """Each of them would be looked at anew, as often as the file likes."""
    read, tags = [], Parts.tags

    def noted(parts, name, **how):
        read.append(name)
        return tags(parts, name, **how)

    monkeypatch.setattr(Parts, "tags", noted)
    data = packed(
        row('<c t="s"><v>0</v></c>'),
        texts=shared("<si><t>a</t></si>"),
        relations="".join(part(TEXTS, "sharedStrings", n) for n in range(10, 1_000)),
    )

    assert cells_of(data) == [["a"]]
    assert read.count(f"xl/{TEXTS}") == 1
