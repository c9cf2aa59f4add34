"""The audit: who did what that changes no tracked row, newest first."""

import json
from typing import Any

import django_filters
from django.db.models import QuerySet
from django.utils.translation import gettext_lazy as _

from convertr.accounts.models import User
from convertr.audit.models import Entry
from convertr.audit.texts import CHANNELS, action_text
from convertr.ui.lists import ListTable, ListView, TimedFilterSet, by_number, by_text
from convertr.ui.lists.columns import Column, TimeColumn, cut


class ActionColumn(Column):
    def render(self, value: str) -> str:
        return action_text(value)

    def value(self, value: str) -> str:
        return value


class ChannelColumn(Column):
    def render(self, value: str) -> str:
        return str(CHANNELS.get(value, value))

    def value(self, value: str) -> str:
        return value


class DetailsColumn(Column):
    """Names of fields, numbers, kinds: never a secret, never a value of a person's."""

    def render(self, value: dict[str, Any]) -> Any:
        return cut(self.value(value))

    def value(self, value: dict[str, Any]) -> str:
        return json.dumps(value, ensure_ascii=False) if value else ""


class AuditTable(ListTable):
    id = Column(verbose_name=_("ID"))
    at = TimeColumn(verbose_name=_("Time"))
    who = Column(verbose_name=_("Who"), accessor="actor_label")
    action = ActionColumn(verbose_name=_("Action"))
    subject = Column(verbose_name=_("What"))
    channel = ChannelColumn(verbose_name=_("Channel"))
    details = DetailsColumn(verbose_name=_("Details"))
    job = Column(verbose_name=_("Job"), accessor="job_id")

    def href(self, record: Any) -> str:
        """An entry has no page of its own."""
        return ""


class AuditFilters(TimedFilterSet):
    time_field = "at"
    search_keys = {"id": by_number("id"), "subject": by_text("subject")}

    actor_id = django_filters.ModelChoiceFilter(
        label=_("Who"), queryset=User.objects.order_by("full_name"), method="by_actor"
    )
    channel = django_filters.ChoiceFilter(label=_("Channel"), choices=list(CHANNELS.items()))

    def by_actor(self, queryset: QuerySet[Entry], name: str, value: User) -> QuerySet[Entry]:
        return queryset.filter(actor_id=value.pk)


class AuditList(ListView):
    name = "audit"
    title = _("Audit")
    table_class = AuditTable
    filterset_class = AuditFilters
    sorts = {"at": "at"}
    default_sort = "-at"
    default_columns = ("at", "who", "action", "subject", "channel", "details")
    search_label = _("Search by what was done to, such as offer 12")

    @classmethod
    def allows(cls, user: User) -> bool:
        return not user.is_partner and user.has_perm("audit.read_audit")

    @classmethod
    def visible_to(cls, user: User) -> QuerySet[Entry]:
        return Entry.objects.all()
