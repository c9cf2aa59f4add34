"""Sums of the last 30 days by day, status and currency, for the dashboard.

Bounded by the time index, kept for a minute per scope (all, or one partner) and time zone: a
million conversions are summed once a minute, not once a look.
"""

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from decimal import Decimal

from django.db.models import Count, Sum
from django.db.models.functions import TruncDate
from django.utils import timezone

from conversions.models import Conversion
from conversions.rules import Status
from convertr.accounts.models import User
from convertr.network.models import Offer
from convertr.ui.cached import cached

DAYS = 30
SECONDS = 60


@dataclass(frozen=True)
class Figure:
    """What one day, status, currency and reason come to; money as stored."""

    day: date
    status: str
    currency: str
    reason: str
    count: int
    payout: Decimal
    revenue: Decimal

    @property
    def counts(self) -> bool:
        """Whether its money counts (conversions.md, "Counted money")."""
        return self.status == Status.APPROVED


def days() -> list[date]:
    """The days of the dashboard, in order, today last, in the person's zone."""
    today = timezone.localdate()
    return [today - timedelta(days=n) for n in range(DAYS - 1, -1, -1)]


def figures(user: User) -> list[Figure]:
    """The figures of what this person sees, at most a minute old."""
    scope = f"partner-{user.partner_id}" if user.is_partner else "all"
    zone = timezone.get_current_timezone_name()
    key = f"conversions:figures:{scope}:{zone}:{timezone.localdate()}".replace(" ", "_")
    return cached(key, SECONDS, lambda: _figures(user))


def _figures(user: User) -> list[Figure]:
    zone = timezone.get_current_timezone()
    start = timezone.make_aware(datetime.combine(days()[0], time.min))
    grouped = (
        Conversion.objects.visible_to(user)
        .filter(converted_at__gte=start)
        .annotate(day=TruncDate("converted_at", tzinfo=zone))
        .values("day", "status", "offer_id", "reason_code")
        .annotate(count=Count("id"), payout_sum=Sum("payout"), revenue_sum=Sum("revenue"))
        .order_by()
    )
    currencies = dict(Offer.objects.values_list("id", "currency"))
    sums: dict[tuple[date, str, str, str], list[Decimal | int]] = defaultdict(lambda: [0, 0, 0])
    for row in grouped:
        key = (row["day"], row["status"], currencies[row["offer_id"]], row["reason_code"])
        found = (row["count"], row["payout_sum"], row["revenue_sum"])
        sums[key] = [a + b for a, b in zip(sums[key], found, strict=True)]
    return [
        Figure(*key, count=int(n), payout=Decimal(payout), revenue=Decimal(revenue))
        for key, (n, payout, revenue) in sums.items()
    ]


def by_day(found: Iterable[Figure], value: str) -> dict[date, Decimal | int]:
    """The sum of one value a day."""
    sums: dict[date, Decimal | int] = defaultdict(int)
    for figure in found:
        sums[figure.day] += getattr(figure, value)
    return sums
