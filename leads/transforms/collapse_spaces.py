"""Collapse spaces."""

import re

from django.utils.translation import gettext_lazy as _

from leads.transforms.base import Data, Transform

_SPACES = re.compile(r"\s+")


class CollapseSpaces(Transform):
    name = "collapse_spaces"
    label = _("Collapse spaces")
    help = _("Makes one space of several, of tabs and of new lines.")

    def change(self, value: str, data: Data) -> str:
        return _SPACES.sub(" ", value)
