"""Rows about requests that are there: changed, decided, commented on."""

from decimal import Decimal

import pytest

from conversions.models import Conversion
from convertr.accounts.permissions import grant
from convertr.errors import DomainError
from convertr.jobs import services as jobs
from convertr.ui.models import Notification
from requests_workflow import rules
from requests_workflow.exchange.columns import columns_for
from requests_workflow.models import Comment, ConversionRequest
from requests_workflow.services import processing
from requests_workflow.services.discussing import comment
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
from tests.requests_workflow.kit import accept, again, make_change, make_create, processed, reject

pytestmark = pytest.mark.django_db
CHANGE = "request_type,conversion_uuid,payout"
KNOWN = "conversion_request_id,request_type,request_status,payout,reason,comment"


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
