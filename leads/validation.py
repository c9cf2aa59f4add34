"""What keeps a lead from coming in: fields that the campaign doesn't know or can't do without."""

from collections.abc import Iterable, Mapping
from typing import Any, NamedTuple

from django.utils.translation import gettext_lazy as _

LONGEST_VALUE = 5_000
TEXTS = {
    "field_unknown": _("the campaign has no field “%(field)s”"),
    "field_required": _("%(field)s is required"),
    "field_too_long": _("%(field)s has more than %(most)s characters"),
    "field_not_storable": _("%(field)s holds characters that can't be stored"),
    "field_not_text": _("%(field)s is no text or number"),
}


class Known(NamedTuple):
    """A field that the campaign has."""

    name: str
    required: bool


class Problem(NamedTuple):
    """What is wrong with one field: a code of TEXTS, and its parameters."""

    field: str
    code: str
    params: dict[str, Any]


def problems(fields: Iterable[Known], data: Mapping[str, str]) -> list[Problem]:
    """All that is wrong with a lead's data; a field that is left out counts as empty."""
    known = {field.name: field.required for field in fields}
    found = [_of_value(name, value, known) for name, value in data.items()]
    missing = [n for n, required in known.items() if required and not data.get(n, "").strip()]
    found += [_problem(name, "field_required") for name in missing]
    return [one for one in found if one is not None]


def _of_value(name: str, value: str, known: Mapping[str, bool]) -> Problem | None:
    if name not in known:
        return _problem(name, "field_unknown")
    if len(value) > LONGEST_VALUE:
        return _problem(name, "field_too_long", most=f"{LONGEST_VALUE:,}")
    if any(c == "\0" or "\ud800" <= c <= "\udfff" for c in value):
        return _problem(name, "field_not_storable")
    return None


def _problem(field: str, code: str, **params: Any) -> Problem:
    shown = field[:60].encode(errors="replace").decode().replace("\0", "�")
    return Problem(field, code, {"field": shown, **params})
