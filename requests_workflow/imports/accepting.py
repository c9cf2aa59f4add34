"""What would refuse the acceptances of a file, for all its rows in two statements.

Requests that are there are judged as they are; those that the file raises or changes first are
judged as they would be then, by the same SQL (services.validation).
"""

import json
from collections.abc import Iterable
from typing import Any

from django.db import connection

from requests_workflow.imports.facts import Facts
from requests_workflow.imports.verdicts import Plan, Verdict
from requests_workflow.rules import Move
from requests_workflow.services.validation import JUDGING, VALUES, Problem, problems

_ACCEPTING = (Move.ACCEPT, Move.RETRY)
_PLANNED = f"""
WITH held AS MATERIALIZED (
    SELECT * FROM json_to_recordset(%(planned)s::json) AS p (id bigint, type varchar,
        wanted jsonb, before jsonb, conversion_id bigint, offer_id bigint, partner_id bigint)
),
{JUDGING}
SELECT id, code, params::text FROM judged WHERE code IS NOT NULL
"""  # noqa: S608  parts of this app


def refuse(verdicts: Iterable[Verdict], facts: Facts) -> None:
    """Give each row whose acceptance would be refused now the code of why."""
    accepted = [(v, v.plan) for v in verdicts if v.plan and v.plan.move in _ACCEPTING]
    there = _there([(v, plan) for v, plan in accepted if plan.fields is None])
    planned = _planned([_held(v, plan, facts) for v, plan in accepted if plan.fields is not None])
    found = there | planned
    for verdict, _plan in accepted:
        if problem := found.get(verdict.asked.seq):
            verdict.refuse(problem.code, problem.params)


def _there(accepted: Iterable[tuple[Verdict, Plan]]) -> dict[int, Problem]:
    """By row, of requests that are accepted as they are."""
    targets = {verdict.asked.seq: verdict.target or 0 for verdict, _plan in accepted}
    found = problems(targets.values()) if targets else {}
    return {seq: found[target] for seq, target in targets.items() if target in found}


def _held(verdict: Verdict, plan: Plan, facts: Facts) -> dict[str, Any]:
    """A row as the request that it would be when it is accepted."""
    parties = plan.parties or facts.requests[verdict.target or 0].parties
    return {
        "id": verdict.asked.seq,
        "type": plan.type,
        "wanted": plan.fields,
        "before": plan.before,
        "conversion_id": parties["conversion"],
        "offer_id": parties["offer"],
        "partner_id": parties["partner"],
    }


def _planned(rows: list[dict[str, Any]]) -> dict[int, Problem]:
    """By row, of requests that the file raises, or changes first."""
    if not rows:
        return {}
    with connection.cursor() as cursor:
        cursor.execute(_PLANNED, {**VALUES, "planned": json.dumps(rows)})
        return {seq: Problem(code, json.loads(params)) for seq, code, params in cursor.fetchall()}
