"""Which requests a call lists, newest first, page by page."""

from collections.abc import Mapping
from datetime import UTC
from typing import Any
from uuid import UUID
from zoneinfo import ZoneInfo

from django.db.models import Max, QuerySet
from django.utils.translation import gettext_lazy as _

from conversions.api.asked import moment
from convertr.accounts.models import User
from convertr.errors import DomainError
from convertr.http_api.paging import Ceilings, Source
from convertr.http_api.types import MOST_ID, whole_number
from convertr.ui.lists.keyset import Order
from requests_workflow.api.records import RELATED
from requests_workflow.models import ConversionRequest
from requests_workflow.rules import Status, Type

ORDER = Order(ConversionRequest, "raised", "raised_at", descending=True)
# Numbers that calls filter by, and their fields.
NUMBERS = {"offer_id": "offer_id", "affiliate_id": "partner_id"}


def source(asked: Mapping[str, str], user: User) -> Source:
    """What this person may see of what was asked for; DomainError for a filter that is none."""
    rows = narrowed(asked, ConversionRequest.objects.visible_to(user))
    return Source(
        rows=lambda ceilings: rows.filter(pk__lte=ceilings.rows).select_related(*RELATED),
        ceilings=_ceilings,
        order=ORDER,
    )


def _ceilings() -> Ceilings:
    return Ceilings(ConversionRequest.objects.aggregate(last=Max("pk"))["last"] or 0)


def narrowed(
    asked: Mapping[str, str], rows: QuerySet[ConversionRequest]
) -> QuerySet[ConversionRequest]:
    """The requests that all given filters name; an empty one is none."""
    if statuses := asked["status"]:
        rows = rows.filter(status__in=_words("status", statuses, Status.values))
    if types := asked["type"]:
        rows = rows.filter(type__in=_words("type", types, Type.values))
    for name, field in NUMBERS.items():
        if given := asked[name]:
            rows = rows.filter(**{field: _number(name, given)})
    if given := asked["conversion_id"]:
        rows = rows.filter(conversion__uuid=_uuid(given))
    return rows.filter(**_times(asked))


def _times(asked: Mapping[str, str]) -> dict[str, Any]:
    times: dict[str, Any] = {}
    zone = ZoneInfo(str(UTC))
    if given := asked["raised_from"]:
        times["raised_at__gte"] = moment("raised_from", given, zone)[0]
    if given := asked["raised_to"]:
        start, lasting = moment("raised_to", given, zone)
        times["raised_at__lt"] = start + lasting
    return times


def _words(name: str, given: str, known: list[str]) -> list[str]:
    words = [word.strip().lower() for word in given.split(",")]
    if not set(words) <= set(known):
        text = _("%(name)s: write %(known)s, several with commas.")
        known_as = ", ".join(word.upper() for word in known)
        raise DomainError("bad_filter", text % {"name": name, "known": known_as})
    return words


def _number(name: str, given: str) -> int:
    number = whole_number(given.strip(), MOST_ID)
    if number is None:
        raise DomainError("bad_filter", _("%(name)s is a whole number.") % {"name": name})
    return number


def _uuid(given: str) -> UUID:
    try:
        return UUID(given.strip())
    except ValueError:
        text = _("conversion_id: write 32 hexadecimal digits, or a UUID.")
        raise DomainError("bad_filter", text) from None
