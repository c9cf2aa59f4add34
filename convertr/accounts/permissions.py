"""The product's own permissions: what its models declare, as "app.codename"."""

from collections.abc import Iterable

from django.apps import apps
from django.contrib.auth.models import Permission
from django.db.models import Q, QuerySet

from convertr.accounts.models import Role, User

# Four eyes: nobody decides one's own request unless it was given by name (platform.md).
NEVER_IMPLIED = frozenset({"requests_workflow.decide_own_request"})
# All that a partner's person can hold, whatever was given: the rest shows what isn't its own.
PARTNER_PERMISSIONS = frozenset(
    {
        "accounts.manage_api_keys",
        "conversions.manage_postbacks",
        "jobs.import_data",
        "requests_workflow.raise_change_request",
        "requests_workflow.raise_create_request",
    }
)
PRODUCT_APPS = frozenset(
    {"accounts", "network", "jobs", "audit", "ui", "conversions", "leads", "batches"}
    | {"outbound", "requests_workflow"}
)


def declared() -> list[str]:
    """Every permission that a model of the product declares in its Meta (platform.md)."""
    return sorted(
        f"{model._meta.app_label}.{codename}"
        for model in apps.get_models()
        if model._meta.app_label in PRODUCT_APPS
        for codename, _label in model._meta.permissions
    )


def grantable_at_once() -> list[str]:
    """All of them but those that have to be given by name."""
    return [name for name in declared() if name not in NEVER_IMPLIED]


def holders(name: str) -> QuerySet[User]:
    """The active people who hold a permission, given as "app.codename": themselves, in a group, or
    as an admin (see `backends.RoleBackend`)."""
    app_label, _, codename = name.partition(".")
    given = {"content_type__app_label": app_label, "codename": codename}
    permissions = Permission.objects.filter(**given)
    held = Q(user_permissions__in=permissions) | Q(groups__permissions__in=permissions)
    if name not in NEVER_IMPLIED:
        held |= Q(role=Role.ADMIN)
    if name not in PARTNER_PERMISSIONS:
        held &= ~Q(role=Role.PARTNER)
    return User.objects.filter(held, is_active=True).distinct()


def grant(user: User, names: Iterable[str]) -> None:
    """Give a person permissions, each as "app.codename"."""
    wanted = Q(pk__in=[])
    for name in names:
        app_label, _, codename = name.partition(".")
        wanted |= Q(content_type__app_label=app_label, codename=codename)
    user.user_permissions.add(*Permission.objects.filter(wanted))
