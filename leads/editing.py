"""Editing what a lead's person has told: checked as at intake, then processed anew (leads.md).

Values stand in no message, log or audit entry; the audit has the names of the fields.
"""

from collections.abc import Mapping

from django.db.models import Q
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from convertr.accounts.access import require
from convertr.accounts.models import User
from convertr.audit.context import recorded
from convertr.audit.entries import note
from convertr.errors import DomainError
from leads import rules
from leads.intake import Refused, RefusedError, fields_of
from leads.models import Lead, LeadDelivery
from leads.processing import batch
from leads.rules import DeliveryState, Processing
from leads.validation import problems

TEXTS: dict[str, str | Promise] = {
    rules.DELIVERED: _("It is delivered: its fields stay as they were sent."),
    rules.BEING_SENT: _("It is being sent: wait until that is done."),
    "in_pending_batch": _("It is in a pending batch: take it off there first."),
    "changed_meanwhile": _(
        "This lead has changed since you opened it. What you typed is kept: look at its page,"
        " then save again to keep yours."
    ),
    "lead_gone": _("This lead has been deleted."),
    rules.ERASED: _("Its data was erased."),
}


def refusal(lead: Lead) -> DomainError | None:
    """Why a lead's fields can't be edited now; None where they can."""
    if lead.erased_at:
        return _refused(rules.ERASED)
    if lead.delivered:
        return _refused(rules.DELIVERED)
    queued = Q(state=DeliveryState.QUEUED, round=lead.round)
    pending = LeadDelivery.objects.filter(queued | Q(state=DeliveryState.SENDING), lead=lead)
    states = set(pending.values_list("state", flat=True))
    if DeliveryState.SENDING in states:
        return _refused(rules.BEING_SENT)
    return _refused("in_pending_batch") if states else None


def edit(*, actor: User, lead: Lead, version: int, typed: Mapping[str, str]) -> Processing | None:
    """Write the fields that differ and process the lead anew; answers what came of that.

    `version`: the lead's when it was opened; `typed`: values by field name. None where nothing
    differs. RefusedError has what is wrong with which field; DomainError why it can't be edited.
    """
    require(actor, rules.FLAG)
    with recorded():
        held = _held(lead.pk)
        if held.version != version:
            raise _refused("changed_meanwhile")
        if refused := refusal(held):
            raise refused
        known = fields_of(held.campaign)
        present = {f.name: held.received[f.name] for f in known if f.name in held.received}
        if wrong := problems(known, {**present, **typed}):
            raise RefusedError([Refused(0, wrong)])
        changed = {n: v for n, v in typed.items() if v != held.received.get(n, "")}
        if not changed:
            return None
        return _write(held, changed)


def _held(lead_id: int) -> Lead:
    leads = Lead.objects.alive().select_related("campaign")
    held = leads.select_for_update(of=("self",), no_key=True).filter(pk=lead_id).first()
    if held is None:
        raise _refused("lead_gone")
    return held


def _write(held: Lead, changed: Mapping[str, str]) -> Processing:
    received = {**held.received, **changed}
    Lead.objects.filter(pk=held.pk).update(received=received)
    anew = batch.Held(
        id=held.pk,
        campaign_id=held.campaign_id,
        advertiser_id=held.campaign.advertiser_id,
        received=received,
        ip=held.ip,
        created_at=held.created_at,
    )
    [fate] = batch.process([anew], again=True)
    note("lead.edited", f"lead {held.pk}", fields=sorted(changed))
    return fate.processing


def _refused(code: str) -> DomainError:
    return DomainError(code, TEXTS[code])
