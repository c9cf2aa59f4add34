"""Signing in through the API: a password for an access token, a refresh token for the next one.

An access token is an ApiKey with an end, so that limits, Idempotency-Key and the log of calls see
a key like any other. Each refresh token is taken once: one that comes again ends its family, for
somebody has a copy of it (RFC 9700, 4.14).
"""

import secrets
from dataclasses import dataclass
from datetime import timedelta

from allauth.account.adapter import get_adapter
from allauth.core import ratelimit
from allauth.mfa.base.forms import AuthenticateForm
from allauth.mfa.models import Authenticator
from allauth.mfa.utils import is_mfa_enabled
from django.core.exceptions import ValidationError
from django.db import transaction
from django.db.models import QuerySet
from django.http import HttpRequest
from django.utils import timezone
from django.utils.crypto import constant_time_compare
from django.utils.translation import gettext_lazy as _

from convertr.accounts.keys import MARK, SHOWN_CHARACTERS, digest
from convertr.accounts.models import ApiKey, User
from convertr.audit.context import acting
from convertr.audit.entries import note
from convertr.errors import DomainError

ACCESS, REFRESH = timedelta(hours=1), timedelta(days=30)
# How long what is over is kept: as long as the log of its calls.
KEPT = timedelta(days=7)
NAME = "Sign-in"
SECOND_FACTORS = [Authenticator.Type.TOTP, Authenticator.Type.WEBAUTHN]
TOO_MANY = "too_many_login_attempts"
# A refresh token is MARK, "r_", what its family has in common, and what only it has.
REFRESH_MARK = f"{MARK}r_"
FAMILY_CHARACTERS = len(REFRESH_MARK) + 32


@dataclass(frozen=True)
class Tokens:
    """What a sign-in or a refresh answers; only their hashes are kept."""

    user: User
    access: str
    refresh: str

    @property
    def expires_in(self) -> int:
        """Seconds."""
        return int(ACCESS.total_seconds())


def sign_in(request: HttpRequest, *, email: str, password: str, code: str) -> Tokens:
    """Tokens for who knows the password and, with a second factor, a code of it or for recovery.

    DomainError `sign_in_refused`, the same for whatever is wrong, and `too_many_sign_ins`.
    """
    # The pages' own limit, for those too that succeed: each sign-in is kept for a month.
    if not ratelimit.consume(request, action="login"):
        raise _too_many()
    user = _authenticated(request, email, password)
    if user is None or not user.is_active or not _second_factor_passes(user, code):
        text = _("No active account has this e-mail, password and, where it has one, code.")
        raise DomainError("sign_in_refused", text)
    family = REFRESH_MARK + secrets.token_hex(16)
    key = ApiKey(user=user, name=NAME, family_hash=digest(family))
    with acting(user, channel="api"), transaction.atomic():
        made = _renewed(key, family)
        note("api.signed_in", f"person {user.pk}")
    return made


def refresh(token: str) -> Tokens:
    """The next tokens of a sign-in; what it had before ends. DomainError `refresh_refused`."""
    family, now = token[:FAMILY_CHARACTERS], timezone.now()
    with transaction.atomic():
        live = ApiKey.objects.select_for_update(of=("self",)).select_related("user")
        key = live.filter(
            family_hash=digest(family),
            revoked_at=None,
            refresh_expires_at__gt=now,
            user__is_active=True,
        ).first()
        if key and constant_time_compare(key.refresh_hash, _bound(token, key.user)):
            return _renewed(key, family)
        if key:
            key.revoked_at = now
            key.save(update_fields=["revoked_at"])
            with acting(key.user, channel="api"):
                note("api.refresh_refused", f"person {key.user_id}")
    # After the commit: who sends a used token ends what follows from it.
    raise DomainError("refresh_refused", _("This refresh token is not valid (any more): sign in."))


def live(user: User) -> QuerySet[ApiKey]:
    """The sign-ins of a person that can still be refreshed; keys.revoke_key() ends all of one."""
    now = timezone.now()
    return user.api_keys.filter(
        family_hash__isnull=False, revoked_at=None, refresh_expires_at__gt=now
    )


def over() -> QuerySet[ApiKey]:
    """What no refresh can bring back, for housekeeping."""
    return ApiKey.objects.filter(refresh_expires_at__lt=timezone.now() - KEPT)


def _renewed(key: ApiKey, family: str) -> Tokens:
    """Give a family its next pair of tokens."""
    access, renewal = MARK + secrets.token_urlsafe(32), family + secrets.token_urlsafe(32)
    now = timezone.now()
    key.hash, key.prefix = digest(access), access[:SHOWN_CHARACTERS]
    key.refresh_hash = _bound(renewal, key.user)
    key.expires_at, key.refresh_expires_at = now + ACCESS, now + REFRESH
    key.save()
    return Tokens(key.user, access, renewal)


def _bound(token: str, user: User) -> str:
    """What is kept of a refresh token: with another password it is not the same any more."""
    return digest(token + user.get_session_auth_hash())


def _authenticated(request: HttpRequest, email: str, password: str) -> User | None:
    """By allauth, whose limits of failed sign-ins are the pages' own."""
    try:
        found: User | None = get_adapter().authenticate(request, email=email, password=password)
    except ValidationError as refused:
        raise _refusal(refused) from None
    return found


def _second_factor_passes(user: User, code: str) -> bool:
    if not is_mfa_enabled(user, SECOND_FACTORS):
        return True
    if not code:
        return False
    form = AuthenticateForm({"code": code}, user=user)
    if form.is_valid():
        form.authenticator.record_usage()
        return True
    if form.has_error("code", TOO_MANY):
        raise _refusal(form.errors.as_data()["code"][0])
    return False


def _refusal(refused: ValidationError) -> Exception:
    """What allauth refuses that isn't a wrong password or code."""
    return _too_many() if refused.code == TOO_MANY else refused


def _too_many() -> DomainError:
    text = _("Too many sign-ins. Try again in some minutes.")
    return DomainError("too_many_sign_ins", text)
