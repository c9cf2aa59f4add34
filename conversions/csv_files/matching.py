"""How a row's typed keys find its conversion, and how the fates of all rows add up."""

from collections import defaultdict
from collections.abc import Iterable
from typing import Any

from convertr.jobs.kinds import Resolution
from convertr.jobs.models import Job, Outcome

# Conditions of SQL between a job's row `r` and a conversion `c`, by the name of the key.
MATCHES = {
    "uuid": "c.uuid = r.key_uuid",
    "id": "c.id = r.key_id",
    "request": "c.request_id = r.key_text AND c.offer_id = r.key_parent AND c.request_id <> ''",
}
MONEY_NAMES = ("payout_before", "payout_after", "revenue_before", "revenue_after")

# (fate, currency, rows, four sums as in MONEY_NAMES)
Group = tuple[Any, ...]


def summed_up(job: Job, groups: Iterable[Group]) -> Resolution:
    """Rows by fate, and as `money` what the ready ones do to it: decimal texts by currency."""
    counts: dict[str, int] = defaultdict(int)
    money: dict[str, dict[str, str]] = {}
    for fate, currency, rows, *sums in groups:
        counts[fate] += rows
        if fate == Outcome.READY:
            pairs = zip(MONEY_NAMES, sums, strict=True)
            money[currency] = {name: str(value or 0) for name, value in pairs}
    # What could not be read was not looked at.
    staged = sum(counts.values())
    if job.total > staged:
        counts[Outcome.INVALID] += job.total - staged
    return Resolution(dict(counts), {"money": money})
