"""Who erases leads: an administrator, by their ids; and age, where a setting says so.

Source: platform.md, "People and permissions", personal data.
"""

from collections.abc import Collection
from datetime import timedelta
from functools import partial

from django.core.exceptions import PermissionDenied
from django.db import transaction
from django.utils import timezone

from convertr import stopping
from convertr.accounts.models import Role, User
from convertr.accounts.signing import require_signature
from convertr.audit.context import acting, recorded
from convertr.audit.entries import note
from convertr.celery import tell
from leads.erasing import copies
from leads.erasing.emptying import empty
from leads.models import Lead

HIGH = "high"
AT_ONCE = 500
# Of one call; the next one goes on.
MOST = 50_000
EXPIRES_SECONDS = 600


def may_erase(user: User) -> bool:
    """Whether this person is an administrator."""
    return user.is_active and user.role == Role.ADMIN


def erase(*, actor: User, lead_ids: Collection[int], signature: str) -> dict[int, str]:
    """Erase leads for good; answers a code for each that was left alone (emptying.empty).

    Their copies are removed by a worker. DomainError `not_signed`; PermissionDenied.
    """
    if not may_erase(actor):
        raise PermissionDenied
    require_signature(actor, signature)
    with recorded():
        erased, refused = empty(lead_ids)
        for lead in erased:
            note("lead.erased", f"lead {lead}", severity=HIGH)
        if erased:
            transaction.on_commit(nudge, robust=True)
    return refused


def forget(*, days: int) -> int:
    """Erase leads that came in more than `days` ago, and what copies are left; 0 keeps all.

    Leads that are being sent wait for the next time. Answers how many were erased.
    """
    done, last = 0, 0
    while days > 0 and done < MOST and not stopping.asked():
        ids = _older(days, after=last)
        with acting(channel="system"), recorded():
            erased, _refused = empty(ids, by_age=True) if ids else ([], {})
            if erased:
                note("lead.erased_by_age", f"leads up to {erased[-1]}", leads=len(erased))
        done += len(erased)
        if len(ids) < AT_ONCE:
            break
        last = ids[-1]
    copies.clear()
    return done


def _older(days: int, *, after: int) -> list[int]:
    """The next leads of that age. Ids ascend with time: only the oldest are looked at."""
    before = timezone.now() - timedelta(days)
    oldest = Lead.objects.filter(erased_at=None, pk__gt=after).order_by("pk")
    rows = oldest.values_list("pk", "created_at")[:AT_ONCE]
    return [pk for pk, created_at in rows if created_at < before]


# Told to a worker, hourly as well: it may take longer than a tick may.
nudge = partial(tell, "leads.erase", expires=EXPIRES_SECONDS)
