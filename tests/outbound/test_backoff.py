"""When a delivery is tried again."""

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from convertr.outbound.backoff import GIVE_UP_AFTER, gap, next_attempt, read_retry_after

NOW = datetime(2026, 3, 1, 12, tzinfo=UTC)


def test_gaps_grow_and_stop_growing():
    gaps = [gap(n, dice=0) for n in range(1, 20)]

    assert gaps[0] == timedelta(seconds=30)
    assert gaps == sorted(gaps)
    assert gaps[-1] == timedelta(hours=4)


def test_the_dice_make_a_gap_longer_by_a_fifth_at_most():
    assert gap(1, dice=0) < gap(1, dice=0.5) < gap(1, dice=1) == timedelta(seconds=36)


@pytest.mark.parametrize("dice", [0, 0.5, 1])
def test_a_day_of_attempts(dice):
    at, attempts = NOW, 1
    while at:
        last = at
        at = next_attempt(attempts=attempts, now=at, give_up_at=NOW + GIVE_UP_AFTER, dice=dice)
        attempts += 1

    assert 12 <= attempts - 1 <= 15
    assert timedelta(hours=18) < last - NOW <= GIVE_UP_AFTER


def test_never_before_the_other_side_wants_it():
    wait = timedelta(hours=2)
    at = next_attempt(attempts=1, now=NOW, give_up_at=NOW + GIVE_UP_AFTER, dice=0, retry_after=wait)

    assert at == NOW + wait


@pytest.mark.parametrize(
    ("text", "seconds"),
    [
        ("120", 120),
        (" 0 ", 0),
        ("99999999999999", 86_400),
        ("Sun, 01 Mar 2026 12:05:00 GMT", 300),
        ("Sun, 01 Mar 2026 11:00:00 GMT", 0),
        ("Sun, 01 Mar 2099 11:00:00 GMT", 86_400),
    ],
)
def test_retry_after_is_read(text, seconds):
    assert read_retry_after(text, now=NOW) == timedelta(seconds=seconds)


@pytest.mark.parametrize(
    "text",
    [
        "",
        "soon",
        "-5",
        "1.5",
        "²",
        "Feb 31",
        "Sun, 01 Jan 99999999999999999999 00:00:00 GMT",
        "99999999999999999999 Jan 2020 00:00:00 GMT",
        "Sun, 01 Jan 2026 00:00:00 +99999999999999999999",
    ],
)
def test_retry_after_that_says_nothing(text):
    assert read_retry_after(text, now=NOW) is None


def dates():
    """What looks like an HTTP date, with numbers of any size."""
    number = st.integers(-(10**24), 10**24).map(str)
    return st.builds(
        lambda *parts: "{}, {} {} {} {}:{}:{} {}".format(*parts),
        st.sampled_from(["Sun", "", "X"]),
        number,
        st.sampled_from(["Jan", "Feb", "Dec", "13"]),
        number,
        *[number | st.sampled_from(["00", "59", "61"])] * 3,
        st.sampled_from(["GMT", "-0000", "+2359", "+9999"]) | number,
    )


@given(st.text() | st.text("0123456789 ,:+-JanGMT") | dates())
@example("Mon, 01 Jan 0001 00:00:00 +2359")
@example("Fri, 31 Dec 9999 23:59:59 -2359")
def test_whatever_retry_after_says_it_is_a_wait_or_nothing(text):
    wait = read_retry_after(text, now=NOW)

    assert wait is None or timedelta(0) <= wait <= GIVE_UP_AFTER
