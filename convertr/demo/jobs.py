"""Two status CSVs of the demo's agency: one that is done, one that waits for its Confirm."""

import csv
import io
from datetime import timedelta

from django.utils import timezone

from conversions.models import Conversion
from conversions.rules import Status
from conversions.status_csv.services import verify_csv
from convertr.accounts.models import User
from convertr.audit.context import acting
from convertr.demo.people import PEOPLE
from convertr.jobs import engine, services
from convertr.jobs.models import Job

ROWS, FEWEST = 140, 40
# What such files have, too: keys that nobody knows, words that mean nothing.
STRAYS = (
    ("00000000-0000-4000-8000-000000000001", "APPROVED", ""),
    ("00000000-0000-4000-8000-000000000002", "REJECTED", "fraud"),
    ("not a UUID", "APPROVED", ""),
)


def make_jobs() -> None:
    """Only into a database without jobs, and with enough conversions to decide about."""
    if Job.objects.exists():
        return
    settled = timezone.now() - timedelta(days=8)
    waiting = Conversion.objects.filter(
        status=Status.PENDING, locked=False, payout_percent=0, converted_at__lt=settled
    )
    uuids = [
        str(u) for u in waiting.order_by("-converted_at").values_list("uuid", flat=True)[:ROWS]
    ]
    if len(uuids) < FEWEST:
        return
    actor = User.objects.get(email=PEOPLE[0].email)
    with acting(actor, channel="csv"):
        middle = len(uuids) // 2
        done = verify_csv(actor=actor, name="validated-october.csv", data=_file(uuids[:middle]))
        services.confirm(actor=actor, job=done, data={"send_postbacks": "on"})
        engine.advance(done.pk)
        verify_csv(actor=actor, name="validated-november.csv", data=_file(uuids[middle:]))


def _file(uuids: list[str]) -> bytes:
    """Three of four approved, the others rejected with a reason; and some strays."""
    file = io.StringIO()
    writer = csv.writer(file)
    writer.writerow(["conversion_uuid", "status", "reason"])
    for place, uuid in enumerate(uuids):
        writer.writerow(
            [uuid, "REJECTED", "cancelled"] if place % 4 == 3 else [uuid, "APPROVED", ""]
        )
    writer.writerows(STRAYS)
    return file.getvalue().encode()
