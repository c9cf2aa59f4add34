"""What each column of a file becomes: guessed by its name, chosen by a person. Pure.

A mapping has a target for each column, in the file's order: "" leaves it out, `data.email` is the
field of a campaign, the others are LEAD.
"""

from collections.abc import Iterable, Sequence
from typing import NamedTuple

from django.utils.functional import Promise
from django.utils.translation import gettext as _t
from django.utils.translation import gettext_lazy as _

# What can be told of a lead besides its campaign's fields, and what its column may be called, too.
LEAD: dict[str, str | Promise] = {
    "channel": _("Channel"),
    "link_id": _("Link ID"),
    "ip": _("IP address"),
    "opt_in": _("Opt-in"),
}
ALSO = {"ip": ("ipaddress", "leadip"), "opt_in": ("consent",), "link_id": ("link",)}
FIELD = "data."
LEAVE_OUT = ""


class Field(NamedTuple):
    """A field of the campaign."""

    name: str
    label: str
    required: bool

    @property
    def target(self) -> str:
        return f"{FIELD}{self.name}"

    @property
    def shown(self) -> str:
        return self.label or self.name


def key(text: str) -> str:
    """A name as it is compared: without case, spaces, underscores and the like."""
    return "".join(c for c in text.casefold() if c.isalnum())


def guess(header: Sequence[str], fields: Iterable[Field]) -> list[str]:
    """The mapping that the header's names suggest; of two columns of one name the first counts."""
    targets = {key(name): name for name in LEAD}
    targets |= {also: name for name, more in ALSO.items() for also in more}
    # What the campaign calls its own is meant before all else.
    targets |= {key(field.label): field.target for field in fields}
    targets |= {key(field.name): field.target for field in fields}
    targets.pop("", None)
    mapping: list[str] = []
    for name in header:
        target = targets.get(key(name), LEAVE_OUT)
        mapping.append(LEAVE_OUT if target in mapping else target)
    return mapping


def missing(mapping: Sequence[str], fields: Iterable[Field]) -> list[Field]:
    """The required fields that no column becomes."""
    return [field for field in fields if field.required and field.target not in mapping]


def wrong(mapping: Sequence[str], fields: Sequence[Field]) -> list[str]:
    """All that keeps a mapping from being used, a sentence each."""
    labels = {**LEAD, **{field.target: field.shown for field in fields}}
    chosen = [target for target in mapping if target != LEAVE_OUT]
    told = []
    if unknown := [target for target in chosen if target not in labels]:
        told.append(_t("The campaign has no field “%(name)s” (any more).") % {"name": unknown[0]})
    twice = [t for t in dict.fromkeys(chosen) if t in labels and chosen.count(t) > 1]
    text = _t("Several columns become %(name)s. Keep one, and leave the others out.")
    told += [text % {"name": labels[target]} for target in twice]
    text = _t("%(name)s is required. Choose the column that holds it.")
    told += [text % {"name": field.shown} for field in missing(mapping, fields)]
    if not any(target.startswith(FIELD) for target in chosen):
        told.append(_t("Choose at least one column that becomes a field of the campaign."))
    return told
