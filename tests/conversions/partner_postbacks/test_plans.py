"""What is asked again and again finds its rows by the small indexes, however long the log is."""

import uuid
from datetime import timedelta

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from conversions.partner_postbacks import claiming, freeing, resending
from conversions.partner_postbacks.firing import fire
from conversions.partner_postbacks.log import of_postback
from conversions.partner_postbacks.models import PostbackEvent
from tests.factories import make_postback, make_postback_event

pytestmark = pytest.mark.django_db


@pytest.fixture
def postback(partner, conversion):
    """One with a long log and one event to be sent."""
    postback = make_postback(partner)
    event = make_postback_event(postback, conversion, state="delivered")
    rows = [event]
    for n in range(20_000):
        copy = PostbackEvent(**{f.attname: getattr(event, f.attname) for f in event._meta.fields})
        copy.pk, copy.conversion_id = None, 1_000_000 + n
        rows.append(copy)
    PostbackEvent.objects.bulk_create(rows[1:], batch_size=5_000)
    conversion.version += 1
    make_postback_event(postback, conversion, due_at=event.due_at - timedelta(hours=1))
    with connection.cursor() as cursor:
        cursor.execute("ANALYZE conversions_postbackevent")
    return postback


def test_no_question_reads_the_log(agency, postback, conversion):
    with CaptureQueriesContext(connection) as asked:
        assert [wish.postback_id for wish in claiming.due()] == [postback.pk]
        claiming.claim({postback.pk: 5}, uuid.uuid4())
        freeing.free_silent()
        fire([conversion.pk], send=True)
        resending.resend_all(actor=agency, postback=postback, state="failed")
        for state in ("failed", "stopped", "superseded", "waiting", "sending", ""):
            of_postback(postback, {"state": state})

    full = f"conversions_postbackevent_{timezone.now():%Y_%m}"
    for query in asked.captured_queries:
        if "SAVEPOINT" in query["sql"]:
            continue
        with connection.cursor() as cursor:
            cursor.execute("EXPLAIN " + query["sql"])
            plan = "\n".join(line for (line,) in cursor.fetchall())
        # Months to come are empty, and read as such.
        assert f"Seq Scan on {full} " not in plan, plan
    assert len(asked) >= 6
