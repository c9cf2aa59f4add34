"""Which leads an export holds.

Conditions are kept as JSON: `campaign` and `partner` (lists of ids), `status` (a list; "none" is
not processed yet), `delivered` and `replacement` (true or false), `since` and `until` (days of the
person who exports, both included) or `after` and `before` (moments), and `list` (the query of the
list that it began from). What is left out narrows nothing.
"""

from collections.abc import Callable, Mapping
from datetime import UTC, date, datetime, time
from typing import Any

from django.db.models import Model, QuerySet
from django.http import QueryDict
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from convertr.accounts.models import User
from convertr.errors import DomainError
from convertr.network.models import Campaign, Partner
from convertr.ui.lists.definition import Query, registered
from convertr.ui.lists.export import bad_filter
from convertr.ui.lists.filters import MAX_ID
from leads.filters import NO_STATUS
from leads.models import Lead
from leads.rules import Replacement, Status

LIST = "leads"
STATUSES = [status or NO_STATUS for status in Status.values]
# How many values one condition of a call may have.
MOST_VALUES = 1_000
Conditions = dict[str, Any]


def leads(user: User, conditions: Conditions) -> QuerySet[Lead]:
    """The leads that this person may see and that the conditions leave."""
    found: QuerySet[Lead] = Lead.objects.visible_to(user)
    if "list" in conditions:
        query = list_query(user, conditions["list"])
        if query.errors:
            raise bad_filter()
        found = query.queryset
    return found.filter(**_lookups(conditions))


def list_query(user: User, text: str) -> Query:
    """The list that an export begins from."""
    return Query(registered(LIST), user, QueryDict(text))


def _lookups(conditions: Conditions) -> dict[str, Any]:
    told = {name: conditions.get(name) for name in ("campaign", "partner", "status")}
    wanted: dict[str, Any] = {f"{name}__in": values for name, values in told.items() if values}
    if "status__in" in wanted:
        wanted["status__in"] = ["" if s == NO_STATUS else s for s in wanted["status__in"]]
    if (delivered := conditions.get("delivered")) is not None:
        wanted["delivered"] = delivered
    if (replacement := conditions.get("replacement")) is not None:
        kind = Replacement.REPLACEMENT if replacement else Replacement.NONE
        wanted["replacement"] = kind
    return wanted | _times(conditions)


def _times(conditions: Conditions) -> dict[str, datetime]:
    found = {}
    if since := conditions.get("since"):
        found["created_at__gte"] = _moment(since, time.min)
    if until := conditions.get("until"):
        found["created_at__lte"] = _moment(until, time.max)
    if after := conditions.get("after"):
        found["created_at__gte"] = datetime.fromisoformat(after)
    if before := conditions.get("before"):
        found["created_at__lte"] = datetime.fromisoformat(before)
    return found


def _moment(day: str, at: time) -> datetime:
    return timezone.make_aware(datetime.combine(date.fromisoformat(day), at))


# --- of a call ---


def of_call(asked: Mapping[str, Any]) -> Conditions:
    """The conditions of a call, named as the filters of GET /api/v4/leads, from checked JSON.

    `campaign.id` and `publisher.id` (an id or several), `status` (one or several), `delivered`,
    `otherReasonType`, `createdTs[after]` and `createdTs[before]`. DomainError `bad_condition`.
    """
    found: Conditions = {}
    for name, value in asked.items():
        if name not in _OF_CALL:
            text = _("Condition “%(name)s” is unknown; write %(known)s.")
            known = ", ".join(_OF_CALL)
            raise _bad(text % {"name": _short(name), "known": known})
        key, read = _OF_CALL[name]
        if value is not None:
            found[key] = read(name, value)
    return found


def _bad(text: object) -> DomainError:
    return DomainError("bad_condition", str(text))


def _short(value: Any) -> str:
    return str(value)[:60].encode(errors="replace").decode()


def _several(name: str, value: Any) -> list[Any]:
    """What a condition has, one value or a list of at most MOST_VALUES."""
    told = value if isinstance(value, list) else [value]
    if len(told) > MOST_VALUES:
        text = _("%(name)s: write at most %(most)s in a list.")
        raise _bad(text % {"name": name, "most": f"{MOST_VALUES:,}"})
    return told


def _ids(model: type[Model]) -> Callable[[str, Any], list[int]]:
    def read(name: str, value: Any) -> list[int]:
        told = _several(name, value)
        if not all(type(one) is int and 0 < one <= MAX_ID for one in told):
            raise _bad(_("%(name)s: write an ID, or several in a list.") % {"name": name})
        ids = list(dict.fromkeys(told))
        known = set(model._default_manager.filter(pk__in=ids).values_list("pk", flat=True))
        if unknown := [one for one in ids if one not in known]:
            text = _("%(name)s: nothing has the ID %(id)s.")
            raise _bad(text % {"name": name, "id": unknown[0]})
        return ids

    return read


def _statuses(name: str, value: Any) -> list[str]:
    told = _several(name, value)
    if not all(isinstance(one, str) and one in STATUSES for one in told):
        text = _("%(name)s: write one of %(known)s, or several in a list.")
        raise _bad(text % {"name": name, "known": ", ".join(STATUSES)})
    return list(dict.fromkeys(told))


def _yes_or_no(name: str, value: Any) -> bool:
    if not isinstance(value, bool):
        raise _bad(_("%(name)s: write true or false.") % {"name": name})
    return value


def _replacement(name: str, value: Any) -> bool:
    if value not in Replacement.values:
        known = ", ".join(Replacement.values)
        raise _bad(_("%(name)s: write one of %(known)s.") % {"name": name, "known": known})
    return bool(value == Replacement.REPLACEMENT)


def _time(name: str, value: Any) -> str:
    try:
        at = datetime.fromisoformat(value)
        at = at if at.tzinfo else at.replace(tzinfo=UTC)
        # What a database can't hold, or no zone can tell, is no time of a lead.
        return at.astimezone(UTC).isoformat()
    except (TypeError, ValueError, OverflowError):
        text = _("%(name)s: write a time such as 2026-03-01T14:30:00+01:00.")
        raise _bad(text % {"name": name}) from None


_OF_CALL: dict[str, tuple[str, Callable[[str, Any], Any]]] = {
    "campaign.id": ("campaign", _ids(Campaign)),
    "publisher.id": ("partner", _ids(Partner)),
    "status": ("status", _statuses),
    "delivered": ("delivered", _yes_or_no),
    "otherReasonType": ("replacement", _replacement),
    "createdTs[after]": ("after", _time),
    "createdTs[before]": ("before", _time),
}
