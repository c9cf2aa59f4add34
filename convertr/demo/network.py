"""The demo's parties, offers and reasons; made once, found by name the next time."""

import random
from decimal import Decimal

from conversions.models import Reason
from convertr.demo import catalogue
from convertr.demo.catalogue import OfferPlan
from convertr.network.models import (
    Advertiser,
    Campaign,
    Offer,
    OfferEvent,
    Partner,
    Status,
)

PARTNERS_PER_OFFER = (4, 9)


def make_reasons() -> None:
    for code, text in catalogue.REASONS:
        Reason.objects.get_or_create(code=code, defaults={"text": text})


def make_partners() -> list[Partner]:
    """In the catalogue's order: the first two have sign-ins."""
    return [Partner.objects.get_or_create(name=name)[0] for name in catalogue.PARTNERS]


def make_campaigns() -> None:
    for name, advertiser in catalogue.CAMPAIGNS:
        Campaign.objects.get_or_create(
            name=name, advertiser=Advertiser.objects.get_or_create(name=advertiser)[0]
        )


def make_offers(partners: list[Partner]) -> list[Offer]:
    """In the catalogue's order, each with its events."""
    dice = random.Random(20)  # noqa: S311  demo data, the same each time
    for name in catalogue.ADVERTISERS:
        Advertiser.objects.get_or_create(name=name)
    return [_make_offer(plan, partners, dice) for plan in catalogue.OFFERS]


def _make_offer(plan: OfferPlan, partners: list[Partner], dice: random.Random) -> Offer:
    # The first partner runs everything, so that its sign-in has something to look at.
    chosen = {partners[0], *dice.sample(partners, dice.randint(*PARTNERS_PER_OFFER))}
    offer, is_new = Offer.objects.get_or_create(
        name=plan.name,
        advertiser=Advertiser.objects.get(name=plan.advertiser),
        defaults={
            "currency": plan.currency,
            "status": Status.PAUSED if plan.paused else Status.ACTIVE,
        },
    )
    if is_new:
        offer.partners.set(chosen)
        for event in plan.events:
            rates = {k: Decimal(v) for k, v in event._asdict().items() if k != "name"}
            OfferEvent.objects.create(offer=offer, name=event.name, **rates)
    return offer
