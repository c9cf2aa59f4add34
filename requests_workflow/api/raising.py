"""Raising a request from a call's body."""

from django.utils.translation import gettext_lazy as _

from conversions.api.services import get_conversion
from convertr.accounts.models import User
from convertr.errors import DomainError
from convertr.network.models import Offer, OfferEvent, Partner
from requests_workflow.api.types import RaiseIn, wanted_of
from requests_workflow.models import ConversionRequest
from requests_workflow.services import raising


def raised(user: User, body: RaiseIn) -> ConversionRequest:
    """Http404 for a conversion that isn't there for this person, DomainError for the rest."""
    return _change(user, body) if body.request_type == "CHANGE" else _create(user, body)


def _change(user: User, body: RaiseIn) -> ConversionRequest:
    if not body.conversion_id:
        text = _("Give conversion_id: which conversion to change.")
        raise DomainError("conversion_missing", text)
    conversion = get_conversion(actor=user, conversion_id=body.conversion_id)
    return raising.raise_change(
        actor=user, conversion=conversion, wanted=wanted_of(body), comment=body.comment or ""
    )


def _create(user: User, body: RaiseIn) -> ConversionRequest:
    if body.offer_id is None:
        raise DomainError("offer_missing", _("Give offer_id: which offer it was."))
    offer = raising.offers_for(user).filter(pk=body.offer_id).first()
    if offer is None:
        raise DomainError("offer_unknown", _("No offer has this ID."))
    return raising.raise_create(
        actor=user,
        offer=offer,
        partner=_partner(user, body.affiliate_id),
        event=_event(offer, body.event_id),
        wanted=wanted_of(body),
        comment=body.comment or "",
    )


def _partner(user: User, affiliate_id: int | None) -> Partner:
    """A partner's own where none is named."""
    own = affiliate_id in (None, user.partner_id)
    if user.partner and own:
        return user.partner
    if affiliate_id is None:
        raise DomainError("affiliate_missing", _("Give affiliate_id: whose conversion it is."))
    partner = Partner.objects.filter(pk=affiliate_id).first()
    if partner is None or user.is_partner:
        raise DomainError("partner_unknown", _("No affiliate has this ID."))
    return partner


def _event(offer: Offer, event_id: int | None) -> OfferEvent | None:
    if not event_id:
        return None
    event = offer.events.filter(pk=event_id).first()
    if event is None:
        raise DomainError("event_unknown", _("The offer has no event with this ID."))
    return event
