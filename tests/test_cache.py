"""With Redis away the cache is empty, and nothing breaks."""

import logging

import pytest
from django.core.cache import cache

from conversions.models import PostbackCall
from convertr import cache as module
from tests.factories import PASSWORD, make_offer


@pytest.fixture
def away(settings):
    """Nothing listens on port 1."""
    settings.CACHES = {"default": {**settings.CACHES["default"], "LOCATION": "redis://127.0.0.1:1"}}


def test_it_is_the_products_cache(settings):
    assert settings.CACHES["default"]["BACKEND"] == "convertr.cache.ForgivingCache"
    cache.set("here", 1)
    assert (cache.get("here"), cache.incr("here"), cache.add("here", 5)) == (1, 2, False)


def test_away_it_is_an_empty_cache(away):
    cache.set("a", 1)
    cache.set_many({"a": 1})
    cache.delete_many(["a"])
    cache.clear()

    assert cache.add("a", 1) is True
    assert cache.get("a") is None
    assert cache.get("a", "other") == "other"
    assert cache.get_or_set("a", lambda: 7) == 7
    assert cache.get_many(["a"]) == {}
    assert "a" not in cache
    assert not cache.touch("a")
    assert not cache.delete("a")
    with pytest.raises(ValueError, match="not found"):
        cache.incr("a")


def test_away_it_is_told_once_in_a_while(away, caplog, monkeypatch):
    monkeypatch.setattr(module, "_told_at", float("-inf"))
    caplog.set_level(logging.WARNING)

    for _ in range(5):
        cache.get("a")

    assert [record.name for record in caplog.records] == ["convertr.cache"]


def test_people_sign_in_while_it_is_away(client, away, agency):
    wrong = client.post("/accounts/login/", {"login": agency.email, "password": "wrong-one"})
    answer = client.post("/accounts/login/", {"login": agency.email, "password": PASSWORD})

    assert wrong.status_code in (200, 422)
    assert answer.status_code == 302
    assert client.session["_auth_user_id"] == str(agency.pk)


def test_strangers_cant_fill_the_log_of_postbacks_meanwhile(client, away, db, monkeypatch):
    monkeypatch.setattr("secrets.randbelow", lambda most: most - 1)
    offer = make_offer()

    for _ in range(5):
        client.get("/postback", {"offer": offer.pk, "request_id": "R-1", "token": "wrong"})

    assert not PostbackCall.objects.exists()
