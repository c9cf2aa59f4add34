"""Options as people enter them: what is taken, what is refused, what lists show."""

import pytest

from batches import destinations
from batches.destinations.http import HttpOptions
from convertr.errors import DomainError

SERVER = {"host": "files.buyer.test", "user": "depot"}
HTTP = {"url": "https://buyer.test/in?token=abc"}
BUCKET = {"bucket": "drop-1"}
AT = {"endpoint": "https://s3.buyer.test/"}
MANY = [f"ann{n}@buyer.test" for n in range(21)]
MAIL = {"recipients": "ann@buyer.test, Bob@Buyer.test\nann@buyer.test", "subject": "Leads"}


@pytest.mark.parametrize(
    ("kind", "stored", "words"),
    [
        ("sftp", SERVER, "sftp://depot@files.buyer.test:22/"),
        ("sftp", SERVER | {"port": "2222", "folder": "/in//x/"}, "sftp://depot@files.buyer.test:2222/in/x"),
        ("sftp", SERVER | {"host": "2001:db8::1"}, "sftp://depot@[2001:db8::1]:22/"),
        ("sftp", SERVER | {"host": "Bücher.test"}, "sftp://depot@xn--bcher-kva.test:22/"),
        ("ftp", SERVER, "ftp://depot@files.buyer.test:21/"),
        ("ftps", SERVER | {"folder": "in"}, "ftps://depot@files.buyer.test:21/in"),
        ("email", MAIL, "mailto:ann@buyer.test, Bob@buyer.test"),
        ("http", HTTP, "POST https://buyer.test/in"),
        ("s3", BUCKET, "s3://drop-1/ (s3.us-east-1.amazonaws.com)"),
        ("s3", BUCKET | AT | {"prefix": "/a/b/"}, "s3://drop-1/a/b/ (s3.buyer.test)"),
    ],
)  # fmt: skip
def test_what_is_taken_is_told_in_words_and_read_again(kind, stored, words):
    destination = destinations.KINDS[kind]
    options = destination.read(stored)

    assert destination.words(options) == words
    assert destination.stored(options)["kind"] == kind
    assert destination.read(destination.stored(options)) == options


@pytest.mark.parametrize(
    ("kind", "stored", "code"),
    [
        ("sftp", {"user": "x"}, "missing"),
        ("sftp", SERVER | {"user": ""}, "missing"),
        ("sftp", SERVER | {"user": "a\r\nb"}, "bad_text"),
        ("sftp", SERVER | {"host": "sftp://x.test"}, "bad_host"),
        ("sftp", SERVER | {"host": "a..b"}, "bad_host"),
        ("sftp", SERVER | {"host": "a b"}, "bad_host"),
        ("sftp", SERVER | {"port": "0"}, "bad_port"),
        ("sftp", SERVER | {"port": "65536"}, "bad_port"),
        ("sftp", SERVER | {"port": "x"}, "bad_port"),
        ("ftp", SERVER | {"folder": "/a/../b"}, "bad_folder"),
        ("ftp", SERVER | {"folder": "a\r\nDELE x"}, "bad_folder"),
        ("ftp", SERVER | {"folder": "a\\b"}, "bad_folder"),
        ("ftps", SERVER | {"ca_certificate": "nonsense"}, "bad_certificate"),
        ("email", MAIL | {"recipients": "ann"}, "bad_recipient"),
        ("email", MAIL | {"recipients": " , "}, "no_recipients"),
        ("email", MAIL | {"recipients": MANY}, "too_many_recipients"),
        ("email", MAIL | {"subject": "a\nBcc: x@y.test"}, "bad_text"),
        ("http", {"url": ""}, "missing"),
        ("http", {"url": "ftp://x.test"}, "bad_url"),
        ("http", {"url": "https://"}, "bad_url"),
        ("http", {"url": "https://x.test:99999/"}, "bad_url"),
        ("http", {"url": "https://x.test/#a"}, "bad_url"),
        ("http", {"url": "https://u:p@x.test/"}, "secret_in_url"),
        ("http", HTTP | {"method": "GET"}, "bad_method"),
        ("http", HTTP | {"body": "x"}, "bad_body"),
        ("http", HTTP | {"body": "multipart", "field": ""}, "missing"),
        ("http", HTTP | {"headers": "no colon"}, "bad_header"),
        ("http", HTTP | {"headers": "Host: x"}, "our_header"),
        ("http", HTTP | {"headers": "authorization: x"}, "secret_header"),
        ("http", HTTP | {"headers": "A: 1\nA: 2"}, "headers_twice"),
        ("http", HTTP | {"headers": [f"A{n}: 1" for n in range(21)]}, "too_many_headers"),
        ("s3", {"bucket": "Drop"}, "bad_bucket"),
        ("s3", BUCKET | {"region": "a.b"}, "bad_region"),
        ("s3", BUCKET | {"endpoint": "https://x.test/a"}, "bad_endpoint"),
        ("s3", BUCKET | {"prefix": "a/../b"}, "bad_folder"),
    ],
)  # fmt: skip
def test_what_is_refused(kind, stored, code):
    with pytest.raises(DomainError) as caught:
        destinations.KINDS[kind].read(stored)

    assert caught.value.code == code
    assert str(caught.value.text)


def test_headers_are_kept_as_lines():
    options = destinations.KINDS["http"].read(HTTP | {"headers": "X-A:1\r\n\r\nX-B: 2"})

    assert options == HttpOptions(HTTP["url"], headers=("X-A: 1", "X-B: 2"))
