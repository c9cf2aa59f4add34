"""Each reading row of the API's table, asked of a running server by a real HTTP client."""

import csv
import io

import httpx
import pytest

from convertr.audit.context import recorded
from convertr.network.api import NETWORK_ID
from tests.factories import make_conversion, make_conversions, make_event, make_offer
from tests.http_api.asking import NOON, asked, filters
from tests.http_api.contract import CONVERSIONS, OWN, client_of, network, refused

__all__ = ["client_of", "network"]
pytestmark = pytest.mark.django_db(transaction=True)


def read(answer):
    """The JSON of a call that was answered."""
    assert answer.status_code == 200, answer.text
    assert answer.headers["Content-Type"].startswith("application/json")
    return answer.json()


def listed(answer):
    """The conversion_ids and the paging of a listing."""
    told = read(answer)
    assert set(told) == {"conversions", "paging"}
    return [record["conversion_id"] for record in told["conversions"]], told["paging"]


@pytest.fixture(params=[False, True], ids=["X-Eflow-API-Key", "Bearer"])
def either(request, client_of, agency):
    """A network key's client, by each of the two headers."""
    return client_of(agency, bearer=request.param)


@pytest.fixture
def own(client_of, partner_user):
    """A partner key's client."""
    return client_of(partner_user)


@pytest.fixture
def conversion(partner):
    return make_conversion(
        partner=partner, status="approved", converted_at=NOON, sale_amount=100, transaction_id="T-1"
    )


# --- One conversion ---------------------------------------------------------------------------


def test_the_record(either, conversion):
    record = read(either.get(f"{CONVERSIONS}/{conversion.uuid.hex}"))
    assert record["conversion_id"] == conversion.uuid.hex
    assert record["conversion_unix_timestamp"] == int(NOON.timestamp())
    assert (record["status"], record["transaction_id"]) == ("approved", "T-1")
    assert (record["payout"], record["revenue"], record["sale_amount"]) == (4, 5, 100)
    assert (record["is_event"], record["event"], record["error_code"]) == (False, "Base", 0)
    related = record["relationship"]
    assert set(related) == {"offer", "advertiser", "affiliate", "query_parameters"}
    assert related["offer"]["network_offer_id"] == conversion.offer_id
    assert related["affiliate"]["network_affiliate_id"] == conversion.partner_id


def test_its_history(either, conversion):
    body = {"conversion_ids": [conversion.uuid.hex], "conversion_status": "rejected"}
    changed = either.patch(CONVERSIONS, json=body)
    told = read(either.get(f"{CONVERSIONS}/{conversion.uuid.hex}/history"))
    assert told["conversion_id"] == conversion.uuid.hex
    rejected, made = told["history"]
    assert rejected["changes"] == [{"field": "status", "before": "approved", "after": "rejected"}]
    assert (rejected["who"], rejected["channel"]) == ("Ada Agency", "api")
    assert rejected["job_id"] == int(changed.headers["X-Job-Id"])
    assert made["changes"] == []


@pytest.mark.parametrize("path", ["", "/history"])
def test_an_unknown_one_is_404(network, path):
    refused(network.get(f"{CONVERSIONS}/{'0' * 32}{path}"), 404)


# --- Listing, summary, export -----------------------------------------------------------------


def test_a_listing_paged_by_the_address_and_by_the_body(either):
    rows = [row.uuid.hex for row in make_conversions(5, converted_at=NOON)][::-1]
    for number in (1, 2, 3):
        paging = {"page": number, "page_size": 2, "total_count": 5}
        wanted = rows[number * 2 - 2 : number * 2], paging
        asks = {"page": number, "page_size": 2}
        assert listed(either.post(CONVERSIONS, params=asks, json=asked())) == wanted
        assert listed(either.post(CONVERSIONS, json=asked(**asks))) == wanted
    assert listed(either.post(CONVERSIONS, json=asked()))[1]["page_size"] == 50
    largest = listed(either.post(CONVERSIONS, params={"page_size": 2_001}, json=asked()))
    assert largest[1] == {"page": 1, "page_size": 2_000, "total_count": 5}
    refused(either.post(CONVERSIONS, params={"page_size": 0}, json=asked()), 400)


def test_a_listing_by_filters_terms_order_and_time_of_change(network, conversion):
    other = make_conversion(converted_at=NOON)
    both = [other.uuid.hex, conversion.uuid.hex]
    order = {"order_field": "conversion_unix_timestamp", "order_direction": "asc"}
    query = filters(("offer", str(conversion.offer_id)), ("status", "approved"))
    terms = {"search_terms": [{"search_type": "transaction_id", "value": "T-1"}]}
    for changes, found in (
        ({}, both),
        (order, both[::-1]),
        ({"query": query}, both[1:]),
        ({"query": terms}, both[1:]),
        ({"updated_from": "2199-01-01"}, []),
        ({"show_conversions": False}, []),
    ):
        assert listed(network.post(CONVERSIONS, json=asked(**changes)))[0] == found
    missing = asked()
    del missing["timezone_id"]
    assert "timezone_id" in refused(network.post(CONVERSIONS, json=missing), 400)


def test_a_summary(either, conversion):
    make_conversion(offer=conversion.offer, converted_at=NOON)
    told = read(either.post(f"{CONVERSIONS}/summary", json=asked()))
    assert (told["total"], told["approved"], told["pending"]) == (2, 1, 1)
    assert (told["payout"], told["revenue"], told["gross_sales"]) == (4, 5, 100)
    [euros] = told["currencies"]
    assert (euros["currency_id"], euros["stored_payout"]) == ("EUR", 8)


def test_an_export_is_streamed_in_blocks(either):
    """More rows than one block; none twice, none missed, the header once."""
    count = 2_500
    rows = make_conversions(count, converted_at=NOON)
    chunks, columns = [], [{"column": "conversion_id"}, {"column": "payout"}]
    with either.stream(
        "POST", f"{CONVERSIONS}/export", json=asked(columns=columns, page=2, page_size=1)
    ) as answer:
        assert answer.status_code == 200
        assert answer.headers["Content-Type"] == "text/csv; charset=utf-8"
        assert "Content-Length" not in answer.headers
        chunks = list(answer.iter_text())
    assert len(chunks) > 1
    head, *lines = csv.reader(io.StringIO("".join(chunks)))
    assert head == ["conversion_id", "payout"]
    assert lines == [[row.uuid.hex, "4.0000"] for row in reversed(rows)]


# --- What is read besides ---------------------------------------------------------------------


def test_the_time_zones_need_no_key(live_server, network):
    with httpx.Client(base_url=live_server.url, trust_env=False) as without:
        told = read(without.get("/v1/meta/timezones"))["timezones"]
    names = {zone["timezone_id"]: zone["timezone"] for zone in told}
    assert (names[67], names[80]) == ("UTC", "America/New_York")
    assert read(network.get("/v1/meta/timezones"))["timezones"] == told


def test_offers_and_one_of_them(either):
    first, second = make_offer(name="Shoes", currency="USD"), make_offer()
    make_event(first, "Sale", payout_percent=10)
    told = read(either.get("/v1/networks/offers", params={"page_size": 1}))
    assert told["paging"] == {"page": 1, "page_size": 1, "total_count": 2}
    [offer] = told["offers"]
    assert (offer["network_offer_id"], offer["network_id"]) == (first.pk, NETWORK_ID)
    assert (offer["name"], offer["currency_id"]) == ("Shoes", "USD")
    entries = offer["relationship"]["payout_revenue"]["entries"]
    assert [entry["entry_name"] for entry in entries] == ["Base", "Sale"]
    assert read(either.get(f"/v1/networks/offers/{first.pk}")) == offer
    rest = read(either.get("/v1/networks/offers", params={"page": 2, "page_size": 1}))
    assert [offer["network_offer_id"] for offer in rest["offers"]] == [second.pk]
    refused(either.get("/v1/networks/offers/999999"), 404)


def test_a_job_and_its_rows(either, conversion):
    body = {"conversion_ids": ["no-id", conversion.uuid.hex], "conversion_status": "rejected"}
    address = either.patch(CONVERSIONS, json=body).headers["Location"]
    job = read(either.get(address))
    assert (job["state"], job["total"], job["counts"]) == ("done", 2, {"applied": 1, "invalid": 1})
    rows = read(either.get(f"{address}/rows"))
    assert rows["paging"] == {"page": 1, "page_size": 50, "total_count": 2}
    assert [row["outcome"] for row in rows["rows"]] == ["invalid", "applied"]
    assert rows["rows"][0]["error"]
    asks = {"outcome": "applied", "page_size": 1}
    [applied] = read(either.get(f"{address}/rows", params=asks))["rows"]
    assert applied["target_id"] == conversion.pk


# --- A partner's key --------------------------------------------------------------------------


@pytest.mark.parametrize("bearer", [False, True])
def test_a_partner_reads_its_own(client_of, partner_user, conversion, bearer):
    client = client_of(partner_user, bearer=bearer)
    address = f"{OWN}/{conversion.uuid.hex}"
    record = read(client.get(address))
    assert (record["conversion_id"], record["revenue"]) == (conversion.uuid.hex, 4)
    assert not {"payout", "notes", "is_locked", "request_id", "adv1"} & set(record)
    with recorded():
        type(conversion).objects.filter(pk=conversion.pk).update(revenue=99, note="hidden")
    [made] = read(client.get(f"{address}/history"))["history"]
    assert (made["who"], made["changes"]) == ("The network", [])


def test_a_partner_lists_sums_and_exports_its_own(own, conversion):
    other = make_conversion(converted_at=NOON)
    ids = [conversion.uuid.hex]
    for call in ({"params": {"page_size": 1}, "json": asked()}, {"json": asked(page_size=1)}):
        paging = {"page": 1, "page_size": 1, "total_count": 1}
        assert listed(own.post(OWN, **call)) == (ids, paging)
    told = read(own.post(f"{OWN}/summary", json=asked()))
    assert (told["total"], told["revenue"], "payout" in told) == (1, 4, False)
    [line] = csv.DictReader(io.StringIO(own.post(f"{OWN}/export", json=asked()).text))
    assert (line["conversion_id"], line["revenue"]) == (conversion.uuid.hex, "4.0000")
    assert not {"payout", "advertiser", "affiliate", "notes"} & set(line)
    for path in ("", "/history"):
        refused(own.get(f"{OWN}/{other.uuid.hex}{path}"), 404)


# --- Who may ----------------------------------------------------------------------------------

RANGE = asked()
READS = [
    ("GET", "/{uuid}", None),
    ("GET", "/{uuid}/history", None),
    ("POST", "", RANGE),
    ("POST", "/summary", RANGE),
    ("POST", "/export", RANGE),
]


@pytest.mark.parametrize(("method", "path", "body"), READS)
def test_each_kind_of_key_has_its_addresses(
    live_server, network, own, conversion, method, path, body
):
    path = path.format(uuid=conversion.uuid.hex)
    with httpx.Client(base_url=live_server.url, trust_env=False) as without:
        for address, client, status in (
            (CONVERSIONS, network, 200),
            (CONVERSIONS, own, 403),
            (CONVERSIONS, without, 401),
            (OWN, own, 200),
            (OWN, network, 403),
            (OWN, without, 401),
        ):
            answer = client.request(method, address + path, json=body)
            if status == 200:
                assert answer.status_code == 200, answer.text
            else:
                refused(answer, status)
