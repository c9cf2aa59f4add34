"""The Explorer: the list of requests, for the agency and for partners."""

from typing import Any

from django.db.models import QuerySet
from django.utils.translation import gettext_lazy as _

from convertr.accounts.models import User
from convertr.ui.lists import ListView
from requests_workflow import rules
from requests_workflow.filters import RequestFilters
from requests_workflow.models import ConversionRequest
from requests_workflow.tables import RequestTable
from requests_workflow.visibility import shown_to

FOLDER = "requests_workflow"


class RequestList(ListView):
    """Requests that a person sees, newest first (requests.md, "Portal and Explorer")."""

    name = "requests"
    title = _("Conversion requests")
    table_class = RequestTable
    filterset_class = RequestFilters
    sorts = {"raised_at": "raised_at"}
    default_sort = "-raised_at"
    default_columns = (
        "id", "raised_at", "raised_by", "type", "status", "conversion", "offer", "advertiser",
        "partner", "payout", "revenue",
    )  # fmt: skip
    template_name = f"{FOLDER}/list.html"
    actions_template = f"{FOLDER}/list_actions.html"
    selection_template = f"{FOLDER}/list_selection.html"
    empty_template = f"{FOLDER}/list_empty.html"
    export_template = f"{FOLDER}/list_export.html"

    @classmethod
    def visible_to(cls, user: User) -> QuerySet[ConversionRequest]:
        return ConversionRequest.objects.visible_to(user)

    @classmethod
    def with_related(cls, queryset: QuerySet[Any]) -> QuerySet[Any]:
        return queryset.select_related(
            "offer__advertiser", "event", "partner", "conversion", "raised_by", "decided_by"
        )

    @classmethod
    def for_export(cls, queryset: QuerySet[Any]) -> QuerySet[Any]:
        related = ("offer__advertiser", "event", "partner", "raised_by", "decided_by")
        return queryset.select_related("conversion").prefetch_related(*related)

    @classmethod
    def columns_for(cls, user: User) -> list[str]:
        return shown_to(user, super().columns_for(user))

    @classmethod
    def filters_for(cls, user: User) -> list[str]:
        return shown_to(user, super().filters_for(user))

    @classmethod
    def search_for(cls, user: User) -> list[str]:
        return shown_to(user, super().search_for(user))

    def may_select(self) -> bool:
        return self.request.user.has_perm(rules.DECIDE)
