"""When an integration runs (batches.md, "Integration"). Pure: the moment is an argument.

A run is a date of the schedule at one of its times, in its zone. Of a time that comes twice the
first counts; one that a clock change skips is the first instant after the gap. So runs, in the
order of their dates and times, never go back in time, and two of them can be one instant.
"""

import calendar
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from functools import cached_property
from typing import Any
from zoneinfo import ZoneInfo

from django.db.models import TextChoices
from django.utils.translation import gettext_lazy as _

from batches import schedule_words
from convertr.errors import DomainError

MOST_TIMES, MOST_APART = 24, 1_000
_TIME = re.compile(r"([01]?\d|2[0-3]):([0-5]\d)", re.ASCII)
# A run can be on the day after its date (a gap at midnight) or seem to be (a zone without a day).
_MARGIN = timedelta(days=2)
_SECOND = timedelta(seconds=1)
# Far from the ends of what a date can be.
_EARLIEST, _LATEST = date(1990, 1, 1), date(2200, 1, 1)


class Every(TextChoices):
    """What a schedule counts in."""

    WEEKDAYS = "weekdays", _("Days of the week")
    DAYS = "days", _("Every so many days")
    WEEKS = "weeks", _("Every so many weeks")
    MONTHS = "months", _("Every so many months")


@dataclass(frozen=True)
class Schedule:
    """Days of the week (0 is Monday), or every `n` days, weeks or months from `start`, at `times`.

    `times` are "HH:MM" in `zone` (IANA). Raises DomainError for what won't do.
    """

    every: str
    zone: str
    times: tuple[str, ...]
    weekdays: tuple[int, ...] = ()
    n: int = 1
    start: date | None = None

    def __post_init__(self) -> None:
        if self.every not in Every.values:
            raise DomainError("schedule_every", _("Choose how often files are sent."))
        _check_zone(self.zone)
        object.__setattr__(self, "times", _times(self.times))
        if self.start is not None and not _EARLIEST <= self.start <= _LATEST:
            raise DomainError("schedule_start", _("Choose a start date between 1990 and 2200."))
        if self.every == Every.WEEKDAYS:
            object.__setattr__(self, "weekdays", _weekdays(self.weekdays))
        else:
            self._check_interval()

    def _check_interval(self) -> None:
        if self.start is None:
            raise DomainError("schedule_start", _("Choose the date from which it counts."))
        if type(self.n) is not int or not 1 <= self.n <= MOST_APART:
            raise DomainError(
                "schedule_interval",
                _("Every how many? Write a whole number from 1 to 1,000."),
            )

    def stored(self) -> dict[str, Any]:
        """What `read` reads, as JSON."""
        return {
            "every": str(self.every), "zone": self.zone, "times": list(self.times),
            "weekdays": list(self.weekdays), "n": self.n,
            "start": self.start.isoformat() if self.start else None,
        }  # fmt: skip

    def words(self) -> str:
        """How people say it: "Mon, Wed and Fri at 08:00 and 14:00 (Europe/Berlin)"."""
        return schedule_words.words(
            self.every, self.weekdays, self.n, self.start, self.times, self.zone
        )

    def after(self, moment: datetime) -> datetime:
        """The first run that comes strictly after an aware moment, in UTC."""
        return next(self._after(moment))

    def following(self, moment: datetime, count: int) -> list[datetime]:
        """The next `count` runs after a moment, in UTC."""
        runs = self._after(moment)
        return [next(runs) for _number in range(count)]

    def latest(self, moment: datetime) -> datetime | None:
        """The last run at or before a moment, in UTC; None before the first."""
        position = self._position(moment.astimezone(self._zone).date() + _MARGIN)
        while position >= 0 and (day := self._day(position)) >= self._first:
            for clock in reversed(self._clocks):
                run = _instant(datetime.combine(day, clock), self._zone)
                if run <= moment:
                    return run
            position -= 1
        return None

    def _after(self, moment: datetime) -> Iterator[datetime]:
        """All runs after a moment, each instant once."""
        since = max(self._first, moment.astimezone(self._zone).date() - _MARGIN)
        position = self._position(since)
        while True:
            for clock in self._clocks:
                run = _instant(datetime.combine(self._day(position), clock), self._zone)
                if run > moment:
                    moment = run
                    yield run
            position += 1

    @cached_property
    def _zone(self) -> ZoneInfo:
        return ZoneInfo(self.zone)

    @cached_property
    def _clocks(self) -> tuple[time, ...]:
        return tuple(time.fromisoformat(one) for one in self.times)

    @cached_property
    def _first(self) -> date:
        return self.start or date.min

    # The dates of a schedule are numbered, so that none has to be counted through.

    def _position(self, day: date) -> int:
        """The number of the first date at or after a day."""
        if self.every == Every.WEEKDAYS:
            # 0001-01-01 was a Monday.
            week, weekday = divmod(day.toordinal() - 1, 7)
            return week * len(self.weekdays) + sum(one < weekday for one in self.weekdays)
        if self.every == Every.MONTHS:
            months = (day.year - self._first.year) * 12 + day.month - self._first.month
            position = max(0, months // self.n)
            return position if self._day(position) >= day else position + 1
        return max(0, -((self._first - day).days // self._step))

    def _day(self, position: int) -> date:
        """The date of a number."""
        if self.every == Every.WEEKDAYS:
            week, number = divmod(position, len(self.weekdays))
            return date.fromordinal(week * 7 + self.weekdays[number] + 1)
        if self.every == Every.MONTHS:
            return _months_later(self._first, position * self.n)
        return self._first + timedelta(days=position * self._step)

    @property
    def _step(self) -> int:
        return self.n * (7 if self.every == Every.WEEKS else 1)


def read(stored: Mapping[str, Any]) -> Schedule:
    """The schedule that was stored, or typed. Raises DomainError for what won't do."""
    return Schedule(
        every=str(stored.get("every", "")),
        zone=str(stored.get("zone", "")),
        times=_listed(stored.get("times")),
        weekdays=_listed(stored.get("weekdays")),
        n=stored.get("n", 1),
        start=_date(stored.get("start")),
    )


def due(schedule: Schedule, last: datetime, now: datetime) -> datetime | None:
    """The latest run after `last` and not after `now`: of missed runs one is made."""
    run = schedule.latest(now)
    return run if run is not None and run > last else None


# --- instants ---


def _instant(local: datetime, zone: ZoneInfo) -> datetime:
    """When a zone's clock first shows a local time, or jumps over it."""
    by_old = local.replace(tzinfo=zone).astimezone(UTC)
    by_new = local.replace(tzinfo=zone, fold=1).astimezone(UTC)
    return by_old if by_old <= by_new else _end_of_gap(by_new, by_old, zone)


def _end_of_gap(before: datetime, after: datetime, zone: ZoneInfo) -> datetime:
    """The first instant with the new offset; `before` has the old one, `after` the new one."""
    new = after.astimezone(zone).utcoffset()
    while after - before > _SECOND:
        middle = before + (after - before) // 2 // _SECOND * _SECOND
        if middle.astimezone(zone).utcoffset() == new:
            after = middle
        else:
            before = middle
    return after


def _months_later(day: date, months: int) -> date:
    """The same day of a later month; of a shorter one its last."""
    years, month = divmod(day.month - 1 + months, 12)
    longest = calendar.monthrange(day.year + years, month + 1)[1]
    return date(day.year + years, month + 1, min(day.day, longest))


# --- reading ---


def _check_zone(name: str) -> None:
    try:
        ZoneInfo(name)
    except (KeyError, ValueError, OSError) as error:  # unknown; a path; a folder
        raise DomainError("schedule_zone", _("Choose a time zone.")) from error


def _times(times: tuple[Any, ...]) -> tuple[str, ...]:
    """In order, each once, as HH:MM."""
    if not times:
        raise DomainError("schedule_times", _("Add a time, such as 08:00."))
    if len(times) > MOST_TIMES:
        raise DomainError("schedule_times", _("At most 24 times a day."))
    found = [_TIME.fullmatch(one) if isinstance(one, str) else None for one in times]
    if None in found:
        raise DomainError("schedule_times", _("Write times such as 08:00 or 14:30."))
    return tuple(sorted({f"{int(one[1]):02}:{one[2]}" for one in found if one}))


def _weekdays(weekdays: tuple[Any, ...]) -> tuple[int, ...]:
    if not weekdays or any(type(one) is not int or not 0 <= one <= 6 for one in weekdays):
        raise DomainError("schedule_weekdays", _("Choose at least one day of the week."))
    return tuple(sorted(set(weekdays)))


def _listed(stored: Any) -> tuple[Any, ...]:
    return tuple(stored) if isinstance(stored, list | tuple) else ()


def _date(stored: Any) -> date | None:
    if stored is None or stored == "":
        return None
    if isinstance(stored, date):
        return stored
    try:
        return date.fromisoformat(stored)
    except (TypeError, ValueError) as error:
        text = _("Write the start date as 2026-01-31.")
        raise DomainError("schedule_start", text) from error
