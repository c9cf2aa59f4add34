"""A file's columns: ordered pairs [output header, source] (batches.md, "Integration").

A source is "field:<name of the campaign's field>" or "meta:<name of META>".
"""

import re
from collections.abc import Collection, Iterable, Mapping, Sequence
from datetime import datetime
from zoneinfo import ZoneInfo

from django.utils.functional import Promise
from django.utils.translation import gettext as _t
from django.utils.translation import gettext_lazy as _

from convertr.errors import DomainError

MOST_COLUMNS, LONGEST_HEADER = 100, 255
FIELD, META_ = "field:", "meta:"
META: dict[str, Promise] = {
    "id": _("Lead ID"),
    "hash": _("Hash"),
    "ip": _("IP address"),
    "campaignId": _("Campaign ID"),
    "campaignName": _("Campaign name"),
    "publisherId": _("Publisher ID"),
    "publisherName": _("Publisher name"),
    "channel": _("Channel"),
    "createdTs": _("Created (Unix seconds)"),
    "createdDate": _("Created (date)"),
    "currentDate": _("Date of the file"),
    "currentDateTime": _("Date and time of the file"),
    "leadStatus": _("Lead status"),
    "score": _("Score"),
}
# What can't be stored, or would break the line.
_CONTROL = re.compile("[\0-\x1f\x7f-\x9f\u2028\u2029\ud800-\udfff]")

Pair = tuple[str, str]
Choices = list[tuple[Promise, list[tuple[str, str | Promise]]]]

# As PostgreSQL writes them, of l (leads_lead), c (network_campaign) and p (network_partner). The
# score loses the zeros that its column adds.
_SQL = {
    "id": "l.id::text",
    "hash": "l.hash::text",
    "ip": "host(l.ip)",
    "campaignId": "l.campaign_id::text",
    "campaignName": "c.name",
    "publisherId": "l.partner_id::text",
    "publisherName": "p.name",
    "channel": "l.channel",
    "createdTs": "floor(extract(epoch FROM l.created_at))::bigint::text",
    "createdDate": "to_char(l.created_at AT TIME ZONE %s::text, 'YYYY-MM-DD')",
    "currentDate": "%s::text",
    "currentDateTime": "%s::text",
    "leadStatus": "l.status",
    "score": "trim_scale(l.score)::text",
}


def choices(fields: Mapping[str, str]) -> Choices:
    """What a column can be made of, for a select: the campaign's fields by name and label first."""
    return [
        (_("Fields"), [(FIELD + name, label or name) for name, label in fields.items()]),
        (_("About the lead"), [(META_ + name, label) for name, label in META.items()]),
    ]


def check(pairs: Iterable[Sequence[str]], fields: Collection[str]) -> list[Pair]:
    """The pairs with their headers trimmed. `fields`: the names of the campaign's.

    Raises DomainError for what can't be a file's columns.
    """
    columns = [_pair(number, pair) for number, pair in enumerate(pairs, 1)]
    if not columns:
        raise DomainError("mapping_empty", _t("Add a column: a file needs at least one."))
    if len(columns) > MOST_COLUMNS:
        raise DomainError("mapping_long", _t("A file has at most 100 columns."))
    seen: set[str] = set()
    for header, source in columns:
        if not _is_known(source, fields):
            raise _wrong("mapping_source", _t("Choose what goes into “%(header)s”."), header)
        if header in seen:
            raise _wrong("mapping_twice", _t("Two columns are called “%(header)s”."), header)
        seen.add(header)
    return columns


def columns_sql(pairs: Iterable[Pair], *, now: datetime, zone: str) -> tuple[str, list[str]]:
    """An expression of type text[] with the cells of one lead, none of them NULL; its parameters.

    Of rows l (leads_lead), c (its network_campaign) and p (its network_partner). Dates are those of
    the zone; `now` is aware. A "%" in the statement around it is written "%%".
    """
    here = now.astimezone(ZoneInfo(zone))
    parameters = {
        "meta:createdDate": zone,
        "meta:currentDate": here.date().isoformat(),
        "meta:currentDateTime": here.isoformat(timespec="seconds"),
    }
    cells: list[str] = []
    given: list[str] = []
    for _header, source in pairs:
        if source.startswith(FIELD):
            cells.append("coalesce(l.data ->> %s::text, '')")
            given.append(source.removeprefix(FIELD))
        else:
            cells.append(f"coalesce({_SQL[source.removeprefix(META_)]}, '')")
            given += [parameters[source]] if source in parameters else []
    return f"ARRAY[{', '.join(cells)}]::text[]", given


def _pair(number: int, pair: Sequence[str]) -> Pair:
    """One column: its header trimmed."""
    if isinstance(pair, str) or len(pair) != 2 or not all(isinstance(one, str) for one in pair):
        raise DomainError("mapping_pair", _t("A column is a header and what goes into it."))
    header, source = pair[0].strip(), pair[1]
    if not header:
        raise DomainError(
            "mapping_header", _t("Column %(number)s needs a header.") % {"number": number}
        )
    if len(header) > LONGEST_HEADER or _CONTROL.search(header):
        raise DomainError(
            "mapping_header",
            _t("The header of column %(number)s must be one line of at most 255 characters.")
            % {"number": number},
        )
    return header, source


def _is_known(source: str, fields: Collection[str]) -> bool:
    if source.startswith(FIELD):
        return source.removeprefix(FIELD) in fields
    return source.startswith(META_) and source.removeprefix(META_) in META


def _wrong(code: str, text: str, header: str) -> DomainError:
    return DomainError(code, text % {"header": header}, header=header)
