"""One batch of held leads through their rules, written in few statements.

The caller holds the leads in id order. Of two leads with the same fingerprint the one that came to
have it first counts: who judges by it holds a row for it, so that another batch waits and sees it.
"""

import math
import time
from collections import defaultdict
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from datetime import datetime
from decimal import Decimal
from functools import cache
from hashlib import md5
from itertools import zip_longest
from typing import Any, NamedTuple, TypeVar
from uuid import UUID

import orjson
from django.conf import settings
from django.db import connection
from django.utils.crypto import salted_hmac
from psycopg import Cursor

from convertr import prepared
from convertr.arrays import array
from leads import fingerprints, integrations, running
from leads.processing.rulesets import Ruleset, load
from leads.processors import Earlier, Judged
from leads.rules import Processing, Status

JUDGED_BY = ("email", "telephone")
# Of what has the same fingerprint at the same advertiser only so many of the latest are looked at.
EARLIER_MAX = 200
# So long may the rules of a batch take; leads are held meanwhile.
BUDGET_SECONDS = 10.0
# What the database is sent at once. More than a socket takes would wait for it to be free.
AT_ONCE = 200
T = TypeVar("T")
# A statement with its values; answers a cursor that has the rows later.
Send = Callable[[str, Mapping[str, Any]], Any]
Tell = Callable[[Send, Sequence["Fate"]], None]
# What a row refers to is looked for while others are judged, not at the end.
_CHECK_AT_ONCE = "SET CONSTRAINTS ALL IMMEDIATE"
# One text for all fingerprints of a lead: few have others than at the last time.
_KEPT = """
SELECT lead_id, md5(string_agg(uuid_send(digest), '' ORDER BY digest))
FROM leads_fingerprint WHERE lead_id = ANY(%(ids)s::bigint[]) GROUP BY lead_id
"""
# Of all leads of a batch before any is judged: by what one is no more, no other is a duplicate.
_STALE = """
WITH told AS MATERIALIZED (
    SELECT * FROM unnest(%(leads)s::bigint[], %(digests)s::uuid[]) AS t (lead, digest)
)
DELETE FROM leads_fingerprint f WHERE f.lead_id = ANY(%(ids)s::bigint[])
    AND NOT EXISTS (SELECT FROM told t WHERE t.lead = f.lead_id AND t.digest = f.digest)
"""
# Those that are there stay as they are: their order says which lead was first.
_FINGERPRINTS = """
INSERT INTO leads_fingerprint (lead_id, kind, digest)
SELECT lead, kind, digest
FROM unnest(%(leads)s::bigint[], %(kinds)s::text[], %(digests)s::uuid[]) AS t (lead, kind, digest)
ORDER BY lead, digest
ON CONFLICT (lead_id, digest) DO NOTHING
"""
# New rows first, then all of them, each in one order: nobody waits in a circle.
_MAKE_LOCKS = """
INSERT INTO leads_fingerprintlock (digest)
SELECT DISTINCT d FROM unnest(%(digests)s::uuid[]) d ORDER BY d ON CONFLICT DO NOTHING
"""
_LOCK = """
SELECT 1 FROM leads_fingerprintlock WHERE digest = ANY(%(digests)s::uuid[])
ORDER BY digest FOR UPDATE
"""
# OFFSET 0: each lead is looked up by its key. Left to itself, the planner at times hashed all leads
# anew for each fingerprint: half a minute for 5,000.
_EARLIER = """
WITH own AS MATERIALIZED (
    SELECT o.id, o.lead_id, o.kind, o.digest, c.advertiser_id
    FROM leads_fingerprint o
    JOIN leads_lead l ON l.id = o.lead_id
    JOIN network_campaign c ON c.id = l.campaign_id
    WHERE o.lead_id = ANY(%(ids)s::bigint[]) AND o.kind = ANY(%(kinds)s)
)
SELECT own.lead_id, own.kind, own.digest, other.campaign_id, other.advertiser_id, other.created_at
FROM own CROSS JOIN LATERAL (
    SELECT theirs.* FROM leads_fingerprint f CROSS JOIN LATERAL (
        SELECT l.campaign_id, c.advertiser_id, l.created_at
        FROM leads_lead l JOIN network_campaign c ON c.id = l.campaign_id
        WHERE l.id = f.lead_id AND l.deleted_at IS NULL AND c.advertiser_id = own.advertiser_id
        OFFSET 0
    ) theirs
    WHERE f.digest = own.digest AND f.id < own.id ORDER BY f.id DESC LIMIT %(most)s
) other
"""
# What a person has flagged in this round stays so. `again`: a round of its own. All is told as one
# document: as arrays, each of its many quotes would be escaped in Python.
_WRITE = """
WITH told AS MATERIALIZED (
    SELECT * FROM jsonb_to_recordset(%(told)s::jsonb)
        AS t (id bigint, data jsonb, status text, score numeric, hardfail boolean,
            processing text, verdicts jsonb, error text)
),
written AS (
    UPDATE leads_lead l SET
        data = coalesce(t.data, l.data),
        status = CASE WHEN l.flagged AND NOT %(again)s THEN l.status ELSE t.status END,
        score = t.score, hardfail = t.hardfail, processing = t.processing,
        version = l.version + 1, updated_at = now(){anew}
    FROM told t WHERE l.id = t.id
    RETURNING l.id, l.round, l.status, l.flagged
),
run AS (
    INSERT INTO leads_leadrun (lead_id, round, at, status, score, hardfail, verdicts, error)
    SELECT w.id, w.round, now(), t.status, t.score, t.hardfail, t.verdicts, t.error
    FROM told t JOIN written w ON w.id = t.id ORDER BY w.id
)
SELECT id, round FROM written WHERE status = 'valid' AND NOT flagged
"""
_ANEW = """,
        round = l.round + 1, flagged = false, reason_code = '', own_reason = '',
        reason_category = '', comment = '', undelivered = false"""
_WITHDRAW = """
UPDATE leads_leaddelivery SET state = 'withdrawn', changed_at = now()
WHERE lead_id = ANY(%(ids)s::bigint[]) AND state = 'queued'
"""
_QUEUE = """
INSERT INTO leads_leaddelivery (lead_id, integration, round, state, changed_at)
SELECT lead, integration, round, 'queued', now()
FROM unnest(%(leads)s::bigint[], %(integrations)s::bigint[], %(rounds)s::int[])
    AS q (lead, integration, round)
ON CONFLICT DO NOTHING
"""


class Held(NamedTuple):
    """A lead that the caller holds, with what its rules need."""

    id: int
    campaign_id: int
    advertiser_id: int
    received: dict[str, str]
    ip: str | None
    created_at: datetime


# What a statement that holds leads `l` of campaigns `c` selects first, for `held`.
HELD = "l.id, l.campaign_id, c.advertiser_id, l.received::text, host(l.ip), l.created_at"


def held(rows: Iterable[tuple[Any, ...]]) -> list[Held]:
    return [Held(row[0], row[1], row[2], orjson.loads(row[3]), row[4], row[5]) for row in rows]


@dataclass
class Fate:
    """What came of one lead; `error` is the text of the rule that raised."""

    lead: Held
    processing: Processing = Processing.COMPLETE
    data: dict[str, str] | None = None
    # (kind, digest), and whether others are kept of it.
    marks: list[tuple[str, UUID]] = field(default_factory=list)
    marked_anew: bool = False
    status: Status = Status.NONE
    score: Decimal | None = None
    hardfail: bool = False
    verdicts: list[dict[str, Any]] = field(default_factory=list)
    error: str = ""

    def fail(self, text: str) -> None:
        self.processing, self.status, self.error = Processing.FAILED, Status.NONE, text


class TookTooLong(Exception):  # noqa: N818  a batch, and it took too long
    """Patterns that each may take a moment hold up everybody who waits for the leads."""


class Watch:
    """Looks at the clock while rules run; one lead alone may take its time."""

    def __init__(self, *, alone: bool) -> None:
        self.end = math.inf if alone else time.monotonic() + BUDGET_SECONDS

    def over(self, items: Iterable[T]) -> Iterator[T]:
        for item in items:
            if time.monotonic() > self.end:
                raise TookTooLong
            yield item


@cache
def fingerprint_key() -> bytes:
    """The key of all fingerprints: with another SECRET_KEY none is found any more."""
    return salted_hmac("leads.fingerprints", settings.SECRET_KEY, algorithm="sha256").digest()


def process(
    leads: Sequence[Held], *, again: bool = False, tell: Tell = lambda _send, _fates: None
) -> list[Fate]:
    """Transform, judge and write these leads; `again` begins a new round.

    `tell` sends what else is to be written of some of them, each once, in their order.

    In the caller's transaction, which `audit.context.recorded` has opened. TookTooLong where the
    rules are too slow for so many: the caller tries fewer.
    """
    rulesets = load({lead.campaign_id for lead in leads})
    watch = Watch(alone=len(leads) == 1)
    looking = {pk for pk, one in rulesets.items() if one.rules and one.rules.looks_back}
    valid: list[tuple[int, int]] = []
    with _pipeline() as send:
        send(_CHECK_AT_ONCE, {})
        kept = send(_KEPT, _ids(leads))
        if again:
            send(_WITHDRAW, _ids(leads))
        fates = [_transformed(lead, rulesets[lead.campaign_id]) for lead in watch.over(leads)]
        _lock(send, fates, looking)
        if changed := _changed(fates, dict(kept.fetchall())):
            send(_STALE, {**_ids(fate.lead for fate in changed), **_marks(changed)})
        slices = _slices(fates)
        writes, earlier = [], _earlier(_mark(send, slices[0], looking))
        for some, following in zip_longest(slices, slices[1:], fillvalue=()):
            # The database writes what was judged before, and looks for what comes next, meanwhile.
            asked = _mark(send, following, looking)
            for fate in watch.over(some):
                _judge(fate, rulesets[fate.lead.campaign_id], earlier[fate.lead.id])
            earlier = _earlier(asked)
            writes.append(_write(send, some, again=again))
            tell(send, some)
        for written in writes:
            valid += written.fetchall()
    _queue(valid, fates)
    return fates


@contextmanager
def _pipeline() -> Iterator[Send]:
    """Statements are sent without waiting for those before; whoever fetches waits for all.

    Their values go beside them: as Django would write them into the statement, PostgreSQL took as
    long to read what is written of leads as to write it.
    """
    raw = connection.connection
    with connection.wrap_database_errors, raw.pipeline(), ExitStack() as open_:

        def send(sql: str, values: Mapping[str, Any]) -> Any:
            began = time.monotonic()
            cursor = open_.enter_context(Cursor(raw)).execute(sql, values)
            prepared.log(sql, time.monotonic() - began)
            return cursor

        yield send


def _slices(fates: Sequence[Fate]) -> list[Sequence[Fate]]:
    starts = range(0, max(len(fates), 1), AT_ONCE)
    return [fates[start : start + AT_ONCE] for start in starts]


def _ids(leads: Iterable[Held]) -> dict[str, str]:
    return {"ids": array(lead.id for lead in leads)}


def _transformed(lead: Held, ruleset: Ruleset) -> Fate:
    fate = Fate(lead)
    if ruleset.rules is None:
        fate.fail(ruleset.error)
        return fate
    try:
        fate.data = running.transform(ruleset.rules, lead.received)
    except running.RuleFailed as failed:
        fate.fail(str(failed))
        return fate
    fate.marks = fingerprints.digests(fate.data, ruleset.rules.fields, fingerprint_key())
    if not ruleset.has_jobs:
        fate.processing = Processing.ON_HOLD
    return fate


def _lock(send: Send, fates: Sequence[Fate], looking: Collection[int]) -> None:
    """Hold a row for each fingerprint by which leads of these campaigns are judged."""
    asked = (fate.marks for fate in fates if fate.lead.campaign_id in looking)
    digests = {digest.hex for marks in asked for kind, digest in marks if kind in JUDGED_BY}
    if digests:
        values = {"digests": array(digests)}
        send(_MAKE_LOCKS, values)
        send(_LOCK, values)


def _mark(send: Send, fates: Sequence[Fate], looking: Collection[int]) -> Any:
    """Keep the leads' new fingerprints, in the order of the leads, and ask who had any before."""
    if anew := [fate for fate in fates if fate.marked_anew]:
        send(_FINGERPRINTS, _marks(anew))
    asked = [fate.lead for fate in fates if fate.lead.campaign_id in looking]
    if not asked:
        return None
    return send(_EARLIER, {**_ids(asked), "kinds": list(JUDGED_BY), "most": EARLIER_MAX})


def _changed(fates: Sequence[Fate], kept: Mapping[int, str]) -> list[Fate]:
    """Note which leads have other fingerprints than are kept; answers those of which some are."""
    for fate in fates:
        own = b"".join(sorted(digest.bytes for _kind, digest in fate.marks))
        of_own = md5(own, usedforsecurity=False).hexdigest() if own else None
        fate.marked_anew = kept.get(fate.lead.id) != of_own
    return [fate for fate in fates if fate.marked_anew and fate.lead.id in kept]


def _marks(fates: Sequence[Fate]) -> dict[str, str]:
    """All fingerprints of these leads, as the statements take them."""
    marks = [(fate.lead.id, kind, digest.hex) for fate in fates for kind, digest in fate.marks]
    return {
        "leads": array(lead for lead, _kind, _digest in marks),
        "kinds": array(kind for _lead, kind, _digest in marks),
        "digests": array(digest for _lead, _kind, digest in marks),
    }


def _earlier(asked: Any) -> defaultdict[int, list[Earlier]]:
    """By lead, the earlier ones with the same e-mail or telephone, as far as rules ask for them."""
    found: defaultdict[int, list[Earlier]] = defaultdict(list)
    for lead, kind, digest, campaign, advertiser, at in asked.fetchall() if asked else ():
        found[lead].append(Earlier(kind, campaign, advertiser, at, digest))
    return found


def _judge(fate: Fate, ruleset: Ruleset, earlier: Sequence[Earlier]) -> None:
    lead, rules = fate.lead, ruleset.rules
    if fate.processing != Processing.COMPLETE or not rules:
        return
    judged = Judged(
        data=fate.data or {},
        ip=lead.ip,
        at=lead.created_at,
        fields=rules.fields,
        earlier=earlier,
        campaign=lead.campaign_id,
        advertiser=lead.advertiser_id,
    )
    try:
        run = running.judge(rules, judged)
    except running.RuleFailed as failed:
        fate.fail(str(failed))
        return
    fate.status, fate.score = run.score.status, run.score.percent
    fate.hardfail, fate.verdicts = run.score.hardfail, run.verdicts


def _write(send: Send, fates: Sequence[Fate], *, again: bool) -> Any:
    """Have these written; the cursor will answer those that are valid now: (lead, round)."""
    told = orjson.dumps([_told(fate) for fate in fates]).decode()
    return send(_WRITE.format(anew=_ANEW if again else ""), {"told": told, "again": again})


def _queue(valid: Sequence[tuple[int, int]], fates: Sequence[Fate]) -> None:
    """Queue (lead, round) to all active integrations of its campaign."""
    campaigns = {fate.lead.id: fate.lead.campaign_id for fate in fates}
    of: defaultdict[int, list[int]] = defaultdict(list)
    for one in integrations.of_campaigns({campaigns[lead] for lead, _round in valid}):
        of[one.campaign_id].append(one.id)
    rows = [(lead, to, round_) for lead, round_ in valid for to in of[campaigns[lead]]]
    if not rows:
        return
    leads, ids, rounds = zip(*rows, strict=True)
    values = {"leads": array(leads), "integrations": array(ids), "rounds": array(rounds)}
    with connection.cursor() as cursor:
        cursor.execute(_QUEUE, values)
    integrations.tell_after_commit(set(ids))


def _told(fate: Fate) -> dict[str, Any]:
    """What _WRITE is told of a lead."""
    return {
        "id": fate.lead.id,
        "data": fate.data,
        "status": str(fate.status),
        "score": None if fate.score is None else str(fate.score),
        "hardfail": fate.hardfail,
        "processing": str(fate.processing),
        "verdicts": fate.verdicts,
        "error": fate.error,
    }
