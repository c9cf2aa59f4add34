"""What refuses an acceptance, for any number of requests in one statement (requests.md).

A change: its conversion is invalid or locked, or has changed since the request was raised in a
field that it names (a conflict, which a decider may accept anyway). A new one: its offer has a
conversion with its request ID, its advertiser one with its order ID, or its partner doesn't run
the offer.
"""

import json
from collections.abc import Collection
from dataclasses import dataclass
from typing import Any, NamedTuple

from django.db import connection

from conversions.rules import CHANGEABLE
from conversions.writing import PRESENT
from requests_workflow.models import ConversionRequest
from requests_workflow.rules import Type

CONFLICT = "conflict"
# Common table expressions that read `held` (rows of requests) and end in `judged`: id, code,
# params, and what the conversion has of the fields that are wanted (`agreed`). Looked up by index
# for each (OFFSET 0), however the planner joins the rest.
JUDGING = f"""
faced AS MATERIALIZED (
    SELECT h.id, h.type, h.wanted, h.before, h.offer_id, h.partner_id,
        c.status AS conversion_status, c.locked, c.present,
        same_request.id AS same_request, same_order.id AS same_order
    FROM held h
    LEFT JOIN LATERAL (
        SELECT c.status, c.locked, {PRESENT} AS present FROM conversions_conversion c
        WHERE c.id = h.conversion_id AND h.type = 'change' OFFSET 0
    ) c ON true
    LEFT JOIN LATERAL (
        SELECT c.id FROM conversions_conversion c
        WHERE h.type = 'create' AND c.offer_id = h.offer_id
            AND c.request_id = h.wanted->>'request_id' AND c.request_id <> '' OFFSET 0
    ) same_request ON true
    LEFT JOIN LATERAL (
        SELECT c.id FROM conversions_conversion c
        JOIN network_offer own ON own.id = h.offer_id
        JOIN network_offer other ON other.id = c.offer_id
            AND other.advertiser_id = own.advertiser_id
        WHERE h.type = 'create' AND c.order_id = h.wanted->>'order_id' AND c.order_id <> ''
        ORDER BY c.id LIMIT 1
    ) same_order ON true
),
judged AS MATERIALIZED (
    SELECT f.id, CASE
            WHEN f.conversion_status <> ALL (%(changeable)s::text[]) THEN 'conversion_invalid'
            WHEN f.locked THEN 'conversion_locked'
            WHEN moved.fields IS NOT NULL THEN 'conflict'
            WHEN f.same_request IS NOT NULL THEN 'duplicate_request_id'
            WHEN f.same_order IS NOT NULL THEN 'duplicate_order'
            WHEN f.type = 'create'
                AND EXISTS (SELECT FROM network_offer_partners p WHERE p.offer_id = f.offer_id)
                AND NOT EXISTS (SELECT FROM network_offer_partners p
                    WHERE p.offer_id = f.offer_id AND p.partner_id = f.partner_id)
                THEN 'partner_not_on_offer'
        END AS code,
        CASE
            WHEN moved.fields IS NOT NULL THEN jsonb_build_object(
                'fields', moved.fields, 'seen', md5(moved.now))
            WHEN f.same_request IS NOT NULL OR f.same_order IS NOT NULL THEN
                jsonb_build_object('conversion', coalesce(f.same_request, f.same_order))
            ELSE '{{}}'::jsonb END AS params,
        -- Mostly as it was when it was raised.
        CASE WHEN f.present @> f.before THEN f.before ELSE (
            SELECT jsonb_object_agg(w.key, f.present->w.key) FROM jsonb_object_keys(f.wanted) w(key)
        ) END AS agreed
    FROM faced f
    LEFT JOIN LATERAL (
        SELECT string_agg(b.key, ', ' ORDER BY b.key) AS fields,
            jsonb_object_agg(b.key, f.present->b.key)::text AS now
        FROM jsonb_each(f.before) b
        WHERE NOT f.present @> f.before AND f.present->b.key IS DISTINCT FROM b.value
            AND f.present->b.key IS DISTINCT FROM f.wanted->b.key
    ) moved ON true
)
"""  # noqa: S608  parts of this file
VALUES = {"changeable": [str(status) for status in CHANGEABLE]}
_PROBLEMS = f"""
WITH held AS MATERIALIZED (
    SELECT * FROM requests_workflow_conversionrequest WHERE id = ANY(%(ids)s::bigint[])
),
{JUDGING}
SELECT id, code, params::text FROM judged WHERE code IS NOT NULL
"""  # noqa: S608  parts of this file
_PRESENT = f"SELECT {PRESENT}::text FROM conversions_conversion c WHERE c.id = %s"  # noqa: S608  the same


@dataclass(frozen=True)
class Problem:
    """Why an acceptance would be refused. `confirmable`: the decider may accept anyway.

    A conflict's `seen` stands for the values that the conversion has now: to accept in spite of
    them is not to accept in spite of others.
    """

    code: str
    params: dict[str, Any]

    @property
    def confirmable(self) -> bool:
        return self.code == CONFLICT

    @property
    def seen(self) -> str:
        return str(self.params.get("seen", ""))


class Moved(NamedTuple):
    """A field that has changed since the request was raised: texts, as in `wanted`."""

    name: str
    then: Any
    now: Any
    wanted: Any


def problems(ids: Collection[int]) -> dict[int, Problem]:
    """What would refuse the acceptance of these requests now; those without one are left out."""
    with connection.cursor() as cursor:
        cursor.execute(_PROBLEMS, {**VALUES, "ids": list(ids)})
        return {pk: Problem(code, json.loads(params)) for pk, code, params in cursor.fetchall()}


def present_of(conversion_id: int) -> dict[str, Any]:
    """What a conversion has of all fields that can be asked for; empty where it is gone."""
    with connection.cursor() as cursor:
        cursor.execute(_PRESENT, [conversion_id])
        found = cursor.fetchone()
    present: dict[str, Any] = json.loads(found[0]) if found else {}
    return present


def conflicts(request: ConversionRequest) -> list[Moved]:
    """The fields that a change names and that have changed since it was raised."""
    if request.type != Type.CHANGE or request.conversion_id is None:
        return []
    now = present_of(request.conversion_id)
    return [
        Moved(name, then, now[name], request.wanted.get(name))
        for name, then in request.before.items()
        if name in now and now[name] not in (then, request.wanted.get(name))
    ]
