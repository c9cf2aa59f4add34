"""What Prometheus is told of postbacks, and at which cost."""

import json
from datetime import timedelta

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from conversions.partner_postbacks.figures import WINDOW, measure
from conversions.partner_postbacks.models import PostbackAttempt
from tests.factories import make_postback_event

pytestmark = pytest.mark.django_db
ATTEMPTS = 100_000
# Over a day, in the order of time, as they come; midnight stood where the test puts it, so that
# it means the same at every hour.
_FILL = """
INSERT INTO conversions_postbackattempt
    (created_on, postback_id, event_id, at, outcome, repeat, answer)
SELECT current_date - (n <= %(midnight)s)::int, 1, n, at, 'delivered', false, repeat('x', 200)
FROM (SELECT n, now() - interval '1 day' * (1 - n::float / %(n)s) AS at
      FROM generate_series(1, %(n)s) n) one
"""


@pytest.fixture(params=[0, 0.5, 0.87, 0.99], ids="midnight at {} of it".format)
def a_day(request):
    """A day's attempts, summed up as autovacuum does."""
    with connection.cursor() as cursor:
        cursor.execute(_FILL, {"n": ATTEMPTS, "midnight": ATTEMPTS * request.param})
        cursor.execute(
            "SELECT brin_summarize_new_values(i.indexrelid) FROM pg_index i"
            " JOIN pg_class c ON c.oid = i.indexrelid JOIN pg_am a ON a.oid = c.relam"
            " WHERE a.amname = 'brin' AND c.relkind = 'i'"
            " AND i.indrelid::regclass::text LIKE 'conversions_postbackattempt%'"
        )
        cursor.execute("ANALYZE conversions_postbackattempt")


def values():
    """Each sample, by its name and labels."""
    return {
        (sample.name, *sample.labels.values()): sample.value
        for metric in measure()
        for sample in metric.samples
    }


def test_attempts_of_the_last_minutes_are_counted(postback, conversion):
    now = timezone.now()
    event = make_postback_event(postback, conversion, due_at=now - timedelta(minutes=1))
    for age in (timedelta(0), WINDOW - timedelta(seconds=30), WINDOW + timedelta(seconds=30)):
        at = now - age
        PostbackAttempt.objects.create(
            created_on=at.date(), at=at, outcome="cut", postback_id=1, event_id=event.pk
        )

    found = values()

    assert found["convertr_postback_attempts", "cut"] == 2
    assert found["convertr_postbacks_waiting",] == 1
    assert 55 < found["convertr_postbacks_overdue_seconds",] < 90


def test_the_count_reads_the_newest_pages_only(a_day):
    with CaptureQueriesContext(connection) as asked:
        assert 300 < values()["convertr_postback_attempts", "delivered"] < 400

    [counting] = [q["sql"] for q in asked.captured_queries if "postbackattempt" in q["sql"]]
    with connection.cursor() as cursor:
        cursor.execute("EXPLAIN (ANALYZE, BUFFERS, FORMAT JSON) " + counting)
        plan = cursor.fetchone()[0]
        cursor.execute(
            "SELECT sum(pg_relation_size(relid)) / 8192 FROM"
            " pg_partition_tree('conversions_postbackattempt') WHERE isleaf"
        )
        [pages] = cursor.fetchone()
    plan = (json.loads(plan) if isinstance(plan, str) else plan)[0]["Plan"]
    read = plan["Shared Hit Blocks"] + plan["Shared Read Blocks"]
    assert pages > 3_000
    assert read < pages / 8, (read, pages, plan)
