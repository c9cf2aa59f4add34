"""What the conversions asked for come to: counted by status, summed by currency."""

from decimal import Decimal
from typing import Any

from django.db.models import Avg, Count, F, QuerySet, Sum
from ninja import Schema
from pydantic import Field

from conversions.models import Conversion
from conversions.rules import Status
from convertr.accounts.models import User

SUMS = ("payout", "revenue", "sale_amount")
COUNTED = "Of approved conversions; null where they are in several currencies."


class _Currency(Schema):
    """Sums in one currency: what counts (approved), and what is stored (every status)."""

    currency_id: str
    total: int
    revenue: float
    sale_amount: float
    stored_revenue: float
    stored_sale_amount: float


class NetworkCurrency(_Currency):
    payout: float
    stored_payout: float


class _Summary(Schema):
    total: int
    pending: int
    approved: int
    invalid: int
    throttled: int
    rejected: int
    rejected_manual: int = Field(description="As `rejected`: nothing is scrubbed here.")
    rejected_scrub: int = Field(description="Always 0.")
    revenue: float | None = Field(description=COUNTED)
    gross_sales: float | None = Field(description=f"Sale amounts. {COUNTED}")
    has_multi_currencies: bool
    avg_click_to_cv_time: int = Field(description="Seconds, where the click is known; else 0.")


class PartnerSummary(_Summary):
    """A partner's; `revenue` is what it earns."""

    currencies: list[_Currency]


class NetworkSummary(_Summary):
    payout: float | None = Field(description=COUNTED)
    currencies: list[NetworkCurrency]


def summary(rows: QuerySet[Conversion], user: User) -> dict[str, Any]:
    """The summary that this person may read."""
    rows = rows.order_by()
    grouped = rows.values("status", currency=F("offer__currency")).annotate(
        number=Count("pk"), **{f"{name}_sum": Sum(name) for name in SUMS}
    )
    groups: list[dict[str, Any]] = [dict(group) for group in grouped]
    currencies = [
        _currency(currency, [g for g in groups if g["currency"] == currency], user)
        for currency in sorted({group["currency"] for group in groups})
    ]
    counts = dict.fromkeys(Status.values, 0)
    for group in groups:
        counts[group["status"]] += group["number"]
    waited = rows.aggregate(mean=Avg(F("converted_at") - F("clicked_at")))["mean"]
    told: dict[str, Any] = {
        "total": sum(counts.values()),
        **counts,
        "rejected_manual": counts[Status.REJECTED],
        "rejected_scrub": 0,
        "revenue": _single(currencies, "revenue"),
        "gross_sales": _single(currencies, "sale_amount"),
        "has_multi_currencies": len(currencies) > 1,
        "avg_click_to_cv_time": int(waited.total_seconds()) if waited else 0,
        "currencies": currencies,
    }
    return told if user.is_partner else told | {"payout": _single(currencies, "payout")}


def _single(currencies: list[dict[str, Any]], name: str) -> float | None:
    """A sum where there is one currency: euros and dollars add up to nothing."""
    if len(currencies) > 1:
        return None
    return float(sum(currency[name] for currency in currencies))


def _currency(name: str, groups: list[dict[str, Any]], user: User) -> dict[str, Any]:
    approved = [group for group in groups if group["status"] == Status.APPROVED]
    told: dict[str, Any] = {
        "currency_id": name,
        "total": sum(group["number"] for group in groups),
    }
    # A partner's revenue is its payout; the network's is not its business.
    columns = {"payout": "payout", "revenue": "revenue", "sale_amount": "sale_amount"}
    if user.is_partner:
        columns = {"revenue": "payout", "sale_amount": "sale_amount"}
    for field, column in columns.items():
        told[field] = _sum(approved, column)
        told[f"stored_{field}"] = _sum(groups, column)
    return told


def _sum(groups: list[dict[str, Any]], column: str) -> float:
    return float(sum((group[f"{column}_sum"] or Decimal(0) for group in groups), Decimal(0)))
