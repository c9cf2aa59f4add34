"""The cache may be away: it then is empty, and pages are slower instead of broken."""

import logging
import time
from collections.abc import Callable, Iterable
from functools import wraps
from typing import Any

from django.core.cache.backends.redis import RedisCache
from redis.exceptions import RedisError

log = logging.getLogger(__name__)
TOLD_EVERY_SECONDS = 60.0


AWAY = (RedisError, OSError)


def _or_empty(name: str, empty: Any) -> Any:
    """RedisCache's method of that name; while Redis is away, what an empty cache answers."""
    method: Callable[..., Any] = getattr(RedisCache, name)

    @wraps(method)
    def forgiving(self: RedisCache, *args: Any, **kwargs: Any) -> Any:
        try:
            return method(self, *args, **kwargs)
        except AWAY as error:
            _tell(error)
            return empty

    return forgiving


class ForgivingCache(RedisCache):
    """Redis or Valkey; while it can't be reached nothing is found, and nothing kept.

    `add` then answers True, as an empty cache does: allauth's limits let people sign in, and
    count again once it is back. Whoever needs to know asks whether what was added is there.
    """

    add = _or_empty("add", empty=True)
    set = _or_empty("set", empty=None)
    touch = _or_empty("touch", empty=False)
    delete = _or_empty("delete", empty=False)
    set_many = _or_empty("set_many", empty=())
    delete_many = _or_empty("delete_many", empty=None)
    has_key = _or_empty("has_key", empty=False)
    clear = _or_empty("clear", empty=False)

    def get(self, key: Any, default: Any = None, version: int | None = None) -> Any:
        try:
            return super().get(key, default, version)
        except AWAY as error:
            _tell(error)
            return default

    def get_many(self, keys: Iterable[Any], version: int | None = None) -> dict[Any, Any]:
        try:
            return super().get_many(keys, version)
        except AWAY as error:
            _tell(error)
            return {}

    def incr(self, key: Any, delta: int = 1, version: int | None = None) -> int:
        try:
            return super().incr(key, delta, version)
        except AWAY as error:
            _tell(error)
            raise ValueError(f"Key '{key}' not found.") from error


_told_at = float("-inf")


def _tell(error: Exception) -> None:
    """A line in the log, not one for each request."""
    global _told_at  # noqa: PLW0603 - one clock for all threads
    now = time.monotonic()
    if now - _told_at >= TOLD_EVERY_SECONDS:
        _told_at = now
        log.warning("The cache is away (%s): working without it.", type(error).__name__)
