"""What is read from the answers of servers, whatever they send."""

from datetime import timedelta

import httpcore
from hypothesis import given
from hypothesis import strategies as st

from convertr.outbound.answers import Outcome, read
from convertr.outbound.backoff import GIVE_UP_AFTER

NAMES = st.binary(max_size=20) | st.sampled_from([b"Retry-After", b"retry-after", b"RETRY-AFTER"])
HEADERS = st.lists(st.tuples(NAMES, st.binary(max_size=60)), max_size=6)


@given(st.integers(200, 999) | st.sampled_from([429, 503]), HEADERS, st.binary(max_size=50))
def test_any_answer_can_be_read(status, headers, body):
    answer = read(httpcore.Response(status, headers=headers), body, 7)

    assert (answer.status, answer.body, answer.milliseconds) == (status, body, 7)
    assert answer.delivered == (status < 300)
    assert (answer.outcome is Outcome.REDIRECT) == (300 <= status < 400)
    wait = answer.retry_after
    assert wait is None or (status in (429, 503) and timedelta(0) <= wait <= GIVE_UP_AFTER)
