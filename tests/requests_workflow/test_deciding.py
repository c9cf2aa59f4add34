"""Decisions: validated first, conditional on what was seen, four eyes (requests.md)."""

import threading

import pytest
from django.core.exceptions import PermissionDenied
from django.db import connection

from conversions.models import Conversion
from convertr.accounts.permissions import grant
from convertr.errors import DomainError
from convertr.ui.models import Notification
from requests_workflow import rules
from requests_workflow.history import timeline
from requests_workflow.models import ConversionRequest, RequestEvent
from requests_workflow.rules import Move, Status
from requests_workflow.services import deciding, processing, raising
from tests.factories import make_conversion, make_offer, make_user
from tests.requests_workflow import kit

pytestmark = pytest.mark.django_db


@pytest.fixture
def colleague(db):
    return make_user(full_name="Cora Colleague", permissions="all")


def refused(act):
    with pytest.raises(DomainError) as error:
        act()
    return error.value


def test_a_decision_tells_the_raiser_and_keeps_who_and_why(raiser, agency, conversion):
    request = kit.make_change(raiser, conversion)

    request = kit.reject(agency, request, "The sale was cancelled")

    assert (request.status, request.decision_reason) == ("rejected", "The sale was cancelled")
    assert request.decided_by == agency
    [line] = Notification.objects.filter(user=raiser)
    assert (line.kind, line.params["request"]) == ("request_decided", request.pk)


def test_of_two_deciders_the_second_is_told_who_was_first(raiser, agency, colleague, conversion):
    request = kit.make_change(raiser, conversion)
    seen = request.version
    kit.accept(agency, request)

    error = refused(
        lambda: deciding.reject(actor=colleague, request=request, version=seen, reason="No")
    )

    assert error.code == "stale"
    assert "Ada Agency was first" in str(error)
    assert kit.again(request).status == Status.ACCEPTED


@pytest.mark.django_db(transaction=True)
def test_of_two_deciders_at_once_one_wins(agency, offer, partner):
    raiser, other = make_user(permissions="all"), make_user(permissions="all")
    conversion = make_conversion(offer=offer, partner=partner)
    request = kit.make_change(raiser, conversion)
    ready, told = threading.Barrier(2), []

    def decide(act):
        try:
            mine = kit.again(request)
            ready.wait(10)
            act(mine)
            told.append("won")
        except DomainError as error:
            told.append(error.code)
        finally:
            connection.close()

    acts = [
        lambda mine: deciding.accept(actor=agency, request=mine, version=mine.version),
        lambda mine: deciding.reject(actor=other, request=mine, version=mine.version, reason="x"),
    ]
    threads = [threading.Thread(target=decide, args=[act]) for act in acts]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(30)

    assert sorted(told) == ["stale", "won"]
    assert RequestEvent.objects.filter(pgh_obj=request).count() == 2


def test_nobody_decides_an_own_request(agency, conversion):
    request = kit.make_change(agency, conversion)

    assert refused(lambda: kit.accept(agency, request)).code == "four_eyes"
    assert refused(lambda: kit.reject(agency, request)).code == "four_eyes"
    assert kit.again(request).status == Status.INQUIRED


def test_an_administrator_decides_no_own_request_either(admin_user, conversion):
    request = kit.make_change(admin_user, conversion)

    assert refused(lambda: kit.accept(admin_user, request)).code == "four_eyes"


def test_who_was_given_it_by_name_decides_own_requests(agency, conversion):
    grant(agency, [rules.DECIDE_OWN])
    agency = type(agency).objects.get(pk=agency.pk)
    request = kit.make_change(agency, conversion)

    assert kit.processed(agency, request).status == Status.PROCESSED


def test_who_only_reads_decides_nothing(raiser, agency2, conversion):
    request = kit.make_change(raiser, conversion)

    with pytest.raises(PermissionDenied):
        kit.accept(agency2, request)
    with pytest.raises(PermissionDenied):
        kit.accept(raiser, request)


def test_a_rejection_needs_a_reason(raiser, agency, conversion):
    request = kit.make_change(raiser, conversion)

    assert refused(lambda: kit.reject(agency, request, "  ")).code == "reason_missing"


def test_a_conflict_refuses_until_it_is_confirmed(raiser, agency, conversion):
    request = kit.make_change(raiser, conversion, payout="9")
    Conversion.objects.filter(pk=conversion.pk).update(payout=6)

    error = refused(lambda: kit.accept(agency, request))
    assert (error.code, error.params["fields"]) == ("conflict", "payout")
    assert kit.again(request).status == Status.INQUIRED

    done = kit.processed(agency, request, anyway=error.params["seen"])
    assert done.status == Status.PROCESSED
    assert Conversion.objects.get(pk=conversion.pk).payout == 9
    assert "in spite of a conflict" in [entry.why for entry in timeline(done, agency)]
    assert "in spite of a conflict" not in [entry.why for entry in timeline(done, raiser)]


def test_only_the_conflict_that_was_seen_is_confirmed(raiser, agency, conversion):
    request = kit.make_change(raiser, conversion, payout="9")
    Conversion.objects.filter(pk=conversion.pk).update(payout=6)
    seen = refused(lambda: kit.accept(agency, request)).params["seen"]
    Conversion.objects.filter(pk=conversion.pk).update(payout=100)

    assert refused(lambda: kit.accept(agency, request, anyway=seen)).code == "conflict"
    assert kit.accept(agency, request, anyway=deciding.ANY).status == Status.ACCEPTED


def test_why_it_was_asked_again_stands_in_the_history(raiser, agency, conversion):
    request = kit.reject(agency, kit.make_change(raiser, conversion))
    again = deciding.reopen(
        actor=raiser, request=request, version=request.version, comment="Here is the invoice"
    )

    assert timeline(again, agency)[0].why == "Here is the invoice"


def test_a_partner_that_comes_too_late_reads_no_staff_name(raiser, agency, conversion):
    request = kit.make_change(raiser, conversion)
    seen = request.version
    kit.accept(agency, request)
    late = {"actor": raiser, "request": request, "version": seen}

    for act in (
        lambda: deciding.withdraw(**late),
        lambda: deciding.reopen(**late, comment="Please"),
        lambda: raising.edit(**late, wanted={"payout": "8"}),
    ):
        assert str(refused(act)) == "The network was first: the request is accepted now."


@pytest.mark.parametrize("wanted", [{"sub1": "a"}, {"revenue": "5.5"}])
def test_only_a_partners_request_leaves_the_revenue_to_the_decider(
    agency, colleague, conversion, wanted
):
    request = kit.make_change(agency, conversion, **wanted)

    error = refused(lambda: kit.accept(colleague, request, revenue="9999"))

    assert error.code == "revenue_not_open"
    assert kit.again(request).wanted.get("revenue") != "9999.0000"
    assert kit.again(request).status == Status.INQUIRED


def test_what_became_as_wanted_is_no_conflict(raiser, agency, conversion):
    request = kit.make_change(raiser, conversion, payout="9", sub1="a")
    Conversion.objects.filter(pk=conversion.pk).update(payout=9)

    assert kit.processed(agency, request).status == Status.PROCESSED


@pytest.mark.parametrize(
    ("state", "code"),
    [({"locked": True}, "conversion_locked"), ({"status": "invalid"}, "conversion_invalid")],
)
def test_what_cannot_be_changed_refuses_even_anyway(raiser, agency, conversion, state, code):
    request = kit.make_change(raiser, conversion, sub1="a")
    Conversion.objects.filter(pk=conversion.pk).update(**state)

    assert refused(lambda: kit.accept(agency, request, anyway="*")).code == code
    assert kit.again(request).status == Status.INQUIRED


def test_a_duplicate_request_id_refuses_with_its_conversion(agency, colleague, offer, partner):
    other = make_conversion(offer=offer, partner=partner, request_id="R-9")
    request = kit.make_create(colleague, offer, partner, request_id="R-9")

    error = refused(lambda: kit.accept(agency, request))

    assert (error.code, error.params) == ("duplicate_request_id", {"conversion": other.pk})


def test_a_duplicate_order_of_the_advertiser_refuses(agency, raiser, offer, partner):
    sibling = make_offer(advertiser=offer.advertiser, partners=[partner])
    other = make_conversion(offer=sibling, partner=partner, order_id="O-9")
    request = kit.make_create(raiser, offer, partner, order_id="O-9")

    error = refused(lambda: kit.accept(agency, request))

    assert (error.code, error.params) == ("duplicate_order", {"conversion": other.pk})


def test_the_same_order_of_another_advertiser_is_another_order(agency, raiser, offer, partner):
    make_conversion(order_id="O-9", partner=partner)
    request = kit.make_create(raiser, offer, partner, order_id="O-9")

    assert kit.processed(agency, request).status == Status.PROCESSED


def test_the_agency_sets_the_revenue_by_its_decision(agency, raiser, conversion):
    request = kit.make_change(raiser, conversion, payout="6")

    kit.processed(agency, request, revenue="8.5")

    changed = Conversion.objects.get(pk=conversion.pk)
    assert (changed.payout, float(changed.revenue)) == (6, 8.5)


def test_nothing_leads_out_of_processed(agency, raiser, conversion):
    request = kit.processed(agency, kit.make_change(raiser, conversion))
    version = request.version
    acts = {
        Move.ACCEPT: lambda: deciding.accept(actor=agency, request=request, version=version),
        Move.REJECT: lambda: kit.reject(agency, request),
        Move.RETRY: lambda: deciding.retry(actor=agency, request=request, version=version),
        Move.WITHDRAW: lambda: deciding.withdraw(actor=raiser, request=request, version=version),
        Move.REOPEN: lambda: deciding.reopen(
            actor=raiser, request=request, version=version, comment="Please"
        ),
        Move.EDIT: lambda: raising.edit(
            actor=raiser, request=request, version=version, wanted={"payout": "3"}
        ),
    }

    assert {move: refused(act).code for move, act in acts.items()} == dict.fromkeys(Move, "no_way")


def test_withdrawn_and_asked_again_then_accepted(agency, raiser, conversion):
    request = kit.make_change(raiser, conversion, payout="9")
    request = deciding.withdraw(actor=raiser, request=request, version=request.version)
    assert (request.status, request.decision_reason) == ("rejected", "withdrawn")
    Conversion.objects.filter(pk=conversion.pk).update(payout=6)

    request = deciding.reopen(
        actor=raiser, request=request, version=request.version, comment="After all"
    )

    assert request.status == Status.INQUIRED
    assert request.before == {"payout": "6.0000"}
    assert [comment.text for comment in request.comments.all()] == ["After all"]
    assert kit.processed(agency, request).status == Status.PROCESSED


def test_asking_again_needs_a_word(raiser, agency, conversion):
    request = kit.reject(agency, kit.make_change(raiser, conversion))

    error = refused(
        lambda: deciding.reopen(actor=raiser, request=request, version=request.version, comment="")
    )

    assert error.code == "comment_missing"


def test_deciding_many_rings_once_a_person(agency, raiser, offer, partner):
    conversions = [make_conversion(offer=offer, partner=partner) for _n in range(3)]
    requests = [kit.make_change(raiser, one) for one in conversions]
    choices = [deciding.Choice(r.pk, r.version) for r in requests]
    choices.append(deciding.Choice(10**15, 1))

    told = deciding.decide_many(actor=agency, move=Move.ACCEPT, choices=choices)

    assert [told[r.pk] for r in requests] == [None] * 3
    assert told[10**15].code == "gone"
    [line] = Notification.objects.filter(user=raiser)
    assert (line.params["count"], line.params["request"]) == (3, None)
    processing.process()
    assert ConversionRequest.objects.filter(status=Status.PROCESSED).count() == 3


def test_mail_comes_for_those_who_want_it(
    agency, raiser, conversion, mailoutbox, django_capture_on_commit_callbacks
):
    raiser.mail_notices = True
    raiser.save()
    request = kit.make_change(raiser, conversion)

    with django_capture_on_commit_callbacks(execute=True):
        kit.reject(agency, request, "Secret reason")

    [mail] = mailoutbox
    assert mail.to == [raiser.email]
    assert "Secret reason" not in mail.body
