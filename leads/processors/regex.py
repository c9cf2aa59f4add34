"""Regular expression."""

from collections.abc import Mapping
from typing import Any

from django.utils.translation import gettext_lazy as _

from leads.processors.base import Judged, Option, Processor
from leads.transforms.patterns import Pattern


class Regex(Processor):
    name = "regex"
    label = _("Pattern")
    help = _("A regular expression finds something in the value, or must not.")
    options = (
        Option("pattern", _("Pattern"), required=True, help=_("As Python's regex has them.")),
        Option("ignore_case", _("Ignore case"), "yes", default=False),
        Option("whole", _("The whole value"), "yes", default=False),
        Option("denied", _("Must not be found"), "yes", default=False),
    )
    texts = {
        "pattern_missing": _("the value is not as the pattern says"),
        "pattern_found": _("the value is as the pattern forbids"),
    }

    def prepare(self, options: Mapping[str, Any]) -> None:
        pattern = Pattern(options["pattern"], ignore_case=options["ignore_case"])
        self._finds = pattern.is_whole if options["whole"] else pattern.is_in
        self._denied = bool(options["denied"])

    def check(self, value: str, lead: Judged) -> str | None:
        if self._finds(value) != self._denied:
            return None
        return "pattern_found" if self._denied else "pattern_missing"
