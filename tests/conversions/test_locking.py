"""Mark paid (lock) and Unlock: signed, by a file of keys or a selection; what a lock keeps."""

from decimal import Decimal

import pytest
from django.core.exceptions import PermissionDenied
from django.db.models import F
from django.test import Client

from conversions.amounts_csv.services import verify_amounts
from conversions.api import services as api
from conversions.locking.layouts import read_header
from conversions.locking.services import verify_keys, verify_selection
from conversions.models import Conversion, ConversionEvent
from conversions.rules import Status
from convertr.accounts.permissions import grant
from convertr.audit.context import recorded
from convertr.errors import DomainError
from convertr.jobs import services
from convertr.jobs.csvfile import Record
from convertr.jobs.models import Job, State
from convertr.jobs.texts import render
from tests.factories import (
    make_conversion,
    make_conversions,
    make_csv,
    make_user,
    outcomes,
    run_job,
    verify_csv,
)

pytestmark = pytest.mark.django_db


def verify(actor, act, *conversions):
    return verify_selection(actor=actor, act=act, ids=[c.pk for c in conversions])


def confirmed(actor, job):
    data = {"signature": actor.full_name}
    return run_job(services.confirm(actor=actor, job=job, data=data))


def undone(actor, job):
    return run_job(services.undo(actor=actor, job=job, signature=actor.full_name))


def is_locked(conversion):
    return Conversion.objects.get(pk=conversion.pk).locked


def change(conversion, **fields):
    """As someone else would: recorded, and counted as a change."""
    with recorded():
        Conversion.objects.filter(pk=conversion.pk).update(**fields, version=F("version") + 1)


@pytest.fixture
def one(db):
    return make_conversion(status="approved")


@pytest.fixture
def paid(db):
    return make_conversion(status="approved", locked=True)


# --- Files of keys --------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("header", "key"),
    [
        ("conversion_uuid", "uuid"),
        ("Conversion_ID,line,error", "id"),
        ("request_id, offer_id", "request"),
    ],
)
def test_any_key_will_do(header, key):
    assert read_header(Record(1, header.split(","))).key == key


@pytest.mark.parametrize(
    ("header", "code"),
    [
        ("conversion_id,status", "unknown_column"),
        ("conversion_id,conversion_uuid", "two_keys"),
        ("offer_id", "no_key"),
        ("line,error", "no_key"),
        ("1", "no_header"),
    ],
)
def test_a_bad_file_is_refused_as_a_whole(agency, header, code):
    with pytest.raises(DomainError) as caught:
        verify_keys(actor=agency, act="lock", name="k.csv", data=f"{header}\n1,1\n".encode())

    assert caught.value.code == code
    assert Job.objects.get().state == "refused"


@pytest.mark.parametrize("act", ["lock", "unlock"])
@pytest.mark.parametrize(
    ("columns", "key"),
    [
        ("conversion_uuid", lambda c: [c.uuid]),
        ("conversion_id", lambda c: [c.pk]),
        ("offer_id,request_id", lambda c: [c.offer_id, c.request_id]),
    ],
)
def test_a_file_locks_and_unlocks(agency, act, columns, key):
    made = make_conversion(status="approved", locked=act == "unlock")
    data = make_csv(columns, key(made), ["9" * len(columns), *["x"] * columns.count(",")])
    job = verify_keys(actor=agency, act=act, name="keys.csv", data=data)
    assert (job.channel, job.kind) == ("csv", f"conversions.{act}")
    job = confirmed(agency, job)

    assert job.counts["applied"] == 1
    assert is_locked(made) is (act == "lock")


# --- Verify ---------------------------------------------------------------------------------------


def test_only_what_is_approved_can_be_marked_as_paid(agency, one, paid):
    others = [make_conversion(status=s) for s in ("pending", "rejected", "invalid", "throttled")]
    job = verify(agency, "lock", one, paid, *others)

    assert outcomes(job) == [
        ("ready", None), ("unchanged", "already_locked"), *[("invalid", "lock_not_approved")] * 4
    ]  # fmt: skip
    for row in job.rows.exclude(code=None):
        assert render(row.code, row.params) != row.code


@pytest.mark.parametrize("status", ["pending", "approved", "rejected", "invalid", "throttled"])
def test_what_is_locked_can_be_unlocked_whatever_its_status(agency, one, status):
    locked = make_conversion(status=status, locked=True)
    job = verify(agency, "unlock", locked, one)

    assert outcomes(job) == [("ready", None), ("unchanged", "not_locked")]
    confirmed(agency, job)
    assert not is_locked(locked)


def test_each_row_of_a_file_has_its_fate(agency, one, paid):
    keys = [one.pk, paid.pk, one.pk, "9" * 12, "x", ""]
    data = "conversion_id,line\n" + "".join(f"{key},1\n" for key in keys) + f"{one.pk}\n"
    job = verify_keys(actor=agency, act="lock", name="k.csv", data=data.encode())

    assert outcomes(job) == [
        ("ready", None), ("unchanged", "already_locked"), ("duplicate", "duplicate"),
        ("not_found", "not_found"), ("invalid", "bad_number"), ("invalid", "empty_key"),
        ("invalid", "wrong_cell_count"),
    ]  # fmt: skip
    assert job.rows.get(outcome="duplicate").params == {"line": 2}


@pytest.mark.parametrize("act", ["lock", "unlock"])
def test_it_tells_how_much_counted_money_is_locked(agency, act):
    made = make_conversions(3, status="approved", locked=act == "unlock")
    job = verify(agency, act, *made)

    money = {name: Decimal(text) for name, text in job.summary["money"]["EUR"].items()}
    sums = {"payout": 12, "revenue": 15}
    held = "after" if act == "lock" else "before"
    assert money == {f"{s}_{t}": sums[s] * (t == held) for s in sums for t in ("before", "after")}


# --- Sign and confirm -----------------------------------------------------------------------------


@pytest.mark.parametrize("data", [{}, {"signature": ""}, {"signature": "Abel Agency"}])
@pytest.mark.parametrize("act", ["lock", "unlock"])
def test_without_ones_name_nothing_begins(agency, one, paid, act, data):
    job = verify(agency, act, one, paid)
    with pytest.raises(DomainError) as caught:
        services.confirm(actor=agency, job=job, data=data)

    assert caught.value.code == "not_signed"
    job.refresh_from_db()
    assert job.state == State.VERIFIED


def test_a_lock_is_one_change_in_history(agency, one):
    job = confirmed(agency, verify(agency, "lock", one))

    assert job.counts == {"applied": 1}
    one.refresh_from_db()
    assert (one.locked, one.version, one.status) == (True, 2, "approved")
    event = ConversionEvent.objects.filter(pgh_label="update").get()
    assert event.locked
    assert event.pgh_context.metadata["job_id"] == job.pk
    assert event.pgh_context.metadata["channel"] == "page"


# --- What a lock keeps ----------------------------------------------------------------------------


def test_nothing_but_its_unlocking_changes_a_locked_conversion(agency, one):
    """Every way in: verified before the lock, verified after it, undone, by a call, a postback."""
    by_status = verify_csv(agency, "conversion_id,status", [one.pk, "REJECTED"])
    amounts = make_csv("conversion_id,payout", [one.pk, "9"])
    by_amounts = verify_amounts(actor=agency, name="a.csv", data=amounts)
    other = run_job(services.confirm(actor=agency, job=verify_csv(
        agency, "conversion_id,status", [make_conversion(status="rejected").pk, "APPROVED"]
    )))  # fmt: skip
    was_rejected = Conversion.objects.get(pk=other.rows.get().target_id)
    confirmed(agency, verify(agency, "lock", one, was_rejected))
    before = list(Conversion.objects.order_by("pk").values())

    late = {"reason": "", "note": "late", "signature": agency.full_name}
    for job in (by_status, by_amounts):
        job = run_job(services.confirm(actor=agency, job=job, data=late))
        assert outcomes(job) == [("conflict", "conversion_locked")]
    assert outcomes(undone(agency, other)) == [("conflict", "conversion_locked")]
    again = verify_csv(agency, "conversion_id,status", [one.pk, "REJECTED"])
    assert outcomes(again) == [("invalid", "conversion_locked")]
    again = verify_amounts(actor=agency, name="a.csv", data=amounts)
    assert outcomes(again) == [("invalid", "conversion_locked")]
    called = api.change_statuses(actor=agency, ids=[one.uuid.hex], status=Status.REJECTED)
    assert outcomes(called) == [("invalid", "conversion_locked")]
    with pytest.raises(DomainError) as caught:
        api.change_amounts(actor=agency, conversion=one, payout=Decimal(9), revenue=None)
    assert caught.value.code == "conversion_locked"
    query = {"offer": one.offer_id, "token": one.offer.postback_token}
    query |= {"request_id": one.request_id, "status": "rejected", "sale_amount": "1"}
    Client().get("/postback", query)
    assert list(Conversion.objects.order_by("pk").values()) == before


def test_unlocked_it_changes_again(agency, one):
    confirmed(agency, verify(agency, "lock", one))
    confirmed(agency, verify(agency, "unlock", one))
    job = verify_csv(agency, "conversion_id,status", [one.pk, "REJECTED"])
    run_job(services.confirm(actor=agency, job=job, data={"note": "x"}))

    one.refresh_from_db()
    assert (one.status, one.version) == ("rejected", 4)


# --- Changed in between ---------------------------------------------------------------------------


def test_a_conversion_changed_since_verify_is_not_locked(agency, one):
    """What was signed for is what gets locked: neither another amount nor another status."""
    rejected, dearer, taken = make_conversions(3, status="approved")
    job = verify(agency, "lock", one, rejected, dearer, taken)
    change(rejected, status="rejected")
    change(dearer, payout=99)
    change(taken, locked=True)

    assert outcomes(confirmed(agency, job)) == [
        ("applied", None), ("conflict", "changed_since_verify"),
        ("conflict", "changed_since_verify"), ("conflict", "conversion_locked"),
    ]  # fmt: skip
    assert not is_locked(rejected)
    assert not is_locked(dearer)


def test_a_lock_renewed_since_verify_is_not_taken_away(agency, paid):
    job = verify(agency, "unlock", paid)
    change(paid, locked=False)
    change(paid, locked=True)

    assert outcomes(confirmed(agency, job)) == [("conflict", "changed_since_verify")]
    assert is_locked(paid)


def test_of_two_people_at_once_the_second_is_told(agency, admin_user, one):
    first, second = verify(agency, "lock", one), verify(admin_user, "lock", one)
    confirmed(agency, first)

    assert outcomes(confirmed(admin_user, second)) == [("conflict", "conversion_locked")]
    with pytest.raises(DomainError) as caught:
        confirmed(admin_user, first)
    assert caught.value.code == "already_confirmed"
    assert "Ada Agency" in str(caught.value)


# --- Undo -----------------------------------------------------------------------------------------


@pytest.mark.parametrize("act", ["lock", "unlock"])
def test_undo_gives_back_the_lock_as_it_was(agency, act):
    made = make_conversions(3, status="approved", locked=act == "unlock")
    before = list(Conversion.objects.order_by("pk").values_list("locked", "status", "payout"))
    job = confirmed(agency, verify(agency, act, *made))
    undoing = undone(agency, job)

    assert (undoing.kind, undoing.counts) == ("conversions.undo_lock", {"applied": 3})
    after = list(Conversion.objects.order_by("pk").values_list("locked", "status", "payout"))
    assert after == before
    assert set(Conversion.objects.values_list("version", flat=True)) == {3}


def test_undo_keeps_a_lock_that_was_changed_since(agency, one, paid):
    locking = confirmed(agency, verify(agency, "lock", one))
    unlocking = confirmed(agency, verify(agency, "unlock", paid))
    change(one, locked=False)
    change(paid, locked=True)

    assert outcomes(undone(agency, locking)) == [("conflict", "changed_since_job")]
    assert outcomes(undone(agency, unlocking)) == [("conflict", "conversion_locked")]
    assert (is_locked(one), is_locked(paid)) == (False, True)


def test_an_unlock_is_undone_although_the_amounts_changed_since(agency, paid):
    """Written was the lock alone."""
    job = confirmed(agency, verify(agency, "unlock", paid))
    change(paid, payout=9)

    assert undone(agency, job).counts == {"applied": 1}
    assert is_locked(paid)


# --- People ---------------------------------------------------------------------------------------


def test_it_takes_its_own_permission(agency2, one):
    grant(agency2, ["conversions.change_conversions", "conversions.change_amounts"])
    agency2 = type(agency2).objects.get(pk=agency2.pk)
    with pytest.raises(PermissionDenied):
        verify(agency2, "lock", one)
    cashier = make_user("cash@example.test", full_name="Cara Cash")
    grant(cashier, ["conversions.lock_conversions"])

    assert confirmed(cashier, verify(cashier, "lock", one)).counts == {"applied": 1}
