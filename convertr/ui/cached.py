"""Results that may be a minute old. Without the cache they are worked out each time."""

import time
from collections.abc import Callable
from typing import NamedTuple, TypeVar

from django.core.cache import cache

T = TypeVar("T")
# What takes long is kept so many times as long: it takes a twentieth of one core at most.
PATIENCE = 20
# So long an old result is shown while one of those who ask works out the next one.
STALE_SECONDS = 3_600
# Who works it out and dies holds up nobody for longer.
ANEW_SECONDS = 120
LOOK_SECONDS = 0.1


class _Kept(NamedTuple):
    made: object
    # By the clock of whoever made it.
    fresh_until: float


def cached(key: str, seconds: int, make: Callable[[], T]) -> T:
    """What `make` gives, kept under `key` for some seconds, or longer where making took long.

    One makes it anew at a time: the others have the old one meanwhile, or wait for the first.
    """
    key, turn = f"kept:{key}", f"kept:{key}:turn"
    kept = cache.get(key)
    if kept is not None and time.time() < kept.fresh_until:
        return kept.made  # type: ignore[no-any-return]
    mine = cache.add(turn, 1, ANEW_SECONDS)
    if not mine:
        kept = kept or _awaited(key, turn)
        if kept is not None:
            return kept.made  # type: ignore[return-value]
    began = time.monotonic()
    try:
        made = make()
        fresh = max(seconds, PATIENCE * (time.monotonic() - began))
        cache.set(key, _Kept(made, time.time() + fresh), int(fresh) + STALE_SECONDS)
    finally:
        if mine:
            cache.delete(turn)
    return made


def _awaited(key: str, turn: str) -> _Kept | None:
    """What another is making; None where it has failed."""
    while cache.get(turn):
        time.sleep(LOOK_SECONDS)
    kept: _Kept | None = cache.get(key)
    return kept
