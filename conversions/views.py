"""The conversions list and a conversion's page."""

from collections.abc import Sequence
from typing import Any

from django.db.models import QuerySet
from django.http import HttpResponse
from django.shortcuts import render
from django.utils.cache import patch_vary_headers
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_GET

from conversions.access import conversion_for
from conversions.detail import details
from conversions.filters import ConversionFilters
from conversions.history import timeline
from conversions.models import Conversion
from conversions.tables import ConversionTable, reason_texts
from conversions.visibility import shown_to
from convertr.accounts.access import SignedInRequest, signed_in
from convertr.accounts.models import User
from convertr.ui.lists import ListView


class ConversionList(ListView):
    """Conversions that a person sees, newest first (conversions.md, "Conversions page")."""

    name = "conversions"
    title = _("Conversions")
    table_class = ConversionTable
    filterset_class = ConversionFilters
    sorts = {"converted_at": "converted_at"}
    default_sort = "-converted_at"
    default_columns = (
        "id", "status", "converted_at", "offer", "partner", "advertiser", "payout", "revenue",
        "sale_amount", "uuid", "request_id", "transaction_id",
    )  # fmt: skip
    actions_template = "conversions/list_actions.html"
    selection_template = "conversions/list_selection.html"
    empty_template = "conversions/list_empty.html"

    @classmethod
    def visible_to(cls, user: User) -> QuerySet[Conversion]:
        return Conversion.objects.visible_to(user)

    @classmethod
    def with_related(cls, queryset: QuerySet[Any]) -> QuerySet[Any]:
        return queryset.select_related("offer__advertiser", "event", "partner")

    @classmethod
    def for_export(cls, queryset: QuerySet[Any]) -> QuerySet[Any]:
        return queryset.prefetch_related("offer__advertiser", "event", "partner")

    @classmethod
    def columns_for(cls, user: User) -> list[str]:
        return shown_to(user, super().columns_for(user))

    @classmethod
    def filters_for(cls, user: User) -> list[str]:
        timed = ["q", "range", "since", "until"] if shown_to(user, ["converted_at"]) else []
        return [*timed, *shown_to(user, super().filters_for(user))]

    @classmethod
    def search_for(cls, user: User) -> list[str]:
        return shown_to(user, super().search_for(user))

    @classmethod
    def table_options(cls, user: User, rows: Sequence[Any]) -> dict[str, Any]:
        locks = bool(shown_to(user, ["locked"]))
        return {"reasons": reason_texts({row.reason_code for row in rows}), "locks": locks}

    def may_select(self) -> bool:
        held = self.request.user.has_perm
        return held("conversions.change_conversions") or held("conversions.lock_conversions")


@signed_in
@require_GET
def detail(request: SignedInRequest, conversion_id: int) -> HttpResponse:
    """A conversion's fields, money and history; what other apps know of it as panels.

    The side panel of the list gets the same without the frame.
    """
    conversion = conversion_for(request.user, conversion_id)
    context = {
        "conversion": conversion,
        "details": details(conversion, request.user),
        "timeline": timeline(conversion, request.user),
    }
    beside = request.htmx and request.htmx.target == "panel-body"
    template = "conversions/panel.html" if beside else "conversions/detail.html"
    response = render(request, template, context)
    patch_vary_headers(response, ["HX-Request", "HX-Target"])
    return response
