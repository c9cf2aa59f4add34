"""Permissions that follow from a role."""

from typing import Any

from django.contrib.auth.backends import ModelBackend
from django.contrib.auth.models import Permission
from django.core.exceptions import PermissionDenied
from django.db.models import Q, QuerySet

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

    def get_all_permissions(self, user_obj: Any, obj: Any = None) -> set[str]:
        """One's own and those of one's groups, in one query, kept where Django keeps them."""
        if not user_obj.is_active or user_obj.is_anonymous or obj is not None:
            return set()
        if not hasattr(user_obj, "_perm_cache"):
            pairs = _held_by(user_obj).order_by().values_list("content_type__app_label", "codename")
            user_obj._perm_cache = {f"{app}.{name}" for app, name in pairs}
        held: set[str] = user_obj._perm_cache
        return held

    def has_module_perms(self, user_obj: Any, app_label: str) -> bool:
        return (user_obj.is_active and getattr(user_obj, "role", "") == Role.ADMIN) or (
            super().has_module_perms(user_obj, app_label)
        )


def _held_by(user: Any) -> QuerySet[Permission]:
    if user.is_superuser:
        return Permission.objects.all()
    own = Permission.objects.filter(user=user).values("pk")
    of_groups = Permission.objects.filter(group__user=user).values("pk")
    return Permission.objects.filter(Q(pk__in=own) | Q(pk__in=of_groups))
