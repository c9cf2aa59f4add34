"""The columns of Global Leads. A column's name is what visibility calls it."""

from collections.abc import Iterable, Mapping, Sequence
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
    NumberColumn,
    TimeColumn,
    YesColumn,
    cut,
)
from convertr.ui.templatetags.ui import pill
from leads.models import FlagReason, FlagReasonCategory, Lead
from leads.rules import Processing, Status

# (flag, code) → text.
Texts = Mapping[tuple[str, str], str]


class Catalogue:
    """What the codes of reasons and categories say, as far as some leads have them."""

    def __init__(self, things: Iterable[Any] = ()) -> None:
        things = list(things)
        self.reasons = _texts(FlagReason, {one.reason_code for one in things})
        self.categories = _texts(FlagReasonCategory, {one.reason_category for one in things})

    def reason(self, lead: Any) -> str:
        """Why a lead (or an event of one) is flagged: the catalogue's text, or one's own."""
        code = lead.reason_code
        return self.reasons.get((lead.status, code), code) or lead.own_reason

    def category(self, lead: Any) -> str:
        code = lead.reason_category
        return self.categories.get((lead.status, code), code)


def _texts(model: type[FlagReason | FlagReasonCategory], codes: set[str]) -> Texts:
    codes = codes - {""}
    found = model._default_manager.filter(code__in=codes).values_list("flag", "code", "text")
    return {(flag, code): text for flag, code, text in found} if codes else {}


def status_pill(status: str) -> SafeString:
    """A lead's status; one that it doesn't have yet, too."""
    return pill(status or "pending", str(Status(status).label))


def processing_pill(processing: str) -> SafeString:
    tones = {Processing.COMPLETE: "done", Processing.ON_HOLD: "paused"}
    return pill(tones.get(Processing(processing), processing), str(Processing(processing).label))


def delivery_text(lead: Lead) -> str:
    """Whether it is delivered, and where it isn't, whether a person has said so."""
    if lead.delivered:
        return _t("Delivered")
    return _t("Marked undelivered") if lead.undelivered else _t("Undelivered")


class LeadColumn(Column):
    """The lead's number, which leads to its page."""

    css = "nowrap row-key"

    def render(self, value: int) -> SafeString:
        page = reverse("leads:detail", args=[value])
        label = _t("Lead %(id)s") % {"id": value}
        return format_html('<a class="mono" href="{}" aria-label="{}">{}</a>', page, label, value)

    def value(self, value: int) -> str:
        return str(value)


class StatusColumn(Column):
    """The status; on hover why, where a person has said it."""

    css = "nowrap"

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        # A lead without a status is shown as one, too.
        super().__init__(*args, empty_values=(), **kwargs)

    def render(self, record: Lead, table: "LeadTable") -> SafeString:
        shown, reason = status_pill(record.status), table.catalogue.reason(record)
        if not reason:
            return shown
        return format_html(
            '<span title="{1}">{0}<span class="sr">: {1}</span></span>', shown, reason
        )

    def value(self, record: Lead) -> str:
        return record.status


class DeliveryColumn(Column):
    def render(self, record: Lead) -> str | SafeString:
        text = delivery_text(record)
        return pill("done", text) if record.delivered else text

    def value(self, record: Lead) -> str:
        return "delivered" if record.delivered else "undelivered"


class ProcessingColumn(Column):
    def render(self, record: Lead) -> SafeString:
        return processing_pill(record.processing)

    def value(self, record: Lead) -> str:
        return record.processing


class ReplacementColumn(Column):
    """Only what is one says so."""

    def render(self, value: Any, record: Lead) -> str:
        return "" if record.replacement == "none" else str(value)

    def value(self, record: Lead) -> str:
        return record.replacement


class ReasonColumn(Column):
    """The catalogue's text, or the person's own."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, empty_values=(), **kwargs)

    def render(self, record: Lead, table: "LeadTable") -> Any:
        return cut(self.value(record, table))

    def value(self, record: Lead, table: "LeadTable") -> str:
        return table.catalogue.reason(record)


class CategoryColumn(ReasonColumn):
    def value(self, record: Lead, table: "LeadTable") -> str:
        return table.catalogue.category(record)


class ScoreColumn(NumberColumn):
    """Percent of the points; two decimals only where they say something."""

    def render(self, value: Any) -> str:
        return f"{value.normalize():f} %"


class DataColumn(Column):
    """One field of the data as the transforms left it."""

    def __init__(self, name: str, *args: Any, **kwargs: Any) -> None:
        self.field = name
        super().__init__(*args, accessor="data", **kwargs)

    def render(self, value: Mapping[str, str]) -> Any:
        return cut(value.get(self.field, ""))

    def value(self, value: Mapping[str, str]) -> str:
        return value.get(self.field, "")


class LeadTable(ListTable):
    id = LeadColumn(verbose_name=_("ID"))
    hash = IdColumn(verbose_name=_("Hash"))
    status = StatusColumn(verbose_name=_("Status"))
    campaign = LinkColumn(
        verbose_name=_("Campaign"),
        accessor="campaign__name",
        page=("network:campaign", "campaign_id"),
    )
    advertiser = Column(verbose_name=_("Advertiser"), accessor="campaign__advertiser__name")
    partner = Column(verbose_name=_("Partner"), accessor="partner__name")
    firstName = DataColumn("firstName", verbose_name=_("First name"))  # noqa: N815  its name
    lastName = DataColumn("lastName", verbose_name=_("Last name"))  # noqa: N815
    email = DataColumn("email", verbose_name=_("E-mail"))
    telephone = DataColumn("telephone", verbose_name=_("Telephone"))
    country = DataColumn("country", verbose_name=_("Country"))
    city = DataColumn("city", verbose_name=_("City"))
    postcode = DataColumn("postcode", verbose_name=_("Postcode"))
    company = DataColumn("company", verbose_name=_("Company"))
    delivery = DeliveryColumn(verbose_name=_("Delivery"), accessor="delivered")
    billable = YesColumn(verbose_name=_("Billable"), accessor="is_billable", word=_("Billable"))
    billable_partner = YesColumn(
        verbose_name=_("Billable to partner"),
        accessor="is_billable_to_partner",
        word=_("Billable"),
    )
    replacement = ReplacementColumn(verbose_name=_("Replacement"))
    score = ScoreColumn(verbose_name=_("Score"))
    hardfail = YesColumn(verbose_name=_("Hardfail"), word=_("Hardfail"))
    processing = ProcessingColumn(verbose_name=_("Processing"))
    round = NumberColumn(verbose_name=_("Processing count"))
    reason = ReasonColumn(verbose_name=_("Reason"), accessor="reason_code")
    category = CategoryColumn(verbose_name=_("Category"), accessor="reason_category")
    comment = Column(verbose_name=_("Comment"))
    channel = Column(verbose_name=_("Channel"))
    link_id = IdColumn(verbose_name=_("Link ID"))
    ip = Column(verbose_name=_("IP address"))
    opt_in = YesColumn(verbose_name=_("Opt-in"))
    created_at = TimeColumn(verbose_name=_("Created"))
    updated_at = TimeColumn(verbose_name=_("Updated"))
    first_delivered_at = TimeColumn(verbose_name=_("First delivered"))

    class Meta:
        # A click looks into the row, beside the list, instead of leaving it (static/js/rows.js).
        row_attrs = {"data-beside": ""}

    def __init__(
        self, data: Sequence[Lead], *, catalogue: Catalogue | None = None, **kwargs: Any
    ) -> None:
        self.catalogue = catalogue or Catalogue()
        super().__init__(data, **kwargs)

    def href(self, record: Model) -> str:
        return reverse("leads:detail", args=[record.pk])

    panel = href
