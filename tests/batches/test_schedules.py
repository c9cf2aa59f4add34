"""When integrations run: across clock changes, month ends, and after days of silence."""

from datetime import UTC, date, datetime, timedelta
from itertools import pairwise

import pytest

from batches.schedules import Schedule, due, read
from convertr.errors import DomainError

BERLIN, NEW_YORK, LORD_HOWE = "Europe/Berlin", "America/New_York", "Australia/Lord_Howe"
ALL_DAYS = tuple(range(7))


def at(text: str) -> datetime:
    """Of a text such as 2026-03-29 01:00, in UTC."""
    return datetime.fromisoformat(text).replace(tzinfo=UTC)


def weekly(zone: str, *times: str, on: tuple[int, ...] = ALL_DAYS, start=None) -> Schedule:
    return Schedule("weekdays", zone, times, on, start=start)


def apart(every: str, n: int, start: str, *times: str, zone: str = "UTC") -> Schedule:
    return Schedule(every, zone, times or ("09:00",), n=n, start=date.fromisoformat(start))


# Schedule, a moment, the runs after it (UTC).
RUNS = {
    "weekdays": (
        weekly(BERLIN, "14:00", "08:00", on=(4, 0, 2)),
        "2026-01-07 07:00",  # Wednesday, 08:00 there
        ["2026-01-07 13:00", "2026-01-09 07:00", "2026-01-09 13:00", "2026-01-12 07:00"],
    ),
    "the zone's day isn't UTC's": (
        weekly("Asia/Tokyo", "08:00", on=(0,)),
        "2026-01-04 22:59",  # Sunday in UTC, Monday 07:59 there
        ["2026-01-04 23:00", "2026-01-11 23:00"],
    ),
    "nothing before the start": (
        weekly(BERLIN, "08:00", start=date(2026, 6, 10)),
        "2020-01-01 00:00",
        ["2026-06-10 06:00", "2026-06-11 06:00"],
    ),
    # Berlin, 2026-03-29: 02:00 becomes 03:00 at 01:00 UTC.
    "Berlin: a skipped time": (
        weekly(BERLIN, "02:30"),
        "2026-03-28 00:00",
        ["2026-03-28 01:30", "2026-03-29 01:00", "2026-03-30 00:30"],
    ),
    "Berlin: two skipped times and the first after are one run": (
        weekly(BERLIN, "02:00", "02:30", "03:00", "03:30"),
        "2026-03-29 00:00",
        ["2026-03-29 01:00", "2026-03-29 01:30", "2026-03-30 00:00"],
    ),
    # Berlin, 2026-10-25: 03:00 becomes 02:00 at 01:00 UTC.
    "Berlin: a time that comes twice": (
        weekly(BERLIN, "02:30"),
        "2026-10-24 12:00",
        ["2026-10-25 00:30", "2026-10-26 01:30"],
    ),
    "Berlin: asked between the two": (
        weekly(BERLIN, "02:30"),
        "2026-10-25 00:45",
        ["2026-10-26 01:30"],
    ),
    "Berlin: round the one that comes twice": (
        weekly(BERLIN, "01:59", "02:00", "02:59", "03:00"),
        "2026-10-24 12:00",
        ["2026-10-24 23:59", "2026-10-25 00:00", "2026-10-25 00:59", "2026-10-25 02:00"],
    ),
    # New York, 2026-03-08: 02:00 becomes 03:00 at 07:00 UTC; 2026-11-01 back at 06:00 UTC.
    "New York: a skipped time": (
        weekly(NEW_YORK, "02:15"),
        "2026-03-07 12:00",
        ["2026-03-08 07:00", "2026-03-09 06:15"],
    ),
    "New York: a time that comes twice": (
        weekly(NEW_YORK, "01:30"),
        "2026-10-31 12:00",
        ["2026-11-01 05:30", "2026-11-02 06:30"],
    ),
    # Lord Howe moves by half an hour: 2026-04-05 back at 15:00 UTC the day before, 2026-10-04 on
    # at 15:30 UTC the day before.
    "Lord Howe: half an hour skipped": (
        weekly(LORD_HOWE, "02:10", "02:40"),
        "2026-10-03 12:00",
        ["2026-10-03 15:30", "2026-10-03 15:40", "2026-10-04 15:10"],
    ),
    "Lord Howe: half an hour twice": (
        weekly(LORD_HOWE, "01:45"),
        "2026-04-04 00:00",
        ["2026-04-04 14:45", "2026-04-05 15:15"],
    ),
    # Samoa left out the 30th of December 2011.
    "Samoa: a day that was skipped": (
        weekly("Pacific/Apia", "09:00"),
        "2011-12-29 18:00",
        ["2011-12-29 19:00", "2011-12-30 10:00", "2011-12-30 19:00"],
    ),
    # Beirut, 2026-03-29: midnight becomes 01:00, at 22:00 UTC the day before.
    "Beirut: a skipped midnight": (
        weekly("Asia/Beirut", "00:00", on=(6,)),
        "2026-03-28 12:00",
        ["2026-03-28 22:00", "2026-04-04 21:00"],
    ),
    # Havana, 2026-11-01: 01:00 becomes midnight, at 05:00 UTC.
    "Havana: a midnight that comes twice": (
        weekly("America/Havana", "00:00"),
        "2026-10-31 12:00",
        ["2026-11-01 04:00", "2026-11-02 05:00"],
    ),
    "every 3 days": (
        apart("days", 3, "2026-02-27"),
        "2026-02-27 09:00",
        ["2026-03-02 09:00", "2026-03-05 09:00"],
    ),
    "every day over a clock change": (
        apart("days", 1, "2026-01-01", "12:00", zone=BERLIN),
        "2026-03-28 00:00",
        ["2026-03-28 11:00", "2026-03-29 10:00"],
    ),
    "every 2 weeks": (
        apart("weeks", 2, "2026-01-07", "09:00", "17:00"),
        "2026-01-08 00:00",
        ["2026-01-21 09:00", "2026-01-21 17:00", "2026-02-04 09:00"],
    ),
    "the 31st": (
        apart("months", 1, "2026-01-31"),
        "2026-01-31 08:59",
        ["2026-01-31 09:00", "2026-02-28 09:00", "2026-03-31 09:00", "2026-04-30 09:00"],
    ),
    "the 30th in a leap year": (
        apart("months", 1, "2028-01-30"),
        "2028-01-30 09:00",
        ["2028-02-29 09:00", "2028-03-30 09:00"],
    ),
    "every quarter over the year": (
        apart("months", 3, "2026-08-31"),
        "2026-08-31 09:00",
        ["2026-11-30 09:00", "2027-02-28 09:00", "2027-05-31 09:00"],
    ),
    "every year from a leap day": (
        apart("months", 12, "2028-02-29"),
        "2028-03-01 00:00",
        ["2029-02-28 09:00", "2030-02-28 09:00", "2031-02-28 09:00", "2032-02-29 09:00"],
    ),
    "an interval not yet begun": (
        apart("months", 2, "2030-05-15"),
        "2026-01-01 00:00",
        ["2030-05-15 09:00", "2030-07-15 09:00"],
    ),
    "long ago, and far apart": (
        apart("months", 1_000, "1990-01-31"),
        "2026-01-01 00:00",
        ["2073-05-31 09:00"],
    ),
}


@pytest.mark.parametrize(("schedule", "moment", "runs"), RUNS.values(), ids=RUNS)
def test_runs(schedule: Schedule, moment: str, runs: list[str]) -> None:
    expected = [at(run) for run in runs]
    assert schedule.following(at(moment), len(runs)) == expected
    assert schedule.after(at(moment)) == expected[0]
    # Asked at each run it goes on to the next one, and each is its own latest.
    for run, following in pairwise(expected):
        assert schedule.after(run) == following
        assert schedule.latest(run) == run
        assert schedule.latest(following - timedelta(seconds=1)) == run


def test_a_moment_is_read_in_its_own_zone() -> None:
    moment = datetime.fromisoformat("2026-01-07T08:00:00+01:00")
    assert weekly(BERLIN, "08:00").after(moment) == at("2026-01-08 07:00")


DUE = {
    "none yet": ("2026-01-07 07:00", "2026-01-07 12:59", None),
    "on time": ("2026-01-07 07:00", "2026-01-07 13:00", "2026-01-07 13:00"),
    "the last one is not made again": ("2026-01-07 13:00", "2026-01-07 13:00", None),
    "down for three days: one catch-up": (
        "2026-01-07 07:00",
        "2026-01-10 12:00",
        "2026-01-10 07:00",
    ),
    "down for years": ("1995-01-01 00:00", "2026-01-10 12:00", "2026-01-10 07:00"),
}


@pytest.mark.parametrize(("last", "now", "run"), DUE.values(), ids=DUE)
def test_missed_runs_become_one(last: str, now: str, run: str | None) -> None:
    schedule = weekly(BERLIN, "08:00", "14:00")
    assert due(schedule, at(last), at(now)) == (at(run) if run else None)


def test_nothing_is_due_before_the_start() -> None:
    for schedule in (
        apart("months", 1, "2026-01-31"),
        apart("days", 1, "2026-01-31"),
        weekly("UTC", "09:00", start=date(2026, 1, 31)),
    ):
        assert due(schedule, at("2020-01-01 00:00"), at("2026-01-31 08:59")) is None
        now = at("2026-01-31 09:00")
        assert due(schedule, at("2020-01-01 00:00"), now) == now


@pytest.mark.parametrize("zone", [BERLIN, NEW_YORK, LORD_HOWE])
@pytest.mark.parametrize(
    ("begin", "end"), [("2026-03-01", "2026-04-10"), ("2026-09-28", "2026-11-05")]
)
def test_ticks_lose_nothing_and_make_nothing_twice(zone: str, begin: str, end: str) -> None:
    schedule = weekly(zone, "00:00", "01:45", "02:15", "02:45", on=(5, 6))
    last = now = at(begin)
    made = []
    while now < at(end):
        now += timedelta(minutes=50)
        while run := due(schedule, last, now):
            made.append(run)
            last = now
    assert len(set(made)) == len(made) > 20
    foreseen = schedule.following(at(begin), 2 * len(made))
    assert set(made) <= set(foreseen)
    # What isn't made is what came between two ticks with a later one.
    near = timedelta(minutes=50)
    for run in foreseen:
        if run < made[-1] and run not in made:
            assert any(run < later < run + near for later in made)


WORDS = {
    "Mon, Wed and Fri at 08:00 and 14:00 (Europe/Berlin)": weekly(
        BERLIN, "14:00", "08:00", on=(0, 2, 4)
    ),
    "Sun at 08:00 (UTC)": weekly("UTC", "8:00", on=(6,)),
    "every day at 08:00 (UTC)": weekly("UTC", "08:00"),
    "every day at 09:00 (UTC) from 2026-01-05": apart("days", 1, "2026-01-05"),
    "every 2 weeks at 09:00 (UTC) from 2026-01-05": apart("weeks", 2, "2026-01-05"),
    "on the 31st of every month at 09:00 (UTC) from 2026-01-31": apart("months", 1, "2026-01-31"),
    "on the 12th of every 3rd month at 09:00 (UTC) from 2026-01-12": apart(
        "months", 3, "2026-01-12"
    ),
}


@pytest.mark.parametrize(("words", "schedule"), WORDS.items(), ids=WORDS)
def test_words_and_what_is_stored(words: str, schedule: Schedule) -> None:
    assert schedule.words() == words
    assert read(schedule.stored()) == schedule


GOOD = {"every": "weekdays", "zone": "UTC", "times": ["08:00"], "weekdays": [0]}
INTERVAL = {"every": "days", "zone": "UTC", "times": ["08:00"], "n": 2, "start": "2026-01-31"}
REFUSED = [
    ({}, "schedule_every"),
    ({**GOOD, "every": "hours"}, "schedule_every"),
    ({**GOOD, "zone": ""}, "schedule_zone"),
    ({**GOOD, "zone": "Mars/Olympus"}, "schedule_zone"),
    ({**GOOD, "zone": "Europe"}, "schedule_zone"),
    ({**GOOD, "zone": "../../etc/passwd"}, "schedule_zone"),
    ({**GOOD, "zone": "UTC\0"}, "schedule_zone"),
    ({**GOOD, "times": []}, "schedule_times"),
    ({**GOOD, "times": "08:00"}, "schedule_times"),
    ({**GOOD, "times": ["24:00"]}, "schedule_times"),
    ({**GOOD, "times": ["8"]}, "schedule_times"),
    ({**GOOD, "times": [8]}, "schedule_times"),
    ({**GOOD, "times": ["08:00\n"]}, "schedule_times"),
    ({**GOOD, "times": ["08:00"] * 25}, "schedule_times"),
    ({**GOOD, "weekdays": []}, "schedule_weekdays"),
    ({**GOOD, "weekdays": [7]}, "schedule_weekdays"),
    ({**GOOD, "weekdays": [True]}, "schedule_weekdays"),
    ({**GOOD, "start": "31.01.2026"}, "schedule_start"),
    ({**INTERVAL, "start": None}, "schedule_start"),
    ({**INTERVAL, "start": "9999-12-31"}, "schedule_start"),
    ({**INTERVAL, "n": 0}, "schedule_interval"),
    ({**INTERVAL, "n": 1_001}, "schedule_interval"),
    ({**INTERVAL, "n": "2"}, "schedule_interval"),
    ({**INTERVAL, "n": True}, "schedule_interval"),
]


@pytest.mark.parametrize(("stored", "code"), REFUSED)
def test_refused(stored: dict, code: str) -> None:
    with pytest.raises(DomainError) as caught:
        read(stored)
    assert caught.value.code == code
    assert str(caught.value)


def test_times_are_kept_once_and_in_order() -> None:
    assert read({**GOOD, "times": ["14:00", "8:00", "08:00"]}).times == ("08:00", "14:00")
