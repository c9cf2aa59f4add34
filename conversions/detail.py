"""What a conversion's page shows of it, in groups, each value only to those who may see it."""

from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from django.db.models import Model
from django.urls import reverse
from django.utils.functional import Promise
from django.utils.html import format_html
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from conversions.models import Conversion
from conversions.rules import counted
from conversions.tables import ConversionTable, reason_texts
from conversions.visibility import shown_to
from convertr.accounts.models import User
from convertr.ui.lists.columns import copyable, moment, money
from convertr.ui.templatetags.ui import icon, pill

GROUPS: dict[str, tuple[str | Promise, tuple[str, ...]]] = {
    "main": (
        gettext_lazy("Conversion"),
        ("id", "uuid", "status", "reason", "offer", "event", "partner", "advertiser",
         "converted_at", "clicked_at", "locked", "note"),
    ),
    "money": (
        gettext_lazy("Money"),
        ("payout", "payout_rate", "revenue", "revenue_rate", "sale_amount"),
    ),
    "keys": (
        gettext_lazy("Keys"),
        ("transaction_id", "request_id", "order_id", "click_id"),
    ),
    "more": (
        gettext_lazy("Tracking"),
        ("sub1", "sub2", "sub3", "sub4", "sub5", "sub6", "adv1", "adv2", "adv3", "adv4", "adv5",
         "source", "country", "device", "ip"),
    ),
}  # fmt: skip
LABELS = {
    "payout_rate": gettext_lazy("Payout rate"),
    "revenue_rate": gettext_lazy("Revenue rate"),
}


@dataclass(frozen=True)
class Group:
    key: str
    title: str | Promise
    facts: list[tuple[str, Any]]


def details(conversion: Conversion, user: User) -> list[Group]:
    """The groups of facts that this person may see; empty values are left out."""
    groups = []
    for key, (title, names) in GROUPS.items():
        facts = [(label(name), fact(conversion, name, user)) for name in shown_to(user, names)]
        groups.append(Group(key, title, [pair for pair in facts if pair[1] not in ("", None)]))
    return [group for group in groups if group.facts]


def label(name: str) -> str:
    return str(LABELS.get(name) or ConversionTable.label(name))


def fact(conversion: Conversion, name: str, user: User) -> Any:
    """One value as the page shows it; empty where there is none."""
    if name in _FACTS:
        return _FACTS[name](conversion)
    if name in _PARTIES:
        return party(_PARTIES[name](conversion), f"network:{name}", user)
    return getattr(conversion, name)


def party(thing: Model, page: str, user: User) -> Any:
    """A party's name, leading to its page where this person has one."""
    if user.is_partner:
        return str(thing)
    return format_html('<a href="{}">{}</a>', reverse(page, args=[thing.pk]), thing)


def rate(fixed: Decimal, percent: Decimal, currency: str) -> Any:
    """4.00 EUR + 10 % of the sale, as far as either is."""
    parts: list[Any] = [money(fixed, currency)] if fixed or not percent else []
    if percent:
        parts.append(_("%(percent)s %% of the sale") % {"percent": f"{percent.normalize():f}"})
    return format_html(" + ".join(["{}"] * len(parts)), *parts)


def amount(conversion: Conversion, name: str) -> Any:
    """An amount, and what of it counts while the conversion isn't approved."""
    value = getattr(conversion, name)
    shown = money(value, conversion.offer.currency)
    if counted(conversion.status, value) == value:
        return shown
    return format_html('{} <span class="muted">{}</span>', shown, _("not counted"))


def lock_fact() -> Any:
    text = _("Paid or invoiced: nothing of it changes")
    return format_html('<span class="locked">{}</span> {}', icon("lock", size=12), text)


def _key(name: str) -> Any:
    return lambda c: copyable(getattr(c, name), whole=True) if getattr(c, name) else ""


_PARTIES: dict[str, Any] = {
    "offer": lambda c: c.offer,
    "partner": lambda c: c.partner,
    "advertiser": lambda c: c.offer.advertiser,
}
_FACTS: dict[str, Any] = {
    "id": lambda c: copyable(str(c.pk)),
    "uuid": lambda c: copyable(str(c.uuid), whole=True),
    "status": lambda c: pill(c.status, c.get_status_display()),
    "reason": lambda c: reason_texts({c.reason_code}).get(c.reason_code, c.reason_code),
    "event": lambda c: c.event.name,
    "converted_at": lambda c: moment(c.converted_at, exact=True),
    "clicked_at": lambda c: moment(c.clicked_at, exact=True) if c.clicked_at else "",
    "locked": lambda c: lock_fact() if c.locked else "",
    "payout": lambda c: amount(c, "payout"),
    "revenue": lambda c: amount(c, "revenue"),
    "sale_amount": lambda c: (
        "" if c.sale_amount is None else money(c.sale_amount, c.offer.currency)
    ),
    "payout_rate": lambda c: rate(c.payout_fixed, c.payout_percent, c.offer.currency),
    "revenue_rate": lambda c: rate(c.revenue_fixed, c.revenue_percent, c.offer.currency),
    **{name: _key(name) for name in GROUPS["keys"][1]},
}
