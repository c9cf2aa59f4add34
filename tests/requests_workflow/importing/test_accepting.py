"""Files that accept: what would refuse it is said at Verify, what does refuse it after Confirm."""

from decimal import Decimal

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from conversions.models import Conversion
from convertr.accounts.permissions import grant
from convertr.jobs.rows import described
from requests_workflow import rules
from requests_workflow.models import Comment, ConversionRequest
from requests_workflow.services import processing
from tests.factories import make_conversion, make_conversions, make_offer, outcomes
from tests.requests_workflow.importing.kit import cells_of, confirm, imported, verify
from tests.requests_workflow.kit import again, make_change, make_create

pytestmark = pytest.mark.django_db
CREATE = "request_type,request_status,offer_id,partner_id,order_id,request_id,comment"
CHANGE = "request_type,request_status,conversion_uuid,payout"
EDIT = "conversion_request_id,request_type,request_status,order_id,payout"


@pytest.fixture
def sole(agency):
    """An agency user who may decide its own requests, too."""
    grant(agency, [rules.DECIDE_OWN])
    return agency


def create_row(offer, partner, *, order="", request="", comment=""):
    return ["CREATE", "ACCEPTED", offer.pk, partner.pk, order, request, comment]


# --- at Verify ---


def test_a_new_one_that_is_there_already_is_told_before(sole, offer, partner):
    there = make_conversion(offer=offer, partner=partner, order_id="A-1", request_id="r-1")
    elsewhere = make_offer(partners=[partner], advertiser=offer.advertiser)
    strangers = make_offer(partners=[partner])
    job = imported(
        sole,
        CREATE,
        create_row(offer, partner, order="A-1"),
        create_row(elsewhere, partner, order="A-1"),
        create_row(offer, partner, request="r-1"),
        create_row(strangers, partner, order="A-1", request="r-1"),
        create_row(offer, partner, order="A-2"),
    )

    found = list(job.rows.order_by("seq").values_list("outcome", "code", "params"))
    assert found == [
        ("invalid", "duplicate_order", {"conversion": there.pk}),
        ("invalid", "duplicate_order", {"conversion": there.pk}),
        ("invalid", "duplicate_request_id", {"conversion": there.pk}),
        ("applied", None, None),
        ("applied", None, None),
    ]
    assert ConversionRequest.objects.count() == 2
    texts = [described(job, row)["error"] for row in job.rows.order_by("seq")[1:4]]
    assert texts == [
        f"conversion {there.pk} has this order ID already",
        f"the offer has conversion {there.pk} with this request ID",
        "",
    ]


def test_a_change_of_what_can_not_be_changed_is_told_before(sole, offer, partner):
    columns = {"locked": {"locked": True, "status": "approved"}, "invalid": {"status": "invalid"}}
    made = [make_conversion(offer=offer, partner=partner, **how) for how in columns.values()]
    rows = [["CHANGE", "ACCEPTED", one.uuid, "9"] for one in made]

    assert outcomes(verify(sole, CHANGE, *rows)) == [
        ("invalid", "conversion_locked"),
        ("invalid", "conversion_invalid"),
    ]
    # Only to be asked for, it may be.
    asked = [["CHANGE", "INQUIRED", one.uuid, "9"] for one in made]
    assert outcomes(verify(sole, CHANGE, *asked)) == [("ready", None)] * 2


def test_a_request_that_is_changed_and_accepted_is_judged_as_changed(sole, offer, partner):
    there = make_conversion(offer=offer, partner=partner, order_id="A-1")
    free = make_create(sole, offer, partner, order_id="A-2")
    taken = make_create(sole, offer, partner, order_id="A-1")
    job = imported(
        sole, EDIT, [free.pk, "", "ACCEPTED", "A-1", ""], [taken.pk, "", "ACCEPTED", "A-3", ""]
    )

    assert outcomes(job) == [("invalid", "duplicate_order"), ("applied", None)]
    assert job.rows.get(code="duplicate_order").params == {"conversion": there.pk}
    assert (again(free).wanted, again(free).status) == ({"order_id": "A-2"}, "inquired")
    assert (again(taken).wanted, again(taken).status) == ({"order_id": "A-3"}, "accepted")


def test_a_partner_that_runs_the_offer_no_more_is_told_before(sole, offer, partner, other_partner):
    request = make_create(sole, offer, partner, order_id="A-1")
    offer.partners.set([other_partner])

    job = verify(sole, EDIT, [request.pk, "", "ACCEPTED", "A-2", ""])

    assert outcomes(job) == [("invalid", "partner_not_on_offer")]


def test_counts_say_what_will_be_accepted(sole, offer, partner):
    taken = make_conversions(30, offer=offer, partner=partner, order_id=lambda n: f"T-{n}")
    rows = [create_row(offer, partner, order=f"T-{n}") for n in range(len(taken))]
    rows += [create_row(offer, partner, order=f"F-{n}") for n in range(70)]

    job = verify(sole, CREATE, *rows)
    assert job.counts == {"invalid": 30, "ready": 70}
    assert job.summary["acts"] == {"raise": 70, "accept": 70}

    assert confirm(job).counts == {"invalid": 30, "applied": 70}
    processing.process()
    assert set(ConversionRequest.objects.values_list("status", flat=True)) == {"processed"}


def test_judging_what_is_planned_takes_no_query_a_row(sole, offer, partner):
    def queries(count):
        fresh = make_conversions(count, offer=offer, partner=partner)
        mine = [make_create(sole, offer, partner) for _ in range(count)]
        rows = [["", "CREATE", "ACCEPTED", offer.pk, partner.pk, "", f"n{c.pk}", ""] for c in fresh]
        rows += [["", "CHANGE", "ACCEPTED", "", "", c.uuid, "", "9"] for c in fresh]
        rows += [[r.pk, "", "ACCEPTED", "", "", "", f"e{r.pk}", ""] for r in mine]
        columns = (
            "conversion_request_id,request_type,request_status,offer_id,partner_id,"
            "conversion_uuid,order_id,payout"
        )
        with CaptureQueriesContext(connection) as found:
            job = imported(sole, columns, *rows)
        assert job.counts == {"applied": 3 * count}
        return len(found)

    queries(2)
    assert queries(3) == queries(30)


# --- between Verify and Confirm ---


def test_what_is_raised_and_then_not_accepted_is_left_alone_and_says_both(sole, offer, partner):
    job = verify(sole, CREATE, create_row(offer, partner, order="A-1", comment="Seen in our log"))
    there = make_conversion(offer=offer, partner=partner, order_id="A-1")

    job = confirm(job)

    request = ConversionRequest.objects.get()
    row = job.rows.get()
    assert job.counts == {"conflict": 1}
    assert (row.outcome, row.code, row.target_id) == ("conflict", "duplicate_order", request.pk)
    assert row.after["request_status"] == "inquired"
    assert request.status == "inquired"
    assert Comment.objects.get().request == request
    shown = described(job, row)
    assert shown["error"] == (
        f"conversion {there.pk} has this order ID already; request {request.pk} was raised and"
        " stays inquired: name it in conversion_request_id instead of raising it again"
    )
    assert {"name": "Request", "before": "", "after": "Inquired"} in shown["changes"]


def test_its_row_comes_back_and_mended_is_no_second_request(sole, offer, partner, sign_in):
    columns = f"conversion_request_id,{CREATE}"
    job = verify(sole, columns, ["", *create_row(offer, partner, order="A-1")])
    make_conversion(offer=offer, partner=partner, order_id="A-1")
    job = confirm(job)

    response = sign_in(sole).get(reverse("jobs:download", args=[job.pk]), {"bucket": "bad"})
    header, row = cells_of(response)
    assert row[-2] == "duplicate_order"
    request = ConversionRequest.objects.get()
    row[0], row[5] = str(request.pk), "A-2"
    job = imported(sole, ",".join(header), row)

    assert job.counts == {"applied": 1}
    assert (again(request).status, again(request).wanted) == ("accepted", {"order_id": "A-2"})


def test_what_is_changed_and_then_not_accepted_says_both(sole, offer, partner):
    request = make_create(sole, offer, partner, order_id="A-1")
    job = verify(sole, EDIT, [request.pk, "", "ACCEPTED", "A-2", "7"])
    make_conversion(offer=offer, partner=partner, order_id="A-2")

    job = confirm(job)

    row = job.rows.get()
    assert (row.outcome, row.code) == ("conflict", "duplicate_order")
    assert row.after["request_status"] == "inquired"
    assert f"request {request.pk} was changed and stays inquired" in described(job, row)["error"]
    assert again(request).wanted == {"order_id": "A-2", "payout": "7.0000"}
    assert again(request).status == "inquired"


def test_who_may_decide_no_more_raises_and_is_told(sole, offer, partner):
    job = verify(sole, CREATE, create_row(offer, partner, order="A-1"))
    sole.user_permissions.remove(sole.user_permissions.get(codename="decide_request"))
    job.requested_by = type(sole).objects.get(pk=sole.pk)

    assert outcomes(confirm(job)) == [("conflict", "forbidden")]
    assert ConversionRequest.objects.get().status == "inquired"


def test_what_could_not_be_accepted_as_it_is_did_nothing(sole, raiser, offer, partner):
    conversion = make_conversion(offer=offer, partner=partner)
    request = make_change(raiser, conversion, payout="9")
    job = verify(sole, EDIT, [request.pk, "", "ACCEPTED", "", ""])
    Conversion.objects.filter(pk=conversion.pk).update(payout=Decimal(8))

    job = confirm(job)

    row = job.rows.get()
    assert (row.outcome, row.code) == ("conflict", "conflict")
    assert described(job, row)["error"].endswith("changed since the request was raised: payout")
    assert again(request).status == "inquired"
