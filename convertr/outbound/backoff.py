"""When a delivery is tried again: growing gaps for a day, and what the other side asks for.

Pure: the clock and the dice are arguments.
"""

from datetime import UTC, datetime, timedelta
from email.utils import parsedate_to_datetime

FIRST_GAP = timedelta(seconds=30)
LONGEST_GAP = timedelta(hours=4)
GIVE_UP_AFTER = timedelta(hours=24)
# Each gap is up to this part longer, so that what failed together doesn't come back together.
JITTER = 0.2


def gap(attempts: int, *, dice: float) -> timedelta:
    """How long to wait after so many attempts (1 …); `dice` is a number from 0 to 1.

    30 s, 1 min, 2 min … 4 h: fourteen attempts in a day.
    """
    doublings = min(max(attempts, 1) - 1, 16)
    longer: int = 1 << doublings
    return min(FIRST_GAP * longer, LONGEST_GAP) * (1 + JITTER * dice)


def next_attempt(
    *,
    attempts: int,
    now: datetime,
    give_up_at: datetime,
    dice: float,
    retry_after: timedelta | None = None,
) -> datetime | None:
    """When to try again, never before `retry_after`; None where the day is over by then."""
    at = now + max(gap(attempts, dice=dice), retry_after or timedelta(0))
    return at if at <= give_up_at else None


def read_retry_after(text: str, *, now: datetime) -> timedelta | None:
    """A Retry-After header, in seconds or as an HTTP date; None where it says nothing usable.

    A day at most: who asks for longer is asked again then.
    """
    text = text.strip()
    if text.isascii() and text.isdigit():
        return timedelta(seconds=min(int(text[:9]), GIVE_UP_AFTER.total_seconds()))
    try:
        at = parsedate_to_datetime(text)
        wait = at.replace(tzinfo=at.tzinfo or UTC) - now
    except (ValueError, TypeError, OverflowError):  # a year or a zone that no clock knows
        return None
    return min(max(wait, timedelta(0)), GIVE_UP_AFTER)
