"""Age range."""

from collections.abc import Mapping
from datetime import date
from typing import Any

from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from leads import values
from leads.processors.base import BadOptions, Judged, Option, Processor
from leads.transforms.date import read_formats


def age(born: date, today: date) -> int:
    """In whole years; who is born on 29 February is a year older on 1 March of other years."""
    return today.year - born.year - ((today.month, today.day) < (born.month, born.day))


class AgeRange(Processor):
    name = "age_range"
    label = _("Age range")
    help = _("The age, by the date of birth in the field, on the day when the lead came in.")
    options = (
        Option("least", _("From years"), "number", least=0, most=150),
        Option("most", _("To years"), "number", least=0, most=150),
        Option("format", _("Date format"), default=values.ISO),
    )
    texts = {
        "date_unreadable": _("the date can't be read"),
        "date_in_future": _("the date is in the future"),
        "too_young": _("the person is too young"),
        "too_old": _("the person is too old"),
    }

    def prepare(self, options: Mapping[str, Any]) -> None:
        self._least: int | None = options["least"]
        self._most: int | None = options["most"]
        self._formats = read_formats(gettext("Date format"), (options["format"],))
        if self._least is None and self._most is None:
            raise BadOptions(gettext("An age from or to which is needed."))
        if self._least is not None and self._most is not None and self._least > self._most:
            raise BadOptions(gettext("From years: it is more than to years."))

    def check(self, value: str, lead: Judged) -> str | None:
        born, today = values.day(value, self._formats), lead.at.date()
        if born is None:
            return "date_unreadable"
        if born > today:
            return "date_in_future"
        years = age(born, today)
        if self._least is not None and years < self._least:
            return "too_young"
        return "too_old" if self._most is not None and years > self._most else None
