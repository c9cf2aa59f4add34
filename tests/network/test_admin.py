import pytest
from django.urls import reverse

from convertr.audit.models import Entry
from convertr.network.models import Offer
from tests.factories import make_advertiser, make_campaign, make_conversion, make_offer


@pytest.fixture
def admin(sign_in, admin_user):
    return sign_in(admin_user)


def offer_data(offer, rates, **changes):
    """The admin form's data; `rates` are (id or "", name, payout, revenue) by event."""
    data = {
        "name": offer.name,
        "advertiser": offer.advertiser_id,
        "currency": offer.currency,
        "status": offer.status,
        "events-TOTAL_FORMS": len(rates),
        "events-INITIAL_FORMS": sum(1 for pk, *_ in rates if pk),
        "events-MIN_NUM_FORMS": 1,
        "events-MAX_NUM_FORMS": 1000,
    }
    for n, (pk, name, payout, revenue) in enumerate(rates):
        data |= {
            f"events-{n}-id": pk,
            f"events-{n}-name": name,
            f"events-{n}-payout_fixed": payout,
            f"events-{n}-payout_percent": 0,
            f"events-{n}-revenue_fixed": revenue,
            f"events-{n}-revenue_percent": 0,
        }
    return data | changes


@pytest.mark.parametrize("model", ["advertiser", "partner", "campaign", "offer"])
def test_lists_and_forms_open(admin, model):
    make_offer()
    make_campaign()

    assert admin.get(reverse(f"admin:network_{model}_changelist")).status_code == 200
    assert admin.get(reverse(f"admin:network_{model}_add")).status_code == 200


def test_an_offer_is_made_with_its_rates(admin):
    offer = Offer(name="New offer", advertiser=make_advertiser(), currency="CHF", status="active")

    answer = admin.post(
        reverse("admin:network_offer_add"),
        offer_data(offer, [("", "Base", 4, 5), ("", "Renewal", "1.5", 2)]),
    )

    assert answer.status_code == 302
    made = Offer.objects.get(name="New offer")
    assert [e.name for e in made.events.all()] == ["Base", "Renewal"]
    assert made.postback_token


@pytest.mark.parametrize(
    ("changes", "text"),
    [
        ({"events-0-name": "Sale"}, "Keep an event with the name Base."),
        ({"events-0-payout_fixed": -1}, "greater than or equal to 0"),
        ({"currency": "euro"}, "at most 3 characters"),
        ({"currency": "eur"}, "Write a currency code such as EUR."),
    ],
)
def test_what_makes_no_offer_is_refused(admin, changes, text):
    offer = Offer(name="New offer", advertiser=make_advertiser(), currency="EUR", status="active")

    answer = admin.post(
        reverse("admin:network_offer_add"), offer_data(offer, [("", "Base", 4, 5)], **changes)
    )

    assert text in answer.content.decode()
    assert not Offer.objects.exists()


def test_the_currency_of_an_offer_stays(admin):
    offer = make_offer(currency="EUR")
    event = offer.events.get()

    admin.post(
        reverse("admin:network_offer_change", args=[offer.pk]),
        offer_data(offer, [(event.pk, "Base", 7, 8)], currency="USD"),
    )

    offer.refresh_from_db()
    event.refresh_from_db()
    assert (offer.currency, event.payout_fixed) == ("EUR", 7)


def test_an_event_with_conversions_stays(admin):
    offer = make_offer()
    conversion = make_conversion(offer=offer)
    data = offer_data(offer, [(conversion.event_id, "Base", 4, 5), ("", "Base", 4, 5)])

    answer = admin.post(
        reverse("admin:network_offer_change", args=[offer.pk]), data | {"events-0-DELETE": "on"}
    )

    assert answer.status_code == 200
    assert offer.events.filter(pk=conversion.event_id).exists()


def test_offers_are_paused_not_deleted(admin):
    offer = make_offer()
    url = reverse("admin:network_offer_changelist")

    admin.post(url, {"action": "pause", "_selected_action": [offer.pk]})

    offer.refresh_from_db()
    assert offer.status == "paused"
    assert Entry.objects.get(action="offer.status").details == {"status": "paused"}
    assert admin.get(reverse("admin:network_offer_delete", args=[offer.pk])).status_code == 403


def test_a_new_postback_secret_ends_the_former(admin):
    offer = make_offer()
    before = offer.postback_token

    admin.post(
        reverse("admin:network_offer_changelist"),
        {"action": "renew_postback_secret", "_selected_action": [offer.pk]},
    )

    offer.refresh_from_db()
    assert offer.postback_token != before
    assert offer.postback_token not in str(list(Entry.objects.values()))
