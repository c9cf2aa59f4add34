"""Telling people that their job has ended: the bell, and mail for the long and the failed."""

from django.conf import settings
from django.core.mail import send_mail
from django.db import transaction
from django.utils.translation import gettext as _

from convertr.jobs import kinds
from convertr.jobs.models import Job, State
from convertr.ui.models import Notification

# Calls of the API answer their caller; their jobs don't ring.
QUIET_CHANNELS = frozenset({"api"})


def tell_requester(job: Job) -> None:
    """Ring the bell of who asked for the job; mail when it was long or failed."""
    if job.channel in QUIET_CHANNELS:
        return
    url = job.get_absolute_url()
    Notification.objects.create(
        user=job.requested_by,
        kind="job_ended",
        params={"job": job.pk, "kind": job.kind, "state": job.state, "counts": job.counts},
        url=url,
    )
    began, ended = job.confirmed_at, job.finished_at
    seconds = (ended - began).total_seconds() if began and ended else 0
    if job.state == State.FAILED or seconds > settings.JOB_MAIL_AFTER_SECONDS:
        subject = _("%(kind)s %(id)s: %(state)s") % {
            "kind": kinds.get(job.kind).label,
            "id": job.pk,
            "state": job.get_state_display(),
        }
        to = [job.requested_by.email]
        transaction.on_commit(
            lambda: send_mail(subject, f"{settings.SITE_URL}{url}", None, to, fail_silently=True)
        )
