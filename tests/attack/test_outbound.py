"""Every way out, at every address that leads in: refused before a byte leaves."""

import asyncio
import contextlib
import re
import socket
from pathlib import Path

import pytest

from batches import destinations
from batches.destinations.base import TransportError
from convertr.outbound import checked
from convertr.outbound.addresses import networks
from convertr.outbound.answers import Outcome
from tests.batches.destinations.conftest import make_upload, sink, way
from tests.batches.destinations.test_all import HOST_KEY, SECRETS, stored
from tests.outbound.test_http import call

__all__ = ["sink"]
EVERYWHERE = networks(["0.0.0.0/0", "::/0"])
# Of our own machine and network, as an attacker would write them.
INSIDE = [
    "127.0.0.1", "localhost", "localhost.", "127.1", "0", "0.0.0.0", "2130706433", "0x7f000001",
    "0x7f.1", "0177.0.0.1", "017700000001", "127.0.0.1.", "10.0.0.1", "192.168.0.1", "172.16.0.1",
    "[::1]", "[::]", "[::ffff:127.0.0.1]", "[::ffff:7f00:1]", "[0:0:0:0:0:ffff:127.0.0.1]",
    "[64:ff9b::7f00:1]", "[2002:7f00:1::]", "[fe80::1]", "[fc00::1]",
]  # fmt: skip
METADATA = [
    "169.254.169.254", "2852039166", "0xa9fea9fe", "0251.0376.0251.0376", "169.16689662",
    "[::ffff:169.254.169.254]", "[::ffff:a9fe:a9fe]", "[64:ff9b::a9fe:a9fe]",
    "[2002:a9fe:a9fe::]", "[fd00:ec2::254]", "100.100.100.200", "168.63.129.16",
]  # fmt: skip
# That it may not be called, that it is no address, or that nobody has this name.
REFUSALS = {"refused_address", "bad_host", "bad_url", "no_connection", "no_such_host"}
WITH_URL = ("http", "s3")
# What may open a connection: all others are given theirs.
OPENS = re.compile(
    r"\b(create_connection|getaddrinfo|gethostby\w+|urlopen|open_connection|asyncssh\.connect|"
    r"HTTPS?Connection|AsyncClient|httpx\.(get|post|request|Client)|import requests$|SSHClient)"
)


@pytest.fixture
def uncalled(monkeypatch):
    """Fails whoever connects all the same."""
    monkeypatch.setattr(socket.socket, "connect", lambda *_: pytest.fail("connected"))
    monkeypatch.setattr(socket.socket, "connect_ex", lambda *_: pytest.fail("connected"))
    loop = asyncio.selector_events.BaseSelectorEventLoop
    monkeypatch.setattr(loop, "sock_connect", lambda *_: pytest.fail("connected"))


def refused(kind, host):
    """What a transport says of a host; ones without URLs take addresses without brackets."""
    host = host if kind in WITH_URL else host.strip("[]")
    try:
        there = way(stored(kind, host), SECRETS[kind], HOST_KEY)
        there.send(make_upload(b"x"), lambda: None)
    except TransportError as error:
        return error.code
    except Exception as error:  # one that reading the options refuses
        return getattr(error, "code", repr(error))
    return "sent"


def test_every_kind_of_destination_is_tried_here():
    """E-mail goes to the installation's own server."""
    assert {kind for kind in destinations.KINDS if kind != "email"} == set(SECRETS)


@pytest.mark.parametrize("kind", SECRETS)
def test_no_destination_leads_inside(kind, settings, uncalled):
    settings.OUTBOUND_ALLOW = ()
    for host in INSIDE + METADATA:
        assert refused(kind, host) in REFUSALS, host


@pytest.mark.parametrize("kind", SECRETS)
def test_no_destination_leads_to_a_clouds_secrets_whatever_is_allowed(kind, settings, uncalled):
    settings.OUTBOUND_ALLOW = EVERYWHERE
    for host in METADATA:
        assert refused(kind, host) in REFUSALS, host


def test_no_postback_leads_inside(uncalled):
    for host in INSIDE + METADATA:
        answer = call(f"http://{host}/", allowed=())
        assert answer.outcome in (Outcome.REFUSED_ADDRESS, Outcome.NO_CONNECTION), host
    for host in METADATA:
        answer = call(f"http://{host}/", allowed=EVERYWHERE)
        assert answer.outcome in (Outcome.REFUSED_ADDRESS, Outcome.NO_CONNECTION), host


@pytest.mark.parametrize("kind", SECRETS)
def test_a_name_is_looked_up_once_and_kept_to(kind, settings, monkeypatch, sink):
    """A second answer of the name server, after the look, is asked for by nobody."""
    settings.OUTBOUND_ALLOW = networks(["127.0.0.0/8"])
    settings.OUTBOUND_CONNECT_SECONDS = settings.OUTBOUND_TOTAL_SECONDS = 1
    asked = []

    def rebinding(host, port):
        asked.append(host)
        return ["127.0.0.1"] if len(asked) == 1 else ["169.254.169.254"]

    monkeypatch.setattr(checked, "look_up", rebinding)
    there = way(stored(kind, "depot.test", sink.port), SECRETS[kind], HOST_KEY)
    # Not this server's language, or a second connection that was looked at anew.
    with contextlib.suppress(TransportError):
        there.send(make_upload(b"x"), lambda: None)
    assert sink.accepted >= 1
    assert set(asked) == {"depot.test"}


@pytest.mark.parametrize("to", ["http://169.254.169.254/", "file:///etc/passwd", "//127.0.0.1/x"])
def test_no_redirect_is_followed(sink, to, settings):
    settings.OUTBOUND_ALLOW = networks(["127.0.0.0/8"])
    sink.plan["redirect"] = "redirect"
    url = sink.url("/redirect/" + to.replace("/", "%2F"))
    with pytest.raises(TransportError):
        way({"kind": "http", "url": url}, None).send(make_upload(b"x"), lambda: None)

    assert len(sink.received) == 1


def test_nothing_else_opens_connections():
    """Apart from the ground's own door; `up` asks the web server that it has just started."""
    found = set()
    for app in ("convertr", "conversions", "leads", "batches", "requests_workflow"):
        for path in Path(app).rglob("*.py"):
            if "outbound" not in path.parts and OPENS.search(path.read_text()):
                found.add(str(path))

    assert found == {"convertr/up.py"}
