"""Whatever is sent to /api, it answers {"type", "title", "detail"}; OPTIONS tells the methods."""

import re

import pytest
from django.db import OperationalError
from django.test import Client
from django.urls import get_resolver

from leads.api import reading
from tests.access.asking import every_pattern
from tests.leads.api.kit import V4, refused

pytestmark = pytest.mark.django_db
LEADS = f"{V4}/leads"
# The methods of every address; {} stands for an id.
METHODS = {
    "/api/login": "POST",
    "/api/token/refresh": "POST",
    LEADS: "POST, GET",
    f"{LEADS}/1": "GET",
    f"{V4}/publisher/1/campaign/1/leads": "POST",
    f"{V4}/is-lead-delivered": "POST",
    f"{V4}/leads-bulk-flag": "POST",
    f"{V4}/leads-bulk-deliver": "POST",
    f"{V4}/leads-bulk-undeliver": "POST",
    f"{V4}/leads-bulk-metadata": "POST",
    f"{V4}/leads-bulk-reprocess": "POST",
    f"{V4}/leads-bulk-delete": "POST",
    f"{V4}/lead-flag-reasons": "GET",
    f"{V4}/lead-flag-reason-categories": "GET, POST",
    f"{V4}/global-leads-export": "POST",
    f"{V4}/batch-manager": "GET",
    f"{V4}/batch-manager/1/leads": "GET",
    f"{V4}/batch-manager-batch-now": "POST",
    f"{V4}/campaign-lead-batches": "GET",
    f"{V4}/campaign-lead-batches/1/leads": "GET",
    f"{V4}/campaign-lead-batches/1/download": "GET",
    f"{V4}/jobs/1": "GET",
    f"{V4}/jobs/1/rows": "GET",
    f"{V4}/jobs/1/output": "GET",
}


def test_options_tells_the_methods_and_others_are_refused(network, subtests):
    for path, methods in METHODS.items():
        with subtests.test(path):
            answer = Client().options(path)
            allowed = {*methods.split(", "), "OPTIONS"}
            assert (answer.status_code, set(answer["Allow"].split(", "))) == (204, allowed)
            assert answer.content == b""
            assert "access-control" not in str(answer.headers).casefold()
            assert network.call("OPTIONS", path)["Allow"] == answer["Allow"]
            answer = network.call("DELETE", path)
            refused(answer, 405)
            assert set(answer["Allow"].split(", ")) == set(methods.split(", "))


def test_every_address_is_in_the_table():
    known = {path for name, path in every_pattern(get_resolver().url_patterns)}
    own = {f"/{re.sub('<[^>]+>', '1', path)}" for path in known if path.startswith("api/")}

    assert own - {"/api/", f"{V4}/openapi.json", f"{V4}/docs"} == set(METHODS)


def test_an_unknown_address(network):
    for path in ("/api/", "/api/nowhere", "/api/v4", f"{V4}/", f"{LEADS}/"):
        for method in ("GET", "OPTIONS"):
            refused(network.call(method, path), 404)


def test_v1_answers_in_its_own_shape(network):
    assert list(network.call("GET", "/v1/nowhere").json()) == ["error"]
    assert network.call("OPTIONS", "/v1/me").status_code == 405


def test_what_is_no_json(network):
    headers = {"X-Eflow-API-Key": network.secret}
    path = f"{V4}/leads-bulk-flag"
    for body in (b"{", b"[1", b"NaN", b'{"leadIds": [1e400]}', b"\xff", b""):
        refused(network.generic("POST", path, body, "application/json", headers=headers), 400)


def test_a_form_where_json_is_wanted(network):
    headers = {"X-Eflow-API-Key": network.secret}

    refused(network.post(f"{V4}/leads-bulk-flag", {"leadIds": "1"}, headers=headers), 400)


def test_too_many_bytes(network, settings):
    settings.DATA_UPLOAD_MAX_MEMORY_SIZE = 1_000
    for path in METHODS:
        refused(network.call("POST", path, ["x" * 1_000]), 413)


def test_too_many_calls(network, settings):
    settings.API_RATE, settings.API_BURST = 0.01, 1
    answers = [network.call("GET", f"{V4}/lead-flag-reasons") for _ in range(3)]

    assert "Too many calls" in refused(answers[-1], 429)
    assert "Retry-After" in answers[-1]


def test_an_address_with_a_nul(network):
    for path in (f"{LEADS}/1%00", f"{LEADS}?status=%00"):
        refused(network.call("GET", path), 400)


@pytest.mark.parametrize(("error", "status"), [(OperationalError, 503), (RuntimeError, 500)])
def test_what_is_ours(network, monkeypatch, error, status):
    def broken(*args):
        raise error("a secret detail")

    monkeypatch.setattr(reading, "records", broken)

    assert "secret" not in refused(network.call("GET", LEADS), status)
