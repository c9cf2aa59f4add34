"""API keys: they act for a person and may do at most what that person may (platform.md)."""

import hashlib
import secrets
from collections.abc import Collection
from datetime import timedelta
from typing import NamedTuple

from django.core.exceptions import PermissionDenied
from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from convertr.accounts.access import require
from convertr.accounts.models import ApiKey, Role, Scope, User
from convertr.audit.entries import note
from convertr.errors import DomainError

MARK = "cvr_"
SHOWN_CHARACTERS = 12
# Last use is written at most this often, so that reading with a key stays reading.
LAST_USE_WRITTEN_EVERY = timedelta(minutes=1)


class CreatedKey(NamedTuple):
    key: ApiKey
    # Shown once: only its hash is kept.
    secret: str


def create_key(
    *, actor: User | None, user: User, name: str, scopes: Collection[str] = ()
) -> CreatedKey:
    """Make a key for `user`; no scopes means all that the person may.

    People make keys for themselves only, admins too; without an actor it is the command line's,
    which makes one for anybody. Raises DomainError `unknown_scope` or
    `inactive_person`; PermissionDenied where the actor may not.
    """
    if actor is not None:
        _require_own(actor, user)
    if unknown := set(scopes) - set(Scope.values):
        text = _("Unknown scope: %(names)s. Choose among %(known)s.")
        names = {"names": ", ".join(sorted(unknown)), "known": ", ".join(Scope.values)}
        raise DomainError("unknown_scope", text % names)
    if not user.is_active:
        raise DomainError("inactive_person", _("This person's account is switched off."))
    secret = MARK + secrets.token_urlsafe(32)
    with transaction.atomic():
        key = ApiKey.objects.create(
            user=user,
            name=name,
            prefix=secret[:SHOWN_CHARACTERS],
            hash=_hash(secret),
            scopes=sorted(set(scopes)),
        )
        note("key.created", f"key {key.pk}", person=user.pk, scopes=key.scopes)
    return CreatedKey(key, secret)


def revoke_key(*, actor: User, key: ApiKey) -> None:
    """End a key for good, one's own or as an admin anybody's; an ended one stays as it was."""
    if actor.role != Role.ADMIN:
        _require_own(actor, key.user)
    with transaction.atomic():
        if ApiKey.objects.filter(pk=key.pk, revoked_at=None).update(revoked_at=timezone.now()):
            note("key.revoked", f"key {key.pk}", person=key.user_id)
    key.refresh_from_db()


def authenticate(secret: str) -> ApiKey | None:
    """The live key of a live person for what a request brought, with its user; else None.

    The key is 256 random bits, so a plain hash keeps it and an index lookup tells nothing.
    """
    if not secret.startswith(MARK):
        return None
    key = (
        ApiKey.objects.select_related("user")
        .filter(hash=_hash(secret), revoked_at=None, user__is_active=True)
        .first()
    )
    if key is not None:
        _touch(key)
    return key


def _touch(key: ApiKey) -> None:
    now = timezone.now()
    if key.last_used_at is None or now - key.last_used_at >= LAST_USE_WRITTEN_EVERY:
        key.last_used_at = now
        ApiKey.objects.filter(pk=key.pk).update(last_used_at=now)


def _require_own(actor: User, user: User) -> None:
    """One's own keys, with the permission: a key made for another would act in that name."""
    require(actor, "accounts.manage_api_keys")
    if actor.pk != user.pk:
        raise PermissionDenied


def _hash(secret: str) -> str:
    return hashlib.sha256(secret.encode()).hexdigest()
