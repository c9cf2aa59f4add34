"""What administrators do with people's accounts besides editing them."""

from allauth.mfa.models import Authenticator
from django.db import transaction

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
