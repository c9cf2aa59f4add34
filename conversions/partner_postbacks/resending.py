"""Sending once more what is in the log: one event, or all that were stopped or have failed."""

from typing import Any

from django.db import connection, transaction
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from conversions.partner_postbacks.models import PartnerPostback, PostbackEvent
from conversions.partner_postbacks.nudge import nudge
from conversions.partner_postbacks.services import check_manager, hold, subject_of
from convertr.accounts.models import User
from convertr.audit.entries import note
from convertr.errors import DomainError

State = PostbackEvent.State
RESENDABLE = (State.DELIVERED, State.FAILED, State.STOPPED)
# States whose events can all be resent, so many at once.
ALL_OF = (State.STOPPED, State.FAILED)
MOST_AT_ONCE = 1_000

# Of a conversion only what was to be told last: what is older would arrive after it.
_OF_THEM = """
e.postback_id = %(postback)s AND e.state = %(state)s AND NOT e.is_test AND NOT EXISTS (
    SELECT FROM conversions_postbackevent other
    WHERE other.conversion_id = e.conversion_id AND other.postback_id = e.postback_id
        AND NOT other.is_test
        AND (other.version > e.version OR other.state IN ('waiting', 'sending'))
)
"""
# What no longer holds isn't told. A conversion that is being changed right now is left out, as is
# any wait for it: writers lock conversions first, and then their events.
_HOLD_CONVERSIONS = f"""
SELECT c.id FROM conversions_postbackevent e
JOIN conversions_conversion c ON c.id = e.conversion_id AND c.status = e.status
WHERE {_OF_THEM} ORDER BY e.id LIMIT %(most)s FOR SHARE OF c SKIP LOCKED
"""  # noqa: S608  no value of anybody's
# Asked again, as the conversions are held now.
_RESEND = f"""
UPDATE conversions_postbackevent e SET state = 'waiting', due_at = now(), give_up_at = NULL,
    attempts = 0, stale = false
WHERE e.conversion_id = ANY(%(conversions)s) AND {_OF_THEM}
"""  # noqa: S608  the same


def resend(*, actor: User, postback: PartnerPostback, event: PostbackEvent) -> None:
    """Send an event of the log once more, under its change_id, and try for a day again.

    DomainError `postback_off`, `not_resendable`, or `newer_waits` where a later change of the same
    conversion is about to be told.
    """
    check_manager(actor, postback.partner_id)
    with transaction.atomic():
        held = hold(postback)
        if not held.active:
            raise DomainError("postback_off", _("Switch the postback on, then resend."))
        of_it = PostbackEvent.objects.filter(postback_id=held.pk)
        locked = of_it.select_for_update().filter(pk=event.pk, created_on=event.created_on)
        found = locked.filter(state__in=RESENDABLE, is_test=False).first()
        if found is None:
            raise DomainError("not_resendable", _("Only what was sent or stopped can be resent."))
        if of_it.filter(
            conversion_id=found.conversion_id, state__in=[State.WAITING, State.SENDING]
        ).exists():
            text = _("A later change of this conversion is about to be sent.")
            raise DomainError("newer_waits", text)
        found.state, found.due_at, found.give_up_at = State.WAITING, timezone.now(), None
        found.attempts, found.stale = 0, False
        found.save(update_fields=["state", "due_at", "give_up_at", "attempts", "stale"])
        note("postback.resent", subject_of(held), change=found.change_id)
        transaction.on_commit(nudge, robust=True)


def resend_all(*, actor: User, postback: PartnerPostback, state: str) -> int:
    """Resend the oldest 1,000 events of a state (ALL_OF); answers how many.

    Left alone is what no longer holds: the conversion has another status by now, or a later change
    of it was told, stopped or waits. DomainError `postback_off`.
    """
    check_manager(actor, postback.partner_id)
    if state not in ALL_OF:
        raise DomainError("not_resendable", _("Only what has failed or was stopped."))
    with transaction.atomic(), connection.cursor() as cursor:
        held = hold(postback)
        if not held.active:
            raise DomainError("postback_off", _("Switch the postback on, then resend."))
        values: dict[str, Any] = {"postback": held.pk, "state": str(state), "most": MOST_AT_ONCE}
        cursor.execute(_HOLD_CONVERSIONS, values)
        values["conversions"] = [pk for (pk,) in cursor.fetchall()]
        cursor.execute(_RESEND, values)
        number = int(cursor.rowcount)
        if number:
            note("postback.resent_all", subject_of(held), state=str(state), number=number)
            transaction.on_commit(nudge, robust=True)
    return number
