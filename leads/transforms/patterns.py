"""Regular expressions that people type: bounded in length, and stopped when they run too long."""

import re
from collections.abc import Callable
from typing import Any

import regex  # type: ignore[import-untyped]
from django.utils.translation import gettext

from leads.transforms.base import RuleError, bounded
from leads.transforms.options import LONGEST_TEXT, BadOptions
from leads.values import is_storable

# Seconds that one pattern may take for one value.
TIME_LIMIT = 0.2
LONGEST_PATTERN = LONGEST_TEXT
# A pattern that calls itself can fill the memory within the time limit.
_RECURSION = re.compile(r"\(\?(?:R|[+-]?\d|&|P>)")
# What the library raises for patterns and replacements that it can't read.
_UNREADABLE = (regex.error, IndexError, KeyError, OverflowError, RecursionError, ValueError)


class Pattern:
    """A compiled regular expression of the library `regex`. Raises BadOptions for a bad one."""

    def __init__(self, text: str, *, ignore_case: bool = False) -> None:
        if len(text) > LONGEST_PATTERN:
            problem = gettext("The pattern is too long: at most %(most)d characters.")
            raise BadOptions(problem % {"most": LONGEST_PATTERN})
        if _RECURSION.search(text):
            raise BadOptions(gettext("The pattern calls itself, which is not possible here."))
        self._text = text
        try:
            self._compiled = regex.compile(text, regex.IGNORECASE if ignore_case else 0)
        except _UNREADABLE as error:
            raise BadOptions(gettext("The pattern can’t be read: %s.") % error) from None

    def check_replacement(self, replacement: str) -> None:
        """Raises BadOptions for one that names a group that isn't there."""
        try:
            # Groups are looked for at a match only: so, or else nothing, which always matches.
            regex.sub(f"{self._text}\n|", replacement, "x", timeout=TIME_LIMIT)
        except _UNREADABLE as error:
            raise BadOptions(gettext("The replacement can’t be read: %s.") % error) from None
        except TimeoutError:
            raise BadOptions(gettext("The pattern runs too long, even on one letter.")) from None

    def is_in(self, value: str) -> bool:
        """Whether it is found anywhere in a value. Raises RuleError."""
        return _limited(self._compiled.search, value) is not None

    def is_whole(self, value: str) -> bool:
        """Whether a value as a whole is what it says. Raises RuleError."""
        return _limited(self._compiled.fullmatch, value) is not None

    def replaced(self, replacement: str, value: str) -> str:
        """The value with every place replaced. Raises RuleError."""
        result = bounded(_limited(self._compiled.sub, replacement, value))
        if not is_storable(result):
            raise RuleError("not_storable", gettext("The result can’t be kept."))
        return result


def _limited(search: Callable[..., Any], *texts: str) -> Any:
    try:
        return search(*texts, timeout=TIME_LIMIT)
    except TimeoutError:
        raise RuleError("timeout", gettext("The pattern ran too long and was stopped.")) from None
