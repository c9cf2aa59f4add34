"""The rows that a body asks for, in its order: for listings, summaries and exports alike.

Offer, partner and time are served by indexes, keys too; anything else is bounded by the range,
which is a year at most. No index holds a column that a status change writes.
"""

from collections.abc import Callable

from django.db.models import Max, QuerySet
from django.utils.translation import gettext_lazy as _

from conversions.api.asked import ListingIn, RangeIn, span_of
from conversions.api.changed import changed_since
from conversions.api.narrowing import narrowed
from conversions.api.records import with_related
from conversions.models import Conversion, ConversionEvent
from convertr.accounts.models import User
from convertr.errors import DomainError
from convertr.http_api.paging import Ceilings, Source
from convertr.network.models import OfferEvent
from convertr.ui.lists.keyset import Order

TIME = "conversion_unix_timestamp"
DIRECTIONS = ("", "asc", "desc")


def order_of(field: str, direction: str) -> Order:
    """By conversion time, the newest first unless told, with the id as tie-break."""
    if field not in ("", TIME):
        text = _("order_field “%(field)s”: write %(known)s, or leave it empty.")
        raise DomainError("bad_order", text % {"field": field[:40], "known": TIME})
    if direction.lower() not in DIRECTIONS:
        raise DomainError("bad_order", _("order_direction is asc, desc or empty."))
    return Order(Conversion, TIME, "converted_at", descending=direction.lower() != "asc")


def source(body: ListingIn, user: User, order: Order) -> Source:
    """What a listing is read from, page by page."""
    select = selection(body, user)
    changed = body.updated_from not in (None, "")
    return Source(
        rows=lambda ceilings: with_related(select(ceilings), user),
        ceilings=lambda: ceilings_now(changed=changed),
        order=order,
    )


def ceilings_now(*, changed: bool) -> Ceilings:
    """The highest ids there are: of conversions and, where changes are asked for, of history."""
    rows = Conversion.objects.aggregate(last=Max("pk"))["last"] or 0
    if not changed:
        return Ceilings(rows)
    return Ceilings(rows, ConversionEvent.objects.aggregate(last=Max("pgh_id"))["last"] or 0)


def selection(body: RangeIn, user: User) -> Callable[[Ceilings], QuerySet[Conversion]]:
    """The rows asked for that this person may see, up to given ids; DomainError for a bad body."""
    span = span_of(body)
    rows: QuerySet[Conversion] = Conversion.objects.visible_to(user).filter(
        converted_at__gte=span.start, converted_at__lt=span.end
    )
    if not body.show_events:
        rows = rows.filter(event__name=OfferEvent.BASE)
    elif not body.show_conversions:
        rows = rows.exclude(event__name=OfferEvent.BASE)
    rows = narrowed(rows, body.query, user)

    def select(ceilings: Ceilings) -> QuerySet[Conversion]:
        chosen = rows.filter(pk__lte=ceilings.rows)
        if span.updated_from is None:
            return chosen
        changed = changed_since(span.updated_from, user)
        if ceilings.history is not None:
            changed = changed.filter(pgh_id__lte=ceilings.history)
        return chosen.filter(pk__in=changed.values("pgh_obj_id"))

    return select
