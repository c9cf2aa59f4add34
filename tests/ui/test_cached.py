"""What may be a minute old is made by one at a time, and seldom where it takes long."""

import threading
import time
from uuid import uuid4

import pytest

from convertr.ui import cached as module
from convertr.ui.cached import cached


@pytest.fixture
def key():
    return f"test:{uuid4()}"


def never():
    raise AssertionError("it was made again")


def test_it_is_kept(key):
    assert cached(key, 60, lambda: [1]) == [1]
    assert cached(key, 60, never) == [1]


def test_what_took_long_is_kept_for_longer(key):
    def slow():
        time.sleep(0.2)
        return 1

    cached(key, 0, slow)

    assert cached(key, 0, never) == 1


def test_others_have_the_old_one_while_one_makes_it_anew(key, monkeypatch):
    monkeypatch.setattr(module, "PATIENCE", 0)
    cached(key, 0, lambda: "old")
    seen = []

    def anew():
        seen.append(cached(key, 0, never))
        return "new"

    assert cached(key, 0, anew) == "new"
    assert seen == ["old"]
    assert cached(key, 0, lambda: "newer") == "newer"


def test_while_the_first_is_made_others_wait_for_it(key):
    begun, go_on, seen = threading.Event(), threading.Event(), []

    def slow():
        begun.set()
        go_on.wait(30)
        return "made"

    first = threading.Thread(target=cached, args=[key, 60, slow])
    second = threading.Thread(target=lambda: seen.append(cached(key, 60, never)))
    first.start()
    assert begun.wait(30)
    second.start()
    go_on.set()
    for one in (first, second):
        one.join(30)

    assert seen == ["made"]


def test_who_fails_holds_up_nobody(key):
    with pytest.raises(ZeroDivisionError):
        cached(key, 60, lambda: 1 / 0)

    assert cached(key, 60, lambda: 1) == 1
