"""An act that is called for: the wizard's own path, staged, verified and confirmed at once."""

from collections.abc import Mapping, Sequence
from functools import partial
from typing import Any

from django.conf import settings
from django.db import transaction
from django.utils.translation import gettext_lazy as _

from convertr.accounts.models import User
from convertr.errors import DomainError
from convertr.jobs import engine, texts
from convertr.jobs import services as jobs
from convertr.jobs.models import Job, Outcome, State
from convertr.jobs.staging import StagedRow
from leads.flagging.kinds import KIND_OF
from leads.rules import Act

# Codes of rows that the API calls by another name.
TOLD_AS = {"lead_not_found": "not_found"}
REJECTED = (Outcome.NOT_FOUND, Outcome.INVALID)


def act(*, actor: User, act: Act, ids: Sequence[int], data: Mapping[str, Any]) -> Job:
    """A confirmed job of an act on these leads (each once); nothing is stored where it is refused.

    `data` as flagging.options.read has it; DomainError says what is missing. Small jobs are
    applied right after the commit, in this process, but for what runs a campaign's rules.
    """
    with transaction.atomic():
        job = jobs.stage(
            actor=actor,
            kind=KIND_OF[act],
            rows=(StagedRow(n, [str(pk)], key_id=pk) for n, pk in enumerate(ids, start=1)),
            columns=["lead"],
            channel="api",
        )
        if job.state != State.VERIFIED:
            text = _("The leads could not be looked at now. Try again in a moment.")
            raise DomainError("verify_later", text)
        job = jobs.confirm(actor=actor, job=job, data=data)
        if len(ids) <= settings.JOB_INLINE_ROWS and act != Act.REPROCESS:
            transaction.on_commit(partial(engine.advance, job.pk), robust=True)
    return job


def accepted(job: Job) -> dict[str, Any]:
    """What a call that made this job is answered: how many leads it takes, and why not the others.

    What Verify has left alone stays so, however far the job is by now.
    """
    left = job.rows.filter(outcome__in=REJECTED).order_by("seq")
    rejected = [
        {"id": pk, "code": TOLD_AS.get(code or "", code), "message": _sentence(code, params)}
        for pk, code, params in left.values_list("key_id", "code", "params")
    ]
    return {
        "jobId": job.pk,
        "status": "queued",
        "requested": job.total,
        "accepted": job.total - len(rejected),
        "rejected": rejected,
    }


def _sentence(code: str | None, params: Mapping[str, Any] | None) -> str:
    text = texts.render(code, params)
    return f"{text[:1].upper()}{text[1:]}."
