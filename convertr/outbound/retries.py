"""When a delivery is due again, by this moment's clock and a throw of the dice (backoff.py)."""

import random
from datetime import UTC, datetime, timedelta

from convertr.outbound.backoff import next_attempt


def due_again(
    *, attempts: int, give_up_at: datetime, retry_after: timedelta | None = None
) -> datetime | None:
    """After so many attempts (1 …); None where its day is over by then."""
    return next_attempt(
        attempts=attempts,
        now=datetime.now(UTC),
        give_up_at=give_up_at,
        dice=random.random(),  # noqa: S311  spreads, hides nothing
        retry_after=retry_after,
    )
