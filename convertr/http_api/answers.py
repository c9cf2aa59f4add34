"""How an API answers: its own shape of errors, the job behind a write."""

from http import HTTPStatus

from django.http import HttpRequest, JsonResponse
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from convertr.http_api import V4
from convertr.jobs.models import Job

# The statuses of DomainErrors that aren't the caller's bad input (400).
STATUS_BY_CODE = {
    "sign_in_refused": 401,
    "refresh_refused": 401,
    "too_many_sign_ins": 429,
    "category_exists": 409,
    "verify_later": 503,
    # Of batches: one is under way, or there is nothing to send.
    "busy": 409,
    "nothing_pending": 409,
    "not_batched": 409,
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


def error(
    request: HttpRequest, text: str | Promise, status: int, code: str = "", **headers: str
) -> JsonResponse:
    """A refusal in the shape of the API that was called.

    /v1: `{"error": text}`. /api: `{"type", "title", "detail"}` (RFC 9457); the type is a URN of the
    DomainError's code, or "about:blank" where the status says it all.
    """
    if not request.path_info.startswith(V4):
        return JsonResponse({"error": str(text)}, status=status, headers=headers)
    problem = {
        "type": f"urn:convertr:error:{code}" if code else "about:blank",
        "title": HTTPStatus(status).phrase,
        "detail": str(text),
    }
    return JsonResponse(problem, status=status, headers=headers)


def done(job: Job) -> JsonResponse:
    """`{"result": true}`: the rows of this job are stored, and its address tells their fate."""
    return JsonResponse({"result": True}, headers=named(job))


def named(job: Job, version: str = "/v1") -> dict[str, str]:
    """The headers that name a write's job, by its address in this version of the API."""
    return {"Location": f"{version}/jobs/{job.pk}", "X-Job-Id": str(job.pk)}
