"""Importing requests: what a file's rows become, by whom, and what is refused."""

import io
import zipfile
from datetime import datetime
from decimal import Decimal

import pytest
import xlsxwriter
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from conversions.models import Conversion
from convertr.accounts.models import Role
from convertr.accounts.permissions import grant
from convertr.errors import DomainError
from convertr.jobs import services as jobs
from convertr.jobs.models import Job
from convertr.ui.models import Notification
from convertr.ui.notifications import render
from requests_workflow import rules
from requests_workflow.exchange.columns import columns_for
from requests_workflow.imports.services import verify_import
from requests_workflow.models import Comment, ConversionRequest, RequestEvent
from requests_workflow.services import processing
from requests_workflow.services.discussing import comment
from tests.factories import (
    make_conversion,
    make_csv,
    make_offer,
    make_reason,
    make_user,
    outcomes,
)
from tests.requests_workflow.kit import accept, again, make_change, make_create, processed, reject
from tests.requests_workflow.kit_import import (
    cells_of,
    confirm,
    imported,
    make_xlsx,
    verify,
)

pytestmark = pytest.mark.django_db
CHANGE = "request_type,conversion_uuid,payout"
KNOWN = "conversion_request_id,request_type,request_status,payout,reason,comment"


@pytest.fixture
def raiser(raiser):
    """A partner's person who may ask for both kinds, and import."""
    grant(raiser, ["jobs.import_data"])
    return raiser


@pytest.fixture
def sole(agency):
    """An agency user who may decide its own requests, too."""
    grant(agency, [rules.DECIDE_OWN])
    return agency


@pytest.fixture
def conversion(offer, partner):
    return make_conversion(offer=offer, partner=partner)


# --- new requests ---


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


# --- requests that are there ---


def test_a_row_changes_ones_own_inquired_request(raiser, conversion):
    request = make_change(raiser, conversion, payout="5", order_id="A-1")
    job = imported(raiser, KNOWN, [request.pk, "CHANGE", "", "6", "", ""])

    request = again(request)
    assert job.counts == {"applied": 1}
    # No column asks for the order id.
    assert request.wanted == {"payout": "6.0000", "order_id": "A-1"}
    assert request.before == {"payout": "4.0000", "order_id": ""}
    assert (request.status, request.version) == ("inquired", 2)


def test_an_empty_cell_leaves_what_is_asked_for_as_it_is(raiser, conversion):
    request = make_change(raiser, conversion, payout="5", order_id="A-1")
    imported(
        raiser,
        "conversion_request_id,request_type,payout,order_id",
        [request.pk, "CHANGE", "6", ""],
    )

    assert again(request).wanted == {"payout": "6.0000", "order_id": "A-1"}


def test_a_row_that_asks_for_nothing_else_leaves_the_request_as_it_is(raiser, conversion):
    """What the conversion has already is no wish."""
    request = make_change(raiser, conversion, payout="5")
    columns = "conversion_request_id,request_type,payout,order_id,sub1,status"
    Conversion.objects.filter(pk=conversion.pk).update(order_id="A-1", sub1="blog")
    job = verify(raiser, columns, [request.pk, "CHANGE", "5", "A-1", "blog", "OPEN"])

    assert outcomes(job) == [("unchanged", "already_so")]


def test_what_was_rejected_and_is_no_more_loses_its_reason(raiser, offer):
    make_reason("fraud")
    request = make_create(
        raiser, offer, raiser.partner, status="rejected", reason_code="fraud", order_id="A-1"
    )
    imported(raiser, "conversion_request_id,request_type,status", [request.pk, "", "CONFIRMED"])

    assert again(request).wanted == {"status": "approved", "order_id": "A-1"}


def test_a_template_with_an_id_and_a_decision_decides(raiser, agency, conversion):
    """All the other columns are there, and empty."""
    request = make_change(raiser, conversion, payout="5", order_id="A-1")
    names = [column.name for column in columns_for(agency)]
    cells = {"conversion_request_id": request.pk, "request_status": "ACCEPTED"}

    imported(agency, ",".join(names), [str(cells.get(name, "")) for name in names])

    assert again(request).status == "accepted"
    assert again(request).wanted == {"payout": "5.0000", "order_id": "A-1"}


def test_only_the_raiser_changes_what_is_asked_for(raiser, agency, conversion):
    request = make_change(raiser, conversion, payout="5")
    job = verify(agency, KNOWN, [request.pk, "CHANGE", "", "6", "", ""])

    assert outcomes(job) == [("invalid", "forbidden")]


def test_a_request_that_changed_since_verify_is_left_alone(raiser, agency, conversion, offer):
    edited = make_change(raiser, conversion, payout="5")
    decided = make_create(raiser, offer, raiser.partner, order_id="A-1")
    job = verify(raiser, KNOWN, [edited.pk, "", "", "6", "", ""], [decided.pk, "", "", "6", "", ""])
    reject(agency, edited)
    accept(agency, decided)

    job = confirm(job)

    assert outcomes(job) == [("conflict", "changed_since_verify")] * 2
    assert again(edited).wanted == {"payout": "5.0000"}


def test_deciders_accept_and_reject(raiser, agency, offer, partner):
    requests = [make_create(raiser, offer, partner, order_id=f"A-{n}") for n in range(3)]
    job = imported(
        agency,
        "conversion_request_id,request_type,request_status,reason",
        [requests[0].pk, "CREATE", "ACCEPTED", ""],
        [requests[1].pk, "CREATE", "REJECTED", "No such sale"],
        [requests[2].pk, "", "REJECTED", "Too late"],
    )

    assert outcomes(job) == [("applied", None)] * 3
    assert [(r.status, r.decision_reason) for r in map(again, requests)] == [
        ("accepted", ""),
        ("rejected", "No such sale"),
        ("rejected", "Too late"),
    ]
    assert again(requests[0]).decided_by == agency
    processing.process()
    assert again(requests[0]).status == "processed"


def test_the_raisers_bell_rings_once_a_decision_not_once_a_row(raiser, agency, offer, partner):
    requests = [make_create(raiser, offer, partner, order_id=f"A-{n}") for n in range(5)]
    rows = [[r.pk, "CREATE", "ACCEPTED"] for r in requests]
    imported(agency, "conversion_request_id,request_type,request_status", *rows)

    assert raiser.notifications.count() == 1


def test_a_rejection_needs_a_reason(raiser, agency, conversion):
    request = make_change(raiser, conversion)
    job = verify(agency, KNOWN, [request.pk, "", "REJECTED", "", "", ""])

    assert outcomes(job) == [("invalid", "reason_missing")]


def test_deciding_is_for_deciders_and_not_of_ones_own(raiser, agency, conversion, offer, partner):
    request = make_change(raiser, conversion)
    own = make_create(agency, offer, partner, order_id="A-1")
    columns = "conversion_request_id,request_type,request_status,conversion_uuid,payout"
    by_partner = verify(
        raiser,
        columns,
        [request.pk, "", "ACCEPTED", "", ""],
        ["", "CHANGE", "ACCEPTED", conversion.uuid, "9"],
    )
    by_agency = verify(
        agency,
        columns,
        [own.pk, "", "ACCEPTED", "", ""],
        ["", "CHANGE", "ACCEPTED", conversion.uuid, "9"],
    )

    assert outcomes(by_partner) == [("invalid", "forbidden")] * 2
    assert outcomes(by_agency) == [("invalid", "four_eyes")] * 2


def test_who_may_decide_its_own_raises_and_accepts_in_one(sole, conversion):
    job = imported(
        sole,
        "request_type,request_status,conversion_uuid,payout",
        ["CHANGE", "ACCEPTED", conversion.uuid, "9"],
    )

    request = ConversionRequest.objects.get()
    assert job.counts == {"applied": 1}
    assert request.status == "accepted"
    processing.process()
    conversion.refresh_from_db()
    assert conversion.payout == Decimal(9)


def test_what_would_refuse_the_acceptance_is_said_before(raiser, agency, offer, partner):
    make_conversion(offer=offer, partner=partner, order_id="A-1")
    request = make_create(raiser, offer, partner, order_id="A-1")
    job = verify(agency, KNOWN, [request.pk, "", "ACCEPTED", "", "", ""])

    assert outcomes(job) == [("invalid", "duplicate_order")]
    assert again(request).status == "inquired"


@pytest.mark.parametrize("status", ["processed", "rejected", "accepted"])
def test_what_is_closed_is_unchanged_or_refused(raiser, agency, conversion, status):
    request = make_change(raiser, conversion, payout="5")
    {"processed": processed, "rejected": reject, "accepted": accept}[status](agency, request)
    word = status.upper()
    reason = "No such sale" if status == "rejected" else ""
    version = again(request).version

    same = verify(raiser, KNOWN, [request.pk, "CHANGE", word, "5.00", reason, ""])
    more = verify(raiser, KNOWN, [request.pk, "CHANGE", word, "6", reason, ""])
    back = verify(agency, KNOWN, [request.pk, "CHANGE", "INQUIRED", "5", reason, ""])

    assert outcomes(same) == [("unchanged", "already_so")]
    assert outcomes(more) == [("invalid", "no_way")]
    assert outcomes(back)[0][0] == "invalid"
    assert again(request).version == version


def test_statuses_of_the_system_can_not_be_written(raiser, conversion, offer):
    request = make_change(raiser, conversion)
    columns = "conversion_request_id,request_type,request_status,offer_id,order_id"
    job = verify(
        raiser,
        columns,
        [request.pk, "", "PROCESSED", "", ""],
        ["", "CREATE", "PROCESSED", offer.pk, "A-1"],
        ["", "CREATE", "DONE", offer.pk, "A-2"],
    )

    assert [code for _o, code in outcomes(job)] == [
        "status_of_system", "status_of_system", "bad_request_status",
    ]  # fmt: skip


def test_a_row_that_names_another_request_is_refused(raiser, conversion, offer):
    request = make_change(raiser, conversion)
    other = make_conversion(offer=offer, partner=raiser.partner)
    job = verify(
        raiser,
        "conversion_request_id,request_type,conversion_id,offer_id",
        [request.pk, "CREATE", "", ""],
        [request.pk, "CHANGE", other.pk, ""],
        [request.pk, "CHANGE", "", make_offer().pk],
    )

    assert outcomes(job) == [("invalid", "not_of_request")] * 3


def test_a_comment_alone_is_added(raiser, conversion):
    request = make_change(raiser, conversion)
    job = imported(raiser, KNOWN, [request.pk, "CHANGE", "", "", "", " See the mail "])

    assert job.counts == {"applied": 1}
    assert again(request).comments.get().text == "See the mail"
    assert again(request).version == request.version


def test_a_partners_comments_ring_at_the_agency_as_single_ones_do(
    raiser, agency, admin_user, conversion, offer, partner
):
    """For who has spoken there; where nobody has, for those who decide."""
    answered = make_change(raiser, conversion, payout="5")
    comment(actor=agency, request=answered, text="Which order?")
    silent = make_create(raiser, offer, partner, order_id="A-1")
    Notification.objects.all().delete()

    imported(raiser, KNOWN, [answered.pk, "", "", "", "", "This one"])
    assert set(_rung()) == {(agency.pk, answered.pk)}
    imported(raiser, KNOWN, [silent.pk, "", "", "", "", "Anybody?"])
    assert set(_rung()) == {
        (agency.pk, answered.pk), (agency.pk, silent.pk), (admin_user.pk, silent.pk),
    }  # fmt: skip


def _rung():
    found = Notification.objects.filter(kind="request_comment")
    return found.values_list("user", "params__request")


def test_a_right_to_comment_lost_after_verify_is_asked_for_again(raiser, conversion):
    request = make_change(raiser, conversion)
    decider = make_user(permissions=["jobs.import_data", rules.DECIDE])
    job = verify(decider, KNOWN, [request.pk, "CHANGE", "", "", "", "See the mail"])
    decider.user_permissions.clear()
    grant(decider, ["jobs.import_data"])
    job.requested_by = type(decider).objects.get(pk=decider.pk)

    assert outcomes(confirm(job)) == [("conflict", "forbidden")]
    assert not Comment.objects.exists()
    assert not raiser.notifications.exists()


def test_only_who_uploaded_it_confirms_it(raiser, agency, conversion):
    job = verify(raiser, CHANGE, ["CHANGE", conversion.uuid, "9"])

    with pytest.raises(DomainError, match="uploaded"):
        jobs.confirm(actor=agency, job=job)
    assert confirm(job).counts == {"applied": 1}


def test_a_permission_lost_after_verify_is_asked_for_again(raiser, conversion):
    job = verify(raiser, CHANGE, ["CHANGE", conversion.uuid, "9"])
    raiser.user_permissions.clear()
    grant(raiser, ["jobs.import_data"])
    job.requested_by = type(raiser).objects.get(pk=raiser.pk)

    assert outcomes(confirm(job)) == [("conflict", "forbidden")]
    assert not ConversionRequest.objects.exists()


# --- files ---


BIG = "request_type,offer_id,order_id\n" + "CREATE,1,x\n" * 10_001


@pytest.mark.parametrize(
    ("data", "code"),
    [
        (b"", "file_empty"),
        (b"request_type,offer_id\n", "no_rows"),
        (b"request_type,offer_id,surprise\nCREATE,1,2\n", "unknown_column"),
        (b"request_type,,offer_id\nCREATE,1,2\n", "blank_column"),
        (b"request_type,offer_id,offer_id\nCREATE,1,2\n", "duplicate_column"),
        (b"request_type,payout\nCREATE,1\n", "missing_column"),
        (b"offer_id,payout\n1,1\n", "missing_column"),
        (b"request_type;offer_id\nCREATE;1\n", "wrong_separator"),
        (b"request_type,offer_id\nCREATE,\0\n", "nul"),
        (b"request_type,offer_id\nCREATE,\xff\n", "not_utf8"),
        (b'request_type,offer_id\n"CREATE,1\n', "unbalanced_quote"),
        (b"request_type,offer_id,sub1\nCREATE,1," + b"x" * 100_001, "cell_too_long"),
        (BIG.encode(), "too_many_rows"),
        (b"<html>\n<body>No file</body></html>", "no_header"),
        (b"\x89PNG\r\n\x1a\n" + b"\0" * 60, "not_csv"),
        (b"\xd0\xcf\x11\xe0" + b"\0" * 600, "not_csv"),
        (b"PK\x03\x04" + b"\0" * 60, "bad_workbook"),
    ],
)
def test_a_file_is_refused_as_a_whole(agency, data, code):
    with pytest.raises(DomainError) as refused:
        verify_bytes(agency, data)

    assert refused.value.code == code
    job = Job.objects.get()
    assert (job.state, job.error_code) == ("refused", code)


def verify_bytes(actor, data, name="requests.csv"):
    return verify_import(actor=actor, name=name, data=data)


def rezipped(data, *, drop=(), add=(), replace=()):
    """A workbook with parts taken out, put in, or changed."""
    out = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(data)) as old, zipfile.ZipFile(out, "w", 8) as new:
        for part in old.infolist():
            if part.filename in drop:
                continue
            text = old.read(part)
            for name, found, put in replace:
                if part.filename == name:
                    assert found in text
                    text = text.replace(found, put)
            new.writestr(part.filename, text)
        for name, text in add:
            new.writestr(name, text)
    return out.getvalue()


def workbook(*rows):
    return make_xlsx("request_type,offer_id,order_id", *(rows or (["CREATE", 1, "A-1"],)))


BOMB = (
    b'<?xml version="1.0"?><!DOCTYPE x [<!ENTITY a "aaaaaaaaaa">'
    + b"".join(
        b'<!ENTITY %c "%s">' % (n, b"&%c;" % (n - 1) * 10) for n in range(ord("b"), ord("k"))
    )
    + b"]><sst>&j;</sst>"
)


@pytest.mark.parametrize(
    ("make", "code"),
    [
        (lambda: rezipped(workbook(), drop=["xl/workbook.xml"]), "bad_workbook"),
        (lambda: rezipped(workbook(), drop=["xl/worksheets/sheet1.xml"]), "bad_workbook"),
        (lambda: rezipped(workbook(), add=[("xl/vbaProject.bin", b"x")]), "has_macros"),
        (lambda: rezipped(workbook(), add=[("xl/b", b"\0" * 101 * 1024**2)]), "workbook_too_large"),
        (lambda: workbook()[:-40], "bad_workbook"),
        (
            lambda: rezipped(
                workbook(),
                drop=["xl/sharedStrings.xml"],
                add=[("xl/sharedStrings.xml", BOMB)],
            ),
            "bad_workbook",
        ),
        (lambda: workbook(*[["CREATE", 1, f"A-{n}"] for n in range(10_001)]), "too_many_rows"),
        (lambda: make_xlsx("request_type,offer_id"), "no_rows"),
        (lambda: make_xlsx("", ["", ""]), "file_empty"),
    ],
)
def test_a_workbook_is_refused_as_a_whole(agency, make, code):
    with pytest.raises(DomainError) as refused:
        verify_bytes(agency, make(), "requests.xlsx")

    assert refused.value.code == code


def test_a_formula_and_an_error_are_no_values(agency, offer, partner):
    out = io.BytesIO()
    book = xlsxwriter.Workbook(out)
    sheet = book.add_worksheet()
    for column, name in enumerate(["request_type", "offer_id", "partner_id", "payout"]):
        sheet.write_string(0, column, name)
    for line in (1, 2):
        sheet.write_row(line, 0, ["CREATE", offer.pk, partner.pk])
    sheet.write_formula(1, 3, "=1+1", None, 2)
    sheet.write_string(2, 3, "#REF!")
    book.close()
    data = rezipped(
        out.getvalue(),
        replace=[("xl/worksheets/sheet1.xml", b'<c r="D3" t="s">', b'<c r="D3" t="e">')],
    )

    job = verify_bytes(agency, data, "requests.xlsx")

    assert outcomes(job)[0] == ("invalid", "formula")
    assert outcomes(job)[1][0] == "invalid"


def test_ragged_rows_are_told(agency):
    data = b"request_type,offer_id\nCREATE\nCREATE,1,2\n"
    job = verify_bytes(agency, data)

    assert outcomes(job) == [("invalid", "wrong_cell_count")] * 2


def test_columns_in_any_order_and_any_case(agency, offer, partner):
    job = verify(
        agency, "Payout, PARTNER_ID ,offer_id,request_type", ["3", partner.pk, offer.pk, "create"]
    )

    assert job.counts == {"ready": 1}


@pytest.mark.parametrize("form", ["csv", "xlsx"])
def test_erroneous_rows_come_back_as_the_same_file(agency, offer, partner, sign_in, form):
    columns = "request_type,offer_id,partner_id,payout,sub1"
    rows = (
        ["CREATE", offer.pk, partner.pk, "5", "=1+1"],
        ["CREATE", offer.pk, partner.pk, "much", "'=2+2"],
    )
    job = verify(agency, columns, *rows, form=form)
    client = sign_in(agency)
    response = client.get(reverse("jobs:download", args=[job.pk]), {"bucket": "bad"})

    assert response["Content-Disposition"].endswith(f'.{form}"')
    found = cells_of(response)
    assert found[0] == [*columns.split(","), "line", "code", "error"]
    assert len(found) == 2
    assert found[1][-3:-1] == ["3", "bad_amount"]
    assert "much" in found[1][-1]

    # Mended, it comes back; its three last columns are ignored.
    found[1][3] = "5"
    again_ = verify(agency, ",".join(found[0]), found[1], form=form)
    assert again_.counts == {"ready": 1}
    text = "'=2+2" if form == "xlsx" else "=2+2"
    assert again_.rows.get().after["sub1"] == text


# --- the page ---


def test_the_page_verifies_and_leads_to_the_job(raiser, conversion, sign_in):
    client, url = sign_in(raiser), reverse("requests:import")
    page = client.get(url)
    assert page.status_code == 200
    assert "revenue" not in page.content.decode()

    data = make_csv(CHANGE, ["CHANGE", conversion.uuid, "9"])
    file = io.BytesIO(data)
    file.name = "../../<b>evil</b>\u202e.csv"
    response = client.post(url, {"file": file})

    job = Job.objects.get()
    assert response.status_code == 302
    assert response.url == job.get_absolute_url()
    page = client.get(response.url).content.decode()
    assert "<b>evil" not in page
    assert "To be raised" in page
    rows = client.get(reverse("jobs:rows", args=[job.pk]), {"bucket": "ready"}).content.decode()
    assert "4.00" in rows
    assert "9.00" in rows


def test_the_page_says_why_a_file_is_refused(raiser, sign_in):
    client, url = sign_in(raiser), reverse("requests:import")
    assert client.post(url).status_code == 422
    file = io.BytesIO(b"what\nis\n")
    file.name = "x.csv"
    response = client.post(url, {"file": file})

    assert response.status_code == 422
    assert "no header row" in response.content.decode()


def test_the_page_is_for_those_who_may_import(agency2, partner_user, sign_in, client):
    url = reverse("requests:import")

    assert sign_in(agency2).get(url).status_code == 403
    assert sign_in(partner_user).get(url).status_code == 403
    assert client.get(url).status_code == 302


# --- no query a row ---


def test_queries_do_not_grow_with_the_rows(raiser, agency, offer, partner):
    def queries(count):
        requests = [make_create(raiser, offer, partner) for _ in range(count)]
        fresh = [make_conversion(offer=offer, partner=partner) for _ in range(count)]
        rows = [[r.pk, "", "ACCEPTED", "", "", "Fine"] for r in requests]
        rows += [["", "CHANGE", "", c.uuid, "9", "New"] for c in fresh]
        columns = "conversion_request_id,request_type,request_status,conversion_uuid,payout,comment"
        with CaptureQueriesContext(connection) as found:
            job = imported(agency, columns, *rows)
        assert job.counts == {"applied": 2 * count}
        return len(found)

    queries(2)
    assert queries(3) == queries(30)


def test_many_reasons_and_comments_are_few_statements_and_few_bells(raiser, agency, offer, partner):
    requests = [make_create(raiser, offer, partner, order_id=f"A-{n}") for n in range(20)]
    rows = [[r.pk, "", "REJECTED", "", f"Reason {r.pk}", ""] for r in requests[:10]]
    rows += [[r.pk, "", "", "", "", f"Comment {r.pk}"] for r in requests[10:]]
    with CaptureQueriesContext(connection) as found:
        job = imported(agency, KNOWN, *rows)

    assert job.counts == {"applied": 20}
    assert len(found) < 80
    assert [r.decision_reason for r in map(again, requests[:10])] == [
        f"Reason {r.pk}" for r in requests[:10]
    ]
    assert Comment.objects.count() == 10
    lines = [render(line) for line in raiser.notifications.order_by("pk")]
    assert lines == ["10 requests: rejected", "10 requests: new comments"]


def test_what_the_agency_set_stays_and_is_not_shown_to_the_partner(raiser, conversion):
    request = make_change(raiser, conversion, payout="5")
    ConversionRequest.objects.filter(pk=request.pk).update(
        wanted={"payout": "5.0000", "revenue": "9.0000"}, before={"payout": "4.0000"}
    )
    job = verify(raiser, KNOWN, [request.pk, "CHANGE", "", "6", "", ""])

    row = job.rows.get()
    assert (row.before, row.after) == ({"payout": "5.0000"}, {"payout": "6.0000"})
    confirm(job)
    assert again(request).wanted == {"payout": "6.0000", "revenue": "9.0000"}


def test_a_sheet_far_down_and_far_to_the_right_is_read_in_no_time(agency, offer, partner):
    out = io.BytesIO()
    book = xlsxwriter.Workbook(out, {"constant_memory": True})
    sheet = book.add_worksheet()
    for column, name in enumerate(["request_type", "offer_id", "partner_id"]):
        sheet.write_string(0, column, name)
    sheet.write_row(900_000, 0, ["CREATE", offer.pk, partner.pk])
    sheet.write_string(1_048_575, 16_383, " ")
    book.close()

    job = verify_bytes(agency, out.getvalue(), "requests.xlsx")

    assert [row.line for row in job.rows] == [900_001]
    assert job.counts == {"ready": 1}
