"""Whoever writes status, amounts or lock counts the version up: jobs tell conflicts by it."""

import re
from decimal import Decimal
from pathlib import Path

import pytest
from django.test import Client
from django.urls import reverse

import conversions
from conversions.amounts_csv.services import verify_amounts
from conversions.api import services as api
from conversions.locking import services as locking
from conversions.models import Conversion
from conversions.rules import Status
from conversions.status_csv.services import verify_selection
from conversions.writing import Change, write
from convertr.audit.context import recorded
from convertr.jobs import services
from tests.factories import make_conversion, make_csv, make_offer, run_job, verify_csv

pytestmark = pytest.mark.django_db
COUNTED = ("status", "payout", "revenue", "sale_amount", "locked")


def confirmed(agency, job, **data):
    return run_job(services.confirm(actor=agency, job=job, data=data))


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


def by_amounts(conversion, agency):
    Conversion.objects.filter(pk=conversion.pk).update(status=Status.APPROVED)
    data = make_csv("conversion_id,payout,sale_amount", [conversion.pk, "7", "70"])
    confirmed(agency, verify_amounts(actor=agency, name="amounts.csv", data=data))


def by_lock(conversion, agency):
    Conversion.objects.filter(pk=conversion.pk).update(status=Status.APPROVED)
    job = locking.verify_selection(actor=agency, act="lock", ids=[conversion.pk])
    return confirmed(agency, job, signature=agency.full_name)


def by_unlock(conversion, agency):
    Conversion.objects.filter(pk=conversion.pk).update(locked=True)
    conversion.refresh_from_db()
    job = locking.verify_selection(actor=agency, act="unlock", ids=[conversion.pk])
    confirmed(agency, job, signature=agency.full_name)


def by_undo_of_a_lock(conversion, agency):
    job = by_lock(conversion, agency)
    conversion.refresh_from_db()
    run_job(services.undo(actor=agency, job=job, signature=agency.full_name))


def by_call(conversion, agency):
    api.change_statuses(actor=agency, ids=[conversion.uuid.hex], status=Status.APPROVED)


def by_call_of_a_sale_amount(conversion, agency):
    api.change_sale_amount(actor=agency, conversion=conversion, sale_amount=Decimal(3))


def by_request(conversion, agency):
    """As another app decides about a conversion."""
    with recorded():
        for seen in ("2.2222", f"{conversion.payout:.4f}"):
            change = Change(conversion.pk, '{"payout": "9.0000"}', f'{{"payout": "{seen}"}}')
            told = write([change], names=["payout"])
    assert told == {conversion.pk: None}


WRITERS = (
    by_file, by_selection, by_undo, by_postback, by_postback_amount,
    by_call, by_call_of_a_sale_amount, by_amounts, by_lock, by_unlock, by_undo_of_a_lock,
    by_request,
)  # fmt: skip
# Each statement that writes conversions, by its file; a new one joins WRITERS, or is named here
# because it writes no counted column (the admin: order id and note).
STATEMENTS = {
    "admin.py": 1, "changes.py": 1, "direct.py": 1, "intake.py": 1, "writing.py": 1,
    "partner_postbacks/tasks.py": 1,  # the sender's heartbeat
}  # fmt: skip


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
    counts = {
        str(file.relative_to(folder)): len(writes.findall(file.read_text())) for file in files
    }
    assert {name: number for name, number in counts.items() if number} == STATEMENTS
