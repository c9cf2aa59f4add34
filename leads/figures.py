"""Leads for Prometheus: what waits to be processed, and for how long."""

from collections.abc import Iterator

from django.db import connection
from prometheus_client.core import GaugeMetricFamily, Metric

# By the small index of what is queued.
_WAITING = """
SELECT count(*), coalesce(extract(epoch FROM now() - min(updated_at)), 0)::float
FROM leads_lead WHERE processing = 'queued' AND deleted_at IS NULL
"""
# By the small index of what is open.
_DELIVERIES = """
SELECT state, count(*) FROM leads_leaddelivery WHERE state IN ('queued', 'sending') GROUP BY state
"""
_ERASING = "SELECT count(*) FROM leads_erasing"


def measure() -> Iterator[Metric]:
    """Asked when it is scraped."""
    deliveries = GaugeMetricFamily(
        "convertr_deliveries", "Leads that wait for an integration, or leave.", labels=["state"]
    )
    with connection.cursor() as cursor:
        cursor.execute(_DELIVERIES)
        for state, number in cursor.fetchall():
            deliveries.add_metric([state], number)
        cursor.execute(_ERASING)
        (erasing,) = cursor.fetchone() or (0,)
        cursor.execute(_WAITING)
        waiting, seconds = cursor.fetchone() or (0, 0.0)
    yield deliveries
    yield GaugeMetricFamily(
        "convertr_leads_erasing", "Erased leads of which copies are left.", value=erasing
    )
    yield GaugeMetricFamily("convertr_leads_waiting", "Leads not yet processed.", value=waiting)
    yield GaugeMetricFamily(
        "convertr_leads_waiting_seconds",
        "How long the oldest of them has waited.",
        value=max(seconds, 0.0),
    )
