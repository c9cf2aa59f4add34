"""What the rows of a file are judged by: the requests, conversions and offers that they name.

A handful of statements for all rows together; what the uploader may not see isn't among it.
"""

import json
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, NamedTuple

from django.db import connection

from conversions.models import Reason
from conversions.writing import COLUMNS
from convertr.accounts.models import User
from convertr.jobs.models import Job, Outcome
from convertr.network.models import Offer, OfferEvent, Partner
from requests_workflow.access import permissions_of
from requests_workflow.rules import Who
from requests_workflow.services.raising import offers_for

_REQUESTS = """
SELECT q.id, q.type, q.status, q.version, q.raised_by_id, q.offer_id, q.event_id, q.partner_id,
    q.conversion_id, q.wanted::text, q.decision_reason
FROM requests_workflow_conversionrequest q
WHERE q.id = ANY(%(ids)s::bigint[])
    AND (%(partner)s::bigint IS NULL OR q.raiser_partner_id = %(partner)s)
"""
_CONVERSIONS = """
SELECT c.id, replace(c.uuid::text, '-', ''), c.offer_id, c.event_id, c.partner_id,
    c.request_id, c.transaction_id, c.converted_at, {present}
FROM conversions_conversion c
WHERE {key} AND (%(partner)s::bigint IS NULL OR c.partner_id = %(partner)s)
"""
# What the rules ask of a conversion whatever the file names.
_ALWAYS = frozenset({"status", "reason_code"})
_STAGED = ("seq", "line", "key_id", "key_uuid", "key_parent", "wanted")


class Asked(NamedTuple):
    """What one row asks for, as `reading` kept it."""

    seq: int
    line: int
    request: int | None
    uuid: str
    conversion: int | None
    type: str
    decision: str
    offer: int | None
    partner: int | None
    currency: str
    fields: dict[str, str]
    reason: str
    comment: str


class Request(NamedTuple):
    """A request as it is."""

    id: int
    type: str
    status: str
    version: int
    raised_by: int
    offer: int
    event: int
    partner: int
    conversion: int | None
    wanted: dict[str, str]
    decision_reason: str

    @property
    def parties(self) -> dict[str, int | None]:
        """As a plan names them."""
        return {
            "conversion": self.conversion,
            "offer": self.offer,
            "event": self.event,
            "partner": self.partner,
        }


class Tracked(NamedTuple):
    """A conversion as it is; `present` has those of its fields that the file is about."""

    id: int
    uuid: str
    offer: int
    event: int
    partner: int
    request_id: str
    transaction_id: str
    at: datetime
    present: dict[str, str | None]

    def identity(self, name: str) -> str:
        """What it is called: `request_id`, `transaction_id` or `converted_at`."""
        if name == "converted_at":
            return self.at.isoformat(timespec="microseconds" if self.at.microsecond else "seconds")
        return str(getattr(self, name)).strip()


@dataclass
class Running:
    """An offer: its currency, its events, the partners that run it (none: all do)."""

    currency: str
    base: int | None = None
    partners: set[int] = field(default_factory=set)
    # Whether the uploader may ask for new conversions of it.
    askable: bool = False


@dataclass
class Facts:
    actor: int
    own_partner: int | None
    permissions: frozenset[str]
    reasons: frozenset[str]
    offers: Mapping[int, Running]
    events: Mapping[int, OfferEvent]
    partners: frozenset[int]
    requests: Mapping[int, Request]
    conversions: Mapping[int, Tracked]
    by_uuid: Mapping[str, Tracked]

    def who(self, raised_by: int) -> Who:
        """The uploader before a request of that person."""
        return Who(self.permissions, is_raiser=raised_by == self.actor)


def asked_of(job: Job) -> list[Asked]:
    """The job's readable rows, in the order of the file."""
    rows = job.rows.filter(outcome=Outcome.STAGED).order_by("seq")
    return [_asked(row) for row in rows.values_list(*_STAGED)]


def _asked(row: tuple[Any, ...]) -> Asked:
    seq, line, request, uuid, conversion, wanted = row
    told = wanted.get
    return Asked(
        seq=seq,
        line=line,
        request=request,
        uuid=uuid.hex if uuid else "",
        conversion=conversion,
        type=told("type", ""),
        decision=told("decision", ""),
        offer=told("offer"),
        partner=told("partner"),
        currency=told("currency", ""),
        fields=told("fields", {}),
        reason=told("reason", ""),
        comment=told("comment", ""),
    )


def gather(job: Job, rows: Iterable[Asked]) -> Facts:
    """All that the rows are judged by, as the uploader sees it."""
    rows, actor = list(rows), job.requested_by
    requests = _requests(actor, {row.request for row in rows if row.request is not None})
    ids = {row.conversion for row in rows if row.conversion is not None}
    ids |= {r.conversion for r in requests.values() if r.conversion is not None}
    named = set(job.parameters["fields"]).union(*(r.wanted for r in requests.values()))
    found = _conversions(actor, ids, {row.uuid for row in rows if row.uuid}, named)
    offers = {row.offer for row in rows if row.offer is not None}
    offers |= {c.offer for c in found} | {r.offer for r in requests.values()}
    running, events = _offers(actor, offers)
    partners = {row.partner for row in rows if row.partner is not None}
    return Facts(
        actor=actor.pk,
        own_partner=actor.partner_id if actor.is_partner else None,
        permissions=permissions_of(actor),
        reasons=frozenset(Reason.objects.filter(retired=False).values_list("code", flat=True)),
        offers=running,
        events=events,
        partners=frozenset(Partner.objects.filter(pk__in=partners).values_list("pk", flat=True)),
        requests=requests,
        conversions={one.id: one for one in found},
        by_uuid={one.uuid: one for one in found},
    )


def _requests(actor: User, ids: set[int]) -> dict[int, Request]:
    values = {"ids": list(ids), "partner": actor.partner_id if actor.is_partner else None}
    with connection.cursor() as cursor:
        cursor.execute(_REQUESTS, values)
        found = [
            Request._make([*row[:9], json.loads(row[9]), row[10]]) for row in cursor.fetchall()
        ]
    return {one.id: one for one in found}


def _conversions(
    actor: User, ids: set[int], uuids: set[str], names: Collection[str]
) -> list[Tracked]:
    """The conversions of these keys, with these fields, as texts; those that the actor sees."""
    fields = [name for name in COLUMNS if name in _ALWAYS.union(names)]
    present = ", ".join(f"c.{name}::text" for name in fields)
    partner = actor.partner_id if actor.is_partner else None
    found: dict[int, Tracked] = {}
    keys = (("c.id = ANY(%(keys)s::bigint[])", ids), ("c.uuid = ANY(%(keys)s::uuid[])", uuids))
    with connection.cursor() as cursor:
        for sql, wanted in keys:
            if wanted:
                values = {"keys": list(wanted), "partner": partner}
                cursor.execute(_CONVERSIONS.format(key=sql, present=present), values)
                for row in cursor.fetchall():
                    has = dict(zip(fields, row[8:], strict=True))
                    found[row[0]] = Tracked._make([*row[:8], has])
    return list(found.values())


def _offers(actor: User, ids: set[int]) -> tuple[dict[int, Running], dict[int, OfferEvent]]:
    currencies = Offer.objects.filter(pk__in=ids).values_list("pk", "currency")
    offers = {pk: Running(currency) for pk, currency in currencies}
    for offer, partner in Offer.partners.through.objects.filter(offer__in=offers).values_list(
        "offer_id", "partner_id"
    ):
        offers[offer].partners.add(partner)
    for pk in offers_for(actor).filter(pk__in=offers).values_list("pk", flat=True):
        offers[pk].askable = True
    events = OfferEvent.objects.filter(offer__in=offers).in_bulk()
    for event in events.values():
        if event.name == OfferEvent.BASE:
            offers[event.offer_id].base = event.pk
    return offers, events
