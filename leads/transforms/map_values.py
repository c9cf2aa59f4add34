"""Map values."""

from collections.abc import Callable, Mapping
from typing import Any

from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from leads.transforms.base import BadOptions, Data, Option, Transform


class MapValues(Transform):
    name = "map_values"
    label = _("Map values")
    help = _("Replaces a value that is in the list; any other is left as it is.")
    options = (
        Option("map", _("Values"), "map", required=True, help=_("One a line: from = to")),
        Option("ignore_case", _("Ignore case"), "yes", default=True),
    )

    def prepare(self, options: Mapping[str, Any]) -> None:
        self._fold: Callable[[str], str] = str.casefold if options["ignore_case"] else str
        self._map: dict[str, str] = {self._fold(old): new for old, new in options["map"].items()}
        if len(self._map) < len(options["map"]):
            raise BadOptions(gettext("Values: one is there twice, in another case."))

    def change(self, value: str, data: Data) -> str:
        return self._map.get(self._fold(value), value)
