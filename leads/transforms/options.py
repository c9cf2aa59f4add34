"""The options of rules: declared, so that a form can be built of them, and read once. Pure."""

import re
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from typing import Any, Literal

from django.utils.functional import Promise
from django.utils.translation import gettext

from leads.values import is_storable

Kind = Literal["text", "choice", "number", "yes", "lines", "map", "field", "fields"]
LONGEST_TEXT, LONGEST_LINE, MOST_LINES = 500, 255, 10_000
# The name of a campaign's field, as leads.models has it.
FIELD_NAME = re.compile(r"[A-Za-z][A-Za-z0-9_]{0,59}")
_NUMBER = re.compile(r"[+-]?\d{1,9}", re.ASCII)
_YES, _NO = {"true", "yes", "on", "1"}, {"false", "no", "off", "0"}
# What an option is that nobody has given, and that has no default.
_NOTHING: dict[Kind, Any] = {
    "text": "", "choice": "", "number": None, "yes": False,
    "lines": (), "map": {}, "field": "", "fields": (),
}  # fmt: skip


class BadOptions(ValueError):  # noqa: N818  options, and they are bad
    """Options that a rule can't be made of. Its text is a plain sentence for who typed them."""


@dataclass(frozen=True)
class Option:
    """One option of a rule.

    `kind` says how a form asks for it and what `read` makes of it: "text" a str as it was typed,
    "choice" one of `choices` (value, label), "number" an int from `least` to `most`, "yes" a bool,
    "lines" a tuple of str (typed: one a line), "map" a dict (typed: lines `from = to`), "field"
    the name of another field, "fields" a tuple of names (typed: between commas).
    """

    name: str
    label: str | Promise
    kind: Kind = "text"
    choices: tuple[tuple[str, str | Promise], ...] = ()
    default: Any = None
    required: bool = False
    help: str | Promise = ""
    least: int | None = None
    most: int | None = None

    def read(self, raw: Any) -> Any:
        """The value of what was typed or stored; the default for nothing. Raises BadOptions."""
        if raw is None or raw == "" or raw in ([], {}, ()):
            return self._nothing()
        value = _READERS[self.kind](self, raw)
        return value if value not in ((), {}) else self._nothing()

    def bad(self, problem: str) -> BadOptions:
        return BadOptions(f"{self.label}: {problem}")

    def _nothing(self) -> Any:
        if self.required:
            raise self.bad(gettext("this is needed."))
        return _NOTHING[self.kind] if self.default is None else self.default


def read_options(declared: Iterable[Option], given: Mapping[str, Any]) -> dict[str, Any]:
    """The values of all declared options. BadOptions too for a name that isn't declared."""
    by_name = {option.name: option for option in declared}
    for name in given:
        if name not in by_name:
            raise BadOptions(gettext("There is no option “%(name)s”.") % {"name": name})
    return {name: option.read(given.get(name)) for name, option in by_name.items()}


def read_field(name: Any) -> str:
    """A field's name without space around it. Raises BadOptions."""
    name = name.strip() if isinstance(name, str) else name
    if not isinstance(name, str) or not FIELD_NAME.fullmatch(name):
        raise BadOptions(gettext("“%(name)s” is not the name of a field.") % {"name": name})
    return name


def _text(option: Option, raw: Any) -> str:
    if not isinstance(raw, str):
        raise option.bad(gettext("a text is needed."))
    if len(raw) > LONGEST_TEXT:
        raise option.bad(gettext("at most %(most)d characters.") % {"most": LONGEST_TEXT})
    if not is_storable(raw):
        raise option.bad(gettext("it has a character that can’t be kept."))
    return raw


def _choice(option: Option, raw: Any) -> str:
    if raw not in [value for value, _label in option.choices]:
        names = ", ".join(value for value, _label in option.choices)
        raise option.bad(gettext("it is one of %(names)s.") % {"names": names})
    return str(raw)


def _number(option: Option, raw: Any) -> int:
    typed = raw.strip() if isinstance(raw, str) else raw
    if isinstance(typed, str) and _NUMBER.fullmatch(typed):
        typed = int(typed)
    if not isinstance(typed, int) or isinstance(typed, bool):
        raise option.bad(gettext("a whole number is needed."))
    if option.least is not None and typed < option.least:
        raise option.bad(gettext("at least %(least)d.") % {"least": option.least})
    if option.most is not None and typed > option.most:
        raise option.bad(gettext("at most %(most)d.") % {"most": option.most})
    return typed


def _yes(option: Option, raw: Any) -> bool:
    word = str(raw).strip().lower()
    if word not in _YES | _NO:
        raise option.bad(gettext("it is yes or no."))
    return word in _YES


def _lines(option: Option, raw: Any) -> tuple[str, ...]:
    typed = raw.splitlines() if isinstance(raw, str) else raw
    if not isinstance(typed, list | tuple) or not all(isinstance(one, str) for one in typed):
        raise option.bad(gettext("texts are needed, one a line."))
    lines = tuple(dict.fromkeys(line.strip() for line in typed if line.strip()))
    _bound(option, lines)
    return lines


def _map(option: Option, raw: Any) -> dict[str, str]:
    pairs = list(raw.items()) if isinstance(raw, Mapping) else _pairs(option, raw)
    if not all(isinstance(text, str) for pair in pairs for text in pair):
        raise option.bad(gettext("texts are needed."))
    pairs = [(old.strip(), new.strip()) for old, new in pairs]
    _bound(option, [text for pair in pairs for text in pair])
    found = dict(pairs)
    if len(found) < len(pairs):
        raise option.bad(gettext("one value is there twice."))
    return found


def _pairs(option: Option, raw: Any) -> list[tuple[str, str]]:
    """Lines `from = to`. The first sign counts: a value with one in it comes as a dict."""
    pairs = []
    for line in _lines(option, raw):
        old, sign, new = line.partition("=")
        if not sign or not old.strip():
            raise option.bad(gettext("each line is written “from = to”."))
        pairs.append((old, new))
    return pairs


def _bound(option: Option, texts: Iterable[str]) -> None:
    texts = list(texts)
    if len(texts) > 2 * MOST_LINES or (option.kind == "lines" and len(texts) > MOST_LINES):
        raise option.bad(gettext("at most %(most)d lines.") % {"most": MOST_LINES})
    if any(len(text) > LONGEST_LINE for text in texts):
        problem = gettext("at most %(most)d characters in a line.")
        raise option.bad(problem % {"most": LONGEST_LINE})
    if not all(is_storable(text) for text in texts):
        raise option.bad(gettext("it has a character that can’t be kept."))


def _field(option: Option, raw: Any) -> str:
    try:
        return read_field(raw)
    except BadOptions as error:
        raise option.bad(str(error)) from None


def _fields(option: Option, raw: Any) -> tuple[str, ...]:
    typed = raw.split(",") if isinstance(raw, str) else raw
    if not isinstance(typed, list | tuple):
        raise option.bad(gettext("names of fields are needed, between commas."))
    return tuple(dict.fromkeys(_field(option, name) for name in typed))


_READERS: dict[Kind, Callable[[Option, Any], Any]] = {
    "text": _text, "choice": _choice, "number": _number, "yes": _yes,
    "lines": _lines, "map": _map, "field": _field, "fields": _fields,
}  # fmt: skip
