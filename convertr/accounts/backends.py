"""Permissions that follow from a role."""

from typing import Any

from django.contrib.auth.backends import ModelBackend

from convertr.accounts.models import Role, User

# Four eyes: nobody decides one's own request unless it was given by name (platform.md).
NEVER_IMPLIED = frozenset({"requests_workflow.decide_own_request"})


class RoleBackend(ModelBackend):
    """An admin may do all but what has to be given by name; the others what they were given."""

    def has_perm(self, user_obj: Any, perm: str, obj: Any = None) -> bool:
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
