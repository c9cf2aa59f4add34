"""Rows ticked in the list, or all that match its filters: the same Verify and Confirm as a file."""

import pytest

from conversions.models import Conversion
from convertr.jobs import services
from convertr.jobs.models import Job, State
from tests.factories import make_conversion, make_conversions, make_offer, outcomes, run_job

SELECT = "/v2/conversions/select"


@pytest.fixture
def staff(sign_in, agency):
    return sign_in(agency)


def choose(client, **data):
    return client.post(SELECT, data, headers={"HX-Request": "true"})


def everything(**data):
    newest = Conversion.objects.order_by("pk").last()
    return {"all": "1", "query": "", "ceiling": newest.pk if newest else 0, **data}


def test_ticked_rows_are_verified_in_the_modal_and_applied(staff, agency):
    one, done, locked = (
        make_conversion(), make_conversion(status="approved"), make_conversion(locked=True)
    )  # fmt: skip
    shown = choose(staff, ids=[one.pk, done.pk, locked.pk, one.pk], status="approved")

    assert shown.status_code == 200
    assert "Confirm 1 change" in shown.content.decode()
    job = Job.objects.get()
    assert (job.kind, job.channel) == ("conversions.status_selection", "page")
    assert outcomes(job) == [
        ("ready", None), ("unchanged", "same_status"), ("invalid", "conversion_locked")
    ]  # fmt: skip
    job = run_job(services.confirm(actor=agency, job=job))
    assert job.counts["applied"] == 1


def test_all_that_match_are_those_of_the_filters_at_that_moment(staff):
    offer = make_offer()
    wanted = make_conversions(3, offer=offer)
    make_conversions(2)
    chosen = everything(query=f"offer={offer.pk}")
    make_conversions(2, offer=offer)
    shown = choose(staff, **chosen, status="rejected")

    assert shown.status_code == 200
    job = Job.objects.get()
    assert set(job.rows.values_list("target_id", flat=True)) == {c.pk for c in wanted}
    assert job.summary["without_reason"] == 3


def test_more_than_a_worker_should_hold_up_is_verified_by_one(staff, monkeypatch):
    monkeypatch.setattr(services, "VERIFY_INLINE_ROWS", 2)
    make_conversions(3)
    shown = choose(staff, **everything(), status="approved")

    job = Job.objects.get()
    assert job.state == State.VERIFYING
    assert 'hx-trigger="every' in shown.content.decode()
    assert run_job(job).counts == {"ready": 3}


@pytest.mark.parametrize(
    ("data", "words"),
    [
        ({}, "Select at least one row"),
        ({"ids": ["x", "9" * 30, "-1"]}, "Select at least one row"),
        ({"all": "1", "query": "", "ceiling": "x"}, "not valid"),
        ({"all": "1", "query": "", "ceiling": "0"}, "Nothing matches"),
    ],
)
def test_what_selects_nothing_is_told_and_opens_no_modal(staff, data, words):
    shown = choose(staff, **data, status="approved")

    assert (shown.status_code, shown.content) == (204, b"")
    assert words in shown.headers["HX-Trigger"]
    assert not Job.objects.exists()


def test_many_ask_for_their_exact_number(staff, settings):
    settings.SELECTION_TYPE_NUMBER_OVER = 2
    make_conversions(3)
    for typed in ("", "2", "three"):
        shown = choose(staff, **everything(confirm_count=typed), status="approved")
        assert "Type the exact number, 3" in shown.headers["HX-Trigger"]
    assert choose(staff, **everything(confirm_count="3"), status="approved").status_code == 200


def test_too_many_are_refused(staff, settings):
    settings.SELECTION_MAX = 2
    make_conversions(3)
    shown = choose(staff, **everything(), status="approved")

    assert "At most 2 rows" in shown.headers["HX-Trigger"]


@pytest.mark.parametrize("status", ["", "pending", "invalid", "throttled", "APPROVED", "x"])
def test_another_status_isnt_there(staff, status):
    assert choose(staff, ids=[make_conversion().pk], status=status).status_code == 404


def test_doors(client, sign_in, staff, agency2, partner_user, partner):
    own = make_conversion(partner=partner)
    for person in (agency2, partner_user):
        assert choose(sign_in(person), ids=[own.pk], status="approved").status_code == 403
    assert choose(client, ids=[own.pk], status="approved").status_code == 204
    assert client.post(SELECT).url.startswith("/accounts/login/")
    assert staff.get(SELECT).status_code == 405
    assert not Job.objects.exists()
