"""The columns of the conversions list. A column's name is what visibility calls it."""

from collections.abc import Sequence
from typing import Any

from django.db.models import Model
from django.urls import reverse
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _t
from django.utils.translation import gettext_lazy as _

from conversions.models import Conversion, Reason
from convertr.ui.lists import ListTable
from convertr.ui.lists.columns import (
    Column,
    IdColumn,
    MoneyColumn,
    TimeColumn,
    YesColumn,
    cut,
)
from convertr.ui.templatetags.ui import icon, pill


class NumberColumn(Column):
    """The conversion's number leads to its page; buttons beside it copy it and look into it."""

    css = "nowrap row-key"

    def render(self, value: int) -> SafeString:
        page = reverse("conversions:detail", args=[value])
        return format_html(
            '<a class="mono" href="{0}">{1}</a>'
            '<button type="button" class="row-act" data-copy="{1}" aria-label="{2}">{3}</button>'
            '<button type="button" class="row-act" hx-get="{0}" hx-target="#panel-body"'
            ' aria-label="{4}">{5}</button>',
            page,
            value,
            _t("Copy %(text)s") % {"text": value},
            icon("copy", size=12),
            _t("Look into %(text)s") % {"text": value},
            icon("eye", size=12),
        )

    def value(self, value: int) -> str:
        return str(value)


class ReasonColumn(Column):
    """The public text of a reason; its code where it is in no catalogue."""

    def render(self, value: str, table: "ConversionTable") -> Any:
        return cut(table.reasons.get(value, value))

    def value(self, value: str, table: "ConversionTable") -> str:
        return table.reasons.get(value, value)


class StatusColumn(Column):
    """The status, and a lock beside it for those who may see that it is paid or invoiced."""

    css = "nowrap"

    def render(self, value: Any, record: Conversion, table: "ConversionTable") -> SafeString:
        status = pill(record.status, str(value))
        if not (table.locks and record.locked):
            return status
        title = _t("Locked: paid or invoiced")
        lock = icon("lock", title, size=12)
        return format_html('{} <span class="locked" title="{}">{}</span>', status, title, lock)

    def value(self, record: Conversion) -> str:
        return record.status


class ConversionTable(ListTable):
    id = NumberColumn(verbose_name=_("ID"))
    uuid = IdColumn(verbose_name=_("Conversion UUID"))
    request_id = IdColumn(verbose_name=_("Request ID"))
    offer = Column(verbose_name=_("Offer"), accessor="offer__name")
    partner = Column(verbose_name=_("Partner"), accessor="partner__name")
    advertiser = Column(verbose_name=_("Advertiser"), accessor="offer__advertiser__name")
    event = Column(verbose_name=_("Event"), accessor="event__name")
    status = StatusColumn(verbose_name=_("Status"))
    payout = MoneyColumn(verbose_name=_("Payout"), currency="offer__currency")
    revenue = MoneyColumn(verbose_name=_("Revenue"), currency="offer__currency")
    sale_amount = MoneyColumn(verbose_name=_("Sale amount"), currency="offer__currency")
    currency = Column(verbose_name=_("Currency"), accessor="offer__currency")
    converted_at = TimeColumn(verbose_name=_("Conversion time"))
    clicked_at = TimeColumn(verbose_name=_("Click time"))
    reason = ReasonColumn(verbose_name=_("Reason"), accessor="reason_code")
    note = Column(verbose_name=_("Note"))
    locked = YesColumn(verbose_name=_("Locked"), word=_("Locked"))
    transaction_id = IdColumn(verbose_name=_("Transaction ID"))
    order_id = IdColumn(verbose_name=_("Order ID"))
    click_id = IdColumn(verbose_name=_("Click ID"))
    sub1 = Column(verbose_name="sub1")
    sub2 = Column(verbose_name="sub2")
    sub3 = Column(verbose_name="sub3")
    sub4 = Column(verbose_name="sub4")
    sub5 = Column(verbose_name="sub5")
    sub6 = Column(verbose_name="sub6")
    adv1 = Column(verbose_name="adv1")
    adv2 = Column(verbose_name="adv2")
    adv3 = Column(verbose_name="adv3")
    adv4 = Column(verbose_name="adv4")
    adv5 = Column(verbose_name="adv5")
    source = Column(verbose_name=_("Source"))
    country = Column(verbose_name=_("Country"))
    device = Column(verbose_name=_("Device"))
    ip = Column(verbose_name=_("IP address"))
    created_at = TimeColumn(verbose_name=_("Created"))

    def __init__(
        self,
        data: Sequence[Conversion],
        *,
        reasons: dict[str, str] | None = None,
        locks: bool = False,
        **kwargs: Any,
    ) -> None:
        self.reasons, self.locks = reasons or {}, locks
        super().__init__(data, **kwargs)

    def href(self, record: Model) -> str:
        return reverse("conversions:detail", args=[record.pk])

    panel = href


def reason_texts(codes: set[str]) -> dict[str, str]:
    """The public texts of reasons by code."""
    codes = codes - {""}
    found = Reason.objects.filter(code__in=codes) if codes else Reason.objects.none()
    return dict(found.values_list("code", "text"))
