"""Real-time integrations of a test server, and their calls."""

from datetime import timedelta

from django.utils import timezone

from batches.models import Call
from batches.realtime import calling
from tests.batches.kit import PAST, make_integration, make_waiting

SECRET = "s3cret-token-of-the-shop"


def make_realtime(sink, path="/200", *, credential=None, **stored):
    destination = {"kind": "realtime", "url": sink.url(path), **stored}
    return make_integration(kind="realtime", destination=destination, credential=credential)


def called(integration, count=1):
    """Leads that became valid and were called for; the one call."""
    leads = make_waiting(count, integration)
    assert calling.run() == count
    return leads, Call.objects.order_by("pk").first()


def hurry(**fields):
    """What would be tried later is tried now."""
    Call.objects.update(due_at=PAST, **fields)


def keys(sink):
    return [one.headers["Idempotency-Key"] for one in sink.received]


def died():
    """The sender of all that is being sent has not been heard of for long."""
    Call.objects.update(claimed_at=timezone.now() - timedelta(hours=1))
