"""The columns of the Explorer. A column's name is what `visibility` calls it."""

from decimal import Decimal
from typing import Any

from django.db.models import Model
from django.urls import reverse
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _t
from django.utils.translation import gettext_lazy as _

from convertr.ui.lists import ListTable
from convertr.ui.lists.columns import (
    Column,
    IdColumn,
    LinkColumn,
    StateColumn,
    TimeColumn,
    cut,
    money,
)
from requests_workflow.models import ConversionRequest
from requests_workflow.visibility import reason_text


class RequestColumn(Column):
    """The request's number, which leads to its page."""

    css = "nowrap row-key"

    def render(self, value: int) -> SafeString:
        page = reverse("requests:detail", args=[value])
        label = _t("Request %(id)s") % {"id": value}
        return format_html('<a class="mono" href="{}" aria-label="{}">{}</a>', page, label, value)

    def value(self, value: int) -> str:
        return str(value)


class AmountColumn(Column):
    """What a request asks for; quieter what its conversion has where it doesn't name it."""

    css = "num"

    def __init__(self, name: str, *args: Any, **kwargs: Any) -> None:
        self.name = name
        super().__init__(*args, accessor="wanted", **kwargs)

    def render(self, record: ConversionRequest) -> Any:
        currency = record.offer.currency
        if self.name in record.wanted:
            return money(Decimal(record.wanted[self.name]), currency)
        amount = self.value(record)
        if amount is None:
            return "–"
        return format_html('<span class="muted">{}</span>', money(amount, currency))

    def value(self, record: ConversionRequest) -> Decimal | None:
        if self.name in record.wanted:
            return Decimal(record.wanted[self.name])
        return getattr(record.conversion, self.name) if record.conversion else None


class ReasonColumn(Column):
    """Why it was rejected."""

    def render(self, value: str) -> Any:
        return cut(reason_text(value))

    def value(self, value: str) -> str:
        return reason_text(value)


class RequestTable(ListTable):
    id = RequestColumn(verbose_name=_("ID"))
    raised_at = TimeColumn(verbose_name=_("Raised"))
    raised_by = Column(verbose_name=_("By"))
    type = Column(verbose_name=_("Type"))
    status = StateColumn(verbose_name=_("Status"))
    conversion = LinkColumn(
        verbose_name=_("Conversion"),
        accessor="conversion_id",
        page=("conversions:detail", "conversion_id"),
    )
    offer = Column(verbose_name=_("Offer"), accessor="offer__name")
    advertiser = Column(verbose_name=_("Advertiser"), accessor="offer__advertiser__name")
    partner = Column(verbose_name=_("Partner"), accessor="partner__name")
    event = Column(verbose_name=_("Event"), accessor="event__name")
    payout = AmountColumn("payout", verbose_name=_("Payout"))
    revenue = AmountColumn("revenue", verbose_name=_("Revenue"))
    sale_amount = AmountColumn("sale_amount", verbose_name=_("Sale amount"))
    currency = Column(verbose_name=_("Currency"), accessor="offer__currency")
    decided_at = TimeColumn(verbose_name=_("Decided"))
    decided_by = Column(verbose_name=_("Decided by"))
    reason = ReasonColumn(verbose_name=_("Reason"), accessor="decision_reason")
    processed_at = TimeColumn(verbose_name=_("Processed"))
    conversion_uuid = IdColumn(verbose_name=_("Conversion UUID"), accessor="conversion__uuid")

    class Meta:
        # A click looks into the row, beside the list, instead of leaving it (static/js/rows.js).
        row_attrs = {"data-beside": ""}

    def href(self, record: Model) -> str:
        return reverse("requests:detail", args=[record.pk])

    panel = href
