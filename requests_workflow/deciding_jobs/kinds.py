"""The kind of job that decides requests: accepts, rejects or tries again what was selected."""

import json
from collections.abc import Mapping, Sequence
from typing import Any
from urllib.parse import urlencode

from django import forms
from django.core.exceptions import PermissionDenied
from django.db import connection
from django.urls import reverse
from django.utils.translation import gettext as _t
from django.utils.translation import gettext_lazy as _

from conversions.csv_files.preview import money_lines
from convertr.accounts.models import User
from convertr.errors import DomainError
from convertr.jobs import chunks
from convertr.jobs.chunks import of_chunk
from convertr.jobs.kinds import Kind, Resolution
from convertr.jobs.models import Job, JobChunk, Outcome
from requests_workflow import rules
from requests_workflow.deciding_jobs.resolve import resolve
from requests_workflow.deciding_jobs.services import KIND
from requests_workflow.models import LONGEST_TEXT
from requests_workflow.rules import Move, Status
from requests_workflow.services import deciding
from requests_workflow.services.deciding import Choice, Refused

_TELL = """
UPDATE jobs_jobrow r SET
    outcome = CASE WHEN f.code IS NULL THEN 'applied' ELSE 'conflict' END,
    code = f.code, params = f.params
FROM jobs_jobrow o LEFT JOIN jsonb_to_recordset(%(refused)s::jsonb)
    AS f(id bigint, code text, params jsonb) ON f.id = o.target_id
WHERE o.created_on = %(day)s AND o.job_id = %(job)s AND o.outcome = 'ready'
    AND o.target_id BETWEEN %(first)s AND %(last)s
    AND r.created_on = o.created_on AND r.job_id = o.job_id AND r.seq = o.seq
"""


class ConfirmForm(forms.Form):
    """What Confirm asks for."""

    reason = forms.CharField(max_length=LONGEST_TEXT, required=False)
    anyway = forms.BooleanField(required=False)


class Decide(Kind):
    """Decides the requests that were selected in the Explorer; taken back by nothing."""

    name = KIND
    label = _("Decision of selected requests")
    permission = rules.DECIDE
    result_template = "requests_workflow/decide_result.html"
    options_template = "requests_workflow/decide_options.html"

    def context(self, job: Job) -> dict[str, Any]:
        return {
            "money": money_lines(job.summary.get("money", {})),
            "move": Move(job.parameters["move"]),
            "conflicts": job.summary.get("conflicts", 0),
        }

    def resolve(self, job: Job) -> Resolution:
        return resolve(job)

    def options(self, job: Job, data: Mapping[str, str], actor: User) -> dict[str, Any]:
        """`reason` for rejecting, `anyway` for accepting what has changed meanwhile."""
        form = ConfirmForm(data)
        if not form.is_valid():
            text = _t("Give a reason of at most %(most)s characters.")
            raise DomainError("reason_too_long", text % {"most": LONGEST_TEXT})
        reason, anyway = form.cleaned_data["reason"], form.cleaned_data["anyway"]
        if job.parameters["move"] == Move.REJECT and not reason:
            raise DomainError("reason_missing", _t("Give a reason for rejecting."))
        conflicts = job.summary.get("conflicts", 0)
        if conflicts and not anyway and conflicts == job.counts.get(Outcome.READY):
            text = _t("All of them have changed meanwhile: choose to accept them, too, or cancel.")
            raise DomainError("conflict", text)
        return {"reason": reason, "anyway": anyway}

    def apply(self, job: Job, chunk: JobChunk) -> None:
        """Decide the chunk's requests as whoever confirmed; each row is told what came of it."""
        fates = _decide(job, _choices(job, chunk))
        told = [
            {"id": pk, "code": refused.code, "params": refused.params}
            for pk, refused in fates.items()
            if refused
        ]
        with connection.cursor() as cursor:
            cursor.execute(
                _TELL, {**of_chunk(job, chunk), "refused": json.dumps(told, default=str)}
            )

    def show_change(self, name: str, value: Any) -> tuple[str, str]:
        return _t("Status"), str(Status(value).label) if value else ""

    def changed_url(self, job: Job) -> str:
        return f"{reverse('requests:list')}?{urlencode({'job': job.pk})}"


def _choices(job: Job, chunk: JobChunk) -> list[Choice]:
    """As they were verified; in spite of the conflicts that Verify showed, if Confirm said so."""
    rows = chunks.open_rows(chunk, chunk.first, chunk.last).order_by("target_id")
    waives = job.parameters.get("anyway", False)
    return [
        Choice(pk, version, anyway=(params or {}).get("seen", "") if waives else "")
        for pk, version, params in rows.values_list("target_id", "seen_version", "params")
        if pk is not None and version is not None
    ]


def _decide(job: Job, choices: Sequence[Choice]) -> Mapping[int, Refused | None]:
    """As whoever confirmed, who may have lost the permission since."""
    actor = job.confirmed_by or job.requested_by
    try:
        return deciding.decide_many(
            actor=actor,
            move=Move(job.parameters["move"]),
            choices=choices,
            reason=job.parameters.get("reason", ""),
        )
    except PermissionDenied:
        return {choice.request_id: Refused(rules.FORBIDDEN, {}) for choice in choices}


KINDS: tuple[Kind, ...] = (Decide(),)
