"""Telephone to E.164."""

from collections.abc import Mapping
from typing import Any

from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from leads import values
from leads.transforms.base import BadOptions, Data, Option, Transform

REGION = Option(
    "region",
    _("Country"),
    help=_("ISO 3166 code, such as DE, of numbers that are written without one."),
)
COUNTRY_FIELD = Option(
    "country_field",
    _("Country from field"),
    "field",
    help=_("Where it holds a country, this decides."),
)


def read_region(text: str) -> str:
    """A country that has telephones, in capitals, or empty. Raises BadOptions."""
    region = text.strip().upper()
    if region and region not in values.REGIONS:
        raise BadOptions(gettext("Country: an ISO 3166 code such as DE is needed."))
    return region


class Telephone(Transform):
    name = "telephone"
    label = _("Telephone to E.164")
    help = _("0170 1234567 becomes +491701234567; what is no number is left as it is.")
    options = (REGION, COUNTRY_FIELD)

    def prepare(self, options: Mapping[str, Any]) -> None:
        self._region = read_region(options["region"])
        self._country_field: str = options["country_field"]

    def change(self, value: str, data: Data) -> str:
        region = values.region_of(data, self._country_field, self._region)
        found = values.telephone(value, region)
        return found.e164 if found else value
