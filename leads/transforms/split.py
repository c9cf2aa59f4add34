"""Split a field."""

from collections.abc import Mapping
from typing import Any

from django.utils.translation import gettext_lazy as _

from leads.transforms.base import Data, Option, Transform


class Split(Transform):
    name = "split"
    label = _("Split")
    help = _(
        "Puts the parts of a field into others. The last of them takes the rest; those for which "
        "nothing is left stay as they are."
    )
    options = (
        Option("separator", _("Separator"), default=" ", help=_("Empty: at white space.")),
        Option("fields", _("Into"), "fields", required=True, help=_("Between commas.")),
        Option(
            "from_end",
            _("From the end"),
            "yes",
            default=False,
            help=_("The first takes the rest: Anna Maria | Neill."),
        ),
    )

    def prepare(self, options: Mapping[str, Any]) -> None:
        self._separator: str | None = options["separator"]
        if not options["separator"].strip():
            self._separator = None  # any white space, as much as there is
        self._fields: tuple[str, ...] = options["fields"]
        self._split = str.rsplit if options["from_end"] else str.split

    def apply(self, data: Data) -> None:
        value = data.get(self.field, "").strip()
        if value:
            parts = self._split(value, self._separator, len(self._fields) - 1)
            data.update(zip(self._fields, map(str.strip, parts), strict=False))
