"""HTTP against a real server."""

import email
from email import policy

import pytest

from batches.destinations.base import TransportError
from tests.batches.destinations.conftest import CONTENT, make_upload, way

HEADER = {"header": "Authorization: Bearer s3cret-token"}


@pytest.fixture
def send(sink, upload, finishing):
    def sending(path, secret=HEADER, **stored):
        stored = {"kind": "http", "url": sink.url(path), **stored}
        return way(stored, secret).send(upload, finishing)

    return sending


@pytest.mark.parametrize("method", ["POST", "PUT"])
def test_the_body_is_the_file(send, sink, upload, finishing, method):
    words = send("/200?to=1", method=method, headers="X-Feed: leads\r\nContent-Type: text/plain")

    (got,) = sink.received
    assert (got.method, got.body) == (method, CONTENT)
    assert got.headers["Idempotency-Key"] == upload.key
    assert got.headers["Authorization"] == "Bearer s3cret-token"
    assert (got.headers["X-Feed"], got.headers["Content-Type"]) == ("leads", "text/plain")
    assert (words, finishing.times) == ("200 thanks", 1)


def test_the_file_is_a_field_of_a_form_the_same_each_time(send, sink, upload):
    send("/200", body="multipart", field="leads")
    send("/200", body="multipart", field="leads")

    first, second = sink.received
    assert (first.body, first.headers) == (second.body, second.headers)
    kind = first.headers["Content-Type"].encode()
    form = email.message_from_bytes(
        b"Content-Type: " + kind + b"\r\n\r\n" + first.body, policy=policy.HTTP
    )
    (part,) = form.iter_parts()
    assert part.get_payload(decode=True) == CONTENT
    assert part.get_filename() == upload.name
    assert part.get_param("name", header="content-disposition") == "leads"


@pytest.mark.parametrize(
    ("path", "outcome"),
    [
        ("/500", ("http_status", False, False)),
        ("/408", ("http_status", False, False)),
        ("/429/7", ("http_status", False, False)),
        ("/410", ("http_status", True, False)),
        ("/401", ("auth_refused", True, False)),
        ("/redirect/http:%2F%2F127.0.0.1%2F200", ("redirect", True, False)),
        ("/hang", ("timeout", False, True)),
        ("/cut", ("cut", False, True)),
    ],
)
def test_what_the_server_answers(send, sink, path, outcome):
    with pytest.raises(TransportError) as caught:
        send(path)

    error = caught.value
    assert (error.code, error.permanent, error.unknown) == outcome
    assert len(sink.received) == 1


def test_cut_halfway_is_known_not_to_have_arrived(sink):
    long = make_upload(b"x" * 40_000_000)
    sink.cut_after = 100_000
    told = []

    with pytest.raises(TransportError) as caught:
        way({"kind": "http", "url": sink.url("/200")}, None).send(long, lambda: told.append(1))

    assert (caught.value.unknown, caught.value.permanent, told) == (False, False, [])
