"""Leads for Prometheus: what waits to be processed, and for how long."""

from collections.abc import Iterator

from django.db import connection
from prometheus_client.core import GaugeMetricFamily, Metric

# By the small index of what is queued.
_WAITING = """
SELECT count(*), coalesce(extract(epoch FROM now() - min(updated_at)), 0)::float
FROM leads_lead WHERE processing = 'queued' AND deleted_at IS NULL
"""


def measure() -> Iterator[Metric]:
    """Asked when it is scraped."""
    with connection.cursor() as cursor:
        cursor.execute(_WAITING)
        waiting, seconds = cursor.fetchone() or (0, 0.0)
    yield GaugeMetricFamily("convertr_leads_waiting", "Leads not yet processed.", value=waiting)
    yield GaugeMetricFamily(
        "convertr_leads_waiting_seconds",
        "How long the oldest of them has waited.",
        value=max(seconds, 0.0),
    )
