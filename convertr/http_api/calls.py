"""The log of an API's calls: method, path, status, time; no bodies, a sample under load."""

import logging
import re
import time
from collections import OrderedDict
from collections.abc import Sequence

from django.db import DatabaseError
from django.http import HttpRequest

from convertr.accounts.keys import MARK
from convertr.accounts.models import ApiKey
from convertr.http_api.models import ApiCall
from convertr.jobs.housekeeping import delete_older

log = logging.getLogger(__name__)
# A process writes down so many calls of a key a second; of more only every hundredth.
PER_SECOND, SAMPLED = 5, 100
KEPT_DAYS = 7
KEYS = 1_000
SHOWN = 100
# A key pasted into an address is no less secret there.
SECRET = re.compile(re.escape(MARK) + r"[\w-]+")
# Of each key the last ones, by its index; then the last of those.
_LAST = """
SELECT found.* FROM unnest(%s::bigint[]) AS own (id) CROSS JOIN LATERAL (
    SELECT * FROM http_api_apicall WHERE key_id = own.id ORDER BY id DESC LIMIT %s
) AS found ORDER BY found.id DESC LIMIT %s
"""
_seen: OrderedDict[int, tuple[int, int]] = OrderedDict()


def record(key: ApiKey, request: HttpRequest, status: int, seconds: float) -> None:
    """Write one call down, if it is in the sample; a log that fails fails no call."""
    if not _in_sample(key.pk):
        return
    try:
        ApiCall.objects.create(
            key=key,
            method=(request.method or "")[:10],
            path=SECRET.sub(f"{MARK}…", request.path.replace("\x00", ""))[:200],
            status=status,
            milliseconds=round(seconds * 1000),
        )
    except DatabaseError:
        log.warning("A call could not be written down.")


def _in_sample(key_id: int) -> bool:
    second = int(time.monotonic())
    last, number = _seen.pop(key_id, (second, 0))
    number = number + 1 if last == second else 1
    _seen[key_id] = (second, number)
    if len(_seen) > KEYS:
        _seen.popitem(last=False)
    return number <= PER_SECOND or number % SAMPLED == 0


def last_of(keys: Sequence[ApiKey]) -> list[ApiCall]:
    """The newest calls that were written down for these keys, at most 100."""
    by_id = {key.pk: key for key in keys}
    found = list(ApiCall.objects.raw(_LAST, [list(by_id), SHOWN, SHOWN]))
    for call in found:
        call.key = by_id[call.key_id]
    return found


def forget_old() -> None:
    """Housekeeping: calls older than a week."""
    delete_older(ApiCall, "at", days=KEPT_DAYS)
