"""Date format."""

from collections.abc import Mapping
from typing import Any

from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from leads import values
from leads.transforms.base import BadOptions, Data, Option, Transform


def read_formats(label: str, formats: tuple[str, ...]) -> tuple[str, ...]:
    """Formats by which dates can be read. Raises BadOptions."""
    for form in formats:
        if not values.tells_a_day(form):
            problem = gettext("%(label)s: “%(form)s” doesn’t say year, month and day.")
            raise BadOptions(problem % {"label": label, "form": form})
    return formats


class Date(Transform):
    name = "date"
    label = _("Date format")
    help = _("Writes a date in another format; what is no date is left as it is.")
    options = (
        Option(
            "formats",
            _("Read"),
            "lines",
            default=(values.ISO, "%d.%m.%Y"),
            help=_("One a line, such as %d.%m.%Y; the first that fits counts."),
        ),
        Option("output", _("Write"), default=values.ISO),
    )

    def prepare(self, options: Mapping[str, Any]) -> None:
        self._formats = read_formats(gettext("Read"), options["formats"])
        self._output: str = options["output"]
        if "%" not in self._output:
            raise BadOptions(gettext("Write: it names neither year, month nor day."))

    def change(self, value: str, data: Data) -> str:
        day = values.day(value, self._formats)
        if day is None:
            return value
        return day.isoformat() if self._output == values.ISO else day.strftime(self._output)
