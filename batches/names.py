"""The names of files, from a template (batches.md, "Integration"). Pure.

What `fill` gives is the name of one file: it can hold no path, whatever the label or the template.
"""

import re
import unicodedata
from datetime import datetime

from django.utils.translation import gettext as _

from convertr.errors import DomainError

PLACEHOLDERS = ("label", "campaign_id", "date", "time", "batch_id", "sequence")
# Bytes in UTF-8: what file systems take. Ids are shorter than the longest that a database counts.
LONGEST, LONGEST_TEMPLATE = 255, 500
_LONGEST_ID = 19
_PLACEHOLDER = re.compile(r"\{([^{}]*)\}")
# What no file system or shell of a receiver likes: separators, wildcards, what can't be seen, and
# what turns the direction of the text, so that "fdp.exe" reads "exe.pdf".
_REFUSED = re.compile(
    r'[/\\:*?"<>|\0-\x1f\x7f-\x9f\u061c\u200b\u200e\u200f\u2028-\u202e\u2066-\u2069\ufeff'
    r"\ud800-\udfff]"
)
_DEVICE = re.compile(r"(con|prn|aux|nul|com\d|lpt\d)(\.|$)", re.IGNORECASE | re.ASCII)


def check(template: str, *, overwrite: bool) -> None:
    """Raises DomainError for a template whose files could not be named, or would be overwritten.

    `overwrite`: that is what is wanted.
    """
    names = _placeholders(template)
    if not overwrite and not {"batch_id", "sequence"} & set(names):
        raise DomainError(
            "name_not_unique",
            _("Add {batch_id} or {sequence}, or tick “overwrite”: each file needs its own name."),
        )
    plain = _PLACEHOLDER.sub("", template)
    if found := _REFUSED.search(plain):
        raise DomainError(
            "name_character",
            _("A file name can't hold %(character)s.") % {"character": _shown(found[0])},
        )
    if template.startswith(".") or ".." in plain:
        raise DomainError(
            "name_dots", _("A file name can't begin with a dot or hold two in a row.")
        )
    if _longest(template) > LONGEST:
        raise DomainError("name_too_long", _("Shorten the name: files have at most 255 bytes."))


def fill(
    template: str,
    *,
    label: str,
    campaign_id: int,
    at: datetime,
    batch_id: int,
    sequence: int,
    extension: str,
) -> str:
    """A file's name, with its extension (".csv").

    `at` is aware, in the integration's zone. A long label is cut. Raises DomainError where the name
    is too long all the same.
    """
    values = {
        "campaign_id": str(campaign_id), "date": f"{at:%Y-%m-%d}", "time": f"{at:%H%M%S}",
        "batch_id": str(batch_id), "sequence": str(sequence),
    }  # fmt: skip
    label = _clean(label)
    while True:
        name = _ended(_filled(template, {**values, "label": label or "_"}), extension)
        excess = _bytes(name) - LONGEST
        if excess <= 0:
            return name
        if not label:
            raise DomainError("name_too_long", _("Shorten the name: files have at most 255 bytes."))
        label = _cut(label, excess, max(1, template.count("{label}")))


def inner(name: str, extension: str) -> str:
    """The name of the file in a ZIP of that name."""
    return _ended(name[:-4] if name.lower().endswith(".zip") else name, extension)


def _placeholders(template: str) -> list[str]:
    """The names in braces. Raises DomainError for others than ours, and for lone braces."""
    if not template.strip():
        raise DomainError("name_missing", _("Write a name, such as {label}_{date}_{batch_id}."))
    if len(template) > LONGEST_TEMPLATE:
        raise DomainError("name_too_long", _("Shorten the name: files have at most 255 bytes."))
    if re.search(r"[{}]", _PLACEHOLDER.sub("", template)):
        raise DomainError("name_brace", _("A brace is missing: write placeholders as {date}."))
    names = _PLACEHOLDER.findall(template)
    if unknown := [name for name in names if name not in PLACEHOLDERS]:
        raise DomainError(
            "name_placeholder",
            _("There is no {%(name)s}. Use %(known)s.")
            % {"name": unknown[0], "known": ", ".join(f"{{{name}}}" for name in PLACEHOLDERS)},
        )
    return names


def _longest(template: str) -> int:
    """The bytes of the name with the shortest label and the longest of all else."""
    digits = "9" * _LONGEST_ID
    values = {
        "label": "_", "campaign_id": digits, "date": "2026-01-31", "time": "120000",
        "batch_id": digits, "sequence": digits,
    }  # fmt: skip
    return _bytes(_ended(_filled(template, values), ".xlsx"))


def _filled(template: str, values: dict[str, str]) -> str:
    """The name without its extension; what a check has let through by mistake is no path either."""
    name = _PLACEHOLDER.sub(lambda found: values.get(found[1], "_"), template)
    name = re.sub(r"\.{2,}", ".", _REFUSED.sub("_", name)).strip(". ") or "_"
    return f"_{name}" if _DEVICE.match(name) else name


def _ended(name: str, extension: str) -> str:
    return name if name.lower().endswith(extension) else name + extension


def _clean(label: str) -> str:
    """A label as a part of a name."""
    label = _REFUSED.sub("_", unicodedata.normalize("NFC", label))
    return re.sub(r"\.{2,}", "_", label.strip(". "))


def _cut(label: str, excess: int, times: int) -> str:
    """The label without as many bytes, if it stands in the name so many times."""
    kept = len(label.encode()) - -(-excess // times)
    return label.encode()[: max(0, kept)].decode(errors="ignore").rstrip(". ")


def _bytes(text: str) -> int:
    return len(text.encode(errors="replace"))


def _shown(character: str) -> str:
    return character if character.isprintable() else f"U+{ord(character):04X}"
