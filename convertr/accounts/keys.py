"""API keys: they act for a person and may do at most what that person may (platform.md)."""

import hashlib
import secrets
from collections.abc import Collection, Sequence
from datetime import timedelta
from functools import cache
from typing import Any, NamedTuple, TypeVar

from django.core.exceptions import PermissionDenied
from django.db import connection, transaction
from django.db.models import Model
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from convertr import prepared
from convertr.accounts.access import require
from convertr.accounts.models import ApiKey, Role, Scope, User
from convertr.audit.entries import note
from convertr.errors import DomainError

M = TypeVar("M", bound=Model)
MARK = "cvr_"
SHOWN_CHARACTERS = 12
# Last use is written at most this often, so that reading with a key stays reading.
LAST_USE_WRITTEN_EVERY = timedelta(minutes=1)


_FIND = """
SELECT {columns}, ARRAY(
    SELECT t.app_label || '.' || p.codename
    FROM auth_permission p JOIN django_content_type t ON t.id = p.content_type_id
    WHERE p.id IN (
        SELECT permission_id FROM accounts_user_user_permissions WHERE user_id = u.id
        UNION ALL SELECT g.permission_id FROM auth_group_permissions g
        JOIN accounts_user_groups ug ON ug.group_id = g.group_id WHERE ug.user_id = u.id
    )
)
FROM accounts_apikey k JOIN accounts_user u ON u.id = k.user_id
WHERE k.hash = %(hash)s::text AND k.revoked_at IS NULL AND u.is_active
    AND (k.expires_at IS NULL OR k.expires_at > now())
"""


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
            hash=digest(secret),
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
    live = prepared.fetch(_find_live(), {"hash": digest(secret)})
    if not live:
        return None
    found = live[0]
    width = len(ApiKey._meta.concrete_fields)
    key, key.user = _made(ApiKey, found[:width]), _made(User, found[width:-1])
    # Where Django's own backend keeps what it has looked up.
    key.user._perm_cache = set(found[-1])  # type: ignore[attr-defined]
    _touch(key)
    return key


def _made(model: type[M], row: Sequence[Any]) -> M:
    """A model's instance from the row of a statement that isn't Django's."""
    values, fields = [], model._meta.concrete_fields
    for field, value in zip(fields, row, strict=True):
        convert = getattr(field, "from_db_value", None)
        values.append(convert(value, None, connection) if convert else value)
    return model.from_db(connection.alias, [field.attname for field in fields], values)


@cache
def _find_live() -> str:
    """One statement for each call of an API: key, person, and what the person was given."""
    columns = [
        f'{alias}."{field.column}"'
        for alias, model in (("k", ApiKey), ("u", User))
        for field in model._meta.concrete_fields
    ]
    return _FIND.format(columns=", ".join(columns))


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


def digest(secret: str) -> str:
    """What is kept of a secret."""
    return hashlib.sha256(secret.encode()).hexdigest()
