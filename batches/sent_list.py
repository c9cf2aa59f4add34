"""The page Sent batches: each file that was made, whatever became of it."""

from collections.abc import Sequence
from typing import Any

from django.db.models import Count, QuerySet
from django.utils.translation import gettext_lazy as _

from batches.access import may_view
from batches.filters import SentFilters
from batches.models import Batch
from batches.rules import State
from batches.tables import SentTable
from convertr.accounts.models import User
from convertr.ui.lists import ListView

# What waits for a person.
STUCK = (State.FAILED, State.HELD)


class SentList(ListView):
    """Batches, the newest first; those that failed or are held are counted above the table."""

    name = "sent_batches"
    title = _("Sent batches")
    table_class = SentTable
    filterset_class = SentFilters
    default_columns = (
        "id", "advertiser_id", "advertiser_name", "campaign_id", "campaign_name", "label", "leads",
        "sent_at", "state",
    )  # fmt: skip
    template_name = "batches/list.html"
    region_template = "batches/sent_region.html"
    empty_template = "batches/sent_empty.html"
    search_label = _("Search by the batch's ID")

    @classmethod
    def allows(cls, user: User) -> bool:
        return may_view(user)

    @classmethod
    def visible_to(cls, user: User) -> QuerySet[Batch]:
        return Batch.objects.visible_to(user)

    @classmethod
    def with_related(cls, queryset: QuerySet[Any]) -> QuerySet[Any]:
        return queryset.select_related("integration__campaign__advertiser").defer("frozen")

    @classmethod
    def table_options(cls, user: User, rows: Sequence[Any]) -> dict[str, Any]:
        return {"user": user}

    def context(self) -> dict[str, Any]:
        return {**super().context(), "stuck": stuck(self.request.user)}


def stuck(user: User) -> list[tuple[State, int]]:
    """How many batches failed and are held, those states that have any."""
    seen = Batch.objects.visible_to(user).filter(state__in=STUCK).order_by()
    counts = dict(seen.values_list("state").annotate(Count("pk")))
    return [(state, counts[state]) for state in STUCK if state in counts]
