"""The log of calls: method, path, status, time; no bodies; a sample under load."""

import logging
from datetime import timedelta

import pytest
from django.db import DatabaseError
from django.utils import timezone

from convertr.http_api import calls
from convertr.http_api.models import ApiCall
from convertr.jobs import housekeeping
from tests.http_api.conftest import Caller

pytestmark = pytest.mark.django_db
URL = "/v1/networks/reporting/conversions"


@pytest.fixture(autouse=True)
def anew():
    """Keys of other tests had the same ids in the same second."""
    calls._seen.clear()


def test_a_call_is_written_down_without_what_it_said(network):
    network.call("PATCH", f"{URL}?page=secret", {"conversion_ids": ["hidden"]})

    call = ApiCall.objects.get()
    assert (call.key, call.method, call.path, call.status) == (network.key, "PATCH", URL, 400)
    assert 0 <= call.milliseconds < 60_000
    fields = {field.name for field in ApiCall._meta.fields}
    assert fields == {"id", "key", "at", "method", "path", "status", "milliseconds"}


@pytest.mark.parametrize(
    ("method", "path", "status", "kept"),
    [
        ("GET", "/v1/me", 200, "/v1/me"),
        ("GET", "/v1/" + "x" * 900, 404, "/v1/" + "x" * 196),
        ("GET", "/v1/a%00b", 400, "/v1/ab"),
        ("GET", "/v1/é😀", 404, "/v1/é😀"),
        ("PROPPATCHSEARCH", "/v1/me", 405, "/v1/me"),
    ],
)
def test_whatever_is_called_can_be_written_down(network, method, path, status, kept):
    assert network.call(method, path).status_code == status

    call = ApiCall.objects.get()
    assert (call.method, call.path, call.status) == (method[:10], kept, status)


def test_strangers_are_not_written_down(client):
    client.get("/v1/me")

    assert not ApiCall.objects.exists()


def test_under_load_it_is_a_sample_of_each_key(network, agency, monkeypatch, settings):
    settings.API_BURST = 1_000
    monkeypatch.setattr(calls.time, "monotonic", lambda: 7.5)
    for _ in range(205):
        network.call("GET", "/v1/me")
    other = Caller(agency)
    other.call("GET", "/v1/me")

    assert network.key.calls.count() == calls.PER_SECOND + 2
    assert other.key.calls.count() == 1


def test_it_remembers_but_so_many_keys():
    for key in range(calls.KEYS + 50):
        assert calls._in_sample(key)

    assert len(calls._seen) == calls.KEYS


def test_a_log_that_fails_fails_no_call(network, monkeypatch, caplog):
    def full(**fields):
        raise DatabaseError

    monkeypatch.setattr(ApiCall.objects, "create", full)

    assert network.call("GET", "/v1/me").status_code == 200
    assert "could not be written down" in caplog.text
    assert network.secret not in caplog.text


def test_what_is_older_than_a_week_goes_with_the_housekeeping(network, caplog):
    caplog.set_level(logging.ERROR)
    for age in (8, 6):
        network.call("GET", "/v1/me")
        at = timezone.now() - timedelta(days=age)
        ApiCall.objects.filter(pk=ApiCall.objects.latest("id").pk).update(at=at, status=age)

    housekeeping.carry_out()

    assert [call.status for call in ApiCall.objects.all()] == [6]
    assert not caplog.records


def test_the_page_shows_ones_own_newest_first(sign_in, agency, agency2, network):
    second, others = Caller(agency), Caller(agency2)
    rows = [
        ApiCall(key=key, method="GET", path=f"/v1/{n}", status=200, milliseconds=n)
        for n in range(80)
        for key in (network.key, second.key, others.key)
    ]
    ApiCall.objects.bulk_create(rows)

    shown = sign_in(agency).get("/v2/api").context["calls"]

    assert [(call.key, call.path) for call in shown[:3]] == [
        (second.key, "/v1/79"),
        (network.key, "/v1/79"),
        (second.key, "/v1/78"),
    ]
    assert len(shown) == calls.SHOWN
    assert others.key not in {call.key for call in shown}
