"""A server to call, afresh for each test; loopback may be called here."""

import pytest

from convertr.outbound.addresses import networks
from tests.outbound.sink import Sink


@pytest.fixture(scope="module")
def server():
    made = Sink()
    yield made
    made.stop()


@pytest.fixture
def sink(server):
    server.received.clear()
    server.plan.clear()
    return server


@pytest.fixture(autouse=True)
def loopback(settings):
    """Loopback may be called; who hangs is given up on, but not who is late on a busy machine."""
    settings.OUTBOUND_ALLOW = networks(["127.0.0.0/8"])
    settings.OUTBOUND_CONNECT_SECONDS = settings.OUTBOUND_TOTAL_SECONDS = 2.5
