"""A schedule in words (batches.schedules)."""

from collections.abc import Sequence
from datetime import date

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

_WEEKDAYS = (
    gettext_lazy("Mon"), gettext_lazy("Tue"), gettext_lazy("Wed"), gettext_lazy("Thu"),
    gettext_lazy("Fri"), gettext_lazy("Sat"), gettext_lazy("Sun"),
)  # fmt: skip
_ENDINGS = {1: "st", 2: "nd", 3: "rd"}


def words(
    every: str,
    weekdays: Sequence[int],
    n: int,
    start: date | None,
    times: Sequence[str],
    zone: str,
) -> str:
    """Such as: every 2 weeks at 09:00 (Europe/Berlin) from 2026-01-05."""
    said = _("%(days)s at %(times)s (%(zone)s)") % {
        "days": _on_weekdays(weekdays) if every == "weekdays" else _apart(every, n, start),
        "times": _listed(times),
        "zone": zone,
    }
    return _("%(said)s from %(date)s") % {"said": said, "date": start} if start else said


def _on_weekdays(weekdays: Sequence[int]) -> str:
    if len(weekdays) == 7:
        return _("every day")
    return _listed([str(_WEEKDAYS[one]) for one in weekdays])


def _apart(every: str, n: int, start: date | None) -> str:
    if every == "days":
        return ngettext("every day", "every %(n)s days", n) % {"n": n}
    if every == "weeks":
        return ngettext("every week", "every %(n)s weeks", n) % {"n": n}
    return _("on the %(day)s of every %(months)s") % {
        "day": _ordinal(start.day if start else 1),
        "months": _("month") if n == 1 else _("%(nth)s month") % {"nth": _ordinal(n)},
    }


def _listed(words: Sequence[str]) -> str:
    if len(words) == 1:
        return words[0]
    return _("%(first)s and %(last)s") % {"first": ", ".join(words[:-1]), "last": words[-1]}


def _ordinal(number: int) -> str:
    """Such as 1st, 2nd, 3rd, 11th."""
    teen = number % 100 in (11, 12, 13)
    ending = "th" if teen else _ENDINGS.get(number % 10, "th")
    return f"{number}{ending}"
