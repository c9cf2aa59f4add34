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
# Real-time calls: of the newest attempts, and by the small index of what waits.
_CALLS = """
SELECT outcome, count(*) FROM batches_callattempt
WHERE id > (SELECT coalesce(max(id), 0) - 10000 FROM batches_callattempt)
    AND at > now() - %(window)s GROUP BY outcome
"""
_CALLS_WAITING = """
SELECT count(*), coalesce(extract(epoch FROM now() - min(due_at)), 0)::float
FROM batches_call WHERE state = 'waiting'
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
    calls = GaugeMetricFamily(
        "convertr_call_attempts", "Real-time calls of the last 5 minutes.", labels=["outcome"]
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
        cursor.execute(_CALLS, values)
        for outcome, number in cursor.fetchall():
            calls.add_metric([outcome], number)
        cursor.execute(_CALLS_WAITING)
        waiting, overdue = cursor.fetchone() or (0, 0.0)
    yield attempts
    yield states
    yield calls
    yield GaugeMetricFamily("convertr_calls_waiting", "Real-time calls to make.", value=waiting)
    yield GaugeMetricFamily(
        "convertr_calls_overdue_seconds",
        "How long the oldest of them has been due.",
        value=max(overdue, 0.0),
    )
    yield GaugeMetricFamily("convertr_batches_due", "Integrations that are due.", value=due)
    yield GaugeMetricFamily(
        "convertr_batches_overdue_seconds",
        "How long the oldest of them has been due.",
        value=max(seconds, 0.0),
    )
