"""Calls over HTTP, against a real server on loopback."""

import asyncio
import logging

import pytest

from convertr.outbound import checked
from convertr.outbound.addresses import networks
from convertr.outbound.answers import Outcome
from convertr.outbound.http import Client, Limits

LOOPBACK = networks(["127.0.0.0/8"])
SHORT = Limits(connect=0.5, total=0.5)


def call(*urls, method="GET", allowed=LOOPBACK, limits=SHORT, **kwargs):
    """The answers of calls made at once by one client; the answer itself for a single one."""

    async def calling():
        async with Client(allowed=allowed, limits=limits) as client:
            return await asyncio.gather(*(client.send(method, url, **kwargs) for url in urls))

    answers = asyncio.run(calling())
    return answers if len(urls) > 1 else answers[0]


@pytest.mark.parametrize(
    ("path", "outcome", "status", "transient", "unknown"),
    [
        ("/200", Outcome.DELIVERED, 200, False, False),
        ("/204", Outcome.DELIVERED, 204, False, False),
        ("/500", Outcome.HTTP_STATUS, 500, True, False),
        ("/503", Outcome.HTTP_STATUS, 503, True, False),
        ("/429/7", Outcome.HTTP_STATUS, 429, True, False),
        ("/410", Outcome.HTTP_STATUS, 410, False, False),
        ("/404", Outcome.HTTP_STATUS, 404, False, False),
        ("/hang", Outcome.TIMEOUT, None, True, True),
        ("/cut", Outcome.CUT, None, True, True),
        ("/redirect/http:%2F%2F127.0.0.1%2F200", Outcome.REDIRECT, 302, False, False),
    ],
)
def test_what_comes_of_a_call(sink, path, outcome, status, transient, unknown):
    answer = call(sink.url(path))

    assert (answer.outcome, answer.status) == (outcome, status)
    assert (answer.transient, answer.unknown) == (transient, unknown)
    assert len(sink.received) == 1


def test_retry_after_is_told(sink):
    assert call(sink.url("/429/7")).retry_after.total_seconds() == 7
    assert call(sink.url("/500")).retry_after is None


def test_who_listens_to_nobody_was_sent_nothing(sink):
    sink.stop()

    answer = call(sink.url("/200"))

    assert answer.outcome == Outcome.NO_CONNECTION
    assert answer.transient
    assert not answer.unknown


def test_a_name_that_nobody_has(monkeypatch):
    def nobody(host, port):
        raise OSError("no such name")

    monkeypatch.setattr(checked, "look_up", nobody)

    assert call("http://partner.test/").outcome == Outcome.NO_CONNECTION


def test_a_body_is_kept_to_its_first_kilobyte(sink):
    answer = call(sink.url("/big"))

    assert answer.delivered
    assert answer.body == b"x" * 1_024


def test_a_post_with_its_body_and_headers(sink):
    call(sink.url("/200"), method="POST", content=b"a=1", headers={"Content-Type": "text/plain"})

    [received] = sink.received
    assert (received.method, received.body) == ("POST", b"a=1")
    assert received.headers["Content-Type"] == "text/plain"
    assert received.headers["User-Agent"] == "Convertr"
    assert received.headers["Host"] == f"127.0.0.1:{sink.port}"


def test_a_password_of_the_address_goes_as_such(sink):
    call(sink.url("/200").replace("://", "://me:se%20cret@"))

    assert sink.received[0].headers["Authorization"] == "Basic bWU6c2UgY3JldA=="


def test_connections_are_used_again(sink):
    async def calling():
        async with Client(allowed=LOOPBACK) as client:
            for _ in range(10):
                assert (await client.send("GET", sink.url("/200"))).delivered

    asyncio.run(calling())

    assert (len(sink.received), sink.accepted) == (10, 1)


def test_no_cookie_comes_back(sink):
    async def calling():
        async with Client(allowed=LOOPBACK) as client:
            await client.send("GET", sink.url("/redirect/elsewhere"))
            await client.send("GET", sink.url("/200"))

    asyncio.run(calling())

    assert "Cookie" not in sink.received[1].headers


def test_no_proxy_of_the_environment(sink, monkeypatch):
    for name in ("http_proxy", "HTTP_PROXY", "all_proxy", "ALL_PROXY"):
        monkeypatch.setenv(name, "http://127.0.0.1:9")

    assert call(sink.url("/200")).delivered


def test_at_most_four_connections_a_host(sink):
    answers = call(*[sink.url("/slow/0.05") for _ in range(20)], limits=Limits(total=5))

    assert all(answer.delivered for answer in answers)
    assert sink.most_busy == 4


@pytest.mark.parametrize(
    "url",
    [
        "http://127.0.0.1:{port}/200",
        "http://[::1]:{port}/200",
        "http://[::ffff:127.0.0.1]:{port}/200",
        "http://localhost:{port}/200",
        "http://2130706433:{port}/200",
        "http://0x7f.1:{port}/200",
        "http://0:{port}/200",
        "http://169.254.169.254/latest/meta-data/",
        "ftp://127.0.0.1:{port}/200",
        "file:///etc/passwd",
        "http:///200",
        "http://127.0.0.1:99999/",
        "nothing",
    ],
)
def test_where_no_call_goes(sink, url):
    answer = call(url.format(port=sink.port), allowed=())

    assert answer.outcome == Outcome.REFUSED_ADDRESS
    assert not answer.transient
    assert sink.accepted == 0


def test_one_private_address_of_a_name_refuses_it(sink, monkeypatch):
    monkeypatch.setattr(checked, "look_up", lambda _host, _port: ["127.0.0.1", "10.0.0.7"])

    answer = call(f"http://partner.test:{sink.port}/200")

    assert answer.outcome == Outcome.REFUSED_ADDRESS
    assert sink.accepted == 0


def test_the_connection_goes_to_what_was_checked(sink, monkeypatch):
    """A name that changes between the look and the connection gains nothing by it."""
    given = iter([["127.0.0.1"], ["10.0.0.7"]])
    asked = []

    def rebinding(host, port):
        asked.append(host)
        return next(given)

    monkeypatch.setattr(checked, "look_up", rebinding)

    assert call(f"http://partner.test:{sink.port}/200").delivered
    assert asked == ["partner.test"]
    assert sink.received[0].headers["Host"] == f"partner.test:{sink.port}"


def test_a_second_connection_is_checked_anew(sink, monkeypatch):
    given = iter([["127.0.0.1"], ["10.0.0.7"]])
    monkeypatch.setattr(checked, "look_up", lambda _host, _port: next(given))
    url = f"http://partner.test:{sink.port}"

    async def calling():
        async with Client(allowed=LOOPBACK, limits=SHORT) as client:
            return [await client.send("GET", f"{url}/{path}") for path in ("cut", "200")]

    first, second = asyncio.run(calling())

    assert (first.outcome, second.outcome) == (Outcome.CUT, Outcome.REFUSED_ADDRESS)


def test_the_next_address_of_a_name_is_tried(sink, monkeypatch):
    monkeypatch.setattr(checked, "look_up", lambda _host, _port: ["127.0.0.9", "127.0.0.1"])

    assert call(f"http://partner.test:{sink.port}/200").delivered


def test_addresses_stay_out_of_the_log(sink, caplog):
    with caplog.at_level(logging.INFO):
        call(sink.url("/200?secret=hunter2"))

    assert "hunter2" not in caplog.text
