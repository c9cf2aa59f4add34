"""A postback that keeps failing is switched off, and its owner told."""

from typing import Any

from django.conf import settings
from django.core.mail import send_mail
from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from conversions.partner_postbacks.models import PartnerPostback, PostbackEvent
from convertr.accounts.models import User
from convertr.audit.entries import note
from convertr.ui.models import Notification

PERMISSION = "conversions.manage_postbacks"
NOTIFICATION = "postback_switched_off"


def switch_off_failing(postback_id: int) -> None:
    """Switch it off, stop what waits, tell its owner; of two senders one does it."""
    with transaction.atomic():
        found = PartnerPostback.objects.select_for_update().filter(pk=postback_id, active=True)
        postback = found.first()
        if postback is None:
            return
        postback.active, postback.switched_off_at = False, timezone.now()
        postback.save(update_fields=["active", "switched_off_at"])
        stop_waiting(postback)
        note("postback.switched_off", f"postback {postback.pk}", failures=postback.failures)
        tell_owner(postback)


def stop_waiting(postback: PartnerPostback) -> int:
    """What was to be sent to it isn't any more; answers how many."""
    waiting = PostbackEvent.objects.filter(
        postback_id=postback.pk, state=PostbackEvent.State.WAITING, is_test=False
    )
    return waiting.update(state=PostbackEvent.State.STOPPED)


def owners(postback: PartnerPostback) -> list[User]:
    """The partner's people who may mend it, and who made it as long as he or she may."""
    people = list(postback.partner.users.filter(is_active=True))
    if postback.created_by is not None and postback.created_by not in people:
        people.append(postback.created_by)
    return [
        person
        for person in people
        if person.is_active
        and person.has_perm(PERMISSION)
        and (not person.is_partner or person.partner_id == postback.partner_id)
    ]


def tell_owner(postback: PartnerPostback) -> None:
    """By bell and mail; the address stays out of both."""
    url, to = postback.get_absolute_url(), owners(postback)
    Notification.objects.bulk_create(
        Notification(user=person, kind=NOTIFICATION, params={"postback": postback.pk}, url=url)
        for person in to
    )
    subject = told({"postback": postback.pk})
    text = _(
        "Its address kept failing. What waited for it was not sent. Mend it, test it, and switch"
        " it on again:"
    )
    body = f"{text}\n{settings.SITE_URL}{url}\n"
    # A mail to each, so that nobody reads another's address.
    transaction.on_commit(
        lambda: [send_mail(subject, body, None, [one.email], fail_silently=True) for one in to],
        robust=True,
    )


def told(params: dict[str, Any]) -> str:
    """The bell's line."""
    return _("Postback %(postback)s was switched off: its address kept failing") % params
