"""A body is read before the application runs, unless it is too large to be taken at all."""

import io
from unittest.mock import Mock

import pytest

from convertr import wsgi
from convertr.bodies import read_first


class Source(io.BytesIO):
    """An input that knows how much of it was asked for, and gives little at a time."""

    def read(self, size=-1):
        return super().read(min(size, 1000) if size >= 0 else -1)


def call(body, *, most, length=None, path="/", with_file=0, **more):
    seen = {}
    source = Source(body)

    def application(environ, start_response):
        seen["before"] = source.tell()
        seen["length"] = environ["CONTENT_LENGTH"]
        seen["body"] = environ["wsgi.input"].read(10_000_000)
        return [b"ok"]

    environ = {"CONTENT_LENGTH": str(len(body)) if length is None else length, **more}
    environ["wsgi.input"] = source
    environ["PATH_INFO"] = path
    wrapped = read_first(
        application, most=most, with_file=with_file, taking_files={"/upload"}, drained=("/v1/",)
    )
    assert list(wrapped(environ, None)) == [b"ok"]
    seen["after"] = source.tell()
    return seen


@pytest.mark.parametrize("size", [1, 5_000, 600_000])
def test_a_body_is_whole_and_read_before(size):
    body = bytes(range(256)) * (size // 256 + 1)
    seen = call(body, most=1_000_000)
    assert (seen["before"], seen["body"], seen["length"]) == (len(body), body, str(len(body)))


def test_a_body_over_the_limit_is_left_unread():
    assert call(b"x" * 5_000, most=4_999)["before"] == 0


@pytest.mark.parametrize(("path", "read"), [("/upload", 5_000), ("/upload/", 0), ("/", 0)])
def test_a_large_body_is_read_only_where_files_are_taken(path, read):
    assert call(b"x" * 5_000, most=4_999, with_file=5_000, path=path)["before"] == read


@pytest.mark.parametrize(
    ("path", "over", "read"),
    [
        ("/v2/conversions/upload", "UPLOAD_MAX_BYTES", True),
        ("/admin/conversions/conversion/import/", "UPLOAD_MAX_BYTES", True),
        ("/v2/conversion-requests/7/comments", "UPLOAD_MAX_BYTES", True),
        ("/v2/conversion-requests/7/accept", "DATA_UPLOAD_MAX_MEMORY_SIZE", False),
        ("/accounts/login/", "DATA_UPLOAD_MAX_MEMORY_SIZE", False),
        ("/nowhere", "DATA_UPLOAD_MAX_MEMORY_SIZE", False),
    ],
)
def test_files_are_taken_where_the_product_takes_them(settings, path, over, read):
    """By the application that servers load."""
    source = Source(b"cut short")
    environ = {
        "REQUEST_METHOD": "POST",
        "PATH_INFO": path,
        "CONTENT_LENGTH": str(getattr(settings, over) + 1),
        "wsgi.input": source,
        "wsgi.errors": io.StringIO(),
        "wsgi.url_scheme": "http",
        "SERVER_NAME": "localhost",
        "SERVER_PORT": "8000",
    }
    wsgi.application(environ, Mock())
    assert (source.tell() > 0) is read


@pytest.mark.parametrize("length", ["", "-5", "many", "²"])
def test_a_nonsensical_length_reads_nothing(length):
    assert call(b"x" * 10, most=100, length=length)["before"] == 0


def test_a_body_that_is_cut_short_ends_where_it_was_cut():
    assert call(b"abc", most=100, length="50")["body"] == b"abc"


@pytest.mark.parametrize(("path", "after"), [("/v1/jobs", 5_000), ("/v1", 0), ("/", 0)])
def test_an_api_throws_away_what_it_refuses_before_it_answers(path, after):
    source = Source(b"x" * 5_000)
    environ = {"CONTENT_LENGTH": "5000", "PATH_INFO": path, "wsgi.input": source}
    wrapped = read_first(
        lambda *_: [b"ok"], most=4_999, with_file=0, taking_files=(), drained=("/v1/",)
    )
    assert list(wrapped(environ, None)) == [b"ok"]
    assert source.tell() == after


@pytest.mark.parametrize("size", [0, 1, 4_999])
def test_a_body_in_chunks_gets_its_length(size):
    body = b"x" * size
    seen = call(body, most=4_999, length="", HTTP_TRANSFER_ENCODING="chunked")
    assert (seen["before"], seen["body"], seen["length"]) == (size, body, str(size))


@pytest.mark.parametrize(("path", "after"), [("/v1/jobs", 9_000), ("/", 5_000)])
def test_a_body_in_chunks_that_is_too_large_shows_it(path, after):
    """One byte over is enough to refuse it; an API reads the rest, too, and forgets it."""
    seen = call(b"x" * 9_000, most=4_999, length="", path=path, HTTP_TRANSFER_ENCODING="chunked")
    assert (seen["before"], seen["length"], seen["after"]) == (5_000, "5000", after)
