"""What tests of postbacks do again and again."""

from datetime import timedelta

from django.db import transaction
from django.db.models import F
from django.utils import timezone

from conversions.models import Conversion, Reason
from conversions.partner_postbacks import sender
from conversions.partner_postbacks.firing import fire
from conversions.partner_postbacks.models import PartnerPostback, PostbackAttempt, PostbackEvent
from convertr.jobs import services as jobs
from tests.factories import make_reason, run_job, verify_csv


def change(actor, conversion, status="APPROVED", *, send=True):
    """Change a status by a CSV; answers the job."""
    job = verify_csv(actor, "conversion_id,status,reason", [conversion.pk, status, ""])
    data = {"send_postbacks": "on"} if send else {}
    if status == "REJECTED":
        data["reason"] = (Reason.objects.filter(code="fraud").first() or make_reason()).code
    return run_job(jobs.confirm(actor=actor, job=job, data=data))


def undo(actor, job, *, send=True):
    return run_job(
        jobs.undo(
            actor=actor,
            job=job,
            signature=actor.full_name,
            parameters={"send_postbacks": send},
        )
    )


def approve(*conversions):
    """As any writer does: the new status, the version, and the firing, in one transaction."""
    ids = [conversion.pk for conversion in conversions]
    with transaction.atomic():
        found = Conversion.objects.filter(pk__in=ids)
        found.update(status="approved", version=F("version") + 1)
        fire(ids, send=True)


def send_all(**options):
    """What a worker does when it is nudged."""
    return sender.run(**options)


def make_due():
    """All that waits is due now."""
    past = timezone.now() - timedelta(seconds=1)
    PostbackEvent.objects.filter(state="waiting").update(due_at=past)
    PartnerPostback.objects.update(hold_until=None)


def states():
    """The state of each event, the first fired first."""
    return list(PostbackEvent.objects.order_by("id").values_list("state", flat=True))


def attempts():
    """(outcome, status, repeat) of each attempt, in order."""
    found = PostbackAttempt.objects.order_by("id")
    return list(found.values_list("outcome", "status", "repeat"))
