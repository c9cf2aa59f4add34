"""A real sender, killed with -9 in the middle of a call: the next one says what it doesn't know."""

import pytest

from conversions.partner_postbacks.models import PostbackEvent
from conversions.partner_postbacks.nudge import nudge
from tests.conversions.partner_postbacks.kit import approve, attempts, states
from tests.factories import make_postback
from tests.workers import forget_messages, stopped_after, until, worker

pytestmark = pytest.mark.django_db(transaction=True)
ENV = {
    "OUTBOUND_ALLOW": "127.0.0.0/8",
    "OUTBOUND_TOTAL_SECONDS": "20",
    "POSTBACK_SILENT_SECONDS": "1",
}


def test_a_killed_sender_repeats_under_the_same_change_id(conversion, partner, sink):
    make_postback(partner, sink.url("/hang?c={change_id}"))
    forget_messages()
    approve(conversion)
    with stopped_after(worker("sender", queues="outbound", **ENV)) as (first,):
        nudge()
        until(lambda: sink.received, what="the first call")
        assert states() == ["sending"]
        assert PostbackEvent.objects.get().attempts == 1
        first.kill()

    sink.plan = {"hang": "200"}
    forget_messages()
    with stopped_after(worker("sender", queues="outbound", **ENV)):

        def delivered():
            nudge()
            return states() == ["delivered"]

        until(delivered, what="the repeat", every=0.5)

    assert attempts() == [("unknown", None, False), ("delivered", 200, True)]
    assert sink.queries("c") == [f"{conversion.pk}-2"] * 2
