"""What people do with postbacks, and who may."""

import pytest
from django.core.exceptions import PermissionDenied

from conversions.partner_postbacks import services
from conversions.partner_postbacks.models import PartnerPostback
from convertr.accounts.permissions import grant
from convertr.audit.models import Entry
from convertr.errors import DomainError
from tests.factories import make_offer, make_postback, make_postback_event

pytestmark = pytest.mark.django_db
VALUES = {
    "offer": None,
    "method": "GET",
    "url": "https://partner.test/told?c={change_id}",
    "statuses": ["approved"],
    "delay_seconds": 0,
}


@pytest.fixture
def postback(partner):
    return make_postback(partner)


def acts(action):
    return list(Entry.objects.filter(action=action).values_list("subject", flat=True))


def test_agency_and_the_partner_set_one_up(agency, partner_user, partner):
    grant(partner_user, ["conversions.manage_postbacks"])
    for actor in (agency, partner_user):
        made = services.create(actor=actor, partner=partner, values=VALUES)
        assert (made.active, made.created_by) == (True, actor)
        assert acts("postback.created")[-1] == f"postback {made.pk}"


def test_not_who_lacks_the_permission_or_for_another(agency2, partner_user, partner, postback):
    for actor in (agency2, partner_user):
        with pytest.raises(PermissionDenied):
            services.create(actor=actor, partner=partner, values=VALUES)
        with pytest.raises(PermissionDenied):
            services.switch(actor=actor, postback=postback, on=False)


def test_not_for_another_partner(other_partner_user, partner, postback):
    grant(other_partner_user, ["conversions.manage_postbacks"])
    calls = [
        lambda: services.create(actor=other_partner_user, partner=partner, values=VALUES),
        lambda: services.change(actor=other_partner_user, postback=postback, values=VALUES),
        lambda: services.switch(actor=other_partner_user, postback=postback, on=False),
        lambda: services.test(actor=other_partner_user, postback=postback),
        lambda: services.delete(actor=other_partner_user, postback=postback),
    ]
    for call in calls:
        with pytest.raises(PermissionDenied):
            call()


@pytest.mark.parametrize(
    ("wrong", "code"),
    [
        ({"url": "https://{sub1}/"}, "bad_url"),
        ({"url": "https://partner.test/?r={revenue}"}, "bad_url"),
        ({"url": "https://partner.test/" + "x" * 2_000}, "bad_url"),
        ({"statuses": []}, "bad_statuses"),
        ({"statuses": ["pending"]}, "bad_statuses"),
    ],
)
def test_what_is_refused(agency, partner, wrong, code):
    with pytest.raises(DomainError) as refused:
        services.create(actor=agency, partner=partner, values={**VALUES, **wrong})

    assert refused.value.code == code
    assert not PartnerPostback.objects.exists()


def test_an_offer_of_somebody_else(agency, partner):
    with pytest.raises(DomainError) as refused:
        services.create(actor=agency, partner=partner, values={**VALUES, "offer": make_offer()})

    assert refused.value.code == "not_its_offer"


def test_another_address_begins_anew(agency, postback):
    PartnerPostback.objects.update(failures=20)

    services.change(actor=agency, postback=postback, values={**VALUES, "url": "https://new.test/"})

    postback.refresh_from_db()
    assert (postback.url, postback.failures) == ("https://new.test/", 0)


def test_off_stops_what_waits_and_on_does_not_bring_it_back(agency, postback, conversion):
    event = make_postback_event(postback, conversion)

    services.switch(actor=agency, postback=postback, on=False)
    services.switch(actor=agency, postback=postback, on=True)

    event.refresh_from_db()
    assert event.state == "stopped"
    assert (
        acts("postback.switched_off") == acts("postback.switched_on") == [f"postback {postback.pk}"]
    )


def test_deleting_stops_what_waits(agency, postback, conversion):
    event = make_postback_event(postback, conversion)

    services.delete(actor=agency, postback=postback)

    event.refresh_from_db()
    assert event.state == "stopped"
    assert not PartnerPostback.objects.exists()


def test_one_test_at_a_time(agency, postback):
    first = services.test(actor=agency, postback=postback)

    assert services.test(actor=agency, postback=postback) == first
    assert first.change_id == f"test-{first.pk}"
