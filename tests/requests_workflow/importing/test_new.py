"""Rows that raise requests."""

from datetime import datetime

import pytest

from convertr.accounts.models import Role
from convertr.errors import DomainError
from requests_workflow.models import Comment, ConversionRequest, RequestEvent
from tests.factories import (
    make_conversion,
    make_offer,
    make_reason,
    make_user,
    outcomes,
)
from tests.requests_workflow.importing.kit import (
    confirm,
    imported,
    verify,
)
from tests.requests_workflow.kit import make_change

pytestmark = pytest.mark.django_db
CHANGE = "request_type,conversion_uuid,payout"
KNOWN = "conversion_request_id,request_type,request_status,payout,reason,comment"


@pytest.mark.parametrize("form", ["csv", "xlsx"])
def test_a_row_raises_a_change(raiser, conversion, form):
    job = verify(raiser, CHANGE, ["CHANGE", str(conversion.uuid), "7.5"], form=form)
    assert job.counts == {"ready": 1}
    assert job.summary["acts"] == {"raise": 1}
    assert not ConversionRequest.objects.exists()

    job = confirm(job)

    request = ConversionRequest.objects.get()
    assert job.counts == {"applied": 1}
    assert (request.type, request.status, request.version) == ("change", "inquired", 1)
    assert request.wanted == {"payout": "7.5000"}
    assert request.before == {"payout": "4.0000"}
    assert (request.raised_by, request.raiser_partner) == (raiser, raiser.partner)
    assert (request.conversion, request.offer, request.partner) == (
        conversion,
        conversion.offer,
        conversion.partner,
    )
    assert job.rows.get().target_id == request.pk
    event = RequestEvent.objects.get(pgh_obj_id=request.pk)
    assert event.pgh_context.metadata["job_id"] == job.pk


def test_a_row_raises_a_new_conversion_with_all_that_it_names(agency, offer, partner):
    columns = (
        "request_type,offer_id,partner_id,conversion_time,status,payout,revenue,sale_amount,"
        "currency,order_id,transaction_id,request_id,sub1,sub6,comment"
    )
    row = ["create", offer.pk, partner.pk, datetime(2025, 3, 1, 14, 30), "confirmed", 4.25, 6, 80.1]
    row += ["eur", "A-1", "tx-9", "adv-1", "one", "six", "Seen in our log"]

    job = imported(agency, columns, row, form="xlsx")

    request = ConversionRequest.objects.get()
    assert job.counts == {"applied": 1}
    assert request.type == "create"
    assert request.event == offer.events.get()
    assert request.wanted == {
        "converted_at": "2025-03-01T14:30:00+00:00",
        "status": "approved",
        "payout": "4.2500",
        "revenue": "6.0000",
        "sale_amount": "80.1000",
        "order_id": "A-1",
        "transaction_id": "tx-9",
        "request_id": "adv-1",
        "sub1": "one",
        "sub6": "six",
    }
    said = Comment.objects.get()
    assert (said.request, said.author, said.text, said.internal) == (
        request,
        agency,
        "Seen in our log",
        False,
    )


def test_a_partners_new_conversion_is_its_own(raiser, offer, other_partner):
    columns = "request_type,offer_id,partner_id,order_id"
    job = imported(
        raiser,
        columns,
        ["CREATE", offer.pk, "", "A-1"],
        ["CREATE", offer.pk, raiser.partner_id, "A-2"],
        ["CREATE", offer.pk, other_partner.pk, "A-3"],
        ["CREATE", make_offer(partners=[other_partner]).pk, "", "A-4"],
    )

    assert outcomes(job) == [
        ("applied", None),
        ("applied", None),
        ("not_found", "partner_not_found"),
        ("not_found", "offer_not_found"),
    ]
    assert set(ConversionRequest.objects.values_list("partner", flat=True)) == {raiser.partner_id}


def test_what_a_new_conversion_can_not_be(agency, offer, other_partner, conversion):
    columns = "request_type,offer_id,partner_id,conversion_id,currency,status,order_id"
    partner = offer.partners.get().pk
    job = verify(
        agency,
        columns,
        ["CREATE", "", partner, "", "", "", ""],
        ["CREATE", offer.pk, "", "", "", "", ""],
        ["CREATE", offer.pk, other_partner.pk, "", "", "", ""],
        ["CREATE", offer.pk, partner, conversion.pk, "", "", ""],
        ["CREATE", offer.pk, partner, "", "USD", "", ""],
        ["CREATE", offer.pk, partner, "", "", "PAID", ""],
        ["CREATE", offer.pk, partner, "", "", "", "x" * 256],
        ["", offer.pk, partner, "", "", "", ""],
    )

    assert [code for _outcome, code in outcomes(job)] == [
        "empty_key", "empty_key", "partner_not_on_offer", "conversion_given", "other_currency",
        "bad_conversion_status", "too_long", "bad_request_type",
    ]  # fmt: skip
    assert {outcome for outcome, _code in outcomes(job)} == {"invalid"}


def test_a_change_that_changes_nothing_is_unchanged(raiser, conversion):
    columns = "request_type,conversion_id,conversion_uuid,offer_id,payout,status,currency"
    row = ["CHANGE", conversion.pk, conversion.uuid, conversion.offer_id, "4", "OPEN", "EUR"]
    job = verify(raiser, columns, row)

    assert outcomes(job) == [("unchanged", "already_so")]


def test_a_partner_finds_only_its_own(raiser, other_raiser, offer, conversion, other_partner):
    others = make_conversion(offer=offer, partner=other_partner)
    theirs = make_change(other_raiser, others)

    job = verify(
        raiser,
        "conversion_request_id,request_type,conversion_id,conversion_uuid,payout",
        ["", "CHANGE", others.pk, "", "9"],
        ["", "CHANGE", "", others.uuid, "9"],
        ["", "CHANGE", conversion.pk, others.uuid, "9"],
        [theirs.pk, "CHANGE", "", "", "9"],
    )

    assert outcomes(job) == [("not_found", "not_found")] * 3 + [("not_found", "request_not_found")]


@pytest.mark.parametrize("column", ["revenue", "request_id"])
def test_partners_have_no_such_column(raiser, column):
    with pytest.raises(DomainError) as refused:
        verify(raiser, f"request_type,offer_id,{column}", ["CREATE", 1, "5"])

    assert refused.value.code == "unknown_column"
    assert column in str(refused.value)


def test_without_the_permission_nothing_is_raised(offer, partner, conversion):
    person = make_user(role=Role.PARTNER, partner=partner, permissions=["jobs.import_data"])
    job = verify(
        person,
        "request_type,offer_id,conversion_uuid,payout",
        ["CREATE", offer.pk, "", "3"],
        ["CHANGE", "", conversion.uuid, "3"],
    )

    assert outcomes(job) == [("invalid", "forbidden")] * 2


def test_open_only_where_it_is_so_already(agency, offer, partner):
    approved = make_conversion(offer=offer, partner=partner, status="approved")
    job = verify(agency, "request_type,conversion_uuid,status", ["CHANGE", approved.uuid, "OPEN"])

    assert outcomes(job) == [("invalid", "open_not_possible")]


def test_a_reason_is_one_of_the_catalogue(agency, offer, partner):
    make_reason("fraud")
    one, two = (make_conversion(offer=offer, partner=partner) for _ in range(2))
    job = imported(
        agency,
        "request_type,conversion_uuid,status,reason",
        ["CHANGE", one.uuid, "REJECTED", "fraud"],
        ["CHANGE", two.uuid, "REJECTED", "mood"],
    )

    assert outcomes(job) == [("applied", None), ("invalid", "unknown_reason")]
    wanted = ConversionRequest.objects.get().wanted
    assert wanted == {"status": "rejected", "reason_code": "fraud"}


def test_rows_about_the_same_thing(agency, offer, partner):
    one, two = (make_conversion(offer=offer, partner=partner) for _ in range(2))
    columns = "request_type,conversion_uuid,offer_id,partner_id,request_id,payout"
    job = verify(
        agency,
        columns,
        ["CHANGE", one.uuid, "", "", "", "5"],
        ["CHANGE", one.uuid, "", "", "", "5.00"],
        ["CHANGE", two.uuid, "", "", "", "5"],
        ["CHANGE", two.uuid, "", "", "", "6"],
        ["CREATE", "", offer.pk, partner.pk, "r-1", "5"],
        ["CREATE", "", offer.pk, partner.pk, "r-1", "6"],
        ["CREATE", "", offer.pk, partner.pk, "r-2", "6"],
        ["CREATE", "", offer.pk, partner.pk, "r-2", "6"],
    )

    found = list(job.rows.order_by("seq").values_list("outcome", "params"))
    assert found == [
        ("ready", None),
        ("duplicate", {"line": 2}),
        ("contradiction", {"line": 5}),
        ("contradiction", {"line": 4}),
        ("contradiction", {"line": 7}),
        ("contradiction", {"line": 6}),
        ("ready", None),
        ("duplicate", {"line": 8}),
    ]


def test_one_click_may_lead_to_several_conversions(agency, offer, partner):
    columns = "request_type,offer_id,partner_id,transaction_id,order_id,payout"
    job = verify(
        agency,
        columns,
        ["CREATE", offer.pk, partner.pk, "tx-1", "A-1", "5"],
        ["CREATE", offer.pk, partner.pk, "tx-1", "A-2", "6"],
        ["CREATE", offer.pk, partner.pk, "tx-2", "", "5"],
        ["CREATE", offer.pk, partner.pk, "tx-2", "", "6"],
        ["CREATE", offer.pk, partner.pk, "tx-2", "", "6.00"],
    )

    assert outcomes(job) == [("ready", None)] * 4 + [("duplicate", "duplicate")]


def test_a_reason_belongs_to_a_rejection(agency, offer, partner):
    make_reason("fraud")
    columns = "request_type,offer_id,partner_id,status,reason"
    job = imported(
        agency,
        columns,
        ["CREATE", offer.pk, partner.pk, "CONFIRMED", "fraud"],
        ["CREATE", offer.pk, partner.pk, "REJECTED", "fraud"],
        ["CREATE", offer.pk, partner.pk, "", "fraud"],
    )

    assert job.counts == {"applied": 3}
    assert [r.wanted for r in ConversionRequest.objects.order_by("pk")] == [
        {"status": "approved"},
        {"status": "rejected", "reason_code": "fraud"},
        {},
    ]
