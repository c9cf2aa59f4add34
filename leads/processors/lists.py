"""List allowed, list denied."""

from collections.abc import Mapping
from typing import Any

from django.utils.translation import gettext_lazy as _

from leads.processors.base import Judged, Option, Processor

_VALUES = Option("values", _("Values"), "lines", required=True, help=_("One a line."))


class _Listed(Processor):
    options = (_VALUES,)

    def prepare(self, options: Mapping[str, Any]) -> None:
        self._values = frozenset(line.casefold() for line in options["values"])

    def _has(self, value: str) -> bool:
        return value.strip().casefold() in self._values


class ListAllowed(_Listed):
    name = "list_allowed"
    label = _("List allowed")
    help = _("The value is in the list, in any case.")
    texts = {"value_not_allowed": _("the value is not in the list of allowed ones")}

    def check(self, value: str, lead: Judged) -> str | None:
        return None if self._has(value) else "value_not_allowed"


class ListDenied(_Listed):
    name = "list_denied"
    label = _("List denied")
    help = _("The value is not in the list, in any case.")
    texts = {"value_denied": _("the value is in the list of denied ones")}

    def check(self, value: str, lead: Judged) -> str | None:
        return "value_denied" if self._has(value) else None
