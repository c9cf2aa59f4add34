"""What people do with partner postbacks (conversions.md, "Partner postbacks").

A partner's person does it for its own partner only; views fetch by `access`, services check.
"""

from collections.abc import Mapping
from typing import Any

from django.core.exceptions import PermissionDenied
from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from conversions.partner_postbacks.models import TOLD, PartnerPostback, PostbackEvent
from conversions.partner_postbacks.nudge import nudge
from conversions.partner_postbacks.switching import PERMISSION, stop_waiting
from conversions.partner_postbacks.texts import url_problem
from conversions.rules import Status
from convertr.accounts.access import require
from convertr.accounts.models import User
from convertr.audit.entries import note
from convertr.errors import DomainError
from convertr.network.models import Partner

FIELDS = ("offer", "method", "url", "statuses", "delay_seconds")
MOST_PER_PARTNER = 100
State = PostbackEvent.State


def create(*, actor: User, partner: Partner, values: Mapping[str, Any]) -> PartnerPostback:
    """Set one up, active; `values` are FIELDS. DomainError for a URL or statuses that won't do."""
    check_manager(actor, partner.pk)
    _check(values, partner)
    with transaction.atomic():
        Partner.objects.select_for_update().get(pk=partner.pk)
        if partner.postbacks.count() >= MOST_PER_PARTNER:
            raise DomainError("too_many", _("A partner has 100 postbacks at most."))
        postback = PartnerPostback.objects.create(
            partner=partner, created_by=actor, **{name: values[name] for name in FIELDS}
        )
        note("postback.created", subject_of(postback), partner=partner.pk)
    return postback


def change(*, actor: User, postback: PartnerPostback, values: Mapping[str, Any]) -> None:
    """Change it; what waits goes to the new address."""
    check_manager(actor, postback.partner_id)
    _check(values, postback.partner)
    with transaction.atomic():
        held = hold(postback)
        changed = [name for name in FIELDS if getattr(held, name) != values[name]]
        for name in changed:
            setattr(held, name, values[name])
        # Another server never asked to be left alone, nor has it failed.
        if "url" in changed:
            held.hold_until, held.failures, held.failing_since = None, 0, None
        held.save()
        if changed:
            note("postback.changed", subject_of(held), fields=changed)


def switch(*, actor: User, postback: PartnerPostback, on: bool) -> None:
    """On: told of changes from now on. Off: what waits is stopped."""
    check_manager(actor, postback.partner_id)
    with transaction.atomic():
        held = hold(postback)
        if held.active == on:
            return
        # Whatever was fired in the moment of switching off is too old to be sent now.
        stop_waiting(held)
        held.active, held.switched_off_at = on, None
        held.hold_until, held.failures, held.failing_since = None, 0, None
        held.save()
        note("postback.switched_on" if on else "postback.switched_off", subject_of(held))


def delete(*, actor: User, postback: PartnerPostback) -> None:
    """Remove it; what waits is stopped, the log stays until its time is over."""
    check_manager(actor, postback.partner_id)
    with transaction.atomic():
        held = hold(postback)
        stop_waiting(held)
        note("postback.deleted", subject_of(held), partner=held.partner_id)
        held.delete()


def test(*, actor: User, postback: PartnerPostback) -> PostbackEvent:
    """Send one with sample values, once, whether it is on or off. One at a time."""
    check_manager(actor, postback.partner_id)
    with transaction.atomic():
        held = hold(postback)
        under_way = PostbackEvent.objects.filter(
            postback_id=held.pk, is_test=True, state__in=[State.WAITING, State.SENDING]
        )
        if found := under_way.first():
            return found
        now = timezone.now()
        event = PostbackEvent.objects.create(
            created_on=now.date(),
            postback_id=held.pk,
            conversion_id=0,
            version=0,
            status=Status.APPROVED,
            payout=0,
            is_test=True,
            due_at=now,
        )
        note("postback.tested", subject_of(held))
        transaction.on_commit(nudge, robust=True)
    return event


def check_manager(actor: User, partner_id: int) -> None:
    """PermissionDenied for who may not manage this partner's postbacks."""
    require(actor, PERMISSION)
    if actor.is_partner and actor.partner_id != partner_id:
        raise PermissionDenied


def hold(postback: PartnerPostback) -> PartnerPostback:
    """The postback, locked until the transaction ends; DomainError `gone`."""
    found = PartnerPostback.objects.select_for_update().filter(pk=postback.pk).first()
    if found is None:
        raise DomainError("gone", _("The postback has been deleted."))
    return found


def _check(values: Mapping[str, Any], partner: Partner) -> None:
    if text := url_problem(values["url"]):
        raise DomainError("bad_url", text)
    if not values["statuses"] or set(values["statuses"]) - set(TOLD):
        raise DomainError("bad_statuses", _("Choose Approved, Rejected or both."))
    offer = values["offer"]
    if offer is not None and not _runs(partner, offer.pk):
        raise DomainError("not_its_offer", _("The partner doesn't run this offer."))


def _runs(partner: Partner, offer_id: int) -> bool:
    return partner.offers.filter(pk=offer_id).exists()


def subject_of(postback: PartnerPostback) -> str:
    """What the audit calls it."""
    return f"postback {postback.pk}"
