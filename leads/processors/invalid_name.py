"""Invalid name."""

from collections.abc import Mapping
from typing import Any

import regex  # type: ignore[import-untyped]
from django.utils.translation import gettext_lazy as _

from leads.processors.base import Judged, Option, Processor

# Letters and marks of any script, and what stands between them: space, hyphens, apostrophes,
# period, the middle dots of Catalan, Chinese and Japanese, Hebrew's geresh, and what joins or turns
# letters without being seen.
_NAME = regex.compile(r"[\p{L}\p{M}\s\-‐‑–'’‘`´.·・׳״\u200c-\u200f]+")
_LETTER = regex.compile(r"\p{L}")
# In these scripts a letter is a syllable or a word, and a whole name can be one.
_WHOLE = regex.compile(r"[\p{Han}\p{Hangul}\p{Hiragana}\p{Katakana}]")
_ROMAN = regex.compile(r"\bIII\b")
_OTHER = {"first_name": "last_name", "last_name": "first_name"}


class InvalidName(Processor):
    name = "invalid_name"
    label = _("Invalid name")
    help = _("Letters of any script, none of them repeated, and not the first name as last name.")
    options = (
        Option("one_letter", _("Names of one letter pass"), "yes", default=True),
        Option(
            "repeats",
            _("Repeated"),
            "number",
            default=3,
            least=2,
            most=20,
            help=_("So many of the same letter in a row are too many."),
        ),
        Option(
            "other_field",
            _("Differs from"),
            "field",
            help=_("Empty: from the campaign's last name, or first name."),
        ),
    )
    texts = {
        "name_characters": _("the name has characters that names don't have"),
        "name_repeated": _("the name has the same letter several times in a row"),
        "name_one_letter": _("the name is only one letter"),
        "name_same": _("first and last name are the same"),
    }

    def prepare(self, options: Mapping[str, Any]) -> None:
        self._one_letter = bool(options["one_letter"])
        self._other_field: str = options["other_field"]
        self._repeated = regex.compile(rf"(\p{{L}})\1{{{options['repeats'] - 1},}}")

    def check(self, value: str, lead: Judged) -> str | None:
        if not _NAME.fullmatch(value) or not _LETTER.search(value):
            return "name_characters"
        # Not casefold(), which makes three s of Weißsee.
        if self._repeated.search(_ROMAN.sub("", value).lower()):
            return "name_repeated"
        if not self._one_letter and len(_LETTER.findall(value)) == 1 and not _WHOLE.search(value):
            return "name_one_letter"
        other = lead.data.get(self._other_field or self._other_name(lead), "")
        return "name_same" if other.strip().casefold() == value.strip().casefold() else None

    def _other_name(self, lead: Judged) -> str:
        """The campaign's field for the other half of a name; empty where there is none."""
        wanted = _OTHER.get(lead.fields.get(self.field, ""))
        return next((name for name, kind in lead.fields.items() if kind == wanted), "")
