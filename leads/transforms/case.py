"""Upper or lower case."""

from collections.abc import Mapping
from typing import Any

from django.utils.translation import gettext_lazy as _

from leads import values
from leads.transforms.base import Data, Option, Transform


class Case(Transform):
    name = "case"
    label = _("Case")
    help = _("Makes all letters small or capital.")
    options = (
        Option(
            "to",
            _("To"),
            "choice",
            choices=(("lower", _("lower case")), ("upper", _("UPPER CASE"))),
            default="lower",
        ),
    )

    def prepare(self, options: Mapping[str, Any]) -> None:
        self._to = values.upper if options["to"] == "upper" else values.lower

    def change(self, value: str, data: Data) -> str:
        return self._to(value)
