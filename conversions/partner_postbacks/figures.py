"""Postbacks for Prometheus: attempts by outcome, what waits, and for how long."""

from collections.abc import Iterator
from datetime import timedelta
from typing import Any

from django.db import connection
from prometheus_client.core import GaugeMetricFamily, Metric

WINDOW = timedelta(minutes=5)
# Asked at each scrape, so it looks at the newest pages only: by month, then by the index on time.
# By whole months, since a bound of today's date would lead the planner to the key, whose index
# holds that date, and so to all of the day so far.
_OUTCOMES = """
SELECT outcome, count(*) FROM conversions_postbackattempt
WHERE at > now() - %(window)s
    AND created_on >= date_trunc('month', (now() - %(window)s) AT TIME ZONE 'UTC')::date
GROUP BY outcome
"""
_WAITING = """
SELECT count(*), coalesce(extract(epoch FROM now() - min(due_at)), 0)::float
FROM conversions_postbackevent WHERE state = 'waiting'
"""


def measure() -> Iterator[Metric]:
    """Asked when it is scraped."""
    outcomes = GaugeMetricFamily(
        "convertr_postback_attempts", "Attempts of the last 5 minutes.", labels=["outcome"]
    )
    values: dict[str, Any] = {"window": WINDOW}
    with connection.cursor() as cursor:
        cursor.execute(_OUTCOMES, values)
        for outcome, number in cursor.fetchall():
            outcomes.add_metric([outcome], number)
        cursor.execute(_WAITING)
        waiting, seconds = cursor.fetchone() or (0, 0.0)
    yield outcomes
    yield GaugeMetricFamily("convertr_postbacks_waiting", "Postbacks not yet sent.", value=waiting)
    yield GaugeMetricFamily(
        "convertr_postbacks_overdue_seconds",
        "How long the oldest of them has been due.",
        value=max(seconds, 0.0),
    )
