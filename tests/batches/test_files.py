"""Files of leads: the cells that come out are those that went in, read by other libraries."""

import csv
import hashlib
import io
import tempfile
import zipfile
from collections.abc import Iterator
from pathlib import Path

import msoffcrypto
import openpyxl
import pytest
import stream_unzip
from hypothesis import given, settings
from hypothesis import strategies as st
from openpyxl.utils.escape import unescape

from batches.files import FileOptions, read, write
from batches.files import options as file_options
from batches.files.text import ROWS_A_CHUNK
from convertr.errors import DomainError
from convertr.ui.formula import restore

# Of the library that opens ZIPs: the format asks for that function.
pytestmark = pytest.mark.filterwarnings("ignore:PBKDF2:DeprecationWarning")
PASSWORD = "Übung 1 😀"
HEADERS = ["Lead", 'The "name"', "=A1, or B"]
FORMULAS = ["=1+1", "+1+1", "-1+1", "@SUM(A1)", "\t=1", "\r=1", " =1", "＝1+1", '=cmd|"/C calc"!A1']
_STRONG = [stream_unzip.AES_256, stream_unzip.AE_1, stream_unzip.AE_2]
# Rows of three cells with all that files stumble over.
ROWS = [
    ["1", "Anna", "anna@example.com"],
    ["", "", ""],
    ["=1+1", "@SUM(A1)", '=cmd|"/C calc"!A1'],
    ["+491701234567", "-5", "0049"],
    ['say "hi"', '"', '""'],
    ["a,b", "a;b|c", "a\tb"],
    ["line\nbreak", "line\r\nbreak", "lone\rreturn"],
    ["\n", "\r", "\r\n"],
    ["👩‍👩‍👧 😀", "שרה כהן", "نامه\u200cها \u202eabc"],
    [" leading", "trailing ", "  "],
    ["'quoted", "\ufeffmark", "back\\slash"],
    ["<b>&amp;</b>", "_x000D_", "<r><t>x</t></r>"],
    ["\x01\x1f", "\ufffe\uffff", "\u2028\x85\x7f"],
    ["00123", "1e5", "2026-01-31"],
    ["x" * 5_000, "😀" * 5_000, "\\N"],
    ["", "", ""],
]


def made(rows: list[list[str]], headers=HEADERS, password=None, **options) -> bytes:
    out = io.BytesIO()
    done = write(
        iter(rows),
        headers,
        FileOptions(**options),
        password=password,
        inner_name="leads.csv",
        out=out,
    )
    data = out.getvalue()
    assert done.rows == len(rows)
    assert (done.size, done.sha256) == (len(data), hashlib.sha256(data).hexdigest())
    assert out.tell() == 0
    return data


def parsed(data: bytes, delimiter: str = ",", encoding: str = "utf-8") -> list[list[str]]:
    return list(csv.reader(io.StringIO(data.decode(encoding), newline=""), delimiter=delimiter))


def sheet(data: bytes) -> list[list[str]]:
    """The cells of a workbook as a spreadsheet shows them (openpyxl leaves escapes to its user)."""
    rows = openpyxl.load_workbook(io.BytesIO(data)).active.rows
    found = [list(row) for row in rows]
    assert not [cell for row in found for cell in row if cell.data_type == "f"]
    return [[unescape(cell.value or "") for cell in row] for row in found]


def unzipped(data: bytes, password: str | None) -> tuple[str, bytes]:
    """The one file of a ZIP by a library that isn't the one that wrote it."""
    read_by = stream_unzip.stream_unzip(
        [data],
        password=password.encode() if password else None,
        allowed_encryption_mechanisms=_STRONG if password else [stream_unzip.NO_ENCRYPTION],
    )
    [(name, content)] = [(name.decode(), b"".join(chunks)) for name, _size, chunks in read_by]
    return name, content


# --- texts ---


@pytest.mark.parametrize("line_end", ["crlf", "lf"])
@pytest.mark.parametrize("quoting", ["minimal", "all"])
@pytest.mark.parametrize("delimiter", [",", ";", "\t", "|", "¦"])
def test_texts_read_back_to_the_same_cells(delimiter: str, quoting: str, line_end: str) -> None:
    data = made(ROWS, delimiter=delimiter, quoting=quoting, line_end=line_end)
    assert parsed(data, delimiter) == [HEADERS, *ROWS]
    assert data.endswith(b"\r\n") == (line_end == "crlf")


def test_the_very_bytes() -> None:
    rows = [["1", "Ä", ""], ["2", 'a "b"', "c,d"]]
    assert made(rows, ["a", "b", "c"]) == 'a,b,c\r\n1,Ä,\r\n2,"a ""b""","c,d"\r\n'.encode()
    assert made(rows, ["a", "b", "c"], quoting="all", line_end="lf", header=False) == (
        '"1","Ä",""\n"2","a ""b""","c,d"\n'.encode()
    )


def test_header_and_byte_order_mark_are_as_wanted() -> None:
    assert parsed(made(ROWS, header=False)) == ROWS
    data = made(ROWS, bom=True)
    assert data == b"\xef\xbb\xbf" + made(ROWS)
    assert parsed(data, encoding="utf-8-sig") == [HEADERS, *ROWS]


@pytest.mark.parametrize("kind", ["csv", "txt", "xlsx"])
def test_a_file_without_leads(kind: str) -> None:
    data = made([], format=kind)
    assert (sheet(data) if kind == "xlsx" else parsed(data)) == [HEADERS]
    assert made([], format="csv", header=False) == b""


def test_one_empty_cell_is_a_row() -> None:
    rows = [["a"], [""], ["b"], [""]]
    assert parsed(made(rows, ["only"])) == [["only"], *rows]
    assert parsed(made(rows, ["only"], quoting="all")) == [["only"], *rows]


def cells(alphabet: str) -> st.SearchStrategy[list[list[str]]]:
    text = st.text(
        st.one_of(st.sampled_from(alphabet), st.characters(codec="utf-8", exclude_characters="\0")),
        max_size=8,
    )
    return st.lists(st.lists(text, min_size=2, max_size=2), max_size=5)


@settings(max_examples=80, deadline=None)
@given(
    cells("\"',;\r\n\t =\\"),
    st.sampled_from([",", ";", "\t", "'"]),
    st.sampled_from(["minimal", "all"]),
    st.sampled_from(["crlf", "lf"]),
)
def test_any_text_reads_back(
    rows: list[list[str]], delimiter: str, quoting: str, line_end: str
) -> None:
    data = made(rows, ["a", "b"], delimiter=delimiter, quoting=quoting, line_end=line_end)
    assert parsed(data, delimiter) == [["a", "b"], *rows]


@pytest.mark.parametrize("quoting", ["minimal", "all"])
def test_neutralised_cells_are_no_formulas(quoting: str) -> None:
    rows = [[formula, "Anna", "+491701234567"] for formula in FORMULAS] + [["-5.5", "a=1", "'"]]
    read_back = parsed(made(rows, neutralise=True, quoting=quoting))
    for row, safe in zip([HEADERS, *rows], read_back, strict=True):
        assert [restore(cell) for cell in safe] == row
    assert [row[0] for row in read_back[1:]] == [f"'{formula}" for formula in FORMULAS] + ["-5.5"]
    assert read_back[0][2] == "'=A1, or B"
    assert read_back[1][1:] == ["Anna", "+491701234567"]


def test_cells_stay_as_they_are_unless_it_is_ticked() -> None:
    rows = [[formula, "", ""] for formula in FORMULAS]
    assert parsed(made(rows))[1:] == rows


def test_lines_are_written_while_rows_come() -> None:
    """What has come is in the file but for one chunk, however many there are."""
    with tempfile.TemporaryFile(buffering=0) as out:

        def rows() -> Iterator[list[str]]:
            for number in range(20 * ROWS_A_CHUNK):
                assert out.tell() >= 10 * (number - ROWS_A_CHUNK)
                yield ["12345678"]

        done = write(rows(), ["a"], FileOptions(), password=None, inner_name="", out=out)
        assert done.size == 3 + 10 * 20 * ROWS_A_CHUNK


# --- workbooks ---


def test_workbooks_read_back_to_the_same_cells() -> None:
    assert sheet(made(ROWS, format="xlsx")) == [HEADERS, *ROWS]
    assert sheet(made(ROWS, format="xlsx", header=False)) == ROWS


def test_a_workbook_needs_no_quotes_before_formulas() -> None:
    rows = [[formula, "", ""] for formula in FORMULAS]
    assert sheet(made(rows, format="xlsx", neutralise=True))[1:] == rows


@settings(max_examples=25, deadline=None)
@given(cells("<>&_x000D_\r\n\t =\x01r"))
def test_any_text_reads_back_from_a_workbook(rows: list[list[str]]) -> None:
    assert sheet(made(rows, ["a", "b"], format="xlsx")) == [["a", "b"], *rows]


@pytest.mark.parametrize("cell", ["<r>", "<r></r>", "<r><t>x</t></r>", "<r>" + "x" * 20_000])
def test_text_that_looks_like_its_xml_stays_text(cell: str) -> None:
    assert sheet(made([[cell]], ["a"], format="xlsx")) == [["a"], [cell]]


@pytest.mark.parametrize("cell", ["x" * 32_768, "😀" * 16_384, "<r>" + "x" * 32_765])
def test_a_cell_that_is_too_long_names_its_column_only(cell: str) -> None:
    with pytest.raises(DomainError) as caught:
        made([["1", "Anna", cell]], ["Lead", "Name", "Comment"], format="xlsx")
    assert caught.value.code == "cell_too_long"
    assert "Comment" in str(caught.value)
    assert cell[-9:] not in str(caught.value)
    assert len(made([["x" * 32_767, "😀" * 16_383, ""]], format="xlsx")) > 0


@pytest.mark.parametrize("kind", ["csv", "xlsx"])
def test_half_a_character_names_its_column_only(kind: str) -> None:
    with pytest.raises(DomainError) as caught:
        made([["1", "Anna", ""], ["2", "Ber\ud83dta", ""]], ["Lead", "Name", "C"], format=kind)
    assert caught.value.code == "cell_unwritable"
    assert "“Name”" in str(caught.value)
    assert "ta" not in str(caught.value).replace("that", "")


def test_workbooks_have_a_last_row(monkeypatch: pytest.MonkeyPatch) -> None:
    assert file_options.MOST_XLSX == 1_048_575
    assert file_options.MOST_ENCRYPTED_XLSX == 100_000
    monkeypatch.setattr(file_options, "MOST_XLSX", 3)
    monkeypatch.setattr(file_options, "MOST_ENCRYPTED_XLSX", 2)
    rows = [["1"], ["2"], ["3"]]
    for options, most in (
        ({"password": None}, 3),
        ({"password": PASSWORD}, 2),
        ({"password": PASSWORD, "zipped": True}, 3),
    ):
        made(rows[:most], ["a"], format="xlsx", **options)
        with pytest.raises(DomainError) as caught:
            made([*rows, ["4"]][: most + 1], ["a"], format="xlsx", **options)
        assert caught.value.code == "too_many_rows"


def test_nothing_is_left_behind(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
    made(ROWS, format="xlsx", zipped=True)
    with pytest.raises(DomainError):
        made([*ROWS, ["", "", "x" * 40_000]], format="xlsx")
    assert list(tmp_path.iterdir()) == []


# --- ZIPs and passwords ---


@pytest.mark.parametrize("password", [None, PASSWORD])
def test_zips_open_in_another_library(password: str | None) -> None:
    rows = ROWS * 300
    name, data = unzipped(made(rows, zipped=True, password=password), password)
    assert name == "leads.csv"
    assert data == made(rows)


def test_without_a_password_anything_opens_it() -> None:
    with zipfile.ZipFile(io.BytesIO(made(ROWS, zipped=True))) as archive:
        assert archive.testzip() is None
        assert parsed(archive.read("leads.csv")) == [HEADERS, *ROWS]


def test_with_another_password_it_stays_shut() -> None:
    data = made(ROWS, zipped=True, password=PASSWORD)
    with pytest.raises(stream_unzip.UnzipError):
        unzipped(data, "another")
    assert b"anna@example.com" not in data


def test_a_workbook_in_a_zip_is_locked_by_the_zip() -> None:
    _name, data = unzipped(made(ROWS, format="xlsx", zipped=True, password=PASSWORD), PASSWORD)
    assert sheet(data) == [HEADERS, *ROWS]


def test_a_locked_workbook_opens_with_its_password() -> None:
    data = made(ROWS, format="xlsx", password=PASSWORD)
    locked = msoffcrypto.OfficeFile(io.BytesIO(data))
    assert locked.is_encrypted()
    locked.load_key(password=PASSWORD, verify_password=True)
    out = io.BytesIO()
    locked.decrypt(out, verify_integrity=True)
    assert sheet(out.getvalue()) == [HEADERS, *ROWS]
    with pytest.raises(msoffcrypto.exceptions.InvalidKeyError):
        locked.load_key(password="another", verify_password=True)


@pytest.mark.parametrize(
    ("options", "password", "code"),
    [
        ({"format": "csv"}, PASSWORD, "password_needs_zip"),
        ({"format": "txt"}, PASSWORD, "password_needs_zip"),
        ({"zipped": True}, "", "password_empty"),
        ({"format": "xlsx"}, "", "password_empty"),
    ],
)
def test_no_password_is_passed_over(options: dict, password: str, code: str) -> None:
    out = io.BytesIO()
    with pytest.raises(DomainError) as caught:
        write([], ["a"], FileOptions(**options), password=password, inner_name="a", out=out)
    assert caught.value.code == code
    assert out.getvalue() == b""


# --- options ---


@pytest.mark.parametrize(
    ("options", "extension", "inner", "media_type"),
    [
        ({}, ".csv", ".csv", "text/csv; charset=utf-8"),
        ({"format": "txt"}, ".txt", ".txt", "text/plain; charset=utf-8"),
        ({"format": "txt", "zipped": True}, ".zip", ".txt", "application/zip"),
        ({"format": "xlsx", "zipped": True}, ".zip", ".xlsx", "application/zip"),
        (
            {"format": "xlsx"},
            ".xlsx",
            ".xlsx",
            "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
        ),
    ],
)
def test_what_it_is_called(options: dict, extension: str, inner: str, media_type: str) -> None:
    found = read(options)
    assert (found.extension, found.inner_extension, found.media_type) == (
        extension,
        inner,
        media_type,
    )
    assert read(found.stored()) == found


@pytest.mark.parametrize(
    ("stored", "code"),
    [
        ({"format": "pdf"}, "file_format"),
        ({"quoting": "none"}, "file_quoting"),
        ({"line_end": "cr"}, "file_line_end"),
        ({"delimiter": ""}, "file_delimiter"),
        ({"delimiter": ",,"}, "file_delimiter"),
        ({"delimiter": '"'}, "file_delimiter"),
        ({"delimiter": "\n"}, "file_delimiter"),
        ({"delimiter": "\0"}, "file_delimiter"),
        ({"delimiter": " "}, "file_delimiter"),
        ({"delimiter": "a"}, "file_delimiter"),
        ({"delimiter": "\ud83d"}, "file_delimiter"),
        ({"name": "../{batch_id}"}, "name_character"),
        ({"name": "leads"}, "name_not_unique"),
        ({"name": None}, "file_option"),
        ({"header": "yes"}, "file_option"),
        ({"format": 1}, "file_option"),
    ],
)
def test_refused(stored: dict, code: str) -> None:
    with pytest.raises(DomainError) as caught:
        read(stored)
    assert caught.value.code == code
    assert str(caught.value)


def test_the_same_name_for_all_if_wanted() -> None:
    assert read({"name": "leads", "overwrite": True}).name == "leads"
