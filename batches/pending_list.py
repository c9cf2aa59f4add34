"""The page Pending batches: the integrations, what waits for each, and when it is sent."""

from collections.abc import Sequence
from typing import Any

from django.db.models import QuerySet
from django.utils.translation import gettext_lazy as _

from batches import pending
from batches.access import may_view
from batches.filters import PendingFilters
from batches.models import Integration
from batches.tables import PendingTable
from convertr.accounts.models import User
from convertr.ui.lists import ListView


class PendingList(ListView):
    """Integrations that are on, the newest first (batches.md, "Pending batches")."""

    name = "pending_batches"
    title = _("Pending batches")
    table_class = PendingTable
    filterset_class = PendingFilters
    default_columns = (
        "advertiser_id", "advertiser_name", "campaign_id", "campaign_name", "label", "leads",
        "schedule", "ends_on", "state",
    )  # fmt: skip
    template_name = "batches/list.html"
    actions_template = "batches/pending_actions.html"
    empty_template = "batches/pending_empty.html"
    search_label = _("Search by the integration's ID")

    @classmethod
    def allows(cls, user: User) -> bool:
        return may_view(user)

    @classmethod
    def visible_to(cls, user: User) -> QuerySet[Integration]:
        return Integration.objects.visible_to(user)

    @classmethod
    def with_related(cls, queryset: QuerySet[Any]) -> QuerySet[Any]:
        return queryset.select_related("campaign__advertiser").defer("destination", "host_key")

    @classmethod
    def table_options(cls, user: User, rows: Sequence[Any]) -> dict[str, Any]:
        return {"counts": pending.counts([row.pk for row in rows]), "user": user}
