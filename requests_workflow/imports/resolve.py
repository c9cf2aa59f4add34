"""Deciding the fate of all rows of a file: gathered, judged, contrasted, written back.

A few statements for any number of rows; what decides is `judging`.
"""

import json
from collections import Counter
from collections.abc import Iterable
from typing import Any

from django.db import connection

from convertr.jobs.chunks import of_job
from convertr.jobs.kinds import Resolution
from convertr.jobs.models import Job, Outcome
from convertr.jobs.planner import join_by_hash
from requests_workflow.imports import accepting, facts, judging
from requests_workflow.imports import verdicts as fates
from requests_workflow.imports.verdicts import Plan, Verdict

# A ready row's `wanted` becomes its plan; a new request's target is its place until it has an ID:
# below zero, where no request's is.
_WRITE = """
UPDATE jobs_jobrow r SET outcome = v.outcome, code = v.code, params = v.params,
    target_id = v.target, seen_version = v.version, before = v.was, after = v.becomes,
    wanted = coalesce(v.plan, r.wanted)
FROM json_to_recordset(%(verdicts)s::json) AS v(seq int, outcome varchar, code varchar,
    params jsonb, target bigint, version int, was jsonb, becomes jsonb, plan jsonb)
WHERE r.created_on = %(day)s AND r.job_id = %(job)s AND r.seq = v.seq
"""


def resolve(job: Job) -> Resolution:
    """Resolve a job's staged rows; the summary counts what will be `raised`, `edited`, decided."""
    rows = facts.asked_of(job)
    known = facts.gather(job, rows)
    verdicts = judging.judge_all(rows, known)
    accepting.refuse(verdicts, known)
    fates.contrast(verdicts)
    join_by_hash()
    with connection.cursor() as cursor:
        told = json.dumps([_as_written(v) for v in verdicts], default=str)
        cursor.execute(_WRITE, {**of_job(job), "verdicts": told})
    counts = Counter(verdict.outcome for verdict in verdicts)
    if job.total > len(rows):
        # What could not be read was not looked at.
        counts[Outcome.INVALID] += job.total - len(rows)
    return Resolution(dict(counts), {"acts": _acts(verdicts)})


def _as_written(verdict: Verdict) -> dict[str, Any]:
    ready = verdict.outcome == Outcome.READY and verdict.plan is not None
    return {
        "seq": verdict.asked.seq,
        "outcome": verdict.outcome,
        "code": verdict.code,
        "params": verdict.params,
        "target": (verdict.target or -verdict.asked.seq) if ready else verdict.target,
        "version": verdict.version,
        "was": verdict.was if ready else None,
        "becomes": verdict.becomes if ready else None,
        "plan": _compact(verdict.plan) if ready and verdict.plan else None,
    }


def _compact(plan: Plan) -> dict[str, Any]:
    """A plan without what it doesn't do; asking for nothing but a new conversion is something."""
    told = {name: value for name, value in vars(plan).items() if value}
    return told if plan.fields is None else {**told, "fields": plan.fields}


def _acts(verdicts: Iterable[Verdict]) -> dict[str, int]:
    acts: Counter[str] = Counter()
    for verdict in verdicts:
        if verdict.outcome != Outcome.READY or verdict.plan is None:
            continue
        plan = verdict.plan
        if plan.parties is not None:
            acts["raise"] += 1
        elif plan.fields is not None:
            acts["edit"] += 1
        if plan.move:
            acts[str(plan.move)] += 1
        if plan.comment:
            acts["comment"] += 1
    return dict(acts)
