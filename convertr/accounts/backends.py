"""Permissions that follow from a role."""

from typing import Any

from django.contrib.auth.backends import ModelBackend
from django.core.exceptions import PermissionDenied

from convertr.accounts.models import Role, User
from convertr.accounts.permissions import NEVER_IMPLIED, PARTNER_PERMISSIONS


class RoleBackend(ModelBackend):
    """An admin may do all but what has to be given by name; the others what they were given.

    A partner's person holds only what partners can, even where more was given by mistake. It
    stands first: what it refuses, no other backend grants.
    """

    def has_perm(self, user_obj: Any, perm: str, obj: Any = None) -> bool:
        if getattr(user_obj, "role", "") == Role.PARTNER and perm not in PARTNER_PERMISSIONS:
            raise PermissionDenied
        implied = (
            isinstance(user_obj, User)
            and user_obj.is_active
            and user_obj.role == Role.ADMIN
            and perm not in NEVER_IMPLIED
        )
        return implied or super().has_perm(user_obj, perm, obj)

    def has_module_perms(self, user_obj: Any, app_label: str) -> bool:
        return (user_obj.is_active and getattr(user_obj, "role", "") == Role.ADMIN) or (
            super().has_module_perms(user_obj, app_label)
        )
