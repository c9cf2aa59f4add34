"""Raising, editing, and what nobody may ask for (requests.md)."""

import pytest
from django.core.exceptions import PermissionDenied

from conversions.models import Conversion, Reason
from convertr.errors import DomainError
from convertr.ui.models import Notification
from requests_workflow import wanted
from requests_workflow.models import ConversionRequest, RequestEvent
from requests_workflow.rules import Type
from requests_workflow.services import deciding, discussing, raising
from tests.factories import make_conversion, make_offer, make_reason, make_user
from tests.requests_workflow import kit
from tests.requests_workflow.conftest import RAISES

pytestmark = pytest.mark.django_db


def code_of(act):
    with pytest.raises(DomainError) as error:
        act()
    return error.value.code


def test_only_what_differs_is_asked_for(raiser, conversion):
    request = kit.make_change(raiser, conversion, payout="4", sub1="", sale_amount="12.50")

    assert request.wanted == {"sale_amount": "12.5000"}
    assert request.before == {"sale_amount": None}
    assert (request.status, request.type, request.raiser_partner) == (
        "inquired",
        "change",
        raiser.partner,
    )


def test_asking_for_nothing_new_is_refused(raiser, conversion):
    assert code_of(lambda: kit.make_change(raiser, conversion, payout="4")) == "nothing_asked"
    assert code_of(lambda: kit.make_change(raiser, conversion, status="open")) == "nothing_asked"


def test_nothing_is_made_new_again(agency, offer, partner):
    approved = make_conversion(offer=offer, partner=partner, status="approved")

    assert code_of(lambda: kit.make_change(agency, approved, status="OPEN")) == "open_not_possible"


@pytest.mark.parametrize("name", ["revenue", "note"])
def test_a_partner_does_not_ask_for_what_it_does_not_see(raiser, conversion, name):
    assert code_of(lambda: kit.make_change(raiser, conversion, **{name: "9"})) == "not_askable"


def test_a_partner_does_not_give_the_advertisers_id(raiser, offer, partner):
    act = lambda: kit.make_create(raiser, offer, partner, request_id="R")  # noqa: E731

    assert code_of(act) == "not_askable"


def test_a_partner_asks_only_of_its_own(raiser, other_partner, partner):
    foreign = make_conversion(partner=other_partner)
    closed = make_offer(partners=[other_partner])
    open_to_all = make_offer()

    assert code_of(lambda: kit.make_change(raiser, foreign, payout="9")) == "not_found"
    assert code_of(lambda: kit.make_create(raiser, closed, partner)) == "offer_unknown"
    assert code_of(lambda: kit.make_create(raiser, open_to_all, other_partner)) == "partner_unknown"
    assert kit.make_create(raiser, open_to_all, partner).partner == partner


def test_each_kind_has_its_permission(partner_user, agency2, conversion, offer, partner):
    for person in (partner_user, agency2):
        with pytest.raises(PermissionDenied):
            kit.make_change(person, conversion, payout="9")
        with pytest.raises(PermissionDenied):
            kit.make_create(person, offer, partner)


@pytest.mark.parametrize(
    ("values", "code"),
    [
        ({"payout": "1,5"}, "bad_amount"),
        ({"payout": "-1"}, "bad_amount"),
        ({"payout": "NaN"}, "bad_amount"),
        ({"payout": "1e9"}, "bad_amount"),
        ({"payout": "1234567890123"}, "bad_amount"),
        ({"sale_amount": "1.23456"}, "bad_amount"),
        ({"status": "paid"}, "bad_conversion_status"),
        ({"status": "invalid"}, "bad_conversion_status"),
        ({"sub1": "x" * 256}, "too_long"),
        ({"sub1": "a\0b"}, "not_storable"),
        ({"sub1": "\ud800"}, "not_storable"),
        ({"status": "REJECTED", "reason_code": "nonsense"}, "unknown_reason"),
        ({"converted_at": "2025-01-01"}, "not_askable"),
        ({"locked": "true"}, "not_askable"),
    ],
)
def test_what_cannot_be_kept_is_told_by_its_code(raiser, conversion, values, code):
    assert code_of(lambda: kit.make_change(raiser, conversion, **values)) == code


@pytest.mark.parametrize(
    ("written", "code"),
    [
        ("2026-02-31", "bad_time"),
        ("0001-01-01T00:00:00+14:00", "bad_time"),
        ("9999-12-31T23:59:59-14:00", "bad_time"),
        ("yesterday", "bad_time"),
        ("2099-01-01", "time_in_future"),
    ],
)
def test_a_time_is_one_that_was(raiser, offer, partner, written, code):
    assert code_of(lambda: kit.make_create(raiser, offer, partner, converted_at=written)) == code


def test_a_rejection_takes_its_reason_along(raiser, conversion):
    make_reason("fraud")

    request = kit.make_change(raiser, conversion, status="rejected", reason_code="fraud")

    assert request.wanted == {"status": "rejected", "reason_code": "fraud"}


def test_a_reason_without_a_rejection_is_left_out(raiser, conversion):
    make_reason("fraud")

    request = kit.make_change(raiser, conversion, payout="9", reason_code="fraud")

    assert request.wanted == {"payout": "9.0000"}


@pytest.mark.parametrize("values", [{}, {"status": "approved"}, {"status": "OPEN"}])
def test_a_new_one_that_is_not_rejected_has_no_reason(raiser, offer, partner, values):
    make_reason("fraud")

    request = kit.make_create(raiser, offer, partner, reason_code="fraud", **values)

    assert "reason_code" not in request.wanted
    assert kit.make_create(
        raiser, offer, partner, status="rejected", reason_code="fraud"
    ).wanted == {"status": "rejected", "reason_code": "fraud"}


def test_an_edit_takes_the_reason_away_with_the_rejection(raiser, offer, partner):
    make_reason("fraud")
    request = kit.make_create(raiser, offer, partner, status="rejected", reason_code="fraud")

    wanted = {"status": "approved", "reason_code": "fraud"}
    raising.edit(actor=raiser, request=request, version=1, wanted=wanted)

    assert kit.again(request).wanted == {"status": "approved"}


def test_a_retired_reason_stays_where_it_was_and_comes_nowhere_else(raiser, conversion, offer):
    make_reason("fraud")
    gone = {"status": "rejected", "reason_code": "fraud"}
    change = kit.make_change(raiser, conversion, **gone)
    create = kit.make_create(raiser, offer, raiser.partner, **gone)
    other = kit.make_change(raiser, make_conversion(offer=offer, partner=raiser.partner))
    Reason.objects.update(retired=True)

    for request in (change, create):
        raising.edit(actor=raiser, request=request, version=1, wanted={**gone, "sub1": "x"})
        assert kit.again(request).wanted == {**gone, "sub1": "x"}
    for act in (
        lambda: raising.edit(actor=raiser, request=other, version=1, wanted=gone),
        lambda: kit.make_create(raiser, offer, raiser.partner, **gone),
    ):
        assert code_of(act) == "unknown_reason"


def test_an_edit_is_told_without_why_it_was_asked_again(raiser, agency, conversion):
    request = kit.reject(agency, kit.make_change(raiser, conversion, payout="9"))
    deciding.reopen(actor=raiser, request=request, version=request.version, comment="Look again")
    request = kit.again(request)

    wanted = {"payout": "8"}
    raising.edit(actor=raiser, request=request, version=request.version, wanted=wanted)

    notes = RequestEvent.objects.filter(pgh_obj=request).order_by("pgh_id")
    assert [event.move_note for event in notes] == ["", "", "Look again", ""]


def test_an_amount_that_would_not_fit_is_refused(agency, partner):
    offer = make_offer(rates={"payout_percent": 200}, partners=[partner])

    act = lambda: kit.make_create(agency, offer, partner, sale_amount="999999999999")  # noqa: E731

    assert code_of(act) == "amount_too_large"


def test_an_edit_replaces_what_was_wanted(raiser, conversion):
    request = kit.make_change(raiser, conversion, payout="9")
    Conversion.objects.filter(pk=conversion.pk).update(sub1="now")

    raising.edit(actor=raiser, request=request, version=request.version, wanted={"sub1": "x"})

    edited = kit.again(request)
    assert (edited.wanted, edited.before, edited.version) == ({"sub1": "x"}, {"sub1": "now"}, 2)
    assert RequestEvent.objects.filter(pgh_obj=request).count() == 2


def test_an_edit_of_what_was_edited_meanwhile_is_refused(raiser, conversion):
    request = kit.make_change(raiser, conversion, payout="9")
    raising.edit(actor=raiser, request=request, version=1, wanted={"payout": "8"})

    def again():
        raising.edit(actor=raiser, request=request, version=1, wanted={"payout": "7"})

    assert code_of(again) == "stale"


def test_only_the_raiser_edits(raiser, agency, conversion):
    request = kit.make_change(raiser, conversion, payout="9")
    colleague = make_user(role="partner", partner=raiser.partner, permissions=RAISES)

    for person in (agency, colleague):
        with pytest.raises(PermissionDenied):
            raising.edit(actor=person, request=request, version=1, wanted={"payout": "7"})


def test_a_comment_that_is_refused_leaves_no_request(raiser, conversion):
    def act():
        raising.raise_change(
            actor=raiser, conversion=conversion, wanted={"payout": "9"}, comment="x" * 5_001
        )

    assert code_of(act) == "comment_bad"
    assert not ConversionRequest.objects.exists()


def test_who_only_reads_says_nothing(raiser, agency2, conversion):
    request = kit.make_change(raiser, conversion)

    with pytest.raises(PermissionDenied):
        discussing.comment(actor=agency2, request=request, text="Hello")
    with pytest.raises(PermissionDenied):
        discussing.comment(actor=raiser, request=request, text="Hello", internal=True)


def test_a_partners_first_comment_rings_those_who_decide(raiser, agency, agency2, conversion):
    request = kit.make_change(raiser, conversion)

    discussing.comment(actor=raiser, request=request, text="Any news?")

    assert set(Notification.objects.values_list("user", flat=True)) == {agency.pk}


def test_an_internal_comment_rings_no_partner(raiser, agency, conversion):
    request = kit.make_change(raiser, conversion)

    discussing.comment(actor=agency, request=request, text="Looks odd", internal=True)

    assert not Notification.objects.exists()


def test_partners_may_name_no_field_that_they_do_not_see():
    for type_ in Type:
        names = wanted.names_for(type_, is_partner=True)
        assert not {"revenue", "note", "request_id"}.intersection(names)
