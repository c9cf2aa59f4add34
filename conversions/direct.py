"""Changes that nobody verifies: calls of the API, judged and written under their locks.

The last writer wins; what may not be changed is left alone and told in its row (conversions.md,
"HTTP API"). What is wanted is the same for all rows of a job: its parameter `after`, as JobRow's
`after` would be.
"""

import json
from collections.abc import Sequence
from functools import cache

from conversions.changes import COLUMNS
from convertr.jobs.direct import Judging
from convertr.jobs.models import Job

# Held in the order of ids, so that two writers never wait for each other in a circle. A row that
# another had changed is read as it is then, also by the UPDATE below (READ COMMITTED).
_JUDGING = """
held AS MATERIALIZED (
    SELECT c.id, c.uuid, c.status, c.locked, {columns}
    FROM conversions_conversion c WHERE c.uuid = ANY (ARRAY(SELECT key_uuid FROM given))
    ORDER BY c.id FOR NO KEY UPDATE
),
compared AS MATERIALIZED (
    SELECT g.seq, h.id, h.status, {before} AS before, coalesce(g.code, CASE
            WHEN h.id IS NULL THEN 'not_found'
            WHEN h.status = 'invalid' THEN 'conversion_invalid'
            WHEN h.locked THEN 'conversion_locked'
            WHEN h.status <> ALL (%(changeable)s::text[]) THEN %(excluded)s::text
            WHEN {same} THEN 'same_status' END) AS code
    FROM given g LEFT JOIN held h ON h.uuid = g.key_uuid
),
written AS (
    UPDATE conversions_conversion c SET {assigned}, version = c.version + {counted}
    FROM compared j WHERE c.id = j.id AND j.code IS NULL
      -- The planner takes what was just stored for anything from one row to thousands.
      AND c.id = ANY (ARRAY(SELECT id FROM compared WHERE code IS NULL))
),
judged AS MATERIALIZED (
    SELECT seq, code, id AS target_id,
        CASE WHEN code IS NULL THEN 'applied'
            WHEN code IN ('not_found', 'duplicate') THEN code
            WHEN code = 'same_status' THEN 'unchanged' ELSE 'invalid' END AS outcome,
        CASE WHEN code = %(excluded)s::text THEN jsonb_build_object('status', status) END AS params,
        CASE WHEN code IS NULL THEN before END AS before,
        CASE WHEN code IS NULL THEN %(after)s::jsonb END AS after
    FROM compared
)
"""


def judging(job: Job, *, changeable: Sequence[str], excluded: str = "status_excluded") -> Judging:
    """Give conversions what the job wants, where their status is changeable.

    `excluded` is the code of those whose status isn't.
    """
    after = job.parameters["after"]
    values = {
        "after": json.dumps(after),
        "changeable": [str(status) for status in changeable],
        "excluded": excluded,
    }
    return Judging(_sql(tuple(after)), values)


@cache
def _sql(names: tuple[str, ...]) -> str:
    wanted = "%(after)s::jsonb"
    pairs = ", ".join(f"'{name}', h.{name}{_as_text(name)}" for name in names)
    before = f"jsonb_build_object({pairs})"
    return _JUDGING.format(
        columns=", ".join(f"c.{name}" for name in names if name != "status") or "c.version",
        before=before,
        # The reason of a status that it has already is no change.
        same=f"h.status = {wanted}->>'status'" if "status" in names else f"{before} = {wanted}",
        assigned=", ".join(f"{n} = ({wanted}->>'{n}')::{COLUMNS[n]}" for n in names),
        # A note is no part of the version that others' verified changes rely on.
        counted=0 if names == ("note",) else 1,
    )


def _as_text(name: str) -> str:
    return "::text" if COLUMNS[name] == "numeric" else ""
