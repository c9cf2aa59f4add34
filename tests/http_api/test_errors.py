"""Whatever is sent, /v1 answers `{"error": "…"}` and says what is wrong."""

import json
import logging
import time

import pytest
from django.db import OperationalError

from convertr.http_api import me
from convertr.jobs.models import Job
from tests.factories import make_conversion

pytestmark = pytest.mark.django_db
URL = "/v1/networks/reporting/conversions"
DEEP = b"[" * 200_000 + b"]" * 200_000


def refused(answer, status):
    """The text of a refusal, which is all that its body holds."""
    assert answer.status_code == status, answer.content
    assert answer["Content-Type"] == "application/json"
    (name, text), *others = answer.json().items()
    assert (name, others) == ("error", [])
    assert text
    return text


def send(caller, body, content_type="application/json", method="PATCH", path=URL):
    headers = {"X-Eflow-API-Key": caller.secret}
    return caller.generic(method, path, body, content_type, headers=headers)


@pytest.mark.parametrize("path", ["/v1/", "/v1/nowhere", "/v1/jobs/", "/v1/me/", "/v1//me"])
def test_an_unknown_address(network, path):
    assert refused(network.call("GET", path), 404)


@pytest.mark.parametrize("method", ["HEAD", "OPTIONS", "DELETE", "TRACE", "PURGE"])
def test_another_method(network, method):
    answer = network.call(method, "/v1/me")

    assert answer["Allow"] == "GET"
    if method == "HEAD":
        assert (answer.status_code, answer.content) == (405, b"")
    else:
        assert refused(answer, 405) == "This address takes GET."


@pytest.mark.parametrize(
    ("body", "told"),
    [
        (b"", "missing"),
        (b" ", "line 1, column 2"),
        (b"{", "line 1, column 2"),
        (b'{"conversion_ids": ["a"],\n "conversion_status": approved}', "line 2, column 23"),
        (b"conversion_status=approved", "line 1"),
        (b'{"conversion_status": NaN}', "no JSON"),
        (b'{"conversion_status": Infinity}', "no JSON"),
        (b'{"conversion_status": "\xff\xfe"}', "no JSON"),
        (b'{"conversion_status": ' + b"9" * 5_000 + b"}", "no JSON"),
        (DEEP, "no JSON"),
        (b'{"a": ' * 100_000 + b"1" + b"}" * 100_000, "no JSON"),
    ],
    ids=[
        "empty",
        "blank",
        "open",
        "bare",
        "form",
        "nan",
        "infinity",
        "bytes",
        "digits",
        "deep",
        "objects",
    ],
)
def test_a_body_that_is_no_json(network, body, told):
    assert told in refused(send(network, body), 400)


@pytest.mark.parametrize("body", ["[]", "null", "1", '"text"', "[[]]", "true"])
def test_a_body_that_is_no_object(network, body):
    assert refused(send(network, body), 400)


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("conversion_status", "pending"),
        ("conversion_status", "invalid"),
        ("conversion_status", "Approved "),
        ("conversion_status", None),
        ("conversion_status", ["approved"]),
        ("conversion_status", "appro\x00ved"),
        ("conversion_ids", []),
        ("conversion_ids", {}),
        ("conversion_ids", "a"),
        ("conversion_ids", [1]),
        ("conversion_ids", [2**70]),
        ("conversion_ids", [None]),
        ("conversion_ids", [""]),
        ("conversion_ids", ["a\x00b"]),
        ("conversion_ids", ["a\nb"]),
        ("conversion_ids", ["\ud800"]),
        ("conversion_ids", ["x" * 101]),
        ("conversion_ids", ["x"] * 10_001),
    ],
)
def test_a_value_that_is_wrong_is_named(network, field, value):
    body = {"conversion_ids": ["0" * 32], "conversion_status": "approved", field: value}

    assert refused(network.call("PATCH", URL, body), 400).startswith(field)
    assert not Job.objects.exists()


@pytest.mark.parametrize(
    "amount", ["-1", "1e400", "1e-9", "12345678901234567", "true", '"4"', "[]"]
)
def test_an_amount_that_is_none(network, amount):
    path = f"{URL}/{make_conversion(status='approved').uuid.hex}/payoutrevenue"

    assert refused(send(network, f'{{"payout": {amount}}}', method="PUT", path=path), 400)


NUMBERS = [
    "1e10000000", "1e5000000", "-1e5000000", "1e-5000000", "1e31", "1E+99999999999999999999",
    "0e5000000", "1" + "0" * 100, "0." + "3" * 100, "9" * 4_400, "9" * 1_000_000,
]  # fmt: skip
# Each integer and each amount that a body can hold.
FIELDS = [
    *[
        ("POST", f"{URL}{what}", name)
        for what in ("", "/summary", "/export")
        for name in ("timezone_id", "page", "page_size", "updated_from")
    ],
    *[
        ("POST", "/v1/networks/conversions/reporting", name)
        for name in ("offer_id", "event_id", "affiliate_id", "number_of_conversions", "timezone_id")
    ],
    ("POST", "/v1/networks/conversions/reporting", "payout_amount"),
    ("PUT", f"{URL}/{'0' * 32}/payoutrevenue", "revenue"),
    ("PATCH", f"{URL}/{'0' * 32}/saleamount", "sale_amount"),
]


@pytest.mark.parametrize(("method", "path", "field"), FIELDS)
def test_an_absurd_number_is_refused_at_once(network, method, path, field):
    """1e5000000 as an integer is sixteen seconds of work."""
    begun = time.process_time()
    for number in NUMBERS:
        answer = send(network, f'{{"{field}": {number}}}', method=method, path=path)
        assert "out of range" in refused(answer, 400)
    assert time.process_time() - begun < 5


@pytest.mark.parametrize("number", ["67", "67.0", "6.7e1", "670e-1", "0.67e+2"])
def test_a_number_may_be_written_in_any_way(network, number):
    body = '{"from": "2026-01-01", "to": "2026-01-01", "show_conversions": true, '
    body += f'"show_events": true, "timezone_id": {number}}}'

    assert send(network, body, method="POST").status_code == 200


@pytest.mark.parametrize("job", ["x", "-1", "1.5", str(2**63), str(2**200), "%00", "%ED%A0%80"])
def test_an_id_that_is_none(network, job):
    assert refused(network.call("GET", f"/v1/jobs/{job}"), 400)


@pytest.mark.parametrize("path", [f"{URL}/a%00b", "/v1/nowhere%00", "/v1/jobs/1/rows?outcome=%00"])
def test_an_address_with_a_nul(network, path):
    assert refused(network.call("PATCH", path, {"conversion_status": "approved"}), 400)


@pytest.mark.parametrize(
    "kind", ["text/plain", "application/x-www-form-urlencoded", "nonsense", ""]
)
def test_json_is_read_whatever_it_is_called(network, kind):
    """curl -d calls it a form unless told otherwise."""
    conversion = make_conversion()
    body = {"conversion_ids": [conversion.uuid.hex], "conversion_status": "approved"}

    assert send(network, json.dumps(body), kind).json() == {"result": True}


def test_a_form_is_no_json(network):
    parts = b"--x\r\nContent-Disposition: form-data; name=a\r\n\r\n1\r\n--x--\r\n"

    assert refused(send(network, parts, "multipart/form-data; boundary=x"), 400)


def test_a_body_that_is_too_large(network, settings):
    settings.DATA_UPLOAD_MAX_MEMORY_SIZE = 1_000

    assert refused(send(network, b"x" * 1_001), 413) == "The body is too large."
    assert refused(send(network, b"x" * 1_000), 400)


def test_what_nobody_expected_is_logged_and_told_by_its_id(network, monkeypatch, caplog):
    def broken(person):
        raise RuntimeError("a secret detail")

    monkeypatch.setattr(me, "str", broken, raising=False)
    answer = network.call("GET", "/v1/me", **{"X-Request-Id": "call-12345678"})

    assert "call-12345678" in refused(answer, 500)
    assert b"detail" not in answer.content
    logged = [record for record in caplog.records if record.levelno == logging.ERROR]
    assert "a secret detail" in str(logged[0].exc_info[1])


def test_a_database_that_is_away(network, monkeypatch):
    def away(person):
        raise OperationalError("connection refused")

    monkeypatch.setattr(me, "str", away, raising=False)

    assert "Try again" in refused(network.call("GET", "/v1/me"), 503)


def test_a_database_that_is_away_before_the_key_is_found(network, monkeypatch):
    def away(secret):
        raise OperationalError("connection refused")

    monkeypatch.setattr("convertr.accounts.keys.authenticate", away)

    assert "Try again" in refused(network.call("GET", "/v1/me"), 503)
