"""What administrators do with people's accounts besides editing them."""

from allauth.mfa.models import Authenticator
from django.db import transaction
from django.utils import timezone

from convertr.accounts.access import require
from convertr.accounts.models import User
from convertr.audit.entries import note


def remove_second_factor(*, actor: User, user: User) -> None:
    """For a person who lost telephone and passkeys: the password alone signs in again."""
    require(actor, "accounts.change_user")
    with transaction.atomic():
        removed, _each = Authenticator.objects.filter(user=user).delete()
        if removed:
            note("second_factor.removed", f"person {user.pk}")


def begin_anew(*, actor: User, user: User) -> None:
    """After a change of role or partner: what was given to the person before is taken back.

    Its permissions, groups and keys were given to somebody who might see something else.
    """
    require(actor, "accounts.change_user")
    with transaction.atomic():
        user.user_permissions.clear()
        user.groups.clear()
        ended = user.api_keys.filter(revoked_at=None).update(revoked_at=timezone.now())
        note("role.changed", f"person {user.pk}", role=user.role, keys_revoked=ended)
