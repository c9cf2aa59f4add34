"""What a request's panel and page show of its data: facts, and each field as then, now, wanted."""

from collections.abc import Iterable
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from django.db.models import Model
from django.urls import reverse
from django.utils.dateparse import parse_datetime
from django.utils.html import format_html
from django.utils.translation import gettext as _

from conversions.history import NAMES
from conversions.rules import Status as ConversionStatus
from conversions.tables import ConversionTable, reason_texts
from convertr.accounts.models import User
from convertr.ui.lists.columns import moment, money
from convertr.ui.templatetags.ui import pill
from requests_workflow.models import ConversionRequest
from requests_workflow.rules import Type
from requests_workflow.services.validation import present_of
from requests_workflow.visibility import person_shown_to
from requests_workflow.wanted import FIELDS, names_for, visible

NOTHING = "–"


@dataclass(frozen=True)
class Line:
    """One field: what it has, and what it is to have where it `changes`.

    `now` is given where somebody else has changed it since the request was raised: a conflict.
    """

    name: str
    label: str
    old: Any = ""
    new: Any = ""
    now: Any = ""
    changes: bool = False


@dataclass(frozen=True)
class Values:
    """Kept texts as a person reads them."""

    currency: str
    reasons: dict[str, str]

    @classmethod
    def of(cls, request: ConversionRequest, *texts: dict[str, Any]) -> "Values":
        codes = {str(values.get("reason_code") or "") for values in texts}
        return cls(request.offer.currency, reason_texts(codes))

    def shown(self, name: str, text: Any) -> Any:
        if text in (None, ""):
            return NOTHING
        kind = FIELDS[name].kind
        if kind == "money":
            return money(Decimal(text), self.currency)
        if kind == "status":
            return pill(text, str(ConversionStatus(text).label))
        if kind == "reason":
            return self.reasons.get(text, text)
        at = parse_datetime(text) if kind == "time" else None
        return moment(at, exact=True) if at else text


def label(name: str) -> str:
    """What a field that can be asked for is called, as in the list of conversions."""
    return ConversionTable.label(NAMES.get(name, name))


def facts(request: ConversionRequest, user: User) -> list[tuple[str, Any]]:
    """What the request is about, who raised and who decided it."""
    found: list[tuple[str, Any]] = [(_("Type"), request.get_type_display())]
    if request.conversion_id:
        page = reverse("conversions:detail", args=[request.conversion_id])
        found.append((_("Conversion"), _link(page, request.conversion_id)))
    found += [
        (_("Offer"), _party(request.offer, "network:offer", user)),
        (_("Event"), request.event.name),
    ]
    if not user.is_partner:
        advertiser = request.offer.advertiser
        found.append((_("Advertiser"), _party(advertiser, "network:advertiser", user)))
        found.append((_("Partner"), _party(request.partner, "network:partner", user)))
    found.append((_("Raised"), _by(request.raised_at, request.raised_by, user)))
    if request.decided_at:
        found.append((_("Decided"), _by(request.decided_at, request.decided_by, user)))
    if request.processed_at:
        found.append((_("Processed"), moment(request.processed_at, exact=True)))
    return found


def lines(request: ConversionRequest, user: User, moved: Iterable[str] = ()) -> list[Line]:
    """The fields that this person may see: those that are asked for are marked.

    `moved` names those that have changed since. Of a change the others follow as they are now.
    """
    asked = visible(request.wanted, is_partner=user.is_partner)
    before = visible(request.before, is_partner=user.is_partner)
    tracked = request.type == Type.CHANGE and request.conversion_id
    present = present_of(request.conversion_id or 0) if tracked else {}
    values = Values.of(request, asked, before, present)
    names = names_for(request.type, is_partner=user.is_partner)
    found = [
        Line(
            name,
            label(name),
            old=values.shown(name, before.get(name)),
            new=values.shown(name, asked[name]),
            now=values.shown(name, present.get(name)) if name in moved else "",
            changes=True,
        )
        for name in names
        if name in asked
    ]
    rest = [name for name in names if name not in asked and present.get(name)]
    return found + [Line(n, label(n), old=values.shown(n, present[n])) for n in rest]


def _by(at: Any, person: User | None, user: User) -> Any:
    return format_html("{}, {}", person_shown_to(user, person), moment(at, exact=True))


def _party(thing: Model, page: str, user: User) -> Any:
    """A party's name, leading to its page where this person has one."""
    return str(thing) if user.is_partner else _link(reverse(page, args=[thing.pk]), thing)


def _link(page: str, text: Any) -> Any:
    return format_html('<a href="{}">{}</a>', page, text)
