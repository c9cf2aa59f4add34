"""What conversions show on the dashboard (conversions.md, "Conversions page")."""

from collections import Counter
from decimal import Decimal
from typing import Any

from django.http import HttpRequest
from django.utils.translation import gettext as _

from conversions.figures import DAYS, Figure, by_day, days, figures
from conversions.rules import Status
from conversions.tables import reason_texts
from conversions.visibility import shown_to
from convertr.accounts.access import person
from convertr.ui.charts import WIDE, Chart, Series, stacked

TONES = {
    Status.APPROVED: "green",
    Status.PENDING: "grey",
    Status.THROTTLED: "amber",
    Status.REJECTED: "red",
    Status.INVALID: "dark",
}


def by_status(request: HttpRequest) -> dict[str, Any]:
    """Conversions a day, stacked by status."""
    found, shown = figures(person(request)), days()
    series = []
    for status, tone in TONES.items():
        counts = by_day((f for f in found if f.status == status), "count")
        series.append(Series(str(status.label), tone, [counts.get(day, 0) for day in shown]))
    title = _("Conversions by day and status, last %(days)s days") % {"days": DAYS}
    return {"chart": stacked(title, shown, [s for s in series if s.total], size=WIDE)}


def counted_money(request: HttpRequest) -> dict[str, Any]:
    """Counted money by currency: what approved conversions pay and earn."""
    user = person(request)
    found = [figure for figure in figures(user) if figure.counts]
    sides = shown_to(user, ["revenue", "payout"])
    currencies = sorted({figure.currency for figure in found})
    lines = [_money(c, [f for f in found if f.currency == c], sides) for c in currencies]
    return {"lines": lines, "staff": "revenue" in sides}


def _money(currency: str, found: list[Figure], sides: list[str]) -> dict[str, Any]:
    sums = {s: round(sum((getattr(f, s) for f in found), Decimal(0)), 2) for s in sides}
    if "revenue" in sums:
        sums["margin"] = sums["revenue"] - sums["payout"]
    return {"currency": currency, "sums": sums, "chart": _money_chart(currency, found, sides[0])}


def _money_chart(currency: str, found: list[Figure], side: str) -> Chart:
    sums, shown = by_day(found, side), days()
    label = _("Revenue") if side == "revenue" else _("Payout")
    series = Series(f"{label} {currency}", "blue", [sums.get(day, 0) for day in shown])
    title = _("%(what)s by day in %(currency)s") % {"what": label, "currency": currency}
    return stacked(title, shown, [series])


def rejections(request: HttpRequest) -> dict[str, Any]:
    """Why conversions were rejected, most frequent first."""
    counts: Counter[str] = Counter()
    for figure in figures(person(request)):
        if figure.status == Status.REJECTED:
            counts[figure.reason] += figure.count
    texts = reason_texts(set(counts))
    named = [(texts.get(code, code) or _("No reason given"), n) for code, n in counts.most_common()]
    return {"reasons": named, "total": counts.total(), "days": DAYS}
