"""Batches and calls of leads for Prometheus: what waits, what failed, and for how long."""

from collections.abc import Iterator
from datetime import timedelta
from typing import Any

from django.db import connection
from prometheus_client.core import GaugeMetricFamily, Metric

WINDOW = timedelta(minutes=5)
_ATTEMPTS = """
SELECT outcome, count(*) FROM batches_attempt
WHERE id > (SELECT coalesce(max(id), 0) - 10000 FROM batches_attempt)
    AND ended_at > now() - %(window)s GROUP BY outcome
"""
_STATES = """
SELECT state, count(*) FROM batches_batch
WHERE state IN ('claimed', 'built', 'sending', 'held', 'failed') GROUP BY state
"""
_OVERDUE = """
SELECT count(*), coalesce(extract(epoch FROM now() - min(next_due_at)), 0)::float
FROM batches_integration WHERE active AND next_due_at <= now()
"""


def measure() -> Iterator[Metric]:
    """Asked when it is scraped."""
    attempts = GaugeMetricFamily(
        "convertr_batch_attempts", "Attempts of the last 5 minutes.", labels=["outcome"]
    )
    states = GaugeMetricFamily("convertr_batches", "Batches not at their end.", labels=["state"])
    values: dict[str, Any] = {"window": WINDOW}
    with connection.cursor() as cursor:
        cursor.execute(_ATTEMPTS, values)
        for outcome, number in cursor.fetchall():
            attempts.add_metric([outcome], number)
        cursor.execute(_STATES)
        for state, number in cursor.fetchall():
            states.add_metric([state], number)
        cursor.execute(_OVERDUE)
        due, seconds = cursor.fetchone() or (0, 0.0)
    yield attempts
    yield states
    yield GaugeMetricFamily("convertr_batches_due", "Integrations that are due.", value=due)
    yield GaugeMetricFamily(
        "convertr_batches_overdue_seconds",
        "How long the oldest of them has been due.",
        value=max(seconds, 0.0),
    )
