"""Parties and offers in the Django admin. What has history is paused, not deleted."""

from typing import Any

from django import forms
from django.contrib import admin, messages
from django.db.models import QuerySet
from django.http import HttpRequest
from django.utils.translation import gettext_lazy as _
from django.utils.translation import ngettext
from unfold.admin import TabularInline

from convertr.accounts.access import person
from convertr.audit.admin import RecordedAdmin
from convertr.network import services
from convertr.network.models import (
    Advertiser,
    Campaign,
    Offer,
    OfferEvent,
    Partner,
)


class PartyAdmin(RecordedAdmin):
    list_display: tuple[str, ...] = ("name", "id", "status", "created_at")
    list_filter: tuple[str, ...] = ("status",)
    search_fields = ("name", "=id")
    actions: tuple[str, ...] = ("pause", "activate")

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    @admin.action(description=_("Pause"))
    def pause(self, request: HttpRequest, queryset: QuerySet[Any]) -> None:
        self._set_status(request, queryset, "paused")

    @admin.action(description=_("Activate"))
    def activate(self, request: HttpRequest, queryset: QuerySet[Any]) -> None:
        self._set_status(request, queryset, "active")

    def _set_status(self, request: HttpRequest, queryset: QuerySet[Any], status: str) -> None:
        changed = services.set_status(actor=person(request), parties=queryset, status=status)
        text = ngettext("%(count)d was changed.", "%(count)d were changed.", changed)
        messages.success(request, text % {"count": changed})


@admin.register(Advertiser)
class AdvertiserAdmin(PartyAdmin):
    pass


@admin.register(Partner)
class PartnerAdmin(PartyAdmin):
    pass


@admin.register(Campaign)
class CampaignAdmin(PartyAdmin):
    list_display = ("name", "id", "advertiser", "status", "ends_on")
    list_select_related = ("advertiser",)
    autocomplete_fields = ("advertiser",)


class EventFormSet(forms.BaseInlineFormSet):  # type: ignore[type-arg]
    """An offer pays for its Base event at least, and no event loses its rates once it is used."""

    def clean(self) -> None:
        super().clean()
        kept = [f.cleaned_data for f in self.forms if f.is_valid() and not self._deleted(f)]
        if not any(data.get("name") == OfferEvent.BASE for data in kept):
            text = _("Keep an event with the name %(base)s.") % {"base": OfferEvent.BASE}
            raise forms.ValidationError(text)

    def _deleted(self, form: forms.BaseForm) -> bool:
        return bool(self.can_delete and self._should_delete_form(form))  # type: ignore[attr-defined]


class EventInline(TabularInline):  # type: ignore[misc]
    model = OfferEvent
    formset = EventFormSet
    min_num = 1
    extra = 0


@admin.register(Offer)
class OfferAdmin(PartyAdmin):
    list_display = ("name", "id", "advertiser", "currency", "status")
    list_filter = ("status", "currency", "advertiser")
    list_select_related = ("advertiser",)
    autocomplete_fields = ("advertiser", "partners")
    fields = ("name", "advertiser", "currency", "status", "partners", "postback_token")
    inlines = (EventInline,)
    actions = ("pause", "activate", "renew_postback_secret")

    def get_readonly_fields(self, request: HttpRequest, obj: Offer | None = None) -> list[str]:
        """Conversions are counted in their offer's currency, so that it stays."""
        return ["postback_token", *(["currency"] if obj else [])]

    @admin.action(description=_("Make a new postback secret"))
    def renew_postback_secret(self, request: HttpRequest, queryset: QuerySet[Offer]) -> None:
        for offer in queryset:
            services.renew_postback_secret(actor=person(request), offer=offer)
        messages.warning(request, _("Tell the advertisers: the former secrets have ended."))
