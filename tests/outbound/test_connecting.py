"""Connections without an event loop: to the address that was looked at, or to none."""

import socket
import threading

import pytest

from convertr.outbound import checked
from convertr.outbound.addresses import networks
from convertr.outbound.checked import RefusedAddressError
from convertr.outbound.connecting import connect

LOOPBACK = networks(["127.0.0.0/8"])


@pytest.fixture
def port():
    with socket.create_server(("127.0.0.1", 0)) as server:
        yield server.getsockname()[1]


def names(monkeypatch, *addresses):
    """The name server says this; answers how often it was asked."""
    asked = []

    def look_up(host, _port):
        asked.append(host)
        return list(addresses)

    monkeypatch.setattr(checked, "look_up", look_up)
    return asked


def test_it_goes_to_the_address_that_was_looked_at_once(port, monkeypatch):
    asked = names(monkeypatch, "127.0.0.1")

    with connect("depot.test", port, allowed=LOOPBACK, timeout=2) as line:
        assert line.getpeername() == ("127.0.0.1", port)
        assert line.gettimeout() == 2
    assert asked == ["depot.test"]


def test_the_next_address_is_tried(port, monkeypatch):
    names(monkeypatch, "127.0.0.2", "127.0.0.1")

    with connect("depot.test", port, allowed=LOOPBACK, timeout=2) as line:
        assert line.getpeername()[0] == "127.0.0.1"


@pytest.mark.parametrize(
    "addresses", [["127.0.0.1"], ["8.8.8.8", "10.0.0.1"], ["169.254.169.254"], ["::1"]]
)
def test_one_private_address_is_enough_to_refuse(addresses, port, monkeypatch):
    names(monkeypatch, *addresses)
    monkeypatch.setattr(socket, "create_connection", lambda *_: pytest.fail("connected"))

    with pytest.raises(RefusedAddressError):
        connect("depot.test", port, allowed=(), timeout=2)


def test_nobody_there(port, monkeypatch):
    names(monkeypatch)
    with pytest.raises(OSError, match="no such name"):
        connect("depot.test", port, allowed=LOOPBACK, timeout=2)
    names(monkeypatch, "127.0.0.2")
    with pytest.raises(ConnectionRefusedError):
        connect("depot.test", port, allowed=LOOPBACK, timeout=2)


def test_a_name_server_that_hangs_is_given_up_on(monkeypatch):
    over = threading.Event()
    monkeypatch.setattr(checked, "look_up", lambda *_: over.wait(10))
    try:
        with pytest.raises(TimeoutError):
            connect("depot.test", 22, allowed=LOOPBACK, timeout=0.05)
    finally:
        over.set()
