"""Conversion requests of the demo: some sixty, of both types and in every status, discussed.

All through the services, by the people who have sign-ins. Afterwards each is dated back.
"""

import random
from collections.abc import Iterator
from datetime import timedelta
from itertools import cycle

from django.core.files.uploadedfile import SimpleUploadedFile
from django.utils import timezone

from conversions.models import Conversion
from conversions.rules import Status
from convertr.accounts.models import User
from convertr.audit.context import acting
from convertr.demo.evidence import pdf, png
from convertr.demo.people import PEOPLE
from convertr.network.models import Offer
from requests_workflow.models import ConversionRequest
from requests_workflow.services import deciding, discussing, processing, raising

# In a smaller network so many requests would look odd.
FEWEST = 1_000
# How often each thing is done, for each of the two partners.
CHANGES, CREATES = 14, 12
OF_AGENCY = 8
DAYS = 24
WISHES: tuple[dict[str, str], ...] = (
    {"status": "approved"},
    {"status": "approved", "order_id": "A-20418"},
    {"payout": "12.50"},
    {"status": "rejected", "reason_code": "returned"},
    {"sale_amount": "149.90"},
    {"status": "approved", "payout": "30"},
    {"sub1": "newsletter-7", "sub2": "top-3"},
)
SAID = (
    "The customer has the goods since last week, see the delivery note.",
    "Our tracking shows the click, but no conversion came in.",
    "The shop confirmed this order by e-mail.",
    "The basket was larger than what was tracked.",
    "Booked twice, please look at the other one, too.",
)
ASKED_BACK = ("Which day was it ordered?", "Do you have the invoice?", "We ask the advertiser.")
INTERNAL = "Third one of this kind this month: look at their tags."
REFUSED = (
    "The advertiser knows no such order.",
    "The order was cancelled within 14 days.",
    "Outside of the tracking window.",
)
# What becomes of them, in turn: most of what is asked is still to be decided.
FATES = ("open", "processed", "open", "rejected", "processed", "open", "asked again", "withdrawn")


def make_requests() -> None:
    """Only into a database without requests, and with enough conversions to ask about."""
    if ConversionRequest.objects.exists() or Conversion.objects.all()[:FEWEST].count() < FEWEST:
        return
    agency, admin, *raisers = _people()
    dice = random.Random(60)  # noqa: S311  demo data, the same each time
    # What was asked for longest comes first, so that ids and times go together.
    asked = [*_raise_all(raisers, dice), *_of_agency(agency)]
    _twins(raisers[0], agency)
    fates = cycle(FATES)
    for request in asked:
        decider = admin if request.raised_by_id == agency.pk else agency
        _discuss(request, decider, dice)
        _decide(request, decider, next(fates))
    processing.process()
    _date_back()


def _people() -> list[User]:
    """The agency, the admin, and the two partners' people."""
    by_email = {user.email: user for user in User.objects.filter(is_active=True)}
    wanted = (PEOPLE[0], PEOPLE[4], PEOPLE[2], PEOPLE[3])
    return [by_email[person.email] for person in wanted]


def _raise_all(raisers: list[User], dice: random.Random) -> Iterator[ConversionRequest]:
    for raiser in raisers:
        with acting(raiser, channel="page"):
            yield from _changes(raiser, dice)
            yield from _creates(raiser, dice)


def _changes(raiser: User, dice: random.Random) -> Iterator[ConversionRequest]:
    tracked = Conversion.objects.filter(
        partner=raiser.partner, status=Status.PENDING, locked=False
    ).order_by("-converted_at")
    for wish, conversion in zip(cycle(WISHES), tracked[:CHANGES], strict=False):
        yield raising.raise_change(
            actor=raiser, conversion=conversion, wanted=wish, comment=dice.choice(SAID)
        )


def _creates(raiser: User, dice: random.Random) -> Iterator[ConversionRequest]:
    offers = list(Offer.objects.filter(partners=raiser.partner).order_by("pk"))
    if raiser.partner is None or not offers:
        return
    for number, offer in zip(range(CREATES), cycle(offers), strict=False):
        at = timezone.now() - timedelta(days=dice.randint(3, 40), minutes=dice.randint(0, 900))
        wanted = {
            "order_id": f"{raiser.partner.name[:2].upper()}{offer.pk}-{81_000 + number * 7}",
            "converted_at": at.isoformat(timespec="seconds"),
            "status": "approved" if number % 3 else "pending",
            "sub1": f"search-{number}",
        }
        if number % 2:
            wanted["sale_amount"] = f"{dice.randint(20, 400)}.90"
        yield raising.raise_create(
            actor=raiser,
            offer=offer,
            partner=raiser.partner,
            wanted=wanted,
            files=_evidence(number),
        )


def _of_agency(agency: User) -> Iterator[ConversionRequest]:
    """The agency asks, too: for revenue, and with notes. A colleague has to decide."""
    tracked = Conversion.objects.filter(status=Status.APPROVED, locked=False)
    with acting(agency, channel="page"):
        for conversion in tracked.order_by("-converted_at")[:OF_AGENCY]:
            wish = {"revenue": "61.75", "note": "By the advertiser's list of October."}
            yield raising.raise_change(actor=agency, conversion=conversion, wanted=wish)


def _twins(raiser: User, agency: User) -> None:
    """Orders that were asked for twice: of two that are accepted, the second fails."""
    offers = Offer.objects.filter(partners=raiser.partner).order_by("pk")[:2]
    if raiser.partner is None:
        return
    for offer in offers:
        wanted = {"order_id": f"TWIN-{offer.pk}", "status": "approved"}
        for _time in range(2):
            with acting(raiser, channel="page"):
                twin = raising.raise_create(
                    actor=raiser, offer=offer, partner=raiser.partner, wanted=wanted
                )
            with acting(agency, channel="page"):
                deciding.accept(actor=agency, request=twin, version=twin.version)


def _discuss(request: ConversionRequest, decider: User, dice: random.Random) -> None:
    if dice.random() < 0.4:
        with acting(decider, channel="page"):
            text = dice.choice(ASKED_BACK)
            discussing.comment(actor=decider, request=request, text=text)
            if dice.random() < 0.3:
                discussing.comment(actor=decider, request=request, text=INTERNAL, internal=True)
        with acting(request.raised_by, channel="page"):
            answer = dice.choice(SAID)
            discussing.comment(actor=request.raised_by, request=request, text=answer)


def _decide(request: ConversionRequest, decider: User, fate: str) -> None:
    raiser, version = request.raised_by, request.version
    if fate == "withdrawn":
        with acting(raiser, channel="page"):
            deciding.withdraw(actor=raiser, request=request, version=version)
    elif fate == "processed":
        with acting(decider, channel="page"):
            deciding.accept(actor=decider, request=request, version=version)
    elif fate != "open":
        reason = REFUSED[request.pk % len(REFUSED)]
        with acting(decider, channel="page"):
            refused = deciding.reject(
                actor=decider, request=request, version=version, reason=reason
            )
        if fate == "asked again":
            with acting(raiser, channel="page"):
                deciding.reopen(
                    actor=raiser,
                    request=refused,
                    version=refused.version,
                    comment="Here is the confirmation: please look again.",
                )


def _date_back() -> None:
    """Spread over the last weeks, a little over half of them within 14 days."""
    now = timezone.now()
    made = list(ConversionRequest.objects.order_by("pk").prefetch_related("comments"))
    for place, request in enumerate(made):
        back = timedelta(days=DAYS) * (1 - place / len(made)) + timedelta(hours=1)
        request.raised_at = now - back
        for field in ("decided_at", "processed_at"):
            if at := getattr(request, field):
                setattr(request, field, at - back / 2)
        for comment in request.comments.all():
            comment.at -= back * 0.8
            comment.save(update_fields=["at"])
    ConversionRequest.objects.bulk_update(made, ["raised_at", "decided_at", "processed_at"])


def _evidence(number: int) -> list[SimpleUploadedFile]:
    """A PDF with every sixth, a picture with another; the rest brings none."""
    if number % 6 == 0:
        return [SimpleUploadedFile("order-confirmation.pdf", pdf("Order confirmation"))]
    if number % 6 == 3:
        return [SimpleUploadedFile("thank-you-page.png", png(240, 135))]
    return []
