"""Raising requests, and editing one's own while it is inquired."""

from collections.abc import Mapping, Sequence
from decimal import Decimal
from typing import Any

from django.core.files.uploadedfile import UploadedFile
from django.db.models import Q, QuerySet
from django.utils.translation import gettext_lazy as _

from conversions.making import amounts_of_sale
from conversions.models import Conversion, Reason
from conversions.rules import MAX_AMOUNT
from conversions.rules import Status as ConversionStatus
from convertr.accounts.access import require
from convertr.accounts.models import User
from convertr.audit.context import recorded
from convertr.errors import DomainError
from convertr.jobs.texts import render
from convertr.network.models import Offer, OfferEvent, Partner
from requests_workflow import rules, wanted
from requests_workflow.models import ConversionRequest
from requests_workflow.rules import Move, Type
from requests_workflow.services import discussing
from requests_workflow.services.deciding import hold
from requests_workflow.services.validation import present_of

Wanted = Mapping[str, str]


def raise_change(
    *,
    actor: User,
    conversion: Conversion,
    wanted: Wanted,
    comment: str = "",
    files: Sequence[UploadedFile[Any]] = (),
) -> ConversionRequest:
    """Ask for a change of a conversion that the actor sees; kept is only what differs.

    `wanted` is what was written, by field. DomainError `nothing_asked` where nothing differs.
    """
    require(actor, rules.RAISE_PERMISSIONS[Type.CHANGE])
    if actor.is_partner and conversion.partner_id != actor.partner_id:
        raise DomainError("not_found", _("No conversion has this ID."))
    asked, before = _asked_of(conversion.pk, _read(wanted, Type.CHANGE, actor))
    request = ConversionRequest(
        type=Type.CHANGE,
        conversion=conversion,
        offer_id=conversion.offer_id,
        event_id=conversion.event_id,
        partner_id=conversion.partner_id,
        wanted=asked,
        before=before,
    )
    return _store(actor, request, comment, files)


def raise_create(
    *,
    actor: User,
    offer: Offer,
    partner: Partner,
    wanted: Wanted,
    event: OfferEvent | None = None,
    comment: str = "",
    files: Sequence[UploadedFile[Any]] = (),
) -> ConversionRequest:
    """Ask for a conversion that was not tracked; without an event it is the offer's Base."""
    require(actor, rules.RAISE_PERMISSIONS[Type.CREATE])
    _check_parties(actor, offer, partner)
    event = event or offer.events.filter(name=OfferEvent.BASE).first()
    if event is None or event.offer_id != offer.pk:
        raise DomainError("event_unknown", _("The offer has no such event."))
    asked = of_new(_read(wanted, Type.CREATE, actor))
    _check_reason(asked)
    _check_amounts(event, asked)
    request = ConversionRequest(
        type=Type.CREATE, offer=offer, event=event, partner=partner, wanted=asked
    )
    return _store(actor, request, comment, files)


def edit(
    *, actor: User, request: ConversionRequest, version: int, wanted: Wanted
) -> ConversionRequest:
    """Ask for something else instead, while it is inquired; `wanted` replaces what was wanted."""
    with recorded():
        held = hold(actor, Move.EDIT, request, version)
        asked = {**_unseen(held, actor), **_read(wanted, Type(held.type), actor)}
        if held.conversion_id and held.type == Type.CHANGE:
            asked, held.before = _asked_of(held.conversion_id, asked, had=held.wanted)
        else:
            asked = of_new(asked)
            _check_reason(asked, held.wanted)
            _check_amounts(held.event, asked)
        if asked != held.wanted:
            held.wanted, held.move_note = asked, ""
            held.version += 1
            held.save(update_fields=["wanted", "before", "version", "move_note"])
    return held


def of_new(asked: Wanted) -> dict[str, str]:
    """What is asked of a new conversion; a reason belongs to a rejection, as with a change."""
    return wanted.differing(asked, {})


def offers_for(actor: User) -> QuerySet[Offer]:
    """The offers of which this person may ask a new conversion: a partner's are those it runs."""
    if not actor.is_partner:
        return Offer.objects.all()
    return Offer.objects.filter(Q(partners=actor.partner_id) | Q(partners=None)).distinct()


def open_on(conversion_id: int, user: User) -> QuerySet[ConversionRequest]:
    """The open requests on a conversion that this person sees, newest first."""
    requests = ConversionRequest.objects.visible_to(user)
    return requests.filter(conversion=conversion_id, status__in=rules.OPEN).order_by("-id")


def _read(values: Wanted, type_: Type, actor: User) -> dict[str, str]:
    try:
        return wanted.read(values, type_, is_partner=actor.is_partner)
    except wanted.BadValue as error:
        raise _bad(error.code, **error.params) from error


def _check_reason(asked: Wanted, *had: Mapping[str, Any]) -> None:
    """A reason is one of the catalogue; a retired one may stay where it was."""
    code = asked.get("reason_code", "")
    if not code or code in [values.get("reason_code") for values in had]:
        return
    if not Reason.objects.filter(code=code, retired=False).exists():
        raise _bad("unknown_reason", value=code[:80])


def _unseen(request: ConversionRequest, actor: User) -> dict[str, str]:
    """What of a request its raiser doesn't see, because the agency has set it: that stays."""
    seen = wanted.names_for(request.type, is_partner=actor.is_partner)
    return {name: value for name, value in request.wanted.items() if name not in seen}


def _bad(code: str, **params: Any) -> DomainError:
    sentence = render(code, params)
    return DomainError(code, f"{sentence[:1].upper()}{sentence[1:]}.", **params)


def _asked_of(
    conversion_id: int, asked: Wanted, *, had: Wanted | None = None
) -> tuple[dict[str, str], dict[str, Any]]:
    """What of it differs from the conversion, and what the conversion has of these fields.

    `had` is what was asked for before.
    """
    present = present_of(conversion_id)
    differing = wanted.differing(asked, present)
    if differing.get("status") == ConversionStatus.PENDING:
        raise _bad("open_not_possible")
    if not differing:
        raise _bad("nothing_asked")
    _check_reason(differing, present, had or {})
    return differing, {name: present.get(name) for name in differing}


def _check_parties(actor: User, offer: Offer, partner: Partner) -> None:
    if actor.is_partner and partner.pk != actor.partner_id:
        raise DomainError("partner_unknown", _("Ask for conversions of your own only."))
    if not offers_for(actor).filter(pk=offer.pk).exists():
        raise DomainError("offer_unknown", _("No offer has this ID."))
    partners = offer.partners.all()
    if partners.exists() and not partners.filter(pk=partner.pk).exists():
        raise _bad("partner_not_on_offer")


def _check_amounts(event: OfferEvent, asked: Wanted) -> None:
    sale = Decimal(asked["sale_amount"]) if "sale_amount" in asked else None
    both = amounts_of_sale(event, sale)
    if max(both["payout"], both["revenue"]) > MAX_AMOUNT:
        raise _bad("amount_too_large")


def _store(
    actor: User, request: ConversionRequest, comment: str, files: Sequence[UploadedFile[Any]]
) -> ConversionRequest:
    request.raised_by, request.raiser_partner_id = actor, actor.partner_id
    with recorded():
        request.save()
        if comment.strip() or files:
            discussing.comment(actor=actor, request=request, text=comment, files=files, tell=False)
    return request
