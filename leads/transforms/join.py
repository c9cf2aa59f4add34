"""Join fields."""

from collections.abc import Mapping
from typing import Any

from django.utils.translation import gettext_lazy as _

from leads.transforms.base import Data, Option, Transform, bounded


class Join(Transform):
    name = "join"
    label = _("Join")
    help = _("Puts several fields into this one; those that are empty are left out.")
    options = (
        Option("fields", _("Fields"), "fields", required=True, help=_("Between commas.")),
        Option("separator", _("Separator"), default=" "),
    )

    def prepare(self, options: Mapping[str, Any]) -> None:
        self._fields: tuple[str, ...] = options["fields"]
        self._separator: str = options["separator"]

    def apply(self, data: Data) -> None:
        values = (data.get(name, "") for name in self._fields)
        if parts := [value for value in values if value.strip()]:
            data[self.field] = bounded(self._separator.join(parts))
