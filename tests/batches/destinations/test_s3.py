"""S3 against a real server, and the signature against one worked out here."""

import hashlib
import hmac

import pytest

from batches.destinations import s3
from batches.destinations.base import TransportError
from tests.batches.destinations.conftest import CONTENT, make_upload, way
from tests.batches.servers import S3Server

KEY = S3Server.key


def test_what_arrives_is_what_was_sent(s3_server, upload, finishing):
    way(s3_server.options, KEY).send(upload, finishing)

    assert s3_server.files() == {f"in/{upload.name}": CONTENT}
    assert finishing.times == 1


def test_empty_files_and_names_that_need_escaping(s3_server, finishing):
    upload = make_upload(b"", name="a b+c&é.csv")
    way(s3_server.options, KEY).send(upload, finishing)

    assert s3_server.files() == {"in/a b+c&é.csv": b""}
    assert finishing.times == 1


def test_whether_it_arrived_can_be_asked(s3_server, upload, finishing):
    there = way(s3_server.options, KEY)
    assert there.arrived(upload) is False

    there.send(upload, finishing)

    assert there.arrived(upload) is True
    assert there.arrived(make_upload(CONTENT + b"more")) is False


def test_no_such_bucket_is_for_good(s3_server, upload, finishing):
    with pytest.raises(TransportError) as caught:
        way({**s3_server.options, "bucket": "nowhere"}, KEY).send(upload, finishing)

    assert (caught.value.code, caught.value.permanent) == ("folder_missing", True)
    assert "NoSuchBucket" in caught.value.words


def test_more_than_one_put_can_hold_fails_before_it_is_sent(finishing):
    stored = {"kind": "s3", "bucket": "drop", "region": "eu-central-1"}
    with pytest.raises(TransportError) as caught:
        way(stored, KEY).send(make_upload(size=s3.LARGEST + 1), finishing)

    assert (caught.value.code, finishing.times) == ("too_large", 0)


@pytest.mark.parametrize(
    ("status", "outcome"),
    [
        (403, ("auth_refused", True, False)),
        (400, ("http_status", True, False)),
        (503, ("http_status", False, False)),
        ("cut", ("cut", False, True)),
    ],
)
def test_what_the_server_answers(sink, upload, finishing, status, outcome):
    sink.plan["drop"] = str(status)
    stored = {"kind": "s3", "endpoint": sink.url("").rstrip("/"), "bucket": "drop"}
    with pytest.raises(TransportError) as caught:
        way(stored, KEY).send(upload, finishing)

    assert (caught.value.code, caught.value.permanent, caught.value.unknown) == outcome


def test_the_signature_is_right(sink, upload, finishing):
    sink.plan["drop"] = "200"
    endpoint = sink.url("").rstrip("/")
    stored = {"kind": "s3", "endpoint": endpoint, "bucket": "drop", "region": "eu-central-1"}
    way(stored, KEY).send(upload, finishing)

    (got,) = sink.received
    headers = {name.lower(): value for name, value in got.headers.items()}
    scheme, rest = headers["authorization"].split(" ", 1)
    given = dict(part.split("=", 1) for part in rest.split(", "))
    scope = given["Credential"].partition("/")[2]
    names = given["SignedHeaders"].split(";")
    canonical = "\n".join(
        [
            "PUT", got.path, "",
            *(f"{name}:{headers[name]}" for name in names), "",
            given["SignedHeaders"], upload.sha256,
        ]
    )  # fmt: skip
    digest = hashlib.sha256(canonical.encode()).hexdigest()
    to_sign = "\n".join([scheme, headers["x-amz-date"], scope, digest])
    key = ("AWS4" + KEY["secret"]).encode()
    for part in scope.split("/"):
        key = hmac.digest(key, part.encode(), "sha256")

    assert scope.split("/")[1:] == ["eu-central-1", "s3", "aws4_request"]
    assert given["Signature"] == hmac.new(key, to_sign.encode(), "sha256").hexdigest()
    assert headers["x-amz-content-sha256"] == upload.sha256
    assert {"host", "x-amz-content-sha256", "x-amz-date"} <= set(names)
