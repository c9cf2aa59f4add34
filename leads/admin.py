"""Leads in the Django admin: the catalogue, and the leads themselves to look at.

A campaign's fields and rules are in `admin_campaigns`. Statuses change through jobs only.
"""

from functools import partial
from typing import Any
from urllib.parse import urlencode

from django.contrib import admin, messages
from django.db.models import Q, QuerySet
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import URLPattern, path, reverse
from django.utils.translation import gettext_lazy as _
from unfold.decorators import action

from convertr.accounts.access import person
from convertr.audit.admin import ReadOnlyAdmin, RecordedAdmin
from convertr.audit.entries import note
from convertr.ui.lists.counting import EstimatedPaginator
from leads import admin_erasing
from leads.access import may_view
from leads.admin_campaigns import LeadCampaignAdmin
from leads.filters import LeadFilters
from leads.models import FlagReason, FlagReasonCategory, Lead, LeadEvent
from leads.visibility import impersonal

__all__ = ["LeadAdmin", "LeadCampaignAdmin"]


class EntryAdmin(RecordedAdmin):
    """The catalogue of a flag. History names its lines: a used one is retired, not deleted."""

    # The column of a lead that names it.
    column: str
    list_display: tuple[str, ...] = ("text", "flag", "code", "retired")
    list_filter = ("flag", "retired")
    search_fields = ("text", "code")
    actions = ("retire", "bring_back")

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """One by one, what no lead has or had."""
        return obj is not None and not self._is_used(obj) and request.user.is_staff

    def _is_used(self, obj: FlagReason | FlagReasonCategory) -> bool:
        named = {self.column: obj.code, "status": obj.flag}
        return Lead.objects.filter(**named).exists() or LeadEvent.objects.filter(**named).exists()

    def get_readonly_fields(self, request: HttpRequest, obj: Any = None) -> list[str]:
        return ["flag", "code"] if obj else []

    @admin.action(description=_("Retire"))
    def retire(self, request: HttpRequest, queryset: QuerySet[Any]) -> None:
        self._set_retired(request, queryset, retired=True)

    @admin.action(description=_("Bring back"))
    def bring_back(self, request: HttpRequest, queryset: QuerySet[Any]) -> None:
        self._set_retired(request, queryset, retired=False)

    def _set_retired(self, request: HttpRequest, queryset: QuerySet[Any], *, retired: bool) -> None:
        changed = queryset.exclude(retired=retired)
        did = "retired" if retired else "brought_back"
        for entry in changed:
            note(f"{self.opts.model_name}.{did}", f"{self.opts.verbose_name} {entry.code}")
        changed.update(retired=retired)
        messages.success(request, _("Done."))


@admin.register(FlagReason)
class FlagReasonAdmin(EntryAdmin):
    column = "reason_code"
    list_display = ("text", "flag", "code", "returned", "retired")


@admin.register(FlagReasonCategory)
class FlagReasonCategoryAdmin(EntryAdmin):
    column = "reason_category"


@admin.register(Lead)
class LeadAdmin(ReadOnlyAdmin):
    """Leads that aren't deleted; what their people have told only for those who may view leads."""

    list_display = (
        "id", "hash", "campaign", "partner", "status", "processing", "delivered", "score",
        "created_at",
    )  # fmt: skip
    list_filter = ("status", "processing", "delivered", "replacement", "campaign")
    list_select_related = ("campaign", "partner")
    ordering = ("-created_at", "-id")
    sortable_by = ("id", "created_at")
    # Search is by exact IDs; the name only makes the box appear.
    search_fields = ("id",)
    search_help_text = _("The ID or the hash of a lead, whole")
    paginator = EstimatedPaginator
    show_facets = admin.ShowFacets.NEVER
    actions = ("erase",)
    actions_list = ("erase_by_ids",)

    def get_urls(self) -> list[URLPattern]:
        erase = self.admin_site.admin_view(partial(admin_erasing.page, self))
        urls: list[URLPattern] = super().get_urls()
        return [path("erase/", erase, name="leads_lead_erase"), *urls]

    @admin.action(description=_("Erase for good …"))
    def erase(self, request: HttpRequest, queryset: QuerySet[Lead]) -> HttpResponse:
        """What it does, it does once that is confirmed on a page of its own."""
        ids = ",".join(str(pk) for pk in queryset.order_by("pk").values_list("pk", flat=True))
        return redirect(f"{reverse('admin:leads_lead_erase')}?{urlencode({'ids': ids})}")

    @action(description=_("Erase by ID …"), url_path="erase-by-id")  # type: ignore[untyped-decorator]
    def erase_by_ids(self, request: HttpRequest) -> HttpResponse:
        """Deleted leads can be erased too, and no list has them."""
        return redirect("admin:leads_lead_erase")

    def get_queryset(self, request: HttpRequest) -> QuerySet[Lead]:
        return Lead.objects.alive()

    def get_fields(self, request: HttpRequest, obj: Any = None) -> list[str]:
        names = [f.name for f in self.opts.fields if f.name not in ("version", "deleted_at")]
        return names if may_view(person(request)) else impersonal(names)

    def get_search_results(
        self, request: HttpRequest, queryset: QuerySet[Any], search_term: str
    ) -> tuple[QuerySet[Any], bool]:
        """The same exact keys as Global Leads."""
        term = search_term.strip()
        if not term:
            return queryset, False
        found = Q(pk__in=[])
        for key in LeadFilters.search_keys.values():
            found |= key(term) or Q(pk__in=[])
        return queryset.filter(found), False
