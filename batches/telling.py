"""Telling an integration's owner of a batch that needs a person: by bell and mail."""

from typing import Any

from django.conf import settings
from django.core.mail import send_mail
from django.db import transaction
from django.utils.translation import gettext as _

from batches.models import Batch
from batches.rules import State
from convertr.accounts.models import User
from convertr.accounts.permissions import holders
from convertr.ui.models import Notification

NOTIFICATION = "batches.needs_you"
PERMISSION = "batches.batch_now"


def owners(batch: Batch) -> list[User]:
    """The integration's owner and who asked for the batch; without either, whoever may send it."""
    asked = (batch.integration.created_by, batch.requested_by)
    found = {one.pk: one for one in asked if one and one.is_active and one.has_perm(PERMISSION)}
    return list(found.values()) or list(holders(PERMISSION))


def tell_owner(batch: Batch, what: State) -> None:
    """`what`: FAILED or HELD. In the caller's transaction; the mail goes after its commit."""
    people, url = owners(batch), batch.get_absolute_url()
    params = {"batch": batch.pk, "label": batch.frozen["label"], "what": str(what)}
    Notification.objects.bulk_create(
        Notification(user=person, kind=NOTIFICATION, params=params, url=url) for person in people
    )
    # A label can hold a line break, which no subject may.
    subject = " ".join(told(params).split())
    body = f"{_advice(str(what))}\n{settings.SITE_URL}{url}\n"
    # A mail to each, so that nobody reads another's address.
    transaction.on_commit(
        lambda: [send_mail(subject, body, None, [one.email], fail_silently=True) for one in people],
        robust=True,
    )


def told(params: dict[str, Any]) -> str:
    """The bell's line."""
    if params["what"] == "held":
        return _("Batch %(batch)s of %(label)s is held: it may have arrived") % params
    return _("Batch %(batch)s of %(label)s could not be sent") % params


def _advice(what: str) -> str:
    if what == "held":
        return _("Ask the receiver whether the file is there. Then mark it as sent, or resend it:")
    return _("Mend what the server said, then resend it, or cancel it:")
