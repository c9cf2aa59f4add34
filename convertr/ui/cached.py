"""Results that may be a minute old. Without the cache they are worked out each time."""

import logging
from collections.abc import Callable
from typing import TypeVar

from django.core.cache import cache
from redis.exceptions import RedisError

log = logging.getLogger(__name__)
T = TypeVar("T")


def cached(key: str, seconds: int, make: Callable[[], T]) -> T:
    """What `make` gives, kept for some seconds under `key`; the cache may be away."""
    try:
        kept: T | None = cache.get(key)
    except (RedisError, OSError):
        log.warning("The cache is away: %s is worked out", key)
        return make()
    if kept is not None:
        return kept
    made = make()
    try:
        cache.set(key, made, seconds)
    except (RedisError, OSError):
        log.warning("The cache is away: %s is not kept", key)
    return made
