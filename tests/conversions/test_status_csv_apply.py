"""Confirm and undo of a status CSV: what is written, what is left alone, what history says."""

from datetime import timedelta
from decimal import Decimal

import pytest
from django.db.models import F
from django.utils import timezone

from conversions.models import Conversion, ConversionEvent
from conversions.rules import Status
from conversions.status_csv.services import verify_selection
from convertr.audit.context import recorded
from convertr.errors import DomainError
from convertr.jobs import services
from convertr.jobs.models import State
from tests.factories import (
    make_conversion,
    make_conversions,
    make_offer,
    make_reason,
    outcomes,
    run_job,
    verify_csv,
)

PERCENT = {"payout_percent": 10, "payout_fixed": 1, "revenue_percent": "12.5"}


@pytest.fixture(autouse=True)
def reasons(db):
    make_reason("fraud", "Fraudulent")
    make_reason("test-order", "Test order")


@pytest.fixture(autouse=True)
def small_chunks(settings):
    settings.JOB_CHUNK_ROWS = 3


def confirmed(actor, job, **data):
    return run_job(services.confirm(actor=actor, job=job, data=data))


def undone(actor, job, **parameters):
    return run_job(
        services.undo(actor=actor, job=job, signature=actor.full_name, parameters=parameters)
    )


def change(conversion, **fields):
    """As someone else would: recorded, and counted as a change."""
    with recorded():
        Conversion.objects.filter(pk=conversion.pk).update(**fields, version=F("version") + 1)


def events(*conversions):
    found = ConversionEvent.objects.filter(pgh_obj__in=conversions, pgh_label="update")
    return list(found.select_related("pgh_context").order_by("pgh_id"))


# --- Applying -------------------------------------------------------------------------------------


def test_statuses_and_amounts_are_written_as_verified(agency):
    offer = make_offer(rates=PERCENT)
    one, two = make_conversions(2, offer=offer)
    job = verify_csv(
        agency,
        "conversion_id,status,cost,reason,note",
        [one.pk, "APPROVED", "199.90", "", "checked"],
        [two.pk, "REJECTED", "10", "fraud", ""],
    )
    job = confirmed(agency, job)

    assert job.state == State.DONE
    assert job.counts == {"applied": 2}
    one.refresh_from_db()
    two.refresh_from_db()
    assert (one.status, one.payout, one.revenue, one.sale_amount, one.note, one.version) == (
        "approved", Decimal("20.9900"), Decimal("24.9875"), Decimal("199.9000"), "checked", 2
    )  # fmt: skip
    assert (two.status, two.payout, two.reason_code) == ("rejected", Decimal("2.0000"), "fraud")


def test_each_change_is_one_entry_in_history_with_actor_channel_and_job(agency):
    made = make_conversions(7)
    make_conversions(2)
    job = verify_csv(agency, "conversion_id,status", *([one.pk, "APPROVED"] for one in made))
    job = confirmed(agency, job)

    found = events(*made)
    assert sorted(event.pgh_obj_id for event in found) == [one.pk for one in made]
    assert ConversionEvent.objects.filter(pgh_label="update").count() == 7
    for event in found:
        assert event.status == "approved"
        assert event.pgh_context.metadata == {
            "actor_id": agency.pk,
            "actor_label": "Ada Agency",
            "partner_id": None,
            "channel": "csv",
            "job_id": job.pk,
        }


def test_unchanged_and_erroneous_rows_leave_no_trace(agency):
    same, locked = make_conversion(status="approved"), make_conversion(locked=True)
    ready = make_conversion()
    job = verify_csv(
        agency, "conversion_id,status", *([c.pk, "APPROVED"] for c in (same, locked, ready))
    )
    job = confirmed(agency, job)

    assert outcomes(job) == [
        ("unchanged", "same_status"), ("invalid", "conversion_locked"), ("applied", None)
    ]  # fmt: skip
    assert events(same, locked) == []
    same.refresh_from_db()
    assert same.version == 1


def test_the_reason_of_confirm_goes_only_to_rows_that_reject_and_bring_none(agency):
    own, none, approved, noted = make_conversions(4, note="old")
    job = verify_csv(
        agency,
        "conversion_id,status,reason,note",
        [own.pk, "REJECTED", "test-order", ""],
        [none.pk, "REJECTED", "", ""],
        [approved.pk, "APPROVED", "", ""],
        [noted.pk, "REJECTED", "", "said so by mail"],
    )
    assert job.summary["without_reason"] == 2
    confirmed(agency, job, reason="fraud", note="July check")

    found = {c.pk: (c.reason_code, c.note) for c in Conversion.objects.all()}
    assert found == {
        own.pk: ("test-order", "old"),
        none.pk: ("fraud", "July check"),
        approved.pk: ("", "old"),
        noted.pk: ("fraud", "said so by mail"),
    }


def test_approving_takes_an_earlier_reason_away(agency):
    one = make_conversion(status="rejected", reason_code="fraud")
    confirmed(agency, verify_csv(agency, "conversion_id,status", [one.pk, "APPROVED"]))

    one.refresh_from_db()
    assert (one.status, one.reason_code) == ("approved", "")


@pytest.mark.parametrize(
    ("data", "code"),
    [
        ({}, "reason_missing"),
        ({"reason": " ", "note": ""}, "reason_missing"),
        ({"reason": "bored"}, "unknown_reason"),
        ({"reason": "retired"}, "unknown_reason"),
    ],
)
def test_rows_that_reject_without_a_reason_need_one_at_confirm(agency, data, code):
    make_reason("retired", "Retired", retired=True)
    job = verify_csv(agency, "conversion_id,status", [make_conversion().pk, "REJECTED"])

    with pytest.raises(DomainError) as caught:
        services.confirm(actor=agency, job=job, data=data)
    assert caught.value.code == code
    job.refresh_from_db()
    assert job.state == State.VERIFIED


def test_a_note_alone_is_reason_enough(agency):
    one = make_conversion()
    job = verify_csv(agency, "conversion_id,status", [one.pk, "REJECTED"])
    confirmed(agency, job, note="on the phone")

    one.refresh_from_db()
    assert (one.status, one.reason_code, one.note) == ("rejected", "", "on the phone")


@pytest.mark.parametrize(("data", "sends"), [({"send_postbacks": "1"}, True), ({}, False)])
def test_whether_postbacks_are_sent_is_kept_with_the_job(agency, data, sends):
    job = verify_csv(agency, "conversion_id,status", [make_conversion().pk, "APPROVED"])

    assert confirmed(agency, job, **data).parameters["send_postbacks"] is sends


# --- Changed in between ---------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("fields", "code"),
    [
        ({"status": "approved"}, "changed_since_verify"),
        ({"status": "invalid"}, "changed_since_verify"),
        ({"payout": 9}, "changed_since_verify"),
        ({"sale_amount": 9}, "changed_since_verify"),
        ({"locked": True}, "conversion_locked"),
    ],
)
def test_a_conversion_changed_since_verify_is_left_alone_and_told(agency, fields, code):
    one, other = make_conversions(2)
    job = verify_csv(agency, "conversion_id,status", [one.pk, "REJECTED"], [other.pk, "REJECTED"])
    change(one, **fields)
    before = Conversion.objects.filter(pk=one.pk).values().get()
    job = confirmed(agency, job, reason="fraud")

    assert outcomes(job) == [("conflict", code), ("applied", None)]
    assert job.counts == {"conflict": 1, "applied": 1}
    assert Conversion.objects.filter(pk=one.pk).values().get() == before
    assert len(events(one)) == 1


def test_there_and_back_again_is_a_change_too(agency):
    one = make_conversion()
    job = verify_csv(agency, "conversion_id,status", [one.pk, "APPROVED"])
    change(one, status="rejected")
    change(one, status="pending")

    assert outcomes(confirmed(agency, job)) == [("conflict", "changed_since_verify")]


def test_a_changed_note_alone_is_no_conflict_and_isnt_lost(agency):
    one = make_conversion(note="first")
    job = verify_csv(agency, "conversion_id,status", [one.pk, "APPROVED"])
    with recorded():
        Conversion.objects.filter(pk=one.pk).update(note="second")
    job = confirmed(agency, job)

    assert outcomes(job) == [("applied", None)]
    one.refresh_from_db()
    assert (one.status, one.note) == ("approved", "second")


def test_a_conversion_that_is_gone_is_told(agency):
    one = make_conversion()
    job = verify_csv(agency, "conversion_id,status", [one.pk, "APPROVED"])
    Conversion.objects.filter(pk=one.pk).delete()

    assert outcomes(confirmed(agency, job)) == [("conflict", "gone")]


# --- A selection of the list ----------------------------------------------------------------------


def test_rows_ticked_in_the_list_go_the_same_way(agency):
    one, done = make_conversion(), make_conversion(status="approved")
    job = verify_selection(actor=agency, ids=[one.pk, done.pk], status=Status.APPROVED)
    assert outcomes(job) == [("ready", None), ("unchanged", "same_status")]
    job = confirmed(agency, job)

    one.refresh_from_db()
    assert one.status == "approved"
    assert events(one)[0].pgh_context.metadata["channel"] == "page"


def test_a_selection_of_percentage_rates_keeps_the_amounts(agency):
    one = make_conversion(offer=make_offer(rates=PERCENT), sale_amount=Decimal(50))
    confirmed(agency, verify_selection(actor=agency, ids=[one.pk], status=Status.APPROVED))

    one.refresh_from_db()
    assert (one.payout, one.revenue, one.sale_amount) == (6, Decimal("6.25"), 50)


# --- Undo -----------------------------------------------------------------------------------------

TAKEN_BACK = ("status", "payout", "revenue", "sale_amount", "reason_code", "note", "locked")


def stored(*conversions):
    return list(
        Conversion.objects.filter(pk__in=[c.pk for c in conversions])
        .order_by("pk")
        .values_list(*TAKEN_BACK)
    )


def test_undo_gives_back_every_field_that_the_job_wrote_new_included(agency):
    offer = make_offer(rates=PERCENT)
    made = make_conversions(
        8,
        offer=offer,
        status=lambda n: ["pending", "approved", "rejected", "throttled"][n % 4],
        sale_amount=lambda n: None if n % 3 else Decimal(n) / 7 // Decimal("0.0001") / 10_000,
        reason_code=lambda n: "test-order" if n % 4 == 2 else "",
        note=lambda n: f"note {n}",
    )
    before = stored(*made)
    rows = [[c.pk, ("APPROVED", "REJECTED")[n % 2], f"{n}.5"] for n, c in enumerate(made)]
    job = verify_csv(agency, "conversion_id,status,cost", *rows)
    job = confirmed(agency, job, reason="fraud", note="July check")
    assert job.counts == {"applied": 8}
    assert stored(*made) != before

    undoing = undone(agency, job)

    assert (undoing.state, undoing.counts) == (State.DONE, {"applied": 8})
    assert stored(*made) == before
    context = events(*made)[-1].pgh_context.metadata
    assert (context["channel"], context["job_id"]) == ("undo", undoing.pk)
    assert len(events(*made)) == 16


@pytest.mark.parametrize(
    ("fields", "code"),
    [
        ({"status": "rejected"}, "changed_since_job"),
        ({"reason_code": "other"}, "changed_since_job"),
        ({"locked": True}, "conversion_locked"),
    ],
)
def test_undo_keeps_what_was_changed_since(agency, fields, code):
    one, other = make_conversions(2)
    job = verify_csv(agency, "conversion_id,status", [one.pk, "APPROVED"], [other.pk, "APPROVED"])
    job = confirmed(agency, job)
    change(one, **fields)
    before = stored(one)
    undoing = undone(agency, job)

    assert outcomes(undoing) == [("conflict", code), ("applied", None)]
    assert stored(one) == before
    other.refresh_from_db()
    assert other.status == "pending"


def test_a_field_that_the_job_didnt_write_hinders_no_undo(agency):
    one = make_conversion(note="first")
    job = confirmed(agency, verify_csv(agency, "conversion_id,status", [one.pk, "APPROVED"]))
    change(one, payout=9, note="second")

    assert undone(agency, job).counts == {"applied": 1}
    one.refresh_from_db()
    assert (one.status, one.payout, one.note) == ("pending", 9, "second")


def test_an_undo_happens_once_and_cant_be_undone(agency):
    one = make_conversion()
    job = confirmed(agency, verify_csv(agency, "conversion_id,status", [one.pk, "APPROVED"]))
    undoing = undone(agency, job)

    assert undoing.undo_of == job
    for again in (job, undoing):
        assert not services.can_undo(type(job).objects.get(pk=again.pk))
        with pytest.raises(DomainError) as caught:
            undone(agency, again)
        assert caught.value.code == "not_undoable"


def test_an_undo_takes_back_only_what_was_applied(agency):
    one, two = make_conversions(2)
    job = verify_csv(
        agency, "conversion_id,status", [one.pk, "APPROVED"], [two.pk, "APPROVED"], ["x", "y"]
    )
    change(two, payout=3)
    undoing = undone(agency, confirmed(agency, job))

    assert undoing.total == 1
    assert [row.line for row in undoing.rows.all()] == [2]


@pytest.mark.parametrize("state", ["cancelled", "failed"])
def test_a_job_that_stopped_halfway_can_be_undone(agency, state):
    made = make_conversions(6)
    job = verify_csv(agency, "conversion_id,status", *([c.pk, "APPROVED"] for c in made))
    job = services.confirm(actor=agency, job=job)
    last = job.chunks.order_by("first").last()
    type(last).objects.filter(pk=last.pk).update(
        attempts=99, heartbeat_at=timezone.now() - timedelta(hours=1)
    )
    if state == "cancelled":
        job.chunks.filter(pk=last.pk).update(heartbeat_at=timezone.now() + timedelta(hours=1))
        run_job(job)
        services.cancel(actor=agency, job=job)
    else:
        run_job(job)
    job.refresh_from_db()
    assert (job.state, job.counts) == (state, {"applied": 3, "ready": 3})

    assert undone(agency, job).counts == {"applied": 3}
    assert set(Conversion.objects.values_list("status", flat=True)) == {"pending"}


def test_undo_remembers_whether_to_send_postbacks(agency):
    job = verify_csv(agency, "conversion_id,status", [make_conversion().pk, "APPROVED"])
    job = confirmed(agency, job)

    assert undone(agency, job, send_postbacks=True).parameters == {"send_postbacks": True}


def test_a_file_after_the_undo_applies_again(agency):
    one = make_conversion()
    for _ in range(2):
        job = confirmed(agency, verify_csv(agency, "conversion_id,status", [one.pk, "APPROVED"]))
        assert job.counts == {"applied": 1}
        undone(agency, job)
    one.refresh_from_db()
    assert (one.status, one.version) == ("pending", 5)
