"""Leads of the demo's campaigns, of the last 60 days: each through its campaign's real rules.

Some are short of something, doubled, or tests; older valid ones are delivered; and a few were
flagged by the agency, as jobs.
"""

import random
from collections.abc import Iterator
from datetime import timedelta
from itertools import islice
from typing import Any

from django.db.models import F
from django.db.models.functions import Mod
from django.utils import timezone

from convertr.accounts.models import User
from convertr.audit.context import acting, recorded
from convertr.demo import lead_rules
from convertr.demo.people import PEOPLE
from convertr.jobs import engine, services
from convertr.jobs.models import Job
from convertr.jobs.staging import StagedRow
from convertr.network.models import Campaign, Partner
from leads.flagging.kinds import KIND_OF
from leads.models import Lead
from leads.processing import queue
from leads.rules import Act, Status

DAYS = 60
AT_ONCE = 5_000
FIRST = (
    "Anna", "Ben", "Clara", "David", "Elif", "Felix", "Greta", "Hugo", "Ida", "Jonas", "Karla",
    "Luis", "Mia", "Noah", "Olga", "Paul", "Renée", "Søren", "Tilda", "Uwe", "Vera", "Zoë",
)  # fmt: skip
LAST = (
    "Albers", "Bianchi", "Çelik", "Dahl", "Engel", "Fournier", "García", "Hoffmann", "Ivanov",
    "Jensen", "Keller", "López", "Müller", "Nowak", "O'Brien", "Petit", "Quandt", "Rossi",
    "Schulz", "Thomsen", "van Dijk", "Weiß",
)  # fmt: skip
CITIES = ("Berlin", "Hamburg", "Köln", "Leipzig", "München", "Sacramento", "Wien")
HOSTS = ("mail.de", "posteo.example.de", "gmx.example.net", "kontor.example.eu")
CHANNELS = ("search", "social", "e-mail", "display")
# Of so many one is short of its telephone, one doubled, one a test.
SHORT, DOUBLED, TESTS = 9, 23, 71
# Delivered are valid ones that are older than this, but every so-many-th.
DELIVERED_AFTER, UNDELIVERED = timedelta(days=2), 7


def top_up(wanted: int) -> int:
    """Add leads until there are `wanted`; answers how many were added."""
    campaigns = list(Campaign.objects.order_by("pk"))
    lead_rules.set_up(campaigns)
    there = Lead.objects.count()
    missing = max(wanted - there, 0)
    partners = list(Partner.objects.filter(is_house=False).order_by("pk"))
    rows = _leads(campaigns, partners, there, missing)
    while part := list(islice(rows, AT_ONCE)):
        with acting(channel="api"), recorded():
            Lead.objects.bulk_create(part, batch_size=1_000)
        queue.process()
    if missing:
        _deliver()
        if not there:
            _flag()
    return missing


def _leads(
    campaigns: list[Campaign], partners: list[Partner], there: int, missing: int
) -> Iterator[Lead]:
    """New leads, the oldest first."""
    dice = random.Random(there + 1)  # noqa: S311  demo data, the same each time
    now, last = timezone.now(), dict[str, str]()
    for number in range(there, there + missing):
        at = now - timedelta(days=DAYS) * (1 - (number - there) / missing)
        data = last if last and number % DOUBLED == 0 else _data(number, dice)
        last = data
        yield Lead(
            campaign=dice.choice(campaigns),
            partner=dice.choice(partners),
            channel=dice.choice(CHANNELS),
            link_id=f"lp-{dice.randint(1, 40)}",
            received=data,
            data=data,
            ip=f"93.{dice.randint(1, 250)}.{dice.randint(1, 250)}.{dice.randint(1, 250)}",
            opt_in=dice.random() < 0.9,
            created_at=at,
            updated_at=at,
        )


def _data(number: int, dice: random.Random) -> dict[str, str]:
    first, last = dice.choice(FIRST), dice.choice(LAST)
    if number % TESTS == 0:
        first, last = "Test", "Test"
    name = f"{first}.{last}.{number}".lower().replace(" ", "").replace("'", "")
    return {
        "firstName": first.lower() if number % 5 == 0 else f" {first}",
        "lastName": last,
        "email": f"{name}@{dice.choice(HOSTS)}",
        "telephone": "" if number % SHORT == 0 else f"0151 {dice.randint(10_000_000, 99_999_999)}",
        "country": dice.choice(("DE", "Germany", "deu")),
        "city": dice.choice(CITIES),
        "birthDate": f"{dice.randint(1, 28)}.{dice.randint(1, 12)}.{dice.randint(1950, 2004)}",
    }


def _deliver() -> None:
    settled = Lead.objects.filter(
        status=Status.VALID, delivered=False, created_at__lt=timezone.now() - DELIVERED_AFTER
    )
    chosen = settled.alias(rest=Mod("pk", UNDELIVERED)).exclude(rest=0)
    with acting(channel="system"), recorded():
        chosen.update(
            delivered=True,
            first_delivered_at=F("created_at") + timedelta(hours=20),
            version=F("version") + 1,
        )


def _flag() -> None:
    """What the agency has done with some, and what it has begun."""
    actor = User.objects.get(email=PEOPLE[0].email)
    valid = Lead.objects.filter(status=Status.VALID, delivered=False).order_by("pk")
    doubtful = Lead.objects.filter(status=Status.CAUTION).order_by("pk")
    with acting(actor, channel="page"):
        reached = {"reason": "verified", "integrations": []}
        _done(actor, Act.VALID, doubtful[:25], **reached)
        returned = {"reason": "returned", "category": "wrong-number", "comment": "Call of Monday"}
        _done(actor, Act.INVALID, valid[:14], **returned)
        _done(actor, Act.TEST, valid[20:24], reason="partner-test")
        _done(actor, Act.REPLACEMENT, valid[30:36], comment="For the returned ones")


def _done(actor: User, act: Act, leads: Any, **data: Any) -> Job | None:
    ids = list(leads.values_list("pk", flat=True))
    if not ids:
        return None
    rows = (StagedRow(n, [str(pk)], key_id=pk, wanted={}) for n, pk in enumerate(ids, start=1))
    job = services.stage(actor=actor, kind=KIND_OF[act], rows=rows, columns=["lead"])
    services.confirm(actor=actor, job=job, data=data)
    engine.advance(job.pk)
    return job
