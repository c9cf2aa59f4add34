"""What a verified job will do to the money."""

from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _


@dataclass(frozen=True)
class MoneyLine:
    """Counted money of one side in one currency, before and after the job."""

    label: str | Promise
    currency: str
    before: Decimal
    after: Decimal

    @property
    def difference(self) -> Decimal:
        return self.after - self.before


def money_lines(money: Mapping[str, Mapping[str, str]]) -> list[MoneyLine]:
    """Two lines a currency, payout and revenue, from the job's summary."""
    sides = (("payout", _("Payout")), ("revenue", _("Revenue")))
    return [
        MoneyLine(label, currency, Decimal(sums[f"{s}_before"]), Decimal(sums[f"{s}_after"]))
        for currency, sums in sorted(money.items())
        for s, label in sides
    ]
