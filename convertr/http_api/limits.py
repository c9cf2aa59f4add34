"""So many calls a second for each key, counted in Redis; with Redis away the API still serves.

A bucket holds `API_BURST` calls and fills by `API_RATE` a second (platform.md, "People").
"""

import logging
import math
import time
from functools import cache
from typing import NamedTuple

import redis
from django.conf import settings
from redis.commands.core import Script
from redis.exceptions import RedisError

log = logging.getLogger(__name__)
# Redis that hangs holds up one call in so many seconds, not each.
AWAY_SECONDS = 5.0
# Of the bucket is kept when it will be full again. Answers what is left, and the wait in seconds.
_TAKE = """
local now = redis.call('TIME')
now = now[1] + now[2] / 1000000
local each = 1 / tonumber(ARGV[1])
local full_at = math.max(tonumber(redis.call('GET', KEYS[1]) or 0), now) + each
local wait = full_at - now - tonumber(ARGV[2]) * each
if wait > 0.000001 then
    return {0, tostring(wait)}
end
redis.call('SET', KEYS[1], string.format('%.6f', full_at), 'PX', math.ceil((full_at - now) * 1000))
return {math.floor(-wait / each + 0.000001), '0'}
"""


class Taken(NamedTuple):
    """What is left of a key's calls, and after how many seconds (0: now) it may call."""

    remaining: int
    wait: int


class _Away:
    until = 0.0


def take(key_id: int) -> Taken:
    """Count one call of a key; while nobody can count, all of its calls are left."""
    return _take(f"api-calls:{key_id}", settings.API_RATE, settings.API_BURST)


def take_wrong(address: str) -> Taken:
    """Count one call, from an address, with what is no key."""
    most = settings.API_WRONG_KEYS
    return _take(f"api-wrong:{address}", most / 60, most)


def _take(name: str, rate: float, burst: int) -> Taken:
    if time.monotonic() < _Away.until:
        return Taken(burst, 0)
    try:
        remaining, wait = _script()(keys=[name], args=[rate, burst])
    except (RedisError, OSError) as error:
        _Away.until = time.monotonic() + AWAY_SECONDS
        log.warning("Redis is away (%s): calls aren't limited.", type(error).__name__)
        return Taken(burst, 0)
    return Taken(int(remaining), math.ceil(float(wait)))


@cache
def _script() -> Script:
    client = redis.Redis.from_url(
        settings.REDIS_URL, socket_timeout=0.5, socket_connect_timeout=0.5, retry=None
    )
    return client.register_script(_TAKE)
