import pytest

from tests.outbound.sink import Sink


@pytest.fixture
def sink():
    server = Sink()
    yield server
    server.stop()
