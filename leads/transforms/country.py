"""Country to ISO 3166."""

from django.utils.translation import gettext_lazy as _

from leads import values
from leads.transforms.base import Data, Transform


class Country(Transform):
    name = "country"
    label = _("Country to ISO 3166")
    help = _("Germany, deu and de become DE; what is no country is left as it is.")

    def change(self, value: str, data: Data) -> str:
        return values.country(value) or value
