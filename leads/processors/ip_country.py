"""IP country shape."""

from functools import lru_cache

from django.utils.translation import gettext_lazy as _

from convertr.outbound.addresses import may_call
from leads import values
from leads.processors.base import Judged, Processor

_is_public = lru_cache(maxsize=1_024)(may_call)


class IpCountry(Processor):
    """Says nothing of where the address is: that asks for a table that is bought."""

    name = "ip_country"
    label = _("IP country shape")
    help = _("The lead has a public IP address, and the field a country code of ISO 3166.")
    texts = {
        "ip_missing": _("the lead has no IP address"),
        "ip_not_public": _("the IP address is none of the public internet"),
        "country_unknown": _("the country is no ISO 3166 code"),
    }

    def judge(self, lead: Judged) -> str | None:
        if not lead.ip:
            return "ip_missing"
        if not _is_public(lead.ip):
            return "ip_not_public"
        return None if values.is_country(lead.data.get(self.field, "")) else "country_unknown"
