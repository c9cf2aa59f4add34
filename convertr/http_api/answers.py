"""How an API answers: its own shape of errors, the job behind a write."""

from django.http import JsonResponse
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from convertr.jobs.models import Job

# The statuses of DomainErrors that aren't the caller's bad input (400).
STATUS_BY_CODE = {
    "idempotency_running": 409,
    "idempotency_key_reused": 409,
    "too_large": 413,
    "too_many_calls": 429,
    # Of requests: who may not decide them, and what speaks against it now.
    "four_eyes": 403,
    "no_way": 409,
    "stale": 409,
    "conflict": 409,
    "duplicate_request_id": 409,
    "duplicate_order": 409,
}

DATABASE_AWAY = _("The database did not answer. Try again in a moment.")


def error(text: str | Promise, status: int, **headers: str) -> JsonResponse:
    """`{"error": text}`, the shape of /v1."""
    return JsonResponse({"error": str(text)}, status=status, headers=headers)


def done(job: Job) -> JsonResponse:
    """`{"result": true}`: the rows of this job are stored, and its address tells their fate."""
    return JsonResponse({"result": True}, headers=named(job))


def named(job: Job) -> dict[str, str]:
    """The headers that name a write's job."""
    return {"Location": f"/v1/jobs/{job.pk}", "X-Job-Id": str(job.pk)}
