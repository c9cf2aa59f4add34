"""Names with capitals where names have them."""

import re
from collections.abc import Mapping
from typing import Any

from django.utils.translation import gettext_lazy as _

from leads.transforms.base import Data, Option, Transform
from leads.values import is_turkish, lower

_WORD = re.compile(r"\S+")
_APOSTROPHES = "'’‘ʼ`´"
_BREAKS = re.compile(f"([-‐‑–./{_APOSTROPHES}])")
# Small wherever a name follows (Dutch, German), and small only between two names: alone before a
# family name those are written with a capital (De Niro, La Fontaine, Le Pen).
_SMALL = {"van", "von", "vom", "der", "den", "zu", "zum", "zur", "ter", "ten"}
_SMALL_BETWEEN = {
    "de", "del", "della", "di", "da", "das", "do", "dos", "du", "la", "las", "los", "e", "y",
    "af", "av", "bin", "ibn", "bint", "te", "op", "und", "of",
}  # fmt: skip
# Before an apostrophe these take a capital after it, as one letter does (O'Neill, D'Angelo).
_BEFORE_APOSTROPHE = {"dall", "dell", "sant", "de", "all"}
_ROMAN = {"ii", "iii", "iv"}
_MC = re.compile(r"mc(\w{3,})")


class TitleCase(Transform):
    name = "title_case"
    label = _("Title case of names")
    help = _(
        "ANNA-MARIA O'NEILL and anna-maria o'neill become Anna-Maria O'Neill. A word in mixed "
        "case, such as DeShawn, is left alone."
    )
    options = (
        Option(
            "particles",
            _("Small particles"),
            "yes",
            default=True,
            help=_("van der Berg, Maria da Silva."),
        ),
    )

    def prepare(self, options: Mapping[str, Any]) -> None:
        self._particles = bool(options["particles"])

    def change(self, value: str, data: Data) -> str:
        words = _WORD.findall(value)
        style = _Style(turkish=is_turkish(value), shouted=value.isupper())
        last = len(words) - 1
        done = iter(
            [
                style.small(word)
                if self._particles and style.is_particle(word, first=n == 0, last=n == last)
                else style.word(word, first=n == 0)
                for n, word in enumerate(words)
            ]
        )
        return _WORD.sub(lambda _match: next(done), value)


class _Style:
    """How the words of one value are written; `shouted`: all of it came in capitals."""

    def __init__(self, *, turkish: bool, shouted: bool) -> None:
        self.turkish, self.shouted = turkish, shouted

    def small(self, text: str) -> str:
        return lower(text.replace("I", "ı") if self.turkish else text)

    def is_particle(self, word: str, *, first: bool, last: bool) -> bool:
        if last or not self._is_careless(word):
            return False
        small = self.small(word)
        return small in _SMALL or (not first and small in _SMALL_BETWEEN)

    def word(self, word: str, *, first: bool) -> str:
        if not first and word.lower() in _ROMAN:
            return word.upper()
        pieces = _BREAKS.split(word)
        for n in range(0, len(pieces), 2):  # between them are the breaks
            if self._is_careless(pieces[n]):
                begins = n == 0 or self._begins(pieces[n - 2], pieces[n - 1], pieces[n])
                pieces[n] = self._capital(pieces[n]) if begins else self.small(pieces[n])
        return "".join(pieces)

    def _is_careless(self, text: str) -> bool:
        """Whether its case says nothing: small, or capital and no initials among other words."""
        return text.islower() or (text.isupper() and (self.shouted or len(text) > 2))

    def _begins(self, before: str, sign: str, piece: str) -> bool:
        """After an apostrophe a name begins in O'Neill and Dall'Olio, none in John's and 't."""
        if sign not in _APOSTROPHES:
            return True
        before = before.lower()
        return len(piece) > 1 and (len(before) == 1 or before in _BEFORE_APOSTROPHE)

    def _capital(self, piece: str) -> str:
        small = self.small(piece)
        if mc := _MC.fullmatch(small):
            return f"Mc{self._capital(mc[1])}"
        at = next((n for n, letter in enumerate(small) if letter.islower()), 0)
        letter = "İ" if self.turkish and small[at] == "i" else small[at].title()
        return small[:at] + letter + small[at + 1 :]
