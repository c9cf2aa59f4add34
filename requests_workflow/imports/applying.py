"""Doing what a chunk's rows were verified to do: raise, edit, decide, comment; few statements.

In the engine's transaction: a row's whole plan comes about, or the row says why not. What is
raised or changed stays so where its decision is refused in the last moment: the row is a conflict
that says both.
"""

import json
from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

from django.core.exceptions import PermissionDenied
from django.db import connection

from convertr.accounts.models import User
from convertr.jobs.chunks import of_chunk, of_job
from convertr.jobs.models import Job, JobChunk, Outcome
from convertr.jobs.planner import join_by_hash
from requests_workflow import rules
from requests_workflow.access import permissions_of
from requests_workflow.rules import Move, Who
from requests_workflow.services import notifying
from requests_workflow.services.deciding import Choice, Refused, decide_many

_OPEN = """
SELECT seq, target_id, seen_version, wanted->>'type', wanted ? 'parties', wanted ? 'fields',
    wanted->>'move', coalesce(wanted->>'reason', ''), wanted ? 'comment'
FROM jobs_jobrow
WHERE created_on = %(day)s AND job_id = %(job)s AND outcome = 'ready'
    AND target_id BETWEEN %(first)s AND %(last)s
ORDER BY target_id
"""
_RAISE = """
WITH planned AS MATERIALIZED (
    SELECT seq, nextval(pg_get_serial_sequence('requests_workflow_conversionrequest', 'id')) AS id,
        wanted AS plan, wanted->'parties' AS parties
    FROM jobs_jobrow
    WHERE created_on = %(day)s AND job_id = %(job)s AND seq = ANY(%(seqs)s::int[]) ORDER BY seq
),
raised AS (
    INSERT INTO requests_workflow_conversionrequest (id, type, status, version, conversion_id,
        offer_id, event_id, partner_id, wanted, before, raised_by_id, raiser_partner_id,
        raised_at, decision_reason, failure_code, failure_params)
    SELECT id, plan->>'type', 'inquired', 1, (parties->>'conversion')::bigint,
        (parties->>'offer')::bigint, (parties->>'event')::bigint, (parties->>'partner')::bigint,
        coalesce(plan->'fields', '{}'), coalesce(plan->'before', '{}'), %(actor)s,
        %(partner)s, now(), '', '', '{}'
    FROM planned
)
SELECT seq, id FROM planned
"""
# Only one's own, in the version that Verify saw.
_EDIT = """
WITH planned AS MATERIALIZED (
    SELECT seq, target_id, seen_version, wanted->'fields' AS fields,
        coalesce(wanted->'before', '{}') AS before
    FROM jobs_jobrow
    WHERE created_on = %(day)s AND job_id = %(job)s AND seq = ANY(%(seqs)s::int[])
),
held AS MATERIALIZED (
    SELECT id FROM requests_workflow_conversionrequest
    WHERE id IN (SELECT target_id FROM planned) ORDER BY id FOR NO KEY UPDATE
)
UPDATE requests_workflow_conversionrequest q
SET wanted = p.fields, before = p.before, version = q.version + 1, move_note = ''
FROM planned p JOIN held h ON h.id = p.target_id
WHERE q.id = p.target_id AND q.version = p.seen_version AND q.status = 'inquired'
    AND q.raised_by_id = %(actor)s
RETURNING p.seq
"""
_COMMENT = """
INSERT INTO requests_workflow_comment (request_id, author_id, at, text, internal)
SELECT s.target, %(actor)s, now(), r.wanted->>'comment', false
FROM json_to_recordset(%(said)s::json) AS s(seq int, target bigint)
JOIN jobs_jobrow r ON r.created_on = %(day)s AND r.job_id = %(job)s AND r.seq = s.seq
ORDER BY s.seq
"""
_RAISERS = """
SELECT id, raised_by_id FROM requests_workflow_conversionrequest
WHERE id = ANY(%s::bigint[]) ORDER BY id
"""
# What a row that is left alone did all the same.
_RAISED, _CHANGED = "raised_but_undecided", "changed_but_undecided"
_TELL = """
UPDATE jobs_jobrow r SET outcome = f.outcome, code = f.code, params = f.params,
    target_id = f.target,
    after = CASE WHEN f.undecided THEN r.after || '{"request_status": "inquired"}' ELSE r.after END
FROM json_to_recordset(%(fates)s::json) AS f(seq int, outcome varchar, code varchar,
    params jsonb, target bigint, undecided boolean)
WHERE r.created_on = %(day)s AND r.job_id = %(job)s AND r.seq = f.seq
"""


@dataclass
class _Row:
    """A row that is being done, and what came of it so far."""

    seq: int
    target: int
    version: int | None
    type: str
    new: bool
    edited: bool
    move: str | None
    reason: str
    says: bool
    done: bool = False
    code: str | None = None
    params: dict[str, Any] | None = None

    def refuse(self, refused: Refused) -> None:
        self.code, self.params = refused.code, refused.params

    @property
    def left_alone(self) -> bool:
        return self.code is not None and not self.done

    @property
    def undecided(self) -> bool:
        """Whether it was raised or changed, and then not decided."""
        return self.code is not None and self.done

    def told(self) -> dict[str, Any] | None:
        """The parameters of its code, with what it did all the same."""
        if not self.undecided:
            return self.params
        also = (_RAISED if self.new else _CHANGED, {"request": self.target})
        return {**(self.params or {}), "more": [also]}


def apply(job: Job, chunk: JobChunk) -> None:
    """Do the chunk's open rows as whoever confirmed, who may have lost a permission since."""
    # Anew: whoever confirmed may have lost a permission since.
    actor = User.objects.get(pk=job.confirmed_by_id or 0)
    join_by_hash()
    with connection.cursor() as cursor:
        cursor.execute(_OPEN, of_chunk(job, chunk))
        rows = [_Row(*row) for row in cursor.fetchall()]
    _refuse_forbidden(job, actor, rows)
    _raise(job, actor, [row for row in rows if row.new and not row.left_alone])
    edited = [row for row in rows if row.edited and not (row.new or row.left_alone)]
    _edit(job, actor, edited)
    _decide(actor, [row for row in rows if row.move and not row.left_alone])
    _say(job, actor, [row for row in rows if row.says and not row.left_alone])
    _tell(job, rows)


def _refuse_forbidden(job: Job, actor: User, rows: Iterable[_Row]) -> None:
    moved_on = job.parameters["partner"] != actor.partner_id
    who = Who(permissions_of(actor), is_raiser=True)
    for row in rows:
        may_raise = who.may_raise(row.type) or not (row.new or row.edited)
        may_say = rules.may_comment(who) or not row.says
        if moved_on or not (may_raise and may_say):
            row.refuse(Refused(rules.FORBIDDEN, {}))


def _values(job: Job, actor: User, rows: Iterable[_Row]) -> dict[str, Any]:
    seqs = [row.seq for row in rows]
    return {**of_job(job), "seqs": seqs, "actor": actor.pk, "partner": actor.partner_id}


def _raise(job: Job, actor: User, rows: Sequence[_Row]) -> None:
    if not rows:
        return
    with connection.cursor() as cursor:
        cursor.execute(_RAISE, _values(job, actor, rows))
        ids = dict(cursor.fetchall())
    for row in rows:
        row.target, row.version, row.done = ids[row.seq], 1, True


def _edit(job: Job, actor: User, rows: Sequence[_Row]) -> None:
    if not rows:
        return
    with connection.cursor() as cursor:
        cursor.execute(_EDIT, _values(job, actor, rows))
        written = {seq for (seq,) in cursor.fetchall()}
    for row in rows:
        if row.seq in written:
            row.version, row.done = (row.version or 0) + 1, True
        else:
            row.refuse(Refused("changed_since_verify", {}))


def _decide(actor: User, rows: Sequence[_Row]) -> None:
    """One call for each move; each row rejects for a reason of its own."""
    alike = defaultdict[str, list[_Row]](list)
    for row in rows:
        alike[row.move or ""].append(row)
    for move, group in sorted(alike.items()):
        choices = [Choice(row.target, row.version or 0, row.reason) for row in group]
        try:
            told = decide_many(actor=actor, move=Move(move), choices=choices)
        except PermissionDenied:
            told = {row.target: Refused(rules.FORBIDDEN, {}) for row in group}
        for row in group:
            refused = told[row.target]
            if refused:
                row.refuse(refused)
            else:
                row.done = True


def _say(job: Job, actor: User, rows: Sequence[_Row]) -> None:
    if not rows:
        return
    said = json.dumps([{"seq": row.seq, "target": row.target} for row in rows])
    with connection.cursor() as cursor:
        cursor.execute(_COMMENT, {**of_job(job), "actor": actor.pk, "said": said})
        # Of a decision the raiser hears anyway.
        asked = [row.target for row in rows if not (row.new or row.move)]
        cursor.execute(_RAISERS, [asked])
        others = notifying.agency_side_of(asked) if actor.is_partner else set()
        notifying.tell_comments({*cursor.fetchall(), *others}, by=actor.pk)
    for row in rows:
        row.done = True


def _tell(job: Job, rows: Iterable[_Row]) -> None:
    fates = [
        {
            "seq": row.seq,
            "outcome": Outcome.CONFLICT if row.code else Outcome.APPLIED,
            "code": row.code,
            "params": row.told(),
            "target": row.target,
            "undecided": row.undecided,
        }
        for row in rows
    ]
    with connection.cursor() as cursor:
        cursor.execute(_TELL, {**of_job(job), "fates": json.dumps(fates, default=str)})
