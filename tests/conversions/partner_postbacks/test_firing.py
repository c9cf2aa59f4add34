"""Which changes fire, once each; what is superseded."""

import pytest
from django.db import connection, transaction
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from conversions.adding import add_conversions
from conversions.models import Conversion
from conversions.partner_postbacks.firing import fire
from conversions.partner_postbacks.models import PartnerPostback, PostbackEvent
from tests.conversions.partner_postbacks.kit import approve, change, states, undo
from tests.factories import make_conversions, make_offer, make_postback

pytestmark = pytest.mark.django_db


def told():
    """(status, version) of each event, the first fired first."""
    return list(PostbackEvent.objects.order_by("id").values_list("status", "version"))


@pytest.fixture
def postback(partner):
    return make_postback(partner)


def test_a_change_of_a_job_fires_with_its_job(agency, conversion, postback):
    job = change(agency, conversion)

    event = PostbackEvent.objects.get()
    assert (event.postback_id, event.conversion_id, event.job_id) == (
        postback.pk,
        conversion.pk,
        job.pk,
    )
    assert (event.status, event.payout, event.version) == ("approved", conversion.payout, 2)
    assert event.change_id == f"{conversion.pk}-2"


def test_a_call_of_an_advertiser_fires(conversion, postback):
    query = {"offer": conversion.offer_id, "token": conversion.offer.postback_token}
    query |= {"request_id": conversion.request_id, "status": "approved"}

    Client().get("/postback", query)
    Client().get("/postback", query)

    assert told() == [("approved", 2)]


def test_not_where_the_job_said_so(agency, conversion, postback):
    change(agency, conversion, send=False)

    assert told() == []


def test_a_change_undone_and_redone_fires_once_a_change(agency, conversion, postback):
    first = change(agency, conversion)
    PostbackEvent.objects.update(state="delivered")
    undo(agency, first)
    conversion.refresh_from_db()
    assert conversion.status == "pending"
    assert told() == [("approved", 2)]

    change(agency, conversion)

    assert told() == [("approved", 2), ("approved", 4)]
    assert states() == ["delivered", "waiting"]


def test_an_undo_withdraws_what_has_not_left(agency, conversion, postback):
    job = change(agency, conversion)

    undo(agency, job, send=False)

    assert states() == ["superseded"]


def test_an_undo_back_to_another_status_fires(agency, conversion, postback):
    change(agency, conversion, "REJECTED")
    job = change(agency, conversion)

    undo(agency, job)

    assert told() == [("rejected", 2), ("approved", 3), ("rejected", 4)]
    assert states() == ["superseded", "superseded", "waiting"]


def test_a_newer_change_supersedes_an_unsent_older_one(agency, conversion, postback):
    change(agency, conversion)
    change(agency, conversion, "REJECTED", send=False)

    assert states() == ["superseded"]


def test_what_is_under_way_is_marked_stale(agency, conversion, postback):
    change(agency, conversion)
    PostbackEvent.objects.update(state="sending")

    change(agency, conversion, "REJECTED")

    assert list(PostbackEvent.objects.order_by("id").values_list("state", "stale")) == [
        ("sending", True),
        ("waiting", False),
    ]


def test_what_was_sent_stays(agency, conversion, postback):
    change(agency, conversion)
    PostbackEvent.objects.update(state="failed")

    change(agency, conversion, "REJECTED")

    assert states() == ["failed", "waiting"]


def test_one_event_for_each_postback_that_wants_it(
    agency, conversion, offer, partner, other_partner
):
    wanted = {
        make_postback(partner).pk,
        make_postback(partner, offer=offer).pk,
        make_postback(partner, statuses=["approved"]).pk,
    }
    make_postback(partner, statuses=["rejected"])
    make_postback(partner, active=False)
    make_postback(partner, offer=make_offer(partners=[partner]))
    make_postback(other_partner)

    change(agency, conversion)

    assert set(PostbackEvent.objects.values_list("postback_id", flat=True)) == wanted


def test_the_same_change_fired_twice_is_one_event(conversion, postback):
    approve(conversion)
    fire([conversion.pk], send=False)
    with transaction.atomic():
        fire([conversion.pk], send=True)

    assert len(told()) == 1


def test_new_is_never_told(conversion, partner):
    make_postback(partner)

    fire([conversion.pk], send=True)

    assert told() == []


def test_few_statements_however_many_conversions(offer, partner, postback):
    ids = [one.pk for one in make_conversions(500, offer=offer, partner=partner)]
    Conversion.objects.filter(pk__in=ids).update(status="approved")

    with CaptureQueriesContext(
        connection,
    ) as queries:
        fire(ids, send=True)

    assert PostbackEvent.objects.count() == 500
    assert len(queries) <= 3


def test_one_cheap_question_where_nobody_has_any(conversion):
    with CaptureQueriesContext(connection) as queries:
        fire([conversion.pk], send=True)
        fire([], send=True)

    assert len(queries) == 1


def test_whoever_switched_it_off_is_told_nothing(agency, conversion, postback):
    PartnerPostback.objects.update(active=False)

    change(agency, conversion)

    assert told() == []


@pytest.mark.parametrize(("status", "fired"), [("approved", [("approved", 1)]), ("new", [])])
def test_one_that_comes_in_approved_fires(offer, partner, postback, status, fired):
    query = {"offer": offer.pk, "token": offer.postback_token, "partner": partner.pk}

    Client().get("/postback", {**query, "request_id": "first", "status": status})
    Client().get("/postback", {**query, "request_id": "first", "status": status})

    assert told() == fired


def test_those_that_are_added_by_the_network_fire(agency, offer, partner, postback):
    added = add_conversions(
        actor=agency,
        offer_id=offer.pk,
        event_id=0,
        partner_id=partner.pk,
        number=2,
        at=timezone.now(),
        amounts={},
        texts={},
    )

    assert len(added) == 2
    assert told() == [("approved", 1)] * 2
