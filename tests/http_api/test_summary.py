"""POST …/conversions/summary."""

from datetime import timedelta

import pytest

from conversions.api.summary import NetworkSummary, PartnerSummary
from tests.factories import make_conversion, make_event, make_offer
from tests.http_api.asking import NETWORK, NOON, PARTNER, asked, filters, refusal

pytestmark = pytest.mark.django_db


def summed(caller, address=NETWORK, **changes):
    answer = caller.call("POST", f"{address}/summary", asked(**changes))
    assert answer.status_code == 200, answer.content
    return answer.json()


@pytest.fixture
def mixed(partner, other_partner):
    """Per status one of each partner, in euros; approved ones pay."""
    offer = make_offer()
    for who in (partner, other_partner):
        for n, status in enumerate(["pending", "approved", "rejected", "invalid", "throttled"]):
            make_conversion(
                offer=offer,
                partner=who,
                status=status,
                payout=n + 1,
                revenue=10,
                sale_amount=100,
                converted_at=NOON,
                clicked_at=NOON - timedelta(minutes=1) if status == "approved" else None,
            )
    return offer


COUNTS = {"pending": 2, "approved": 2, "rejected": 2, "invalid": 2, "throttled": 2}


def test_what_counts_and_what_is_stored(network, mixed):
    told = summed(network)
    NetworkSummary.model_validate(told, strict=True)
    assert {name: told[name] for name in COUNTS} == COUNTS
    assert (told["total"], told["rejected_manual"], told["rejected_scrub"]) == (10, 2, 0)
    assert (told["payout"], told["revenue"], told["gross_sales"]) == (4.0, 20.0, 200.0)
    assert (told["has_multi_currencies"], told["avg_click_to_cv_time"]) == (False, 60)
    assert told["currencies"] == [
        {
            "currency_id": "EUR",
            "total": 10,
            "payout": 4.0,
            "stored_payout": 30.0,
            "revenue": 20.0,
            "stored_revenue": 100.0,
            "sale_amount": 200.0,
            "stored_sale_amount": 1000.0,
        }
    ]


def test_currencies_are_never_added_up(network, mixed):
    make_conversion(offer=make_offer(currency="USD"), status="approved", converted_at=NOON)
    told = summed(network)
    NetworkSummary.model_validate(told, strict=True)
    assert told["has_multi_currencies"] is True
    assert (told["payout"], told["revenue"], told["gross_sales"]) == (None, None, None)
    sums = [(c["currency_id"], c["total"], c["payout"]) for c in told["currencies"]]
    assert sums == [("EUR", 10, 4.0), ("USD", 1, 4.0)]
    assert told["approved"] == 3


def test_it_counts_what_the_same_listing_holds(network, mixed):
    make_conversion(event=make_event(mixed, "Deposit"), converted_at=NOON)
    make_conversion(offer=mixed, converted_at=NOON + timedelta(days=1))
    assert summed(network)["total"] == 11
    assert summed(network, show_conversions=False)["total"] == 1
    assert summed(network, show_events=False)["total"] == 10
    assert summed(network, query=filters(("status", "approved")))["total"] == 2


def test_a_partner_reads_its_own_side(affiliate, mixed):
    told = summed(affiliate, PARTNER)
    PartnerSummary.model_validate(told, strict=True)
    assert set(told) == set(PartnerSummary.model_fields)
    assert (told["total"], told["revenue"], told["gross_sales"]) == (5, 2.0, 100.0)
    [euros] = told["currencies"]
    assert euros == {
        "currency_id": "EUR",
        "total": 5,
        "revenue": 2.0,
        "stored_revenue": 15.0,
        "sale_amount": 100.0,
        "stored_sale_amount": 500.0,
    }


def test_nothing_found_is_nothing(network):
    told = summed(network)
    assert (told["total"], told["payout"], told["currencies"]) == (0, 0.0, [])
    assert told["avg_click_to_cv_time"] == 0


@pytest.mark.parametrize("changes", [{"to": "x"}, {"timezone_id": 55}, {"from": "2020-01-01"}])
def test_a_bad_body_is_refused(network, changes):
    refusal(network.call("POST", f"{NETWORK}/summary", asked(**changes)))
