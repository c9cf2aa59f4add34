"""Several empty fields."""

from collections.abc import Mapping
from typing import Any

from django.utils.translation import gettext_lazy as _

from leads.processors.base import Judged, Option, Processor


class EmptyFields(Processor):
    name = "empty_fields"
    label = _("Empty fields")
    help = _("Not more than so many fields are empty.")
    needs_field = False
    options = (
        Option("most", _("At most empty"), "number", default=2, least=0, most=1_000),
        Option("fields", _("Of"), "fields", help=_("Between commas; none: all of the campaign's.")),
    )
    texts = {"empty_fields": _("too many fields are empty")}

    def prepare(self, options: Mapping[str, Any]) -> None:
        self._most: int = options["most"]
        self._fields: tuple[str, ...] = options["fields"]

    def judge(self, lead: Judged) -> str | None:
        names = self._fields or lead.fields
        empty = sum(not lead.data.get(name, "").strip() for name in names)
        return "empty_fields" if empty > self._most else None
