"""Test data in names and e-mail addresses."""

import re
from collections.abc import Mapping
from functools import lru_cache
from typing import Any

from django.utils.translation import gettext_lazy as _

from leads import values
from leads.processors.base import Judged, Option, Processor

# What nobody is called. Not "null", "foo" or "doe", which people are.
WORDS = frozenset(
    """
    test testing testtest testuser testlead testperson prueba тест 测试 測試 テスト
    asdf asdfasdf asdfg asdfgh asdfghj asdfghjkl asdfjkl qwer qwert qwerty qwertz qwertyuiop azerty
    yxcv zxcv zxcvbn dummy foobar lorem ipsum mustermann musterfrau
    """.split()  # noqa: SIM905  easier to read and to add to
)
# RFC 2606 and RFC 6761, and what people make up.
DOMAINS = frozenset(
    """
    example.com example.net example.org test example invalid localhost test.com test.de test.net
    test.org test.co.uk asdf.com qwerty.com
    """.split()  # noqa: SIM905
)
_WORD = re.compile(r"[^\W\d_]+")
_KINDS = ("first_name", "last_name", "email")


@lru_cache(maxsize=1_024)
def _words(text: str) -> tuple[str, ...]:
    return tuple(_WORD.findall(text.casefold()))


class TestData(Processor):
    """Looks at its field; without one, at all names and e-mail addresses of the campaign."""

    name = "test_data"
    label = _("Test data")
    help = _(
        "Names and e-mail addresses have no such word as test or asdf, and no domain such as "
        "example.com. Without a field: all of the campaign's."
    )
    needs_field = False
    options = (
        Option(
            "more",
            _("More words"),
            "lines",
            help=_("One a line; several words count as they follow each other; domains too."),
        ),
    )
    texts = {
        "test_word": _("it has a word that only tests have"),
        "test_domain": _("the e-mail address has a domain that only tests have"),
    }

    def prepare(self, options: Mapping[str, Any]) -> None:
        more: tuple[str, ...] = options["more"]
        domains = {line for line in more if "." in line and not re.search(r"\s", line)}
        said = [_words(line) for line in more if line not in domains]
        self._domains = DOMAINS | {line.lstrip("@*.").lower() for line in domains}
        self._terms = WORDS | {words[0] for words in said if len(words) == 1}
        self._phrases = [f" {' '.join(words)} " for words in said if len(words) > 1]

    def judge(self, lead: Judged) -> str | None:
        for name, kind in lead.fields.items():
            if name == self.field or (not self.field and kind in _KINDS):
                value = lead.data.get(name)
                if value and (code := self._of(value, is_email=kind == "email")):
                    return code
        return None

    def _of(self, value: str, *, is_email: bool) -> str | None:
        if is_email:
            above = values.domains_above(values.domain_of(value))
            if not self._domains.isdisjoint(above):
                return "test_domain"
            value = value.rpartition("@")[0]  # a firm may be called "Test Systems"
        words = _words(value)
        if not self._terms.isdisjoint(words):
            return "test_word"
        whole = f" {' '.join(words)} " if self._phrases else ""
        return "test_word" if any(phrase in whole for phrase in self._phrases) else None
