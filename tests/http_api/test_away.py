"""A real server whose database is away still answers, in words and soon."""

import time

import httpx
import pytest

from tests.web import serving

pytestmark = pytest.mark.django_db(transaction=True)


def test_a_call_is_told_to_come_again(agency):
    with serving(DATABASE_URL="postgres://nobody@127.0.0.1:1/none") as web:
        begun = time.monotonic()
        answer = httpx.get(f"{web.url}/v1/me", headers={"X-Eflow-API-Key": "cvr_any"}, timeout=30)
        took = time.monotonic() - begun
        stranger = httpx.get(f"{web.url}/v1/me", timeout=30)
        described = httpx.get(f"{web.url}/v1/openapi.json", timeout=30)

    text = "The database did not answer. Try again in a moment."
    assert (answer.status_code, answer.json()) == (503, {"error": text})
    assert took < 15
    assert (stranger.status_code, described.status_code) == (401, 200)
    assert "cvr_any" not in web.log.read_text()
