"""Replace by a regular expression."""

from collections.abc import Mapping
from typing import Any

from django.utils.translation import gettext_lazy as _

from leads.transforms.base import Data, Option, Transform
from leads.transforms.patterns import Pattern


class RegexReplace(Transform):
    name = "regex_replace"
    label = _("Replace by pattern")
    help = _("Replaces every place that a regular expression finds.")
    options = (
        Option("pattern", _("Pattern"), required=True, help=_("As Python's regex has them.")),
        Option("replacement", _("Replacement"), help=_(r"\1 is what the first group found.")),
        Option("ignore_case", _("Ignore case"), "yes", default=False),
    )

    def prepare(self, options: Mapping[str, Any]) -> None:
        self._pattern = Pattern(options["pattern"], ignore_case=options["ignore_case"])
        self._replacement = options["replacement"]
        self._pattern.check_replacement(self._replacement)

    def change(self, value: str, data: Data) -> str:
        return self._pattern.replaced(self._replacement, value)
