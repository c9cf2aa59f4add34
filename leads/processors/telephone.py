"""Telephone valid for a country."""

from collections.abc import Mapping
from typing import Any

from django.utils.translation import gettext_lazy as _

from leads import values
from leads.processors.base import Judged, Option, Processor
from leads.transforms.telephone import COUNTRY_FIELD, REGION, read_region


class Telephone(Processor):
    name = "telephone"
    label = _("Telephone")
    help = _("A number that is in use in the country; without one, in any country.")
    options = (
        REGION,
        COUNTRY_FIELD,
        Option("abroad", _("Numbers of other countries pass too"), "yes", default=False),
    )
    texts = {
        "telephone_syntax": _("the telephone number is not written as one"),
        "telephone_invalid": _("the telephone number is in no range that is in use"),
        "telephone_abroad": _("the telephone number is of another country"),
    }

    def prepare(self, options: Mapping[str, Any]) -> None:
        self._region = read_region(options["region"])
        self._country_field: str = options["country_field"]
        self._abroad = bool(options["abroad"])

    def check(self, value: str, lead: Judged) -> str | None:
        region = values.region_of(lead.data, self._country_field, self._region)
        found = values.telephone(value, region)
        if found is None:
            return "telephone_syntax"
        if not found.is_valid:
            return "telephone_invalid"
        if region and not self._abroad and not found.is_of(region):
            return "telephone_abroad"
        return None
