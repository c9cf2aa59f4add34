"""What is accepted is done, once, and what can't be done says why (requests.md, "Statuses")."""

import threading
from decimal import Decimal

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from conversions.models import Conversion, ConversionEvent, PostbackEvent
from conversions.rules import Status as ConversionStatus
from requests_workflow.models import ConversionRequest, RequestEvent
from requests_workflow.rules import Status
from requests_workflow.services import deciding, processing
from tests.factories import (
    make_conversion,
    make_conversions,
    make_offer,
    make_postback,
    make_user,
)
from tests.requests_workflow import kit

pytestmark = pytest.mark.django_db


def test_a_change_writes_only_what_it_names(raiser, agency, conversion):
    before = Conversion.objects.values().get(pk=conversion.pk)
    request = kit.make_change(raiser, conversion, payout="7.5", sub3="blog", order_id="A-1")

    request = kit.processed(agency, request)

    after = Conversion.objects.values().get(pk=conversion.pk)
    assert request.status == Status.PROCESSED
    assert request.processed_at is not None
    assert {name for name in after if after[name] != before[name]} == {
        "payout",
        "sub3",
        "order_id",
        "version",
    }
    assert (after["payout"], after["sub3"], after["order_id"]) == (Decimal("7.5"), "blog", "A-1")


def test_notes_and_subs_change_no_version_that_verified_changes_rely_on(agency, conversion):
    kit.processed(
        agency, kit.make_change(other_agency(), conversion, note="Look into it", sub1="x")
    )

    changed = Conversion.objects.get(pk=conversion.pk)
    assert (changed.note, changed.sub1) == ("Look into it", "x")
    assert changed.version == conversion.version


def other_agency():
    return make_user(full_name="Another", permissions="all")


def test_a_change_enters_history_through_the_channel_request(raiser, agency, conversion):
    kit.processed(agency, kit.make_change(raiser, conversion))

    last = ConversionEvent.objects.filter(pgh_obj=conversion).latest("pgh_id")
    assert last.status == ConversionStatus.APPROVED
    assert last.pgh_context.metadata["channel"] == "request"


def test_partners_are_told_of_a_new_status(raiser, agency, partner, conversion):
    make_postback(partner)
    kit.processed(agency, kit.make_change(raiser, conversion))

    assert PostbackEvent.objects.filter(conversion_id=conversion.pk, status="approved").count() == 1


def test_a_former_reason_does_not_stay_with_a_new_status(raiser, agency, offer, partner):
    conversion = make_conversion(
        offer=offer, partner=partner, status="rejected", reason_code="fraud"
    )
    kit.processed(agency, kit.make_change(raiser, conversion, status="CONFIRMED"))

    changed = Conversion.objects.get(pk=conversion.pk)
    assert (changed.status, changed.reason_code) == ("approved", "")


def test_create_new_makes_the_conversion_with_its_rates(raiser, agency, offer, partner):
    request = kit.make_create(
        raiser, offer, partner, order_id="O-77", sale_amount="80", status="CONFIRMED",
        converted_at="2025-03-01T14:30:00Z", sub2="mail",
    )  # fmt: skip

    request = kit.processed(agency, request)

    made = Conversion.objects.get(pk=request.conversion_id)
    assert (made.offer, made.partner, made.event.name) == (offer, partner, "Base")
    assert (made.payout, made.revenue, made.sale_amount) == (4, 5, 80)
    assert (made.payout_fixed, made.revenue_fixed) == (4, 5)
    assert (made.status, made.order_id, made.sub2) == ("approved", "O-77", "mail")
    assert made.converted_at.isoformat() == "2025-03-01T14:30:00+00:00"
    assert ConversionEvent.objects.get(pgh_obj=made).pgh_label == "insert"


@pytest.mark.parametrize(
    ("sale", "payout"), [("0.0005", "0.0000"), ("0.0015", "0.0002"), ("199.99", "19.9990")]
)
def test_create_new_works_amounts_out_as_conversions_do(agency, partner, sale, payout):
    """10 % of the sale, half-even to four decimals."""
    offer = make_offer(partners=[partner], rates={"payout_percent": 10, "revenue_fixed": 1})
    request = kit.make_create(other_agency(), offer, partner, sale_amount=sale, request_id="r")

    request = kit.processed(agency, request)

    assert Conversion.objects.get(pk=request.conversion_id).payout == Decimal(payout)


def test_amounts_that_are_asked_for_win_over_rates(agency, offer, partner):
    request = kit.make_create(other_agency(), offer, partner, payout="9", revenue="11.25")

    request = kit.processed(agency, request)

    made = Conversion.objects.get(pk=request.conversion_id)
    assert (made.payout, made.revenue) == (9, Decimal("11.25"))


def test_told_five_times_it_is_applied_once(raiser, agency, conversion):
    request = kit.make_change(raiser, conversion)
    kit.accept(agency, request)

    for _time in range(5):
        processing.process()

    assert ConversionEvent.objects.filter(pgh_obj=conversion).count() == 2
    moves = RequestEvent.objects.filter(pgh_obj=request).order_by("pgh_id")
    assert [event.status for event in moves] == ["inquired", "accepted", "processed"]


def test_a_conversion_locked_after_acceptance_makes_it_failed(raiser, agency, conversion):
    request = kit.make_change(raiser, conversion)
    kit.accept(agency, request)
    Conversion.objects.filter(pk=conversion.pk).update(locked=True)

    processing.process()

    request = kit.again(request)
    assert (request.status, request.failure_code) == (Status.FAILED, "conversion_locked")
    assert Conversion.objects.get(pk=conversion.pk).status == "pending"


def test_a_conversion_changed_after_acceptance_makes_it_failed(raiser, agency, conversion):
    request = kit.make_change(raiser, conversion, payout="9")
    kit.accept(agency, request)
    Conversion.objects.filter(pk=conversion.pk).update(payout=6)

    processing.process()

    request = kit.again(request)
    assert (request.status, request.failure_code) == (Status.FAILED, "conversion_changed")


def test_a_change_of_other_fields_after_acceptance_is_no_matter(raiser, agency, conversion):
    request = kit.make_change(raiser, conversion, payout="9")
    kit.accept(agency, request)
    Conversion.objects.filter(pk=conversion.pk).update(status="approved", sub1="other")

    processing.process()

    assert kit.again(request).status == Status.PROCESSED


def test_two_accepted_changes_of_one_conversion_follow_each_other(raiser, agency, conversion):
    first = kit.make_change(raiser, conversion, payout="9")
    second = kit.make_change(raiser, conversion, sub1="blog")
    third = kit.make_change(raiser, conversion, payout="11")
    for request in (first, second, third):
        kit.accept(agency, request)

    processing.process()

    changed = Conversion.objects.get(pk=conversion.pk)
    assert (changed.payout, changed.sub1) == (9, "blog")
    assert [kit.again(r).status for r in (first, second)] == [Status.PROCESSED] * 2
    assert kit.again(third).failure_code == "conversion_changed"


def test_a_duplicate_that_appears_after_acceptance_is_linked(agency, offer, partner):
    request = kit.make_create(other_agency(), offer, partner, request_id="R-1")
    kit.accept(agency, request)
    other = make_conversion(offer=offer, partner=partner, request_id="R-1")

    processing.process()

    request = kit.again(request)
    assert (request.status, request.failure_code) == (Status.FAILED, "duplicate_request_id")
    assert request.failure_params == {"conversion": other.pk}


@pytest.mark.parametrize("key", ["request_id", "order_id"])
def test_two_new_ones_with_one_key_make_one_conversion(agency, offer, partner, key):
    raiser = other_agency()
    requests = [kit.make_create(raiser, offer, partner, **{key: "same"}) for _n in range(3)]
    for request in requests:
        kit.accept(agency, request)

    processing.process()

    assert Conversion.objects.filter(**{key: "same"}).count() == 1
    first, *others = [kit.again(request) for request in requests]
    assert first.status == Status.PROCESSED
    assert {other.status for other in others} == {Status.FAILED}
    assert {other.failure_params["conversion"] for other in others} == {first.conversion_id}


def test_one_that_cannot_be_written_fails_alone_and_is_tried_again(agency, offer, partner):
    raiser = other_agency()
    conversions = make_conversions(5, offer=offer, partner=partner)
    requests = [kit.make_change(raiser, one, payout="8") for one in conversions]
    broken = requests[2]
    ConversionRequest.objects.filter(pk=broken.pk).update(wanted={"payout": "no number"})
    for request in requests:
        kit.accept(agency, request)

    processing.process()

    statuses = [kit.again(request).status for request in requests]
    assert statuses == ["processed", "processed", "failed", "processed", "processed"]
    assert kit.again(broken).failure_code == "request_failed"

    ConversionRequest.objects.filter(pk=broken.pk).update(wanted={"payout": "8.0000"})
    broken = kit.again(broken)
    deciding.retry(actor=agency, request=broken, version=broken.version)
    processing.process()

    assert kit.again(broken).status == Status.PROCESSED
    assert Conversion.objects.get(pk=conversions[2].pk).payout == 8


def test_the_queries_do_not_grow_with_the_requests(agency, offer, partner):
    raiser = other_agency()

    def queries(number):
        choices = []
        for one in make_conversions(number, offer=offer, partner=partner):
            choices.append(kit.make_change(raiser, one, payout="8"))
            choices.append(kit.make_create(raiser, offer, partner, order_id=f"{number}-{one.pk}"))
        chosen = [deciding.Choice(request.pk, request.version) for request in choices]
        with CaptureQueriesContext(connection) as asked:
            deciding.decide_many(actor=agency, move=deciding.Move.ACCEPT, choices=chosen)
            processing.process()
        return len(asked)

    queries(1)  # asks what the person may
    assert queries(3) == queries(12)


@pytest.mark.django_db(transaction=True)
def test_two_workers_at_once_apply_each_once(agency, offer, partner):
    raiser = other_agency()
    conversions = make_conversions(200, offer=offer, partner=partner)
    chosen = [
        deciding.Choice(r.pk, r.version)
        for r in [kit.make_change(raiser, one, payout="8") for one in conversions]
    ]
    deciding.decide_many(actor=agency, move=deciding.Move.ACCEPT, choices=chosen)

    def work():
        try:
            processing.process()
        finally:
            connection.close()

    workers = [threading.Thread(target=work) for _n in range(4)]
    for worker in workers:
        worker.start()
    for worker in workers:
        worker.join(30)
    # One that found another at it left; the tick would come back for the rest.
    processing.process()

    assert ConversionRequest.objects.filter(status=Status.PROCESSED).count() == 200
    assert ConversionEvent.objects.filter(payout=8).count() == 200
