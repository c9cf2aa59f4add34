"""Long requests, sent as they are read, against a real server on loopback."""

import ssl

import pytest

from convertr.outbound import checked, uploading
from convertr.outbound.addresses import networks
from convertr.outbound.answers import Outcome
from convertr.outbound.http import Limits
from convertr.outbound.uploading import upload
from tests.outbound.test_tls import certificate, port

__all__ = ["certificate", "port"]
LOOPBACK = networks(["127.0.0.0/8"])
SHORT = Limits(connect=0.5, total=0.5)
PIECES = (b"a" * 70_000, b"", b"b" * 30_000, b"c")


class Told:
    """What was told before the last piece: how often, and what had been asked for until then."""

    def __init__(self):
        self.times, self.taken = 0, 0

    def __call__(self):
        self.times += 1
        self.at = self.taken

    def pieces(self, pieces):
        for piece in pieces:
            self.taken += 1
            yield piece


def send(url, pieces=PIECES, told=None, **more):
    told = told or Told()
    values = {
        "headers": {"X-More": "1"},
        "body": told.pieces(pieces),
        "length": sum(map(len, pieces)),
        "about_to_finish": told,
        "allowed": LOOPBACK,
        "limits": SHORT,
    } | more
    return upload(more.pop("method", "PUT"), url, **values)


def test_the_body_arrives_and_the_last_piece_is_announced(sink):
    told = Told()
    answer = send(sink.url("/200?a=1"), told=told)

    (got,) = sink.received
    assert (answer.outcome, answer.status, answer.body) == (Outcome.DELIVERED, 200, b"thanks")
    assert (got.method, got.query, got.body) == ("PUT", {"a": "1"}, b"".join(PIECES))
    assert got.headers["X-More"] == "1"
    assert "Transfer-Encoding" not in got.headers
    assert (told.times, told.at) == (1, len(PIECES))


def test_an_empty_body_is_announced_too(sink):
    told = Told()

    assert send(sink.url("/204"), (), told).delivered
    assert told.times == 1
    assert sink.received[0].headers["Content-Length"] == "0"


@pytest.mark.parametrize(
    ("path", "outcome", "status", "unknown"),
    [
        ("/500", Outcome.HTTP_STATUS, 500, False),
        ("/410", Outcome.HTTP_STATUS, 410, False),
        ("/redirect/http:%2F%2F127.0.0.1%2F200", Outcome.REDIRECT, 302, False),
        ("/hang", Outcome.TIMEOUT, None, True),
        ("/cut", Outcome.CUT, None, True),
    ],
)
def test_what_comes_of_it(sink, path, outcome, status, unknown):
    answer = send(sink.url(path))

    assert (answer.outcome, answer.status, answer.unknown) == (outcome, status, unknown)
    assert len(sink.received) == 1


def test_only_the_beginning_of_an_answer_is_kept(sink):
    answer = send(sink.url("/big"))

    assert (len(answer.body), answer.length) == (1_024, 1_000_000)


def test_cut_before_the_last_piece_nothing_has_arrived(sink):
    sink.cut_after = 100_000
    told = Told()
    answer = send(sink.url("/200"), (b"x" * 1_000_000,) * 40, told)

    assert (answer.outcome, answer.unknown, told.times) == (Outcome.NO_CONNECTION, False, 0)


def test_who_takes_it_too_slowly_is_given_up_on(sink, monkeypatch):
    monkeypatch.setattr(uploading, "SLOWEST", 1e12)
    sink.cut_after = 100_000
    sink.cut = lambda _line: sink.ending.wait(30)
    told = Told()

    answer = send(sink.url("/200"), (b"x" * 1_000_000,) * 40, told)

    assert (answer.outcome, told.times) == (Outcome.NO_CONNECTION, 0)


def test_private_addresses_and_other_urls_are_refused(sink):
    assert send(sink.url("/200"), allowed=()).outcome == Outcome.REFUSED_ADDRESS
    for url in ("ftp://127.0.0.1/", "http:///x", "http://u:p@127.0.0.1/"):
        assert send(url).outcome == Outcome.REFUSED_ADDRESS
    assert sink.received == []


def test_the_address_that_was_looked_at_is_called_under_the_name(sink, monkeypatch):
    asked = []

    def look_up(host, _port):
        asked.append(host)
        return ["127.0.0.2", "127.0.0.1"]

    monkeypatch.setattr(checked, "look_up", look_up)
    assert send(sink.url("/200", "partner.test")).delivered
    assert asked == ["partner.test"]
    assert sink.received[0].headers["Host"] == f"partner.test:{sink.port}"


@pytest.mark.parametrize(("trusted", "outcome"), [(True, 501), (False, None)])
def test_a_certificate_counts_for_its_name(port, certificate, monkeypatch, trusted, outcome):
    monkeypatch.setattr(checked, "look_up", lambda _host, _port: ["127.0.0.1"])
    tls = ssl.create_default_context(cafile=certificate) if trusted else None

    answer = send(f"https://partner.test:{port}/", (b"a",), tls=tls)

    assert answer.status == outcome
    assert trusted or answer.outcome == Outcome.NO_CONNECTION


@pytest.mark.parametrize("length", [3, 5])
def test_a_body_that_is_not_as_long_as_was_said_is_our_fault(sink, length):
    with pytest.raises(ValueError, match="body is"):
        send(sink.url("/200"), (b"abcd",), length=length)


def test_what_the_body_or_the_announcement_raises_is_raised(sink):
    def broken():
        yield b"a"
        raise OSError("the disk")

    def lost():
        raise KeyError("not ours")

    with pytest.raises(OSError, match="the disk"):
        send(sink.url("/200"), body=broken(), length=10)
    with pytest.raises(KeyError):
        send(sink.url("/200"), about_to_finish=lost)
    assert sink.received == []
