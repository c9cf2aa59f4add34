"""Trim."""

from django.utils.translation import gettext_lazy as _

from leads.transforms.base import Data, Transform

# White space of all scripts, and what nobody sees and copying brings along. Not the joiners, which
# are letters' and emojis' own.
_EDGES = "".join(c for c in map(chr, range(0x3001)) if c.isspace()) + "\u200b\u2060\ufeff"


class Trim(Transform):
    name = "trim"
    label = _("Trim")
    help = _("Takes away white space at both ends.")

    def change(self, value: str, data: Data) -> str:
        return value.strip(_EDGES)
