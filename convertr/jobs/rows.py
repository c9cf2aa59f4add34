"""A job's rows for people: shown by bucket with a filter, and as files to download."""

import csv
from collections.abc import Iterable, Iterator, Sequence
from typing import Any

from django.db import models
from django.db.models import Count, F, Func, Q, QuerySet, Value

from convertr.jobs import kinds
from convertr.jobs.models import Job, JobRow
from convertr.jobs.texts import render, render_cause
from convertr.ui.formula import neutralise, restore

PAGE = 50
_ADDED = ("line", "code", "error")
# Cells as they are, not as an array is written; no text that is looked for goes across two.
_CELLS = Func(
    F("input"), Value("\x1f"), function="array_to_string", output_field=models.TextField()
)


def select(
    job: Job, *, outcomes: Sequence[str], text: str = "", code: str = ""
) -> QuerySet[JobRow]:
    """The rows of these outcomes whose cells (or line number) hold the text, in file order.

    With a `code`, only those of that cause.
    """
    rows = job.rows.filter(outcome__in=outcomes).order_by("seq")
    if "\0" in code + text:
        return rows.none()
    if code:
        rows = rows.filter(code=code)
    if text := text.strip():
        match = Q(cells__icontains=text)
        rows = rows.alias(cells=_CELLS).filter(
            match | Q(line=int(text)) if _is_line(text) else match
        )
    return rows


def causes(job: Job, *, outcomes: Sequence[str]) -> list[dict[str, Any]]:
    """How many of these rows each cause explains, the most frequent first."""
    counted = job.rows.filter(outcome__in=outcomes, code__isnull=False).values("code")
    return [
        {"code": cause["code"], "text": render_cause(cause["code"] or ""), "rows": cause["rows"]}
        for cause in counted.annotate(rows=Count("seq")).order_by("-rows", "code")
    ]


def _is_line(text: str) -> bool:
    return text.isascii() and text.isdigit() and len(text) < 9


def described(job: Job, row: JobRow) -> dict[str, Any]:
    """What a page shows of a row: its cells, its outcome, why, and before → after."""
    return {
        "line": row.line,
        "cells": _cells(job, row),
        "error": render(row.code, row.params),
        "changes": list(_changes(job, row)),
    }


def _changes(job: Job, row: JobRow) -> Iterator[dict[str, str]]:
    show, before = kinds.get(job.kind).show_change, row.before or {}
    for name, value in (row.after or {}).items():
        if before.get(name) != value:
            label, new = show(name, value)
            yield {"name": label, "before": show(name, before.get(name))[1], "after": new}


def _cells(job: Job, row: JobRow) -> list[str]:
    """The row's cells, as many as the header has, so that columns stand under each other."""
    cells = row.input or []
    return [*cells[: len(job.columns)], *[""] * (len(job.columns) - len(cells))]


def as_csv(job: Job, rows: QuerySet[JobRow]) -> Iterator[str]:
    """The rows of `told` as pieces of a CSV.

    Cells are formula-safe, and the same however often the file goes round.
    """
    for cells in told(job, rows):
        yield _csv_line(map(restore, cells))


def told(job: Job, rows: QuerySet[JobRow]) -> Iterator[list[str]]:
    """The header and the rows, in the original columns with `line`, `code` and `error`.

    The columns that an earlier file of errors had added are replaced.
    """
    kept = [i for i, name in enumerate(job.columns) if name.strip().casefold() not in _ADDED]
    yield [*(job.columns[i] for i in kept), *_ADDED]
    for row in rows.iterator(chunk_size=2000):
        cells = row.input or []
        if len(cells) > len(job.columns):
            # It keeps them, without those that an earlier file of errors had put at its end.
            shown = cells[: len(cells) - (len(job.columns) - len(kept))]
        else:
            own = _cells(job, row)
            shown = [own[i] for i in kept]
        yield [*shown, str(row.line or ""), row.code or "", render(row.code, row.params)]


def _csv_line(cells: Iterable[str]) -> str:
    return str(_writer.writerow([neutralise(cell) for cell in cells]))


class _Echo:
    """A file that hands back what is written to it."""

    def write(self, text: str) -> str:
        return text


_writer: Any = csv.writer(_Echo())
