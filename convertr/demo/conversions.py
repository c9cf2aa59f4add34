"""Conversions of the last 60 days, written by COPY: a million in about a minute.

Values are picked from pools worked out beforehand, and are free of what COPY's text format would
have to escape; nothing here is worked out twice a row.
"""

import random
import uuid
from collections.abc import Iterator
from datetime import datetime, timedelta
from decimal import Decimal
from itertools import islice
from typing import NamedTuple

from django.db import connection
from django.db.models import Max
from django.utils import timezone

from conversions.making import amounts_of_sale
from conversions.models import Conversion
from convertr.audit.context import acting, recorded
from convertr.demo import catalogue
from convertr.demo.catalogue import OfferPlan
from convertr.network.models import Offer, OfferEvent

DAYS = 60
BASKETS = 300
ROWS_PER_COPY = 100_000
ROWS_PER_WRITE = 1_000
NULL = r"\N"
COLUMNS = (
    "uuid", "offer_id", "event_id", "partner_id", "transaction_id", "request_id", "click_id",
    "order_id", "status", "payout", "revenue", "sale_amount", "reason_code", "note", "locked",
    "version", "payout_fixed", "payout_percent", "revenue_fixed", "revenue_percent",
    "sub1", "sub2", "sub3", "sub4", "sub5", "sub6", "adv1", "adv2", "adv3", "adv4", "adv5",
    "source", "country", "device", "ip", "converted_at", "clicked_at", "created_at",
)  # fmt: skip
# How statuses are spread, fresh (up to a week) and settled.
FRESH = ("pending",) * 14 + ("approved",) * 4 + ("rejected", "throttled")
SETTLED = ("approved",) * 28 + ("rejected",) * 8 + ("pending",) * 2 + ("throttled", "invalid")
LOCKED_AFTER_DAYS = 45
REASON_CODES = tuple(code for code, _text in catalogue.REASONS)


class Line(NamedTuple):
    """What an offer's event brings, ready to be written."""

    event_id: int
    rates: str
    # "payout\trevenue\tsale_amount"
    baskets: list[str]


class Stall(NamedTuple):
    """An offer with all that its conversions are picked from."""

    offer_id: int
    prefix: str
    partner_ids: list[int]
    base: Line
    others: list[Line]
    countries: tuple[str, ...]


def top_up(offers: list[Offer], wanted: int) -> int:
    """Add conversions until there are `wanted`; answers how many were added."""
    missing = wanted - Conversion.objects.count()
    if missing <= 0:
        return 0
    first = (Conversion.objects.aggregate(last=Max("id"))["last"] or 0) + 1
    dice = random.Random(first)  # noqa: S311  demo data, the same each time
    stalls = [_stall(o, p, dice) for o, p in zip(offers, catalogue.OFFERS, strict=True)]
    rows = islice(_rows(stalls, first, missing, dice), missing)
    for _ in range(0, missing, ROWS_PER_COPY):
        _copy(islice(rows, ROWS_PER_COPY))
    return missing


def _copy(rows: Iterator[str]) -> None:
    """One COPY, one transaction, with its history.

    The server stores one part while the next is being made.
    """
    command = f"COPY {Conversion._meta.db_table} ({', '.join(COLUMNS)}) FROM STDIN"
    with (
        acting(channel="system"),
        recorded(),
        connection.cursor() as cursor,
        cursor.copy(command) as copy,
    ):
        while part := "".join(islice(rows, ROWS_PER_WRITE)):
            copy.write(part)


def _stall(offer: Offer, plan: OfferPlan, dice: random.Random) -> Stall:
    lines = [_line(event, plan.sale, dice) for event in offer.events.order_by("id")]
    partner_ids = list(offer.partners.order_by("id").values_list("pk", flat=True))
    initials = "".join(word[0] for word in plan.advertiser.split() if word.isalpha())
    return Stall(
        offer.pk,
        f"{initials}{offer.pk}-",
        # The first partner brings more than the others.
        partner_ids[:1] * 2 + partner_ids,
        lines[0],
        lines[1:],
        catalogue.COUNTRIES.get(offer.currency, ("DE",)),
    )


def _line(event: OfferEvent, sale: int, dice: random.Random) -> Line:
    rates = (
        event.payout_fixed,
        event.payout_percent,
        event.revenue_fixed,
        event.revenue_percent,
    )
    return Line(
        event.pk,
        "\t".join(str(rate) for rate in rates),
        [_basket(event, sale, dice) for _ in range(BASKETS)],
    )


def _basket(event: OfferEvent, sale: int, dice: random.Random) -> str:
    sold = Decimal(int(sale * 100 * dice.lognormvariate(0, 0.5))) / 100 if sale else None
    amounts = amounts_of_sale(event, sold)
    return f"{amounts['payout']}\t{amounts['revenue']}\t{NULL if sold is None else sold}"


def _rows(stalls: list[Stall], first: int, count: int, dice: random.Random) -> Iterator[str]:
    """Lines for COPY, oldest first; a purchase may bring several events of one transaction."""
    now = timezone.now()
    step = timedelta(days=DAYS) / count
    weights = [1 / (2 + n % 7) for n in range(len(stalls))]
    number = first
    while True:
        for stall in dice.choices(stalls, weights, k=1_000):
            at = now - timedelta(days=DAYS) + (number - first) * step * 0.999
            transaction = f"{dice.getrandbits(96):024x}"
            partner_id = dice.choice(stall.partner_ids)
            lines = [stall.base]
            if stall.others and dice.random() < 0.4:
                lines += stall.others
            for line in lines:
                yield _row(stall, line, number, transaction, partner_id, at, now, dice)
                number += 1


def _row(
    stall: Stall,
    line: Line,
    number: int,
    transaction: str,
    partner_id: int,
    at: datetime,
    now: datetime,
    dice: random.Random,
) -> str:
    roll = int(dice.random() * 1_000_000)
    age = (now - at).days
    status = (FRESH if age < 7 else SETTLED)[roll % (20 if age < 7 else 40)]
    reason = REASON_CODES[roll % len(REASON_CODES)] if status == "rejected" else ""
    locked = "t" if status == "approved" and age > LOCKED_AFTER_DAYS and roll % 3 == 0 else "f"
    source = catalogue.SOURCES[roll % 8]
    when = at.isoformat()
    clicked = (at - timedelta(seconds=30 + roll % 90_000)).isoformat()
    order = f"{stall.prefix}{700_000 + number}"
    return (
        f"{uuid.UUID(int=dice.getrandbits(128), version=4)}\t{stall.offer_id}\t{line.event_id}"
        f"\t{partner_id}\t{transaction}\tR-{number:09d}\t{transaction[:16]}\t{order}"
        f"\t{status}\t{line.baskets[roll % BASKETS]}\t{reason}\t\t{locked}"
        f"\t1\t{line.rates}"
        f"\t{source}-{roll % 40}\t{catalogue.PLACEMENTS[roll % 7]}\tad{roll % 900}\t\t\t"
        f"\t{'new' if roll % 3 else 'returning'}\t\t\t\t"
        f"\t{source}\t{stall.countries[roll % len(stall.countries)]}"
        f"\t{catalogue.DEVICES[roll % 6]}\t203.0.113.{roll % 254 + 1}\t{when}\t{clicked}\t{when}\n"
    )
