"""So many calls a second a key, counted in Redis for all processes; without Redis none is held."""

import socket
import subprocess
import sys

import pytest
import redis
from django.conf import settings as product

from convertr import embedded
from convertr.http_api import limits
from tests.http_api.conftest import Caller
from tests.servers import DATA
from tests.workers import ROOT, environment, until

pytestmark = pytest.mark.django_db
TAKE = """
import django; django.setup()
from convertr.http_api import limits
print(*limits.take({}))
"""


@pytest.fixture(autouse=True)
def anew(settings):
    """Test keys have the same ids again and again; a bucket must not outlive its key."""
    # One call in twenty seconds: no machine is so slow that it fills meanwhile.
    settings.API_RATE, settings.API_BURST = 0.05, 3
    limits._script.cache_clear()
    limits._Away.until = 0.0
    with redis.Redis.from_url(product.REDIS_URL) as client:
        client.flushall()
    yield
    limits._script.cache_clear()
    limits._Away.until = 0.0


def told(answer):
    return answer.status_code, answer["X-RateLimit-Limit"], answer["X-RateLimit-Remaining"]


def test_a_bucket_is_emptied_and_tells(network):
    found = [told(network.call("GET", "/v1/me")) for _ in range(5)]
    assert found == [(200, "3", "2"), (200, "3", "1"), (200, "3", "0")] + 2 * [(429, "3", "0")]

    refused = network.call("GET", "/v1/me")
    wait = int(refused["Retry-After"])
    assert 10 < wait <= 20
    assert refused.json() == {"error": f"Too many calls. Wait {wait} s."}


def test_a_bucket_fills(network, settings):
    settings.API_RATE = 2
    until(lambda: network.call("GET", "/v1/me").status_code == 429, seconds=10)
    until(lambda: network.call("GET", "/v1/me").status_code == 200, seconds=10)


def test_what_is_refused_counts_for_nothing(network):
    """Who calls on and on waits no longer for it."""
    for _ in range(20):
        last = network.call("GET", "/v1/me")

    assert int(last["Retry-After"]) <= 20


def test_each_key_has_its_own(network, agency):
    for _ in range(4):
        network.call("GET", "/v1/me")

    assert network.call("GET", "/v1/me").status_code == 429
    assert told(Caller(agency).call("GET", "/v1/me")) == (200, "3", "2")


@pytest.mark.parametrize(
    ("method", "path", "status"),
    [
        ("GET", "/v1/nowhere", 404),
        ("DELETE", "/v1/me", 405),
        ("PATCH", "/v1/networks/reporting/conversions", 400),
        ("GET", "/v1/jobs/1", 404),
    ],
)
def test_every_keyed_answer_tells_and_counts(network, method, path, status):
    assert told(network.call(method, path)) == (status, "3", "2")


def test_a_body_that_is_too_large_counts(network, settings):
    settings.DATA_UPLOAD_MAX_MEMORY_SIZE = 10

    assert told(network.call("PATCH", "/v1/me", ["x" * 10])) == (413, "3", "2")


def test_processes_share_the_count(network):
    ours = limits.take(network.key.pk)
    command = [sys.executable, "-W", "ignore", "-c", TAKE.format(network.key.pk)]
    shared = environment(DJANGO_SETTINGS_MODULE="convertr.settings", API_RATE="0.05", API_BURST="3")
    done = subprocess.run(
        command, cwd=ROOT, env=shared, capture_output=True, text=True, timeout=60, check=True
    )

    assert (ours.remaining, done.stdout.split(), limits.take(network.key.pk).remaining) == (
        2,
        ["1", "0"],
        0,
    )


def test_without_redis_calls_are_served_at_once_and_later_counted_again(
    network, settings, monkeypatch, caplog
):
    """Stopped, not only unknown: an own Valkey that goes and comes back."""
    folder = DATA / "limits"
    folder.mkdir(exist_ok=True)
    monkeypatch.setattr(limits, "AWAY_SECONDS", 0.3)
    settings.REDIS_URL = embedded.redis_url(folder)
    server = embedded.Servers(folder, postgres=False)
    with server:
        assert told(network.call("GET", "/v1/me")) == (200, "3", "2")
    found = [told(network.call("GET", "/v1/me")) for _ in range(10)]
    assert found == [(200, "3", "3")] * 10
    assert 1 <= caplog.text.count("Redis is away") < 10
    with server:
        until(lambda: told(network.call("GET", "/v1/me")) == (200, "3", "2"), seconds=10)


def test_a_redis_that_hangs_holds_up_one_call_in_many(network, settings, monkeypatch, caplog):
    """It takes the connection and never answers: it is asked again after a while only."""
    monkeypatch.setattr(limits, "AWAY_SECONDS", 600)
    with socket.create_server(("127.0.0.1", 0)) as silent:
        settings.REDIS_URL = f"redis://127.0.0.1:{silent.getsockname()[1]}"
        found = [told(network.call("GET", "/v1/me")) for _ in range(10)]

    assert found == [(200, "3", "3")] * 10
    assert caplog.text.count("Redis is away") == 1
