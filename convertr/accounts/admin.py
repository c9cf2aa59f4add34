"""People, invitations and API keys in the Django admin.

Nobody gets a password or becomes a superuser here: people are invited, roles say what they are.
"""

from typing import Any

import allauth.account.admin
import allauth.mfa.admin  # noqa: F401
import django.contrib.auth.admin  # noqa: F401  these three register what is taken back below
from allauth.account.decorators import secure_admin_login
from allauth.account.models import EmailAddress
from allauth.mfa.models import Authenticator
from django import forms
from django.conf import settings
from django.contrib import admin, messages
from django.contrib.auth.models import Group, Permission
from django.db.models import Q, QuerySet
from django.http import HttpRequest, HttpResponse
from django.template.response import TemplateResponse
from django.utils.translation import gettext_lazy as _
from django.utils.translation import ngettext

from convertr.accounts import invitations, keys, people
from convertr.accounts.access import person
from convertr.accounts.forms import InvitationForm, KeyForm
from convertr.accounts.models import ApiKey, Invitation, User
from convertr.accounts.permissions import declared
from convertr.audit.admin import RecordedAdmin

# One sign-in for the whole product, with its second factor and its limits.
admin.site.login = secure_admin_login(admin.site.login)  # type: ignore[method-assign]
# Group has an admin of its own; secrets of second factors are shown to nobody.
admin.site.unregister([Group, EmailAddress, Authenticator])


def product_permissions() -> QuerySet[Permission]:
    """Those that the product's pages ask for, and none of the admin's own."""
    wanted = Q(pk__in=[])
    for name in declared():
        app_label, _dot, codename = name.partition(".")
        wanted |= Q(content_type__app_label=app_label, codename=codename)
    return Permission.objects.filter(wanted).select_related("content_type")


class PermissionsAdmin(RecordedAdmin):
    """Offers the product's own permissions only."""

    def formfield_for_manytomany(
        self, db_field: Any, request: HttpRequest, **kwargs: Any
    ) -> forms.Field | None:
        if db_field.remote_field.model is Permission:
            kwargs["queryset"] = product_permissions()
        field: forms.Field | None = super().formfield_for_manytomany(db_field, request, **kwargs)
        return field


@admin.register(Group)
class GroupAdmin(PermissionsAdmin):
    search_fields = ("name",)
    filter_horizontal = ("permissions",)


@admin.register(User)
class UserAdmin(PermissionsAdmin):
    list_display = ("full_name", "email", "role", "partner", "is_active", "last_login")
    list_filter = ("role", "is_active", "groups")
    list_select_related = ("partner",)
    search_fields = ("full_name", "email", "partner__name")
    ordering = ("full_name", "id")
    autocomplete_fields = ("partner",)
    filter_horizontal = ("groups", "user_permissions")
    fieldsets = (
        (None, {"fields": ("full_name", "email", "role", "partner", "time_zone", "is_active")}),
        (_("What they may do"), {"fields": ("groups", "user_permissions")}),
        (_("Times"), {"fields": ("last_login", "date_joined")}),
    )

    actions = ("remove_second_factor",)

    @admin.action(description=_("Remove two-factor sign-in"), permissions=["change"])
    def remove_second_factor(self, request: HttpRequest, queryset: QuerySet[User]) -> None:
        for user in queryset:
            people.remove_second_factor(actor=person(request), user=user)
        messages.success(request, _("They sign in with their password and can set it up anew."))

    def has_add_permission(self, request: HttpRequest) -> bool:
        """People are invited."""
        return False

    def has_delete_permission(self, request: HttpRequest, obj: User | None = None) -> bool:
        """History names people, so they are switched off, not deleted."""
        return False

    def save_related(self, request: HttpRequest, form: Any, formsets: Any, change: Any) -> None:
        super().save_related(request, form, formsets, change)
        if {"role", "partner"} & set(form.changed_data):
            people.begin_anew(actor=person(request), user=form.instance)
            text = _("The role changed: permissions and groups were cleared, API keys ended.")
            messages.warning(request, text)

    def get_readonly_fields(self, request: HttpRequest, obj: User | None = None) -> list[str]:
        """Nobody locks themselves out."""
        own = ["role", "partner", "is_active"] if obj == request.user else []
        return ["email", "last_login", "date_joined", *own]


class ShownOnceMixin:
    """After adding, a page with what is shown just now and kept nowhere."""

    shown_template: str

    def response_add(self, request: HttpRequest, obj: Any, *args: Any) -> HttpResponse:
        context = {
            **admin.site.each_context(request),
            "title": str(obj),
            "opts": obj._meta,
            "object": obj,
            "shown": request.shown_once,  # type: ignore[attr-defined]
        }
        response = TemplateResponse(request, self.shown_template, context)
        response["Cache-Control"] = "no-store"
        return response


@admin.register(Invitation)
class InvitationAdmin(ShownOnceMixin, RecordedAdmin):
    form = InvitationForm
    shown_template = "accounts/admin_invited.html"
    list_display = ("email", "role", "partner", "invited_by", "created_at", "expires_at", "state")
    list_filter = ("role",)
    list_select_related = ("partner", "invited_by")
    search_fields = ("email", "full_name")
    autocomplete_fields = ("partner",)
    fields = ("email", "full_name", "role", "partner")
    actions = ("withdraw",)

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    @admin.display(description=_("state"))
    def state(self, invitation: Invitation) -> str:
        if invitation.accepted_at:
            return str(_("Accepted"))
        return str(_("Open") if invitation.is_open else _("Over"))

    def save_model(self, request: HttpRequest, obj: Invitation, form: Any, change: Any) -> None:
        invited = invitations.invite(
            actor=person(request),
            email=obj.email,
            role=obj.role,
            partner=obj.partner,
            full_name=obj.full_name,
        )
        obj.pk = invited.invitation.pk
        obj.refresh_from_db()
        link = "" if settings.PRODUCTION else invited.link
        request.shown_once = link  # type: ignore[attr-defined]

    @admin.action(description=_("Withdraw"), permissions=["add"])
    def withdraw(self, request: HttpRequest, queryset: QuerySet[Invitation]) -> None:
        ended = invitations.withdraw(actor=person(request), invitations=queryset)
        text = ngettext("%(n)d invitation ended.", "%(n)d invitations ended.", ended)
        messages.success(request, text % {"n": ended})


@admin.register(ApiKey)
class ApiKeyAdmin(ShownOnceMixin, RecordedAdmin):
    form = KeyForm
    shown_template = "accounts/admin_key_created.html"
    list_display = ("name", "user", "prefix", "scope_names", "last_used_at", "revoked_at")
    list_filter = (("revoked_at", admin.EmptyFieldListFilter),)
    list_select_related = ("user",)
    search_fields = ("name", "prefix", "user__email", "user__full_name")
    actions = ("revoke",)

    def get_queryset(self, request: HttpRequest) -> QuerySet[ApiKey]:
        """Without those that a sign-in made for an hour."""
        keys_shown: QuerySet[ApiKey] = super().get_queryset(request).filter(expires_at=None)
        return keys_shown

    def get_fields(self, request: HttpRequest, obj: ApiKey | None = None) -> list[str]:
        """A key is made for oneself: nobody acts in another's name."""
        return ["user", "name", "scopes"] if obj else ["name", "scopes"]

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    @admin.display(description=_("scopes"))
    def scope_names(self, key: ApiKey) -> str:
        return ", ".join(key.scopes) or str(_("all"))

    def save_model(self, request: HttpRequest, obj: ApiKey, form: Any, change: Any) -> None:
        own = person(request)
        made = keys.create_key(actor=own, user=own, name=obj.name, scopes=obj.scopes)
        obj.pk = made.key.pk
        obj.refresh_from_db()
        request.shown_once = made.secret  # type: ignore[attr-defined]

    @admin.action(description=_("Revoke"), permissions=["add"])
    def revoke(self, request: HttpRequest, queryset: QuerySet[ApiKey]) -> None:
        live = list(queryset.filter(revoked_at=None).select_related("user"))
        for key in live:
            keys.revoke_key(actor=person(request), key=key)
        text = ngettext("%(n)d key has ended.", "%(n)d keys have ended.", len(live))
        messages.success(request, text % {"n": len(live)})
