"""query.filters and query.search_terms: same type OR, types AND (conversions.md, "HTTP API").

What a person may not see can't be filtered or searched by.
"""

import uuid
from collections import defaultdict
from collections.abc import Callable, Iterable

from django.db.models import QuerySet
from django.utils.translation import gettext_lazy as _

from conversions.api.asked import Query
from conversions.api.records import ADVS, SUBS
from conversions.models import Conversion
from conversions.rules import Status
from conversions.visibility import shown_to
from convertr.accounts.models import User
from convertr.errors import DomainError
from convertr.http_api.types import MOST_ID, whole_number

Read = Callable[[str], object]


def _text(value: str) -> str:
    return value


def _number(value: str) -> int:
    number = whole_number(value, MOST_ID)
    if number is None:
        raise ValueError(_("is no ID"))
    return number


def _status(value: str) -> str:
    if value not in Status.values:
        raise ValueError(_("is no status; write one of %(known)s") % {"known": _known(Status)})
    return value


def _known(names: Iterable[str]) -> str:
    return ", ".join(str(name) for name in names)


def _uuid(value: str) -> uuid.UUID:
    try:
        return uuid.UUID(value)
    except ValueError:
        raise ValueError(_("is no conversion ID: it has 32 hexadecimal digits")) from None


# By type: what visibility calls it, the column, and how a value is read.
FILTERS: dict[str, tuple[str, str, Read]] = {
    "offer": ("offer", "offer_id", _number),
    "affiliate": ("partner", "partner_id", _number),
    "advertiser": ("advertiser", "offer__advertiser_id", _number),
    "country": ("country", "country", str.upper),
    "status": ("status", "status", _status),
    "event": ("event", "event__name", _text),
    "source_id": ("source", "source", _text),
    "device_type": ("device", "device", _text),
    "currency_id": ("currency", "offer__currency", str.upper),
    **{name: (name, name, _text) for name in (*SUBS, *ADVS)},
}
# These are served by an index, whatever the range.
KEYS: dict[str, tuple[str, str, Read]] = {
    "conversion_id": ("uuid", "uuid", _uuid),
    "transaction_id": ("transaction_id", "transaction_id", _text),
    "order_id": ("order_id", "order_id", _text),
    "click_id": ("click_id", "click_id", _text),
    "request_id": ("request_id", "request_id", _text),
}


def narrowed(
    queryset: QuerySet[Conversion], query: Query | None, user: User
) -> QuerySet[Conversion]:
    """The rows that a body's query leaves; DomainError for a type or value that is none."""
    filters = [(f.resource_type, f.filter_id_value) for f in (query and query.filters) or ()]
    terms = [(t.search_type, t.value) for t in (query and query.search_terms) or ()]
    queryset = _apply(queryset, "resource_type", filters, {**FILTERS, **KEYS}, user)
    return _apply(queryset, "search_type", terms, KEYS, user)


def _apply(
    queryset: QuerySet[Conversion],
    name: str,
    pairs: Iterable[tuple[str, str]],
    types: dict[str, tuple[str, str, Read]],
    user: User,
) -> QuerySet[Conversion]:
    known = {kind: how for kind, how in types.items() if shown_to(user, [how[0]])}
    values: dict[str, list[object]] = defaultdict(list)
    for kind, value in pairs:
        if kind not in known:
            text = _("%(name)s “%(kind)s” is unknown; write one of %(known)s.")
            params = {"name": name, "kind": kind[:40], "known": _known(known)}
            raise DomainError("unknown_type", text % params)
        _needs, column, read = known[kind]
        values[column].append(_read(kind, value, read))
    for column, wanted in values.items():
        queryset = queryset.filter(**{f"{column}__in": wanted})
    return queryset


def _read(kind: str, value: str, read: Read) -> object:
    try:
        return read(value)
    except ValueError as error:
        text = _("%(kind)s “%(value)s” %(why)s.")
        params = {"kind": kind, "value": value[:40], "why": error}
        raise DomainError("bad_filter", text % params) from None
