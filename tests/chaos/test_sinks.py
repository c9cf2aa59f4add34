"""The servers of chaos take whole requests alone, so that what they tell is true."""

import socket

import pytest

from tests.chaos.lines import Line, Loop, Trouble
from tests.chaos.sinks import HttpServer

WHOLE = b"POST /http HTTP/1.1\r\nIdempotency-Key: a\r\nContent-Length: 3\r\n\r\nabc"


@pytest.fixture
def server():
    made = HttpServer()
    yield made
    made.stop()


def say(port, data):
    """What is answered; nothing where the line breaks."""
    try:
        with socket.create_connection(("127.0.0.1", port), timeout=5) as line:
            line.sendall(data)
            line.shutdown(socket.SHUT_WR)
            return line.recv(100)
    except OSError:
        return b""


def test_half_a_request_is_none_wherever_it_was_cut(server):
    for length in range(len(WHOLE)):
        say(server.port, WHOLE[:length])
    assert server.arrivals == []

    assert say(server.port, WHOLE).startswith(b"HTTP/1.1 200")
    assert [(one.place, one.key) for one in server.arrivals] == [("http", "a")]


def test_a_line_refuses_cuts_and_passes_on_again(server):
    loop = Loop()
    line = Line(loop, server.port)
    try:
        for trouble in (Trouble("refuse"), Trouble("cut", 10), Trouble("cut", len(WHOLE))):
            line.suffer(trouble)
            assert say(line.port, WHOLE) == b""
            line.calm()
        # Of the last one the request went through, and its answer was lost.
        assert len(server.arrivals) == 1
        assert say(line.port, WHOLE).startswith(b"HTTP/1.1 200")
    finally:
        line.end()
        loop.end()
