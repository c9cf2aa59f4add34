"""Bodies as real clients send them to the real server: large, in chunks, cut off."""

import json

import httpx
import pytest

from convertr.accounts.keys import create_key
from tests.factories import make_conversion
from tests.web import serving

pytestmark = pytest.mark.django_db(transaction=True)
MIB = 1024**2
PATH = "/v1/networks/reporting/conversions"


@pytest.fixture(scope="module")
def web(django_db_setup):
    with serving() as web:
        yield web


@pytest.fixture
def client(web, agency):
    secret = create_key(actor=None, user=agency, name="test").secret
    with httpx.Client(base_url=web.url, headers={"X-Eflow-API-Key": secret}, timeout=30) as client:
        yield client


def pieces(size):
    for _ in range(size // MIB):
        yield b" " * MIB


def test_50_mb_are_refused_in_words_and_kept_nowhere(web, client):
    client.get("/v1/me").raise_for_status()
    before = web.memory()

    for body in (b" " * 50 * MIB, pieces(50 * MIB)):
        answer = client.patch(PATH, content=body)
        assert (answer.status_code, answer.json()) == (413, {"error": "The body is too large."})

    assert web.memory() - before < 20 * MIB
    assert client.get("/v1/me").status_code == 200


def test_a_stranger_is_answered_the_same(web):
    answer = httpx.patch(web.url + PATH, content=b" " * 50 * MIB, timeout=30)

    assert answer.status_code == 413


def test_a_client_that_waits_to_be_told_sends_nothing(web, client):
    answer = client.patch(PATH, content=pieces(50 * MIB), headers={"Expect": "100-continue"})

    assert answer.status_code == 413


def test_a_body_in_chunks_is_read(client):
    conversion = make_conversion()
    body = {"conversion_ids": [conversion.uuid.hex], "conversion_status": "approved"}

    answer = client.patch(PATH, content=iter([json.dumps(body).encode()]))

    assert (answer.status_code, answer.json()) == (200, {"result": True})
    conversion.refresh_from_db()
    assert conversion.status == "approved"


def test_a_head_has_no_body(client):
    answer = client.head("/v1/me")

    assert (answer.status_code, answer.content, answer.headers["Allow"]) == (405, b"", "GET")
