"""The fields that a request can ask for: how each is read, kept, compared and shown. Pure.

Kept are texts, as PostgreSQL writes the same values: money with four decimals ("4.2500"), times in
ISO 8601 with offset, statuses as the conversion has them. What isn't asked for isn't there. Source:
requests.md, "A user, agency or partner, raises a request", and platform.md's whitelist.
"""

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, time
from decimal import Decimal
from typing import Any

from django.utils import timezone
from django.utils.dateparse import parse_date, parse_datetime
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from conversions.rules import ASSIGNABLE
from conversions.rules import Status as ConversionStatus
from requests_workflow.rules import Type

LONGEST = 255
LONGEST_NOTE = 10_000
YEARS = range(2000, 2100)
_AMOUNT = re.compile(r"\d{1,12}(\.\d{1,4})?", re.ASCII)
# The words of the import's column `status`.
STATUS_WORDS = {
    "OPEN": ConversionStatus.PENDING,
    "CONFIRMED": ConversionStatus.APPROVED,
    "REJECTED": ConversionStatus.REJECTED,
}
WORD_OF_STATUS = {str(status): word for word, status in STATUS_WORDS.items()}


class BadValue(ValueError):  # noqa: N818  a value, and it is bad
    """A value that can't be read: `code` and `params` of requests_workflow.texts."""

    def __init__(self, code: str, **params: Any) -> None:
        super().__init__(code)
        self.code, self.params = code, params


@dataclass(frozen=True)
class Field:
    """One field that can be asked for.

    `read` makes the kept text of what somebody wrote; it raises BadValue. `types`: which requests
    may name it. `partner`: whether a partner may ask for it and see it.
    """

    name: str
    label: str | Promise
    read: Callable[[str, str], str]
    types: frozenset[Type] = frozenset(Type)
    partner: bool = True
    kind: str = "text"


def _text(name: str, value: str) -> str:
    return _storable(name, value.strip(), LONGEST)


def _note(name: str, value: str) -> str:
    return _storable(name, value, LONGEST_NOTE)


def is_storable(text: str) -> bool:
    """Whether the database can keep a text: it has no NUL and no half of a character."""
    return not any(c == "\0" or "\ud800" <= c <= "\udfff" for c in text)


def _storable(name: str, value: str, longest: int) -> str:
    if len(value) > longest:
        raise BadValue("too_long", column=name, longest=longest)
    if not is_storable(value):
        raise BadValue("not_storable", column=name)
    return value


def _money(name: str, value: str) -> str:
    value = value.strip()
    if not _AMOUNT.fullmatch(value):
        raise BadValue("bad_amount", column=name, value=value[:80])
    return f"{Decimal(value):.4f}"


def _status(name: str, value: str) -> str:
    """OPEN, CONFIRMED, REJECTED, or the status as the API calls it; in any case."""
    word = value.strip()
    status = STATUS_WORDS.get(word.upper(), word.lower())
    if status not in {ConversionStatus.PENDING, *ASSIGNABLE}:
        raise BadValue("bad_conversion_status", value=word[:80])
    return str(status)


def _time(name: str, value: str) -> str:
    """A time or a day as ISO 8601 writes them; UTC where no offset is given; not in the future."""
    value = value.strip()
    try:
        at = parse_datetime(value)
        if at is None and (day := parse_date(value)):
            at = datetime.combine(day, time.min)
        at = at if at is None or at.tzinfo else at.replace(tzinfo=UTC)
        at = at.astimezone(UTC) if at else None
    except (ValueError, OverflowError):
        at = None
    if at is None or at.year not in YEARS:
        raise BadValue("bad_time", column=name, value=value[:80])
    if at > timezone.now():
        raise BadValue("time_in_future", column=name, value=value[:80])
    return at.isoformat(timespec="microseconds" if at.microsecond else "seconds")


_NEW_ONLY = frozenset({Type.CREATE})
FIELDS = {
    field.name: field
    for field in (
        Field("status", _("status"), _status, kind="status"),
        Field("reason_code", _("reason"), _text, kind="reason"),
        Field("payout", _("payout"), _money, kind="money"),
        Field("revenue", _("revenue"), _money, partner=False, kind="money"),
        Field("sale_amount", _("sale amount"), _money, kind="money"),
        Field("order_id", _("order ID"), _text),
        Field("transaction_id", _("transaction ID"), _text, _NEW_ONLY),
        Field("request_id", _("request ID"), _text, _NEW_ONLY, partner=False),
        Field("converted_at", _("conversion time"), _time, _NEW_ONLY, kind="time"),
        *(Field(f"sub{n}", f"sub{n}", _text) for n in range(1, 7)),
        Field("note", _("note"), _note, partner=False, kind="note"),
    )
}


def names_for(type_: str, *, is_partner: bool) -> list[str]:
    """The fields that such a request may name, and this kind of person may ask for and see."""
    fields = FIELDS.values()
    return [f.name for f in fields if Type(type_) in f.types and (f.partner or not is_partner)]


def visible(values: Mapping[str, Any] | None, *, is_partner: bool) -> dict[str, Any]:
    """Of a request's `wanted`, `before` or `agreed`, what this kind of person may see, in order."""
    values = values or {}
    fields = FIELDS.values()
    return {f.name: values[f.name] for f in fields
            if f.name in values and (f.partner or not is_partner)}  # fmt: skip


def read(values: Mapping[str, str], type_: str, *, is_partner: bool) -> dict[str, str]:
    """The kept texts of what somebody wrote; BadValue for the first that can't be kept.

    BadValue `not_askable` names a field that isn't one's to ask for.
    """
    allowed = names_for(type_, is_partner=is_partner)
    for name in values:
        if name not in allowed:
            raise BadValue("not_askable", column=name)
    return {name: FIELDS[name].read(name, value) for name, value in values.items()}


def differing(wanted: Mapping[str, str], present: Mapping[str, Any]) -> dict[str, str]:
    """What of `wanted` is not already so.

    A reason belongs to its status: it stays with one that changes to rejected, and alone it is a
    change of a rejected conversion's reason.
    """
    changed = {name: value for name, value in wanted.items() if present.get(name) != value}
    status = changed.get("status", present.get("status"))
    if status != ConversionStatus.REJECTED:
        changed.pop("reason_code", None)
    elif "status" in changed and "reason_code" in wanted:
        changed["reason_code"] = wanted["reason_code"]
    return changed
