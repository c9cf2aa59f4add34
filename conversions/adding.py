"""Conversions that people of the network add themselves (conversions.md, "HTTP API")."""

from collections.abc import Mapping
from datetime import datetime
from decimal import Decimal
from uuid import uuid4

from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from conversions.making import build
from conversions.models import Conversion
from conversions.partner_postbacks.firing import fire
from conversions.rules import Status
from convertr.accounts.access import require
from convertr.accounts.models import User
from convertr.audit.context import recorded
from convertr.errors import DomainError
from convertr.network.models import Offer, OfferEvent, Partner

MOST_AT_ONCE = 50


def add_conversions(
    *,
    actor: User,
    offer_id: int,
    event_id: int,
    partner_id: int,
    number: int,
    at: datetime,
    amounts: Mapping[str, Decimal],
    texts: Mapping[str, str],
) -> list[Conversion]:
    """Store `number` approved conversions, alike but for their IDs, and tell their partner.

    `event_id` 0 is the offer's Base event. `amounts` names payout, revenue or both where they
    are given; else the event's fixed rates make them. Each gets a transaction ID of its own.
    """
    require(actor, "conversions.change_conversions")
    if amounts:
        require(actor, "conversions.change_amounts")
    if at > timezone.now():
        raise DomainError("date_in_future", _("The date lies in the future."))
    event = _event(offer_id, event_id)
    partner = _partner(event.offer, partner_id)
    added = []
    for _number in range(number):
        uuid = uuid4()
        fields = {"uuid": uuid, "transaction_id": uuid.hex, "partner": partner, **texts, **amounts}
        added.append(build(event, status=Status.APPROVED, converted_at=at, **fields))
    with recorded():
        Conversion.objects.bulk_create(added)
        fire([conversion.pk for conversion in added], send=True)
    return added


def _event(offer_id: int, event_id: int) -> OfferEvent:
    events = OfferEvent.objects.select_related("offer").filter(offer=offer_id)
    found = events.filter(pk=event_id) if event_id else events.filter(name=OfferEvent.BASE)
    event = found.first()
    if event is None and not Offer.objects.filter(pk=offer_id).exists():
        raise DomainError("offer_unknown", _("No offer has this offer_id."))
    if event is None:
        raise DomainError("event_unknown", _("The offer has no event with this event_id."))
    return event


def _partner(offer: Offer, partner_id: int) -> Partner:
    """The partner, of the offer's own where it has any."""
    own = offer.partners.all()
    found = (own if own.exists() else Partner.objects.all()).filter(pk=partner_id).first()
    if found is None:
        raise DomainError("partner_unknown", _("The offer has no partner with this affiliate_id."))
    return found
