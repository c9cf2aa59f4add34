"""Pure decisions about conversions: statuses, transitions, money (conversions.md)."""

from decimal import ROUND_HALF_EVEN, Decimal

from django.db.models import TextChoices
from django.utils.translation import gettext_lazy as _

SMALLEST = Decimal("0.0001")
MAX_AMOUNT = Decimal("999999999999.9999")


class Status(TextChoices):
    PENDING = "pending", _("New")
    APPROVED = "approved", _("Approved")
    REJECTED = "rejected", _("Rejected")
    INVALID = "invalid", _("Invalid")
    THROTTLED = "throttled", _("Throttled")


# Only these can be assigned, and only to these: never back to New, never to or from Invalid.
ASSIGNABLE = (Status.APPROVED, Status.REJECTED)
CHANGEABLE = (Status.PENDING, Status.APPROVED, Status.REJECTED, Status.THROTTLED)
# Whose amounts can be changed (conversions.md, "Amounts CSV" and PUT …/payoutrevenue).
PRICED = (Status.APPROVED, Status.THROTTLED)
# The words by which advertisers' systems call a status (conversions.md, "How one comes in").
INTAKE_WORDS: dict[str, Status] = {
    **dict.fromkeys(
        ["hold", "new", "pending", "processing", "open", "accepted", "waiting", "shipped"],
        Status.PENDING,
    ),
    **dict.fromkeys(
        ["approved", "confirmed", "confirm", "paid", "completed", "sold", "delivered"],
        Status.APPROVED,
    ),
    **dict.fromkeys(["rejected", "declined", "cancelled", "canceled", "returned"], Status.REJECTED),
}


def from_sale(sale_amount: Decimal, *, percent: Decimal, fixed: Decimal) -> Decimal:
    """What a rate makes of a sale: sale × percent + fixed, rounded half-even to 4 decimals."""
    return (sale_amount * percent / 100 + fixed).quantize(SMALLEST, ROUND_HALF_EVEN)


def counted(status: str, amount: Decimal) -> Decimal:
    """The part of an amount that counts: all of it while approved, else nothing."""
    return amount if status == Status.APPROVED else Decimal(0)
