"""A partner with a postback that leads to a server on loopback, and a conversion to be told of."""

import pytest

from convertr.outbound.addresses import networks
from tests.factories import make_conversion, make_offer, make_postback
from tests.outbound.sink import Sink


@pytest.fixture
def sink():
    server = Sink()
    yield server
    server.stop()


@pytest.fixture(autouse=True)
def loopback(settings):
    """Loopback may be called; who hangs is given up on, but not who is late on a busy machine."""
    settings.OUTBOUND_ALLOW = networks(["127.0.0.0/8"])
    settings.OUTBOUND_CONNECT_SECONDS = settings.OUTBOUND_TOTAL_SECONDS = 2.5


@pytest.fixture
def offer(partner):
    return make_offer(partners=[partner])


@pytest.fixture
def conversion(offer, partner):
    return make_conversion(offer=offer, partner=partner, sub1="a b&c")


@pytest.fixture
def postback(partner, sink):
    return make_postback(partner, sink.url("/200?c={change_id}&s={status}"))
