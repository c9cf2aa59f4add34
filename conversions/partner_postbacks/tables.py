"""The columns and filters of the postbacks list. The URL holds secrets: only its host is shown."""

from typing import Any

import django_filters
from django.db.models import QuerySet
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from conversions.filters import offers
from conversions.partner_postbacks.macros import host_of
from conversions.partner_postbacks.models import PartnerPostback
from conversions.rules import Status
from convertr.network.models import Partner
from convertr.ui.lists import ChoicesFilter, ListFilterSet, ListTable, by_number
from convertr.ui.lists.columns import Column, LinkColumn, TimeColumn
from convertr.ui.templatetags.ui import pill


def state_of(postback: PartnerPostback) -> tuple[str, str]:
    """How a postback is, as a pill's state and word."""
    if postback.active:
        return ("conflict", _("Failing")) if postback.failures else ("active", _("On"))
    return ("rejected", _("Switched off")) if postback.switched_off_at else ("paused", _("Off"))


class PostbackStateColumn(Column):
    def render(self, record: PartnerPostback) -> SafeString:
        return pill(*state_of(record))

    def value(self, record: PartnerPostback) -> str:
        return state_of(record)[1]


class HostColumn(Column):
    def render(self, value: str) -> str:
        return host_of(value)

    value = render


class StatusesColumn(Column):
    def render(self, value: list[str]) -> str:
        return ", ".join(str(Status(status).label) for status in value)

    def value(self, value: list[str]) -> str:
        return ",".join(value)


class PostbackTable(ListTable):
    id = LinkColumn(
        verbose_name=gettext_lazy("ID"), page=("conversions:partner_postbacks:detail", "pk")
    )
    state = PostbackStateColumn(verbose_name=gettext_lazy("State"), empty_values=())
    partner = Column(verbose_name=gettext_lazy("Partner"), accessor="partner__name")
    offer = Column(verbose_name=gettext_lazy("Offer"), accessor="offer__name")
    host = HostColumn(verbose_name=gettext_lazy("Host"), accessor="url")
    method = Column(verbose_name=gettext_lazy("Method"))
    statuses = StatusesColumn(verbose_name=gettext_lazy("Statuses"))
    delay = Column(verbose_name=gettext_lazy("Delay, s"), accessor="delay_seconds")
    created_at = TimeColumn(verbose_name=gettext_lazy("Created"))

    def href(self, record: Any) -> str:
        return str(record.get_absolute_url())


class PostbackFilters(ListFilterSet):
    search_keys = {"id": by_number("id")}

    active = ChoicesFilter(
        label=gettext_lazy("State"),
        choices=[("1", gettext_lazy("On")), ("0", gettext_lazy("Off"))],
        method="by_state",
    )
    partner = django_filters.ModelChoiceFilter(
        label=gettext_lazy("Partner"), queryset=Partner.objects.all()
    )
    offer = django_filters.ModelChoiceFilter(label=gettext_lazy("Offer"), queryset=offers)

    def by_state(
        self, queryset: QuerySet[PartnerPostback], name: str, value: list[str]
    ) -> QuerySet[PartnerPostback]:
        return queryset.filter(active__in=[one == "1" for one in value]) if value else queryset
