"""What was found of each row, what Confirm then does, and rows about the same thing. Pure."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

from convertr.jobs.models import Outcome
from requests_workflow import rules
from requests_workflow.imports.facts import Asked
from requests_workflow.rules import Move, Status, Type
from requests_workflow.wanted import FIELDS


@dataclass
class Plan:
    """What Confirm does for a row: `parties` and `fields` of a new request or of an edit.

    `parties` None: the request is there. `fields` None: what it asks for stays as it is.
    """

    type: str
    parties: Mapping[str, int | None] | None = None
    fields: dict[str, str] | None = None
    before: dict[str, Any] = field(default_factory=dict)
    move: Move | None = None
    reason: str = ""
    comment: str = ""


@dataclass
class Verdict:
    """The fate of a row; `was` and `becomes` are what people are shown of it."""

    asked: Asked
    outcome: str
    code: str | None = None
    params: dict[str, Any] | None = None
    # What makes two rows of a file mean the same thing.
    subject: tuple[Any, ...] | None = None
    target: int | None = None
    version: int | None = None
    was: dict[str, Any] = field(default_factory=dict)
    becomes: dict[str, Any] = field(default_factory=dict)
    plan: Plan | None = None

    def refuse(self, code: str, params: dict[str, Any]) -> None:
        """Nothing is done for the row, and this is why."""
        self.outcome, self.code, self.params = Outcome.INVALID, code, params
        self.plan = None


def ready(
    row: Asked,
    subject: tuple[Any, ...],
    plan: Plan,
    *,
    was: Mapping[str, Any],
    status: str | None,
    target: int | None = None,
    version: int | None = None,
) -> Verdict:
    fields = plan.fields or {}
    becomes: dict[str, Any] = dict(fields)
    before = {name: was.get(name) for name in fields}
    if plan.fields is not None:
        gone = [name for name in was if name not in fields and plan.parties is None]
        before |= {name: was[name] for name in gone}
        becomes |= dict.fromkeys(gone)
    new = plan.parties is not None
    if new or plan.move:
        before["request_status"] = status
        moved = rules.TRANSITIONS[plan.move][Status(status or "inquired")] if plan.move else None
        becomes["request_status"] = str(moved or Status.INQUIRED)
    if plan.comment:
        becomes["comment"] = plan.comment
    return Verdict(
        row,
        Outcome.READY,
        subject=subject,
        target=target,
        version=version,
        was=before,
        becomes=becomes,
        plan=plan,
    )


def contrast(verdicts: Iterable[Verdict]) -> None:
    """Rows about the same thing: alike, the first counts; otherwise none does."""
    groups: dict[tuple[Any, ...], list[Verdict]] = {}
    for verdict in verdicts:
        if verdict.subject:
            groups.setdefault(verdict.subject, []).append(verdict)
    for group in groups.values():
        first = group[0]
        other = next((v for v in group if not _alike(v.asked, first.asked)), None)
        for verdict in group:
            if other:
                line = other if _alike(verdict.asked, first.asked) else first
                _settle(verdict, Outcome.CONTRADICTION, line.asked.line)
            elif verdict is not first:
                _settle(verdict, Outcome.DUPLICATE, first.asked.line)


def _alike(one: Asked, other: Asked) -> bool:
    return _asking(one) == _asking(other)


def _asking(row: Asked) -> tuple[Any, ...]:
    partner = row.partner if row.request is None and row.type == Type.CREATE else None
    return row.fields, row.decision, row.reason, row.comment, partner


def _settle(verdict: Verdict, outcome: str, line: int) -> None:
    verdict.outcome, verdict.code, verdict.params = outcome, str(outcome), {"line": line}
    verdict.plan = None


def public(values: Mapping[str, Any]) -> dict[str, Any]:
    """Without what the agency has set in a partner's request."""
    return {n: v for n, v in values.items() if n not in FIELDS or FIELDS[n].partner}
