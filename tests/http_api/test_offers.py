"""GET /v1/networks/offers and one of them."""

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from tests.factories import make_event, make_offer
from tests.http_api.asking import refusal

pytestmark = pytest.mark.django_db
URL = "/v1/networks/offers"


def test_an_offer_tells_what_it_pays_and_no_secret(network):
    offer = make_offer(name="Shoes", currency="USD", status="paused")
    make_event(offer, "Sale", payout_percent=10, revenue_percent=12.5, revenue_fixed=1)
    answer = network.call("GET", f"{URL}/{offer.pk}")
    assert answer.status_code == 200
    told = answer.json()
    rates = told["relationship"]["payout_revenue"]
    assert (told["name"], told["currency_id"], told["offer_status"]) == ("Shoes", "USD", "paused")
    assert told["network_advertiser_id"] == offer.advertiser_id
    assert told["relationship"]["advertiser"]["name"] == offer.advertiser.name
    assert [rate["entry_name"] for rate in rates["entries"]] == ["Base", "Sale"]
    base, sale = rates["entries"]
    assert (base["payout_type"], base["payout_amount"], base["is_default"]) == ("cpa", 4.0, True)
    assert (sale["payout_type"], sale["payout_percentage"]) == ("cps", 10.0)
    assert (sale["revenue_type"], sale["revenue_percentage"]) == ("rpa_rps", 12.5)
    assert offer.postback_token not in answer.content.decode()
    assert "token" not in answer.content.decode()


def test_the_list_is_paged_in_the_order_of_ids(network):
    offers = [make_offer() for _ in range(5)]
    found = []
    for page in (1, 2, 3, 4):
        answer = network.call("GET", f"{URL}?page={page}&page_size=2").json()
        assert answer["paging"] == {"page": page, "page_size": 2, "total_count": 5}
        found += [offer["network_offer_id"] for offer in answer["offers"]]
    assert found == [offer.pk for offer in offers]


def test_queries_do_not_grow_with_offers(network):
    def queries():
        with CaptureQueriesContext(connection) as captured:
            network.call("GET", URL)
        return len(captured)

    make_offer()
    network.call("GET", URL)  # writes down that the key was used
    few = queries()
    for _ in range(10):
        make_offer()
    assert queries() == few


@pytest.mark.parametrize("unknown", ["0", "999", str(2**63 - 1)])
def test_an_unknown_offer_is_not_found(network, unknown):
    refusal(network.call("GET", f"{URL}/{unknown}"), 404)


@pytest.mark.parametrize("bad", ["x", "-1", str(2**63)])
def test_what_is_no_id_is_refused(network, bad):
    refusal(network.call("GET", f"{URL}/{bad}"), 400)


@pytest.mark.parametrize("bad", ["page=0", "page=x", "page_size=-1", f"page={10**30}"])
def test_what_is_no_page_is_refused(network, bad):
    refusal(network.call("GET", f"{URL}?{bad}"), 400)


def test_partners_are_refused(affiliate):
    refusal(affiliate.call("GET", URL), 403)
