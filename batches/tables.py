"""The columns of pending and of sent batches."""

from collections.abc import Mapping, Sequence
from typing import Any

from django.db.models import Model
from django.template.defaultfilters import filesizeformat
from django.template.loader import render_to_string
from django.urls import reverse
from django.utils.formats import date_format
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import gettext_lazy as _

from batches.models import Batch, Integration
from batches.rules import Kind
from batches.shown import batch_pill, state_of, when
from convertr.accounts.models import User
from convertr.ui.lists import ListTable
from convertr.ui.lists.columns import (
    Column,
    IdColumn,
    LinkColumn,
    NumberColumn,
    TimeColumn,
)
from convertr.ui.templatetags.ui import pill


class CountColumn(Column):
    """How many leads wait: from one query for the page."""

    css = "num"

    def render(self, record: Integration, table: "PendingTable") -> SafeString:
        page = reverse("batches:pending_leads", args=[record.pk])
        return format_html('<a href="{}">{}</a>', page, f"{table.counts.get(record.pk, 0):,}")

    def value(self, record: Integration, table: "PendingTable") -> int:
        return table.counts.get(record.pk, 0)


class ScheduleColumn(Column):
    """The schedule in words, the next run, and how long that is from now."""

    css = "nowrap"

    def render(self, record: Integration) -> Any:
        return when(record).html()

    def value(self, record: Integration) -> str:
        return when(record).plain()


class KindColumn(Column):
    def render(self, record: Integration) -> str:
        return str(Kind(record.kind).label)

    def value(self, record: Integration) -> str:
        return record.kind


class IntegrationStateColumn(Column):
    def render(self, record: Integration) -> SafeString:
        return pill(*state_of(record))

    def value(self, record: Integration) -> str:
        return state_of(record)[1]


class DayColumn(Column):
    """A day, as people write it; in exports as machines do."""

    css = "nowrap"

    def render(self, value: Any) -> str:
        return date_format(value, "j M Y")

    def value(self, value: Any) -> str:
        return str(value.isoformat())


class ActsColumn(Column):
    """What can be done with the row; no part of an export, and none that one chooses."""

    css = "nowrap row-acts"

    def __init__(self, template: str) -> None:
        self.acts_template = template
        super().__init__(accessor="pk", verbose_name=_("Actions"), exclude_from_export=True)

    def render(self, record: Model, table: "ActsTable") -> SafeString:
        context = {"row": record, "may": table.may}
        return render_to_string(self.acts_template, context)


class ActsTable(ListTable):
    """A table whose last column is always what can be done with a row; `may` says by whom."""

    def __init__(
        self,
        data: Sequence[Any],
        *,
        columns: Sequence[str],
        user: User | None = None,
        **kwargs: Any,
    ) -> None:
        self.may = permissions_of(user)
        super().__init__(data, columns=[*columns, "acts"], **kwargs)

    @classmethod
    def names(cls) -> list[str]:
        return [name for name in super().names() if name != "acts"]


def permissions_of(user: User | None) -> Mapping[str, bool]:
    """What of a row's acts a person may do."""
    names = {"configure": "batches.configure_batches", "send": "batches.batch_now"}
    return {act: bool(user and user.has_perm(name)) for act, name in names.items()}


class PendingTable(ActsTable):
    advertiser_id = IdColumn(verbose_name=_("Advertiser ID"), accessor="campaign__advertiser_id")
    advertiser_name = LinkColumn(
        verbose_name=_("Advertiser name"),
        accessor="campaign__advertiser__name",
        page=("network:advertiser", "campaign__advertiser_id"),
    )
    campaign_id = IdColumn(verbose_name=_("Campaign ID"))
    campaign_name = LinkColumn(
        verbose_name=_("Campaign name"),
        accessor="campaign__name",
        page=("network:campaign", "campaign_id"),
    )
    label = LinkColumn(verbose_name=_("Label"), page=("batches:pending_leads", "pk"))
    leads = CountColumn(verbose_name=_("Lead"), empty_values=())
    schedule = ScheduleColumn(verbose_name=_("Schedule"), empty_values=())
    ends_on = DayColumn(verbose_name=_("Campaign end date"), accessor="campaign__ends_on")
    kind = KindColumn(verbose_name=_("Type"))
    state = IntegrationStateColumn(verbose_name=_("State"), empty_values=())
    id = IdColumn(verbose_name=_("ID"))
    created_at = TimeColumn(verbose_name=_("Created"))
    acts = ActsColumn("batches/pending_acts.html")

    def __init__(
        self, data: Sequence[Any], *, counts: Mapping[int, int] | None = None, **kwargs: Any
    ) -> None:
        self.counts = counts or {}
        super().__init__(data, **kwargs)

    def href(self, record: Model) -> str:
        return reverse("batches:pending_leads", args=[record.pk])


class BatchStateColumn(Column):
    def render(self, record: Batch) -> SafeString:
        return batch_pill(record)

    def value(self, record: Batch) -> str:
        return record.state


class SizeColumn(Column):
    css = "num"

    def render(self, value: int) -> str:
        return filesizeformat(value)

    def value(self, value: int) -> int:
        return value


class DigestColumn(IdColumn):
    """The first digits; a click copies the whole."""

    def render(self, value: str) -> SafeString:
        return format_html(
            '<button type="button" class="copy mono" data-copy="{0}" title="{0}"'
            ' aria-label="{1}">{2}…</button>',
            value,
            _("Copy the SHA-256"),
            value[:12],
        )


class SentTable(ActsTable):
    id = LinkColumn(verbose_name=_("ID"), page=("batches:batch", "pk"))
    advertiser_id = IdColumn(
        verbose_name=_("Advertiser ID"), accessor="integration__campaign__advertiser_id"
    )
    advertiser_name = LinkColumn(
        verbose_name=_("Advertiser name"),
        accessor="integration__campaign__advertiser__name",
        page=("network:advertiser", "integration__campaign__advertiser_id"),
    )
    campaign_id = IdColumn(verbose_name=_("Campaign ID"), accessor="integration__campaign_id")
    campaign_name = LinkColumn(
        verbose_name=_("Campaign name"),
        accessor="integration__campaign__name",
        page=("network:campaign", "integration__campaign_id"),
    )
    label = Column(verbose_name=_("Label"), accessor="integration__label")
    leads = NumberColumn(verbose_name=_("Lead"))
    sent_at = TimeColumn(verbose_name=_("Sent"))
    state = BatchStateColumn(verbose_name=_("State"))
    size = SizeColumn(verbose_name=_("Size"))
    sha256 = DigestColumn(verbose_name=_("SHA-256"))
    attempts = NumberColumn(verbose_name=_("Attempts"))
    name = Column(verbose_name=_("File"))
    created_at = TimeColumn(verbose_name=_("Claimed"))
    acts = ActsColumn("batches/sent_acts.html")
