"""Reading an uploaded CSV: records with their lines, or one error about the whole file."""

import codecs
import io
import zipfile

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from convertr.errors import DomainError
from convertr.jobs.csvfile import CELL_MAX, Record, read_csv


def read(data, *, max_rows=100):
    header, records = read_csv(data, max_rows=max_rows)
    return header, list(records)


def refused(data, **options):
    with pytest.raises(DomainError) as caught:
        read(data, **options)
    return caught.value


def archive():
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as packed:
        packed.writestr("xl/workbook.xml", "<workbook/>")
    return out.getvalue()


@pytest.mark.parametrize(
    ("data", "code", "line"),
    [
        (b"", "file_empty", None),
        (b"\n\r\n   \n", "file_empty", None),
        (codecs.BOM_UTF8, "file_empty", None),
        (b"\na,b\n\n", "no_rows", 2),
        ("a,b\n1,2\nMünchen,3\n".encode("latin-1"), "not_utf8", 3),
        (codecs.BOM_UTF16_LE + b"a\x00,", "not_utf8", 1),
        (b"a,b\n1,2\n3,\x004\n", "nul", 3),
        (b'a,b\n1,2\n"3,4\n5,6\n', "unbalanced_quote", 3),
        (b'a,b\n"1"x,2\n', "unbalanced_quote", 2),
        (b'a,b\n\n"1\n2",3\n"4', "unbalanced_quote", 5),
        (b"a\n" + b"x" * (CELL_MAX + 1), "cell_too_long", 2),
        (b"a\n1\n" + "ä".encode() * (CELL_MAX // 2 + 1), "cell_too_long", 3),
        (b'a\n"' + b"x" * 200_000 + b'"', "cell_too_long", 2),
        (b"a\n1\n2\n\n3\n", "too_many_rows", 5),
    ],
)
def test_what_makes_the_whole_file_unreadable_names_its_line(data, code, line):
    error = refused(data, max_rows=2 if code == "too_many_rows" else 100)

    assert error.code == code
    if line:
        assert error.params["line"] == line
        assert str(line) in str(error)


LONG = b"x" * 200_000


@pytest.mark.parametrize(
    ("data", "code", "line", "column"),
    [
        (b"a,b\n1," + b"x" * (CELL_MAX + 1), "cell_too_long", 2, 2),
        (b"a,b,c\n1,2,3\n1,2," + LONG, "cell_too_long", 3, 3),
        (b'a,b,c\n"1,\n2",' + LONG + b",3", "cell_too_long", 2, 2),
        (b'a,b\n1,"' + b'""' * 140_000 + b'"', "cell_too_long", 2, 2),
        (b'a,b,c\n1,"' + b"x\n," * 80_000 + b'",3', "cell_too_long", 2, 2),
        (b"a,b\n1,2\n3,\x004\n", "nul", 3, 2),
        (b"a,b\r1,2\r\x003,4\r", "nul", 3, 1),
        (b'a,b\n"1\r\n2","3\n\x00"\n', "nul", 4, 2),
        (b"\x00", "nul", 1, 1),
    ],
)
def test_what_is_wrong_with_one_cell_names_its_line_and_column(data, code, line, column):
    error = refused(data)

    assert (error.code, error.params) == (code, {"line": line, "column": column})
    assert f"Line {line}, column {column}" in str(error)


@pytest.mark.parametrize("end", [b"\r", b"\n", b"\r\n"])
@pytest.mark.parametrize("mark", [b"", codecs.BOM_UTF8])
def test_lines_are_counted_by_any_line_end(mark, end):
    error = refused(mark + end.join([b"a,b", b"1,2", b"M\xfcnchen,3"]))

    assert (error.code, error.params["line"]) == ("not_utf8", 3)


def test_lines_of_utf_16_are_counted_too():
    error = refused("a\r1\r\n2\n".encode("utf-16") + b"\x00\xd8a\0")

    assert (error.code, error.params["line"]) == ("not_utf8", 4)


@pytest.mark.parametrize(
    ("data", "kind"),
    [
        (archive(), "workbook"),
        (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + b"\0" * 512, "workbook"),
        (b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR", "PNG"),
        (b"\xff\xd8\xff\xe0\0\x10JFIF", "JPEG"),
        (b"GIF89a\1\0\1\0", "GIF"),
        (b"%PDF-1.7\n", "PDF"),
        (b"\x1f\x8b\x08\0", "gzip"),
    ],
)
def test_a_file_of_another_kind_is_called_by_its_name(data, kind):
    error = refused(data)

    assert (error.code, error.params["kind"]) == ("not_csv", kind)
    assert kind in str(error)


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16"])
@pytest.mark.parametrize("end", ["\n", "\r\n", "\r"])
def test_encodings_and_line_ends_make_no_difference(encoding, end):
    data = end.join(["a,b", "Zoë,日本", "3,4"]).encode(encoding)

    assert read(data) == (
        Record(1, ["a", "b"]),
        [Record(2, ["Zoë", "日本"]), Record(3, ["3", "4"])],
    )


def test_big_endian_utf_16_with_its_mark_is_read():
    data = codecs.BOM_UTF16_BE + "a\nß".encode("utf-16-be")

    assert read(data) == (Record(1, ["a"]), [Record(2, ["ß"])])


def test_blank_lines_dont_count_and_a_record_has_its_first_line():
    data = b'\n\na,b\n1,2\n\n   \n"3\n\n3","4\r\n4"\n5,6'

    header, records = read(data, max_rows=3)

    assert header == Record(3, ["a", "b"])
    assert records == [
        Record(4, ["1", "2"]),
        Record(7, ["3\n\n3", "4\r\n4"]),
        Record(11, ["5", "6"]),
    ]


def test_cells_come_as_they_are():
    _, records = read(b'a,b\n" x ","say ""hi"""\n\'=1+1,\t\n')

    assert records[0].cells == [" x ", 'say "hi"']
    assert records[1].cells == ["'=1+1", "\t"]


def test_a_cell_of_exactly_100_kb_is_read():
    _, records = read(b"a\n" + b"x" * CELL_MAX)

    assert len(records[0].cells[0]) == CELL_MAX


def test_exactly_as_many_rows_as_allowed_are_read():
    _, records = read(b"a\n" + b"1\n" * 10_000, max_rows=10_000)

    assert len(records) == 10_000
    error = refused(b"a\n" + b"1\n" * 10_001, max_rows=10_000)
    assert (error.code, error.params["line"]) == ("too_many_rows", 10_002)
    assert "10,000" in str(error)


def pieces():
    """Bytes that a CSV is made of, and some that break one."""
    bits = [b",", b'"', b"\n", b"\r", b"\r\n", b";", b"\t", b"\0", b"'", b"=", b"\xef\xbb\xbf"]
    bits += [b"\xff\xfe", b"\xfe\xff", b"a", b"\xc3\xa9", b"\xff", b"\\", b" ", b"\xed\xa0\x80"]
    return st.lists(st.sampled_from(bits), max_size=40).map(b"".join)


@given(st.one_of(st.binary(max_size=200), pieces()))
@example(codecs.BOM_UTF16_LE + b"\x00\xd8")
@example(b'"\r')
def test_any_bytes_are_rows_or_one_clear_error(data):
    told = None
    try:
        header, records = read(data, max_rows=10)
    except DomainError as error:
        told = error
    if told:
        assert told.code
        assert str(told).endswith(".")
        return
    lines = [record.line for record in [header, *records]]
    assert lines == sorted(set(lines))
    assert all(record.cells for record in [header, *records])
