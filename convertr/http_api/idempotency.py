"""Idempotency-Key: the same write sent again gives the first answer again (platform.md).

The answer commits with what was written. The same key with another body, or while the first call
still runs, is refused with 409; after 24 hours a key is forgotten.
"""

import hashlib
from collections.abc import Callable
from datetime import timedelta
from functools import wraps
from typing import Any

from django.db import connection, transaction
from django.http import HttpRequest, HttpResponse
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from convertr.errors import DomainError
from convertr.http_api.forgetting import forget
from convertr.http_api.models import IdempotentAnswer

HEADER = "Idempotency-Key"
KEPT = timedelta(hours=24)
LONGEST = 255
# What of an answer comes again besides its body.
HEADERS = ("Content-Type", "Location", "X-Job-Id")

Handler = Callable[..., HttpResponse]


def idempotent(handler: Handler) -> Handler:
    """For a write whose handler answers with an HttpResponse and raises where it is refused."""

    @wraps(handler)
    def once(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        name = request.headers.get(HEADER)
        if name is None:
            return handler(request, *args, **kwargs)
        if not name.strip() or len(name) > LONGEST or not name.isprintable():
            text = _("Idempotency-Key is 1 to 255 printable characters.")
            raise DomainError("idempotency_key_bad", text)
        with transaction.atomic():
            return _first_answer(request, name, lambda: handler(request, *args, **kwargs))

    return once


def _first_answer(
    request: HttpRequest, name: str, answer: Callable[[], HttpResponse]
) -> HttpResponse:
    key, digest = request.api_key, _digest(request)  # type: ignore[attr-defined]
    if not _alone(key.pk, name):
        text = _("A call with this Idempotency-Key is still running.")
        raise DomainError("idempotency_running", text)
    known = IdempotentAnswer.objects.filter(key=key, name=name).first()
    if known and known.created_at > timezone.now() - KEPT:
        if known.digest != digest:
            text = _("This Idempotency-Key was used for another call.")
            raise DomainError("idempotency_key_reused", text)
        again = {**known.headers, "Idempotent-Replayed": "true"}
        return HttpResponse(known.body, status=known.status, headers=again)
    response = answer()
    first = {
        "digest": digest,
        "status": response.status_code,
        "headers": {h: response[h] for h in HEADERS if h in response},
        "body": response.content.decode(),
        "created_at": timezone.now(),
    }
    IdempotentAnswer.objects.update_or_create(key=key, name=name, defaults=first)
    return response


def _alone(key_id: int, name: str) -> bool:
    """Whether no other call holds this key of theirs until its transaction ends."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_try_advisory_xact_lock(%s, hashtext(%s))", [key_id % 2**31, name])
        return bool(cursor.fetchone()[0])


def _digest(request: HttpRequest) -> str:
    what = f"{request.method} {request.get_full_path()}\n".encode()
    return hashlib.sha256(what + request.body).hexdigest()


def forget_old() -> None:
    """Housekeeping: answers that nobody may ask for any more."""
    forget(IdempotentAnswer.objects.filter(created_at__lt=timezone.now() - KEPT))
