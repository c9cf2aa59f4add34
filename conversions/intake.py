"""Conversions that advertisers report to `/postback` (conversions.md, "How one comes in").

A call is known by offer + request_id: the first makes a conversion, a later one brings its status
and sale amount, the same again changes nothing. Calls at the same moment make one conversion.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from django.db.models import F
from django.utils.crypto import constant_time_compare
from django.utils.translation import gettext_lazy as _

from conversions.making import build, percentage_amounts
from conversions.models import Conversion
from conversions.partner_postbacks.firing import fire
from conversions.rules import CHANGEABLE, INTAKE_WORDS, MAX_AMOUNT, Status
from convertr.audit.context import acting, recorded
from convertr.errors import DomainError
from convertr.network.models import Offer, OfferEvent, Partner

# What a call may bring besides, stored as it comes when the conversion is made.
TEXTS = (
    "transaction_id", "order_id", "click_id", "source", "country", "device",
    "sub1", "sub2", "sub3", "sub4", "sub5", "sub6", "adv1", "adv2", "adv3", "adv4", "adv5",
)  # fmt: skip
# The columns that are shorter than 255 characters.
LONGEST = {"country": 2, "device": 40}
AMOUNT = re.compile(r"\d{1,12}(\.\d{1,4})?", re.ASCII)
ID = re.compile(r"\d{1,18}", re.ASCII)
CREATED, UPDATED, UNCHANGED = "created", "updated", "unchanged"


@dataclass(frozen=True)
class Received:
    """What came of a call: created, updated or unchanged."""

    code: str
    conversion: Conversion


@dataclass(frozen=True)
class Call:
    """A call's parameters, read and typed; what is wrong with them is a DomainError."""

    request_id: str
    status: Status | None
    sale_amount: Decimal | None
    texts: dict[str, str]
    event: str
    partner: str


def find_offer(offer_id: str, token: str) -> tuple[Offer | None, bool]:
    """The offer called, and whether the secret is its own (compared in constant time)."""
    offer = Offer.objects.filter(pk=offer_id).first() if ID.fullmatch(offer_id) else None
    return offer, constant_time_compare(token, offer.postback_token) if offer else False


def receive(offer: Offer, parameters: Mapping[str, str]) -> Received:
    """Take one call of an offer's postback address in, in one transaction.

    Raises DomainError with a stable code where the call is at fault (`status_unknown`, …) or the
    conversion may not change (`conversion_locked`, `conversion_invalid`).
    """
    call = read(parameters)
    with acting(channel="postback"), recorded():
        conversion = _locked(offer, call.request_id)
        if conversion is None:
            made = _make(offer, call)
            # A call at the same moment may have been first; then nothing was stored here.
            Conversion.objects.bulk_create([made], ignore_conflicts=True)
            conversion = _locked(offer, call.request_id)
            if conversion is None:
                raise RuntimeError("a conversion that was just stored is gone")
            if conversion.uuid == made.uuid:
                fire([conversion.pk], send=True)
                return Received(CREATED, conversion)
        return _update(conversion, call)


def read(parameters: Mapping[str, str]) -> Call:
    """Check a call's parameters; the first at fault is told."""
    for name, value in parameters.items():
        if "\x00" in value:
            raise DomainError("bad_text", _("A parameter holds a NUL character."), parameter=name)
    return Call(
        request_id=_text(parameters, "request_id", required=True),
        status=_status(parameters.get("status", "")),
        sale_amount=_amount(parameters.get("sale_amount", "")),
        texts={name: value for name in TEXTS if (value := _text(parameters, name))},
        event=_text(parameters, "event") or OfferEvent.BASE,
        partner=_text(parameters, "partner"),
    )


def _text(parameters: Mapping[str, str], name: str, *, required: bool = False) -> str:
    value = parameters.get(name, "").strip()
    longest = LONGEST.get(name, 255)
    if required and not value:
        raise DomainError(f"{name}_missing", _("%(name)s is missing.") % {"name": name})
    if len(value) > longest:
        text = _("%(name)s is too long: at most %(longest)s characters.")
        raise DomainError("too_long", text % {"name": name, "longest": longest}, parameter=name)
    return value


def _status(word: str) -> Status | None:
    """The status behind an advertiser's word; none given, none asked for."""
    word = word.strip().casefold()
    if word and word not in INTAKE_WORDS:
        raise DomainError("status_unknown", _("Unknown status. Write approved or rejected, say."))
    return INTAKE_WORDS.get(word)


def _amount(text: str) -> Decimal | None:
    text = text.strip()
    if text and not AMOUNT.fullmatch(text):
        message = _("Bad sale_amount. Write a number such as 1.5: 0 or more, at most 4 decimals.")
        raise DomainError("sale_amount_bad", message)
    return Decimal(text) if text else None


def _locked(offer: Offer, request_id: str) -> Conversion | None:
    known = Conversion.objects.filter(offer=offer, request_id=request_id)
    return known.select_for_update().first()


def _make(offer: Offer, call: Call) -> Conversion:
    event = offer.events.filter(name=call.event).first()
    if event is None:
        raise DomainError("event_unknown", _("The offer has no event with this name."))
    made = build(
        event,
        partner=_partner(offer, call),
        request_id=call.request_id,
        status=call.status or Status.PENDING,
        sale_amount=call.sale_amount,
        **call.texts,
    )
    _check_amounts({"payout": made.payout, "revenue": made.revenue})
    return made


def _partner(offer: Offer, call: Call) -> Partner:
    """Whose conversion it is: `partner` where given (of the offer's, or anyone's where it has none
    of its own), else whose the transaction is already, else the offer's only partner; what can't
    be told is kept as unattributed, so that nobody is paid for another's sale."""
    partners = offer.partners.all()
    allowed = partners if partners.exists() else Partner.objects.all()
    if call.partner:
        found = allowed.filter(pk=call.partner).first() if ID.fullmatch(call.partner) else None
        if found is None:
            raise DomainError("partner_unknown", _("The offer has no partner with this ID."))
        return found
    if transaction_id := call.texts.get("transaction_id"):
        same = Conversion.objects.filter(offer=offer, transaction_id=transaction_id)
        if earlier := same.select_related("partner").first():
            return earlier.partner
    only = list(partners[:2])
    return only[0] if len(only) == 1 else Partner.objects.house()


def _update(conversion: Conversion, call: Call) -> Received:
    """Bring status and sale amount of a known conversion; the caller holds its lock."""
    changes = _changes(conversion, call)
    if not changes:
        return Received(UNCHANGED, conversion)
    if conversion.locked:
        raise DomainError("conversion_locked", _("The conversion is locked (paid or invoiced)."))
    if conversion.status not in CHANGEABLE:
        raise DomainError("conversion_invalid", _("The conversion is invalid and stays so."))
    Conversion.objects.filter(pk=conversion.pk).update(**changes, version=F("version") + 1)
    conversion.refresh_from_db()
    if "status" in changes:
        fire([conversion.pk], send=True)
    return Received(UPDATED, conversion)


def _changes(conversion: Conversion, call: Call) -> dict[str, Any]:
    changes: dict[str, Any] = {}
    # Never back to New: an advertiser's "pending" after an approval says nothing new.
    if call.status not in (None, Status.PENDING, conversion.status):
        changes |= {"status": call.status, "reason_code": ""}
    if call.sale_amount is not None and call.sale_amount != conversion.sale_amount:
        amounts = percentage_amounts(conversion, call.sale_amount)
        _check_amounts(amounts)
        changes |= {"sale_amount": call.sale_amount, **amounts}
    return changes


def _check_amounts(amounts: Mapping[str, Any]) -> None:
    if any(amount > MAX_AMOUNT for amount in amounts.values()):
        text = _("With this sale_amount an amount becomes larger than 999,999,999,999.9999.")
        raise DomainError("amount_too_large", text)
