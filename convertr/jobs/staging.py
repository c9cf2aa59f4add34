"""Rows into the database by COPY: ten thousand in a few hundredths of a second."""

import json
import uuid
from collections.abc import Iterable, Iterator
from functools import lru_cache
from typing import Any, NamedTuple

from django.db import connection

from convertr.jobs.models import Job, JobInput, Outcome


class StagedRow(NamedTuple):
    """One row of input: as it came, the keys that it resolves by, and what is wanted.

    A row that can't be read carries its outcome, code and parameters from the start.
    """

    line: int | None = None
    input: list[str] | None = None
    key_uuid: uuid.UUID | str | None = None
    key_id: int | None = None
    key_parent: int | None = None
    key_text: str | None = None
    wanted: dict[str, Any] | None = None
    outcome: str = Outcome.STAGED
    code: str | None = None
    params: dict[str, Any] | None = None


_COPY = (
    "COPY jobs_jobrow (created_on, job_id, seq, line, input, key_uuid, key_id, key_parent,"
    " key_text, wanted, outcome, code, params) FROM STDIN"
)
# Keys, one a line: a UUID with or without hyphens. What is none, or was there before, is told.
KEYS_AS_ROWS = """
    SELECT n AS seq, key, key_uuid,
        CASE WHEN key_uuid IS NULL THEN 'bad_uuid' WHEN n > first THEN 'duplicate' END AS code,
        CASE WHEN key_uuid IS NULL THEN jsonb_build_object('value', left(key, 80))
             WHEN n > first THEN jsonb_build_object('line', first) END AS params
    FROM (
        SELECT *, min(n) OVER (PARTITION BY key_uuid) AS first
        FROM string_to_table(%(keys)s, E'\\n') WITH ORDINALITY AS given(key, n),
             LATERAL (SELECT CASE WHEN key ~* %(uuid)s THEN key::uuid END AS key_uuid) typed
    ) numbered
"""
UUID_PATTERN = r"^[0-9a-f]{8}(-?)[0-9a-f]{4}\1[0-9a-f]{4}\1[0-9a-f]{4}\1[0-9a-f]{12}$"
_FROM_KEYS = f"""
INSERT INTO jobs_jobrow (created_on, job_id, seq, line, input, key_uuid, outcome, code, params)
SELECT %(day)s, %(job)s, seq, seq, ARRAY[key], key_uuid,
       CASE WHEN code IS NULL THEN 'staged' WHEN code = 'duplicate' THEN code ELSE 'invalid' END,
       code, params
FROM ({KEYS_AS_ROWS}) given
"""  # noqa: S608  a part of this file
_ESCAPES = str.maketrans({"\\": r"\\", "\t": r"\t", "\n": r"\n", "\r": r"\r"})
_NULL = r"\N"
_SHORT = 60


def copy_rows(job: Job, rows: Iterable[StagedRow]) -> int:
    """Stage the rows of a job in the caller's transaction; answers how many there were."""
    count = 0
    with connection.cursor() as cursor, cursor.copy(_COPY) as copy:
        for block in _blocks(f"{job.created_on}\t{job.pk}", rows):
            copy.write("".join(block))
            count += len(block)
    return count


def rows_from_input(job: Job) -> None:
    """Make a row of each key that was kept for a worker; the keys are gone then."""
    kept = JobInput.objects.filter(job=job).first()
    if kept is None:
        return
    values: dict[str, Any] = {
        "day": job.created_on,
        "job": job.pk,
        "keys": kept.keys,
        "uuid": UUID_PATTERN,
    }
    with connection.cursor() as cursor:
        cursor.execute(_FROM_KEYS, values)
    kept.delete()


def _blocks(prefix: str, rows: Iterable[StagedRow]) -> Iterator[list[str]]:
    """COPY's text format, some hundred rows at a time."""
    block: list[str] = []
    for seq, row in enumerate(rows, start=1):
        block.append(_line(prefix, seq, row))
        if len(block) == 500:
            yield block
            block = []
    if block:
        yield block


def _line(prefix: str, seq: int, row: StagedRow) -> str:
    return (
        f"{prefix}\t{seq}\t{_plain(row.line)}\t{_array(row.input)}\t{_plain(row.key_uuid)}"
        f"\t{_plain(row.key_id)}\t{_plain(row.key_parent)}\t{_text(row.key_text)}"
        f"\t{_json(row.wanted)}\t{row.outcome}\t{_plain(row.code)}\t{_json(row.params)}\n"
    )


def _plain(value: object) -> object:
    return _NULL if value is None else value


def _text(value: str | None) -> str:
    if value is None:
        return _NULL
    # Most cells need no escapes; asking is ten times faster than translating.
    return value if value.isprintable() and "\\" not in value else value.translate(_ESCAPES)


def _json(value: dict[str, Any] | None) -> str:
    if value is None:
        return _NULL
    # Kept are short texts only: 1 and true are equal but not the same, a note can have 100 kB.
    for part in value.values():
        if type(part) is not str or len(part) > _SHORT:
            return _text(json.dumps(value, ensure_ascii=False))
    return _dumped(tuple(value.items()))


@lru_cache(maxsize=1024)
def _dumped(items: tuple[tuple[str, Any], ...]) -> str:
    """Rows of a file mostly want one of a few things."""
    return _text(json.dumps(dict(items), ensure_ascii=False))


def _array(cells: list[str] | None) -> str:
    """A text[] literal: quoted elements, quotes and backslashes escaped, then escaped for COPY."""
    if not cells:
        return _NULL if cells is None else "{}"
    joined = '","'.join(cells)
    if "\\" in joined or joined.count('"') != 2 * (len(cells) - 1):
        joined = '","'.join(c.replace("\\", "\\\\").replace('"', '\\"') for c in cells)
    return _text('{"' + joined + '"}')
