"""Default."""

from collections.abc import Mapping
from typing import Any

from django.utils.translation import gettext_lazy as _

from leads.transforms.base import Data, Option, Transform


class Default(Transform):
    name = "default"
    label = _("Default")
    help = _("Fills a field that is missing or empty.")
    options = (Option("value", _("Value"), required=True),)

    def prepare(self, options: Mapping[str, Any]) -> None:
        self._value: str = options["value"]

    def apply(self, data: Data) -> None:
        if not data.get(self.field, "").strip():
            data[self.field] = self._value
