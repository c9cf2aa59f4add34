"""What the wizard's pages read of a draft: what is chosen, and what can be done with it."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from django.db import connection
from django.db.models import QuerySet
from django.http import Http404

from convertr.accounts.models import User
from convertr.jobs.chunks import of_job
from convertr.jobs.models import Job, JobRow, Outcome
from convertr.jobs.texts import render
from convertr.ui.lists.filters import MAX_ID
from leads.flagging.kinds import ACT_OF, Draft
from leads.flagging.sql import SENDING
from leads.models import Lead
from leads.rules import ACTS, Act, ActRules, Facts, refusal

PAGE = 50
FOUND, MISSING = "found", "missing"
_FACTS = f"""
SELECT l.status = 'valid', l.delivered, {SENDING}, l.erased_at IS NOT NULL, count(*)
FROM jobs_jobrow r JOIN leads_lead l ON l.id = r.key_id AND l.deleted_at IS NULL
WHERE r.created_on = %(day)s AND r.job_id = %(job)s GROUP BY 1, 2, 3, 4
"""  # noqa: S608  a part of this app


def draft_for(user: User, job_id: int) -> Job:
    """A job that this person has begun in the wizard, in any state; Http404 for all others."""
    jobs = Job.objects.filter(requested_by=user, kind__in=[Draft.name, *ACT_OF], channel="page")
    related = jobs.select_related("requested_by", "confirmed_by", "undo_of", "undone_by")
    found = related.filter(pk=job_id).first() if job_id <= MAX_ID else None
    if found is None:
        raise Http404
    return found


@dataclass(frozen=True)
class Choice:
    """A type for the leads chosen: to how many it can be applied, and why not to the others."""

    act: Act
    applies: int
    left_alone: dict[str, int]
    allowed: bool

    @property
    def can_be_chosen(self) -> bool:
        return self.allowed and self.applies > 0

    @property
    def rules(self) -> ActRules:
        return ACTS[self.act]

    @property
    def why_not(self) -> list[tuple[int, str]]:
        """(leads, why they are left alone), the most frequent first."""
        return told(self.left_alone)


def told(left_alone: dict[str, int]) -> list[tuple[int, str]]:
    """Counts by code as (count, text), the highest first."""
    ordered = sorted(left_alone.items(), key=lambda item: (-item[1], item[0]))
    return [(leads, render(code)) for code, leads in ordered]


def choices(job: Job, actor: User) -> list[Choice]:
    """Every type, in the order of the wizard."""
    with connection.cursor() as cursor:
        cursor.execute(_FACTS, of_job(job))
        groups = [(Facts(*row[:4]), row[4]) for row in cursor.fetchall()]
    return [_choice(act, groups, actor) for act in Act]


def _choice(act: Act, groups: Sequence[tuple[Facts, int]], actor: User) -> Choice:
    applies, left = 0, dict[str, int]()
    for facts, rows in groups:
        if code := refusal(act, facts):
            left[code] = left.get(code, 0) + rows
        else:
            applies += rows
    return Choice(act, applies, left, actor.has_perm(ACTS[act].permission))


@dataclass(frozen=True)
class Line:
    """A row of the draft: the text as it came, and its lead as it is now, while it is there."""

    seq: int
    text: str
    lead: Lead | None


def rows_of(job: Job, what: str) -> QuerySet[JobRow]:
    """The rows of the leads found, or of what names none, in the order in which they came."""
    if what == FOUND:
        return job.rows.filter(key_id__isnull=False).order_by("seq")
    return job.rows.filter(key_id__isnull=True, outcome=Outcome.NOT_FOUND).order_by("seq")


def found(job: Job) -> int:
    """How many leads are chosen."""
    return rows_of(job, FOUND).count()


def lines(job: Job, what: str, after: int) -> tuple[list[Line], int | None]:
    """A page of the rows after a place, and from where the next goes on, if there is one."""
    rows = list(rows_of(job, what).filter(seq__gt=after)[: PAGE + 1])
    leads = Lead.objects.alive().select_related("campaign", "partner")
    held = leads.in_bulk([row.key_id for row in rows[:PAGE] if row.key_id])
    shown = [
        Line(row.seq, (row.input or [""])[0] or "", held.get(row.key_id or 0))
        for row in rows[:PAGE]
    ]
    return shown, shown[-1].seq if len(rows) > PAGE else None


def as_text(job: Job, what: str) -> Iterator[str]:
    """The ids of the leads found, or the texts that name none, one a line."""
    field = "key_id" if what == FOUND else "key_text"
    for value in rows_of(job, what).values_list(field, flat=True).iterator(chunk_size=2000):
        yield f"{value}\n"
