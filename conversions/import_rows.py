"""Rows of a table that an administrator imports: each becomes a new conversion.

An import never changes what is there: a request ID that its offer has already is an error.
"""

from collections.abc import Iterable, Mapping
from datetime import UTC, datetime, time
from decimal import Decimal
from typing import Any

from django.core.exceptions import ValidationError
from django.core.validators import validate_ipv46_address
from django.utils.dateparse import parse_date, parse_datetime
from django.utils.functional import Promise
from django.utils.translation import gettext as _

from conversions.intake import AMOUNT, ID, LONGEST, TEXTS
from conversions.making import build
from conversions.models import Conversion, Reason
from conversions.rules import MAX_AMOUNT, Status
from convertr.network.models import Offer, OfferEvent, Partner

AMOUNTS = ("sale_amount", "payout", "revenue")
TIMES = ("converted_at", "clicked_at")
COLUMNS = (
    "offer_id", "partner_id", "event", "request_id", "status", *AMOUNTS, "reason", "note",
    *TEXTS, "ip", *TIMES,
)  # fmt: skip
REQUIRED = ("offer_id", "partner_id", "request_id")
# Besides the columns, each row says where it stood and whether it could be cut into cells.
LINE, PROBLEM = "line", "problem"
STATUSES = {**{status: status for status in Status.values}, "new": Status.PENDING}
YEARS = range(2000, 2100)
_AT_ONCE = 5_000

Row = Mapping[str, str]


class Importer:
    """Knows what the rows refer to, so that reading a row asks no database."""

    def __init__(self, rows: Iterable[Row]) -> None:
        rows = list(rows)
        self.offers = _offers({row.get("offer_id", "") for row in rows})
        self.partners = Partner.objects.in_bulk(
            {int(p) for row in rows if ID.fullmatch(p := row.get("partner_id", ""))}
        )
        self.reasons = set(Reason.objects.values_list("code", flat=True))
        self.taken = _taken({row.get("request_id", "") for row in rows})
        self.lines: dict[tuple[int, str], str] = {}

    def read(self, row: Row) -> Conversion:
        """The conversion of a row, unsaved; ValidationError names every cell at fault."""
        if row.get(PROBLEM):
            raise ValidationError(row[PROBLEM])
        self.row, self.errors = row, dict[str, list[str]]()
        offer, partner = self._offer(), self._partner()
        fields = self._fields()
        event = self._event(offer) if offer else None
        if offer:
            self._check_request_id(offer, fields.get("request_id", ""))
        if offer and partner and not _may_run(offer, partner):
            self._wrong("partner_id", _("This partner doesn't run the offer."))
        if self.errors or event is None or partner is None:
            raise ValidationError(self.errors)
        made = build(event, partner=partner, **fields)
        if max(made.payout, made.revenue) > MAX_AMOUNT:
            raise ValidationError({"sale_amount": _("With it an amount becomes too large.")})
        return made

    def _wrong(self, column: str, text: str | Promise) -> None:
        self.errors.setdefault(column, []).append(str(text))

    def _offer(self) -> Offer | None:
        offer = self.offers.get(self.row.get("offer_id", ""))
        if offer is None:
            self._wrong("offer_id", _("No offer has this ID."))
        return offer

    def _partner(self) -> Partner | None:
        given = self.row.get("partner_id", "")
        partner = self.partners.get(int(given)) if ID.fullmatch(given) else None
        if partner is None:
            self._wrong("partner_id", _("No partner has this ID."))
        return partner

    def _event(self, offer: Offer) -> OfferEvent | None:
        name = self.row.get("event", "") or OfferEvent.BASE
        event = next((e for e in offer.events.all() if e.name == name), None)
        if event is None:
            self._wrong("event", _("The offer has no event with this name."))
        return event

    def _check_request_id(self, offer: Offer, request_id: str) -> None:
        key = (offer.pk, request_id)
        if not request_id:
            self._wrong("request_id", _("Give the advertiser's ID of the conversion."))
        elif key in self.taken:
            self._wrong("request_id", _("The offer has a conversion with this ID already."))
        elif key in self.lines:
            text = _("The same as in line %(line)s.")
            self._wrong("request_id", text % {"line": self.lines[key]})
        self.lines.setdefault(key, self.row.get(LINE, ""))

    def _fields(self) -> dict[str, Any]:
        """The typed values of all columns that are filled."""
        fields: dict[str, Any] = {}
        for column in ("request_id", *TEXTS):
            fields[column] = self._text(column)
        if note := self.row.get("note", ""):
            fields["note"] = note
        fields["status"] = self._status()
        read = {**{c: self._amount(c) for c in AMOUNTS}, **{c: self._time(c) for c in TIMES}}
        fields |= {column: value for column, value in read.items() if value is not None}
        if reason := self.row.get("reason", ""):
            fields["reason_code"] = reason
            if reason not in self.reasons:
                self._wrong("reason", _("This reason is not in the catalogue."))
        if ip := self._ip():
            fields["ip"] = ip
        return fields

    def _text(self, column: str) -> str:
        value, longest = self.row.get(column, ""), LONGEST.get(column, 255)
        if len(value) > longest:
            self._wrong(column, _("At most %(n)s characters.") % {"n": longest})
        return value

    def _status(self) -> str:
        word = self.row.get("status", "")
        status = STATUSES.get(word.casefold(), "") if word else Status.PENDING
        if not status:
            known = ", ".join(STATUSES)
            self._wrong("status", _("Write one of %(known)s.") % {"known": known})
        return status

    def _amount(self, column: str) -> Decimal | None:
        value = self.row.get(column, "")
        if value and not AMOUNT.fullmatch(value):
            text = _("Write a number such as 1.5: 0 or more, at most 4 decimals.")
            self._wrong(column, text)
            return None
        return Decimal(value) if value else None

    def _time(self, column: str) -> datetime | None:
        value = self.row.get(column, "")
        if not value:
            return None
        at = _parsed(value)
        if at is None:
            text = _("Write a time such as 2025-03-01 14:30 or 2025-03-01T14:30:00Z.")
            self._wrong(column, text)
        return at

    def _ip(self) -> str:
        value = self.row.get("ip", "")
        if value:
            try:
                validate_ipv46_address(value)
            except ValidationError:
                self._wrong("ip", _("Write an IP address such as 203.0.113.7."))
        return value


def _offers(ids: set[str]) -> dict[str, Offer]:
    """The offers meant, with events and partners, by their IDs as the rows write them."""
    numbers = {text: int(text) for text in ids if ID.fullmatch(text)}
    found = Offer.objects.prefetch_related("events", "partners").in_bulk(set(numbers.values()))
    return {text: found[number] for text, number in numbers.items() if number in found}


def _taken(request_ids: set[str]) -> set[tuple[int, str]]:
    """Which offers have which of the request IDs already."""
    wanted, taken = sorted(request_ids - {""}), set[tuple[int, str]]()
    for start in range(0, len(wanted), _AT_ONCE):
        known = Conversion.objects.filter(request_id__in=wanted[start : start + _AT_ONCE])
        taken |= set(known.values_list("offer_id", "request_id"))
    return taken


def _may_run(offer: Offer, partner: Partner) -> bool:
    """An offer without partners of its own is open to all."""
    partners = offer.partners.all()
    return not partners or partner in partners


def _parsed(text: str) -> datetime | None:
    """A time or a day as ISO 8601 writes them; UTC where no offset is given."""
    try:
        at = parse_datetime(text)
        if at is None and (day := parse_date(text)):
            at = datetime.combine(day, time.min)
    except ValueError:
        return None
    if at is None or at.year not in YEARS:
        return None
    return at if at.tzinfo else at.replace(tzinfo=UTC)
