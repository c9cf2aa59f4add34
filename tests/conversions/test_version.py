"""Whoever writes status, amounts or lock counts the version up: jobs tell conflicts by it."""

import re
from pathlib import Path

import pytest
from django.test import Client
from django.urls import reverse

import conversions
from conversions.models import Conversion
from conversions.rules import Status
from conversions.status_csv.services import verify_selection
from convertr.jobs import services
from tests.factories import make_conversion, make_offer, run_job, verify_csv

pytestmark = pytest.mark.django_db
COUNTED = ("status", "payout", "revenue", "sale_amount", "locked")


def confirmed(agency, job):
    return run_job(services.confirm(actor=agency, job=job, data={}))


def by_file(conversion, agency):
    cells = [conversion.pk, "APPROVED", "7.5"]
    return confirmed(agency, verify_csv(agency, "conversion_id,status,cost", cells))


def by_selection(conversion, agency):
    confirmed(agency, verify_selection(actor=agency, ids=[conversion.pk], status=Status.APPROVED))


def by_undo(conversion, agency):
    """Only the undo is looked at: the job before it has its own turn."""
    job = by_file(conversion, agency)
    conversion.refresh_from_db()
    run_job(services.undo(actor=agency, job=job, signature=agency.full_name, parameters={}))


def by_postback(conversion, agency, **changes):
    query = {"offer": conversion.offer_id, "token": conversion.offer.postback_token}
    changes = changes or {"status": "approved"}
    answer = Client().get("/postback", {**query, "request_id": conversion.request_id, **changes})
    assert answer.json()["code"] == "updated"


def by_postback_amount(conversion, agency):
    by_postback(conversion, agency, sale_amount="20")


WRITERS = (by_file, by_selection, by_undo, by_postback, by_postback_amount)
# Each statement that writes conversions, by its file; a new one joins WRITERS, or is named here
# because it writes no counted column (the admin: order id and note).
STATEMENTS = {"admin.py": 1, "changes.py": 1, "intake.py": 1}


@pytest.mark.parametrize("write", WRITERS)
def test_a_writer_of_status_amounts_or_lock_counts_up(write, agency):
    offer = make_offer(rates={"payout_percent": 10, "revenue_percent": 20})
    conversion = make_conversion(offer=offer, sale_amount=10)
    write(conversion, agency)
    after = Conversion.objects.get(pk=conversion.pk)

    changed = [name for name in COUNTED if getattr(after, name) != getattr(conversion, name)]
    assert changed
    assert after.version == conversion.version + 1


def test_the_admin_writes_none_of_them(admin_user, sign_in):
    conversion = make_conversion()
    change = reverse("admin:conversions_conversion_change", args=[conversion.pk])
    posted = {"status": "approved", "payout": "9", "revenue": "9", "sale_amount": "9"}
    sign_in(admin_user).post(change, {"note": "seen", "order_id": "", "locked": "on", **posted})

    after = Conversion.objects.get(pk=conversion.pk)
    assert after.note == "seen"
    for name in (*COUNTED, "version"):
        assert getattr(after, name) == getattr(conversion, name), name


def test_no_other_code_writes_conversions():
    """A writer that this file doesn't know is found here, so that it is tried above."""
    writes = re.compile(
        r"UPDATE conversions_conversion|\bConversion\.objects[^\n]*\.update\(|unlocked\.update\("
        r"|bulk_update\(|update_or_create\(|conversion\.save\("
    )
    folder = Path(conversions.__file__).parent
    files = [file for file in folder.rglob("*.py") if "migrations" not in file.parts]
    counts = {file.name: len(writes.findall(file.read_text())) for file in files}
    assert {name: number for name, number in counts.items() if number} == STATEMENTS
