"""What a partner may see of a conversion: one whitelist, from which everything else is built.

Columns, filters, sorts, search keys, exports, the page, its history and the dashboard all ask
`shown_to`; what isn't named here doesn't exist for a partner (platform.md, "People").
"""

from collections.abc import Iterable

from convertr.accounts.models import User

PARTNER_SEES = frozenset({
    "id", "uuid", "offer", "event", "currency", "status", "payout", "payout_rate", "sale_amount",
    "reason", "transaction_id", "click_id", "order_id", "source", "country", "device",
    "sub1", "sub2", "sub3", "sub4", "sub5", "sub6", "converted_at", "clicked_at",
})  # fmt: skip
# Of what changed, a partner reads these; who changed it is told only of its own people.
PARTNER_HISTORY = frozenset({"status", "payout", "sale_amount", "reason"})


def shown_to(user: User, names: Iterable[str]) -> list[str]:
    """The names that this person may see, in the order given."""
    return [name for name in names if not user.is_partner or name in PARTNER_SEES]


def history_shown_to(user: User, names: Iterable[str]) -> list[str]:
    """The fields whose changes this person may read."""
    return [name for name in names if not user.is_partner or name in PARTNER_HISTORY]
