"""A conversion's record: the fields of the specification, and their types."""

from decimal import Decimal

import pytest

from conversions.api.record_types import NetworkRecord, PartnerRecord
from tests.factories import make_advertiser, make_conversion, make_event, make_offer, make_reason
from tests.http_api.asking import NETWORK, NOON, PARTNER, refusal

pytestmark = pytest.mark.django_db
SUBS = {f"sub{n}": f"s{n}" for n in range(1, 7)}
ADVS = {f"adv{n}": f"adv-{n}" for n in range(1, 6)}


@pytest.fixture
def conversion(partner):
    make_reason("fraud", "Fraudulent")
    offer = make_offer(
        name="Shoes",
        currency="USD",
        advertiser=make_advertiser(name="Shoe Shop"),
        rates={"payout_percent": 10, "revenue_percent": 12, "revenue_fixed": 1},
    )
    return make_conversion(
        offer=offer,
        partner=partner,
        status="rejected",
        reason_code="fraud",
        sale_amount=Decimal("199.99"),
        transaction_id="T-1",
        request_id="R-1",
        click_id="C-1",
        order_id="O-1",
        note="told by phone",
        locked=True,
        source="src",
        country="DE",
        device="phone",
        ip="203.0.113.7",
        converted_at=NOON,
        **SUBS,
        **ADVS,
    )


def test_a_network_key_reads_all_of_it(network, conversion):
    offer = conversion.offer
    record = network.call("GET", f"{NETWORK}/{conversion.uuid.hex}").json()
    reason = record.pop("error_code")
    assert isinstance(reason, int)
    assert reason > 0
    assert record == {
        "conversion_id": conversion.uuid.hex,
        "conversion_unix_timestamp": 1773144000,
        "click_unix_timestamp": 0,
        "status": "rejected",
        "payout_type": "cps",
        "revenue_type": "rpa_rps",
        "payout": 19.999,
        "revenue": 24.9988,
        "sale_amount": 199.99,
        "currency_id": "USD",
        "transaction_id": "T-1",
        "order_id": "O-1",
        "click_id": "C-1",
        "request_id": "R-1",
        **SUBS,
        **ADVS,
        "source_id": "src",
        "is_event": False,
        "event": "Base",
        "notes": "told by phone",
        "country": "DE",
        "device_type": "phone",
        "conversion_user_ip": "203.0.113.7",
        "is_locked": True,
        "reason_code": "fraud",
        "error_message": "Fraudulent",
        "relationship": {
            "offer": {
                "network_offer_id": offer.pk,
                "network_id": 1,
                "network_advertiser_id": offer.advertiser_id,
                "name": "Shoes",
                "offer_status": "active",
                "currency_id": "USD",
            },
            "advertiser": {"network_advertiser_id": offer.advertiser_id, "name": "Shoe Shop"},
            "affiliate": {
                "network_affiliate_id": conversion.partner_id,
                "name": "Clickwell Media",
            },
            "query_parameters": {},
        },
    }


def test_a_partner_key_reads_what_partners_may(affiliate, conversion):
    record = affiliate.call("GET", f"{PARTNER}/{conversion.uuid.hex}").json()
    # What the partner earns: the network's payout, by the payout's rate.
    assert (record["revenue"], record["revenue_type"]) == (19.999, "rps")
    assert set(record) == {
        "conversion_id", "conversion_unix_timestamp", "click_unix_timestamp", "status",
        "revenue_type", "revenue", "sale_amount", "currency_id", "transaction_id", "order_id",
        "click_id", *SUBS, "source_id", "is_event", "event", "country", "device_type",
        "reason_code", "error_code", "error_message", "relationship",
    }  # fmt: skip
    assert set(record["relationship"]) == {"offer", "query_parameters"}
    assert "network_advertiser_id" not in record["relationship"]["offer"]
    text = str(record)
    for hidden in ("24.9988", "Shoe Shop", "R-1", "adv-1", "told by phone", "203.0.113.7"):
        assert hidden not in text


@pytest.mark.parametrize(
    ("address", "schema"), [(NETWORK, NetworkRecord), (PARTNER, PartnerRecord)]
)
def test_records_are_as_openapi_says(network, affiliate, conversion, address, schema):
    caller = network if address == NETWORK else affiliate
    record = caller.call("GET", f"{address}/{conversion.uuid.hex}").json()
    assert set(record) == set(schema.model_fields)
    schema.model_validate(record, strict=True)
    relations = schema.model_fields["relationship"].annotation
    assert set(record["relationship"]) == set(relations.model_fields)


def test_an_event_says_so(network):
    offer = make_offer()
    conversion = make_conversion(event=make_event(offer, "Deposit"))
    record = network.call("GET", f"{NETWORK}/{conversion.uuid.hex}").json()
    assert (record["is_event"], record["event"]) == (True, "Deposit")


def test_the_id_may_have_hyphens(network, conversion):
    answer = network.call("GET", f"{NETWORK}/{conversion.uuid}")
    assert answer.json()["conversion_id"] == conversion.uuid.hex


@pytest.mark.parametrize("what", ["", "/history"])
@pytest.mark.parametrize("unknown", ["0" * 32, "nonsense", "1", "a" * 3_000])
def test_an_unknown_id_is_not_found(network, conversion, unknown, what):
    refusal(network.call("GET", f"{NETWORK}/{unknown}{what}"), 404)


def test_what_is_no_method_is_told(network, conversion):
    for path in (f"{NETWORK}/{conversion.uuid.hex}", NETWORK):
        assert "PATCH" in refusal(network.call("DELETE", path), 405)
    for path in (f"{NETWORK}/summary", f"{NETWORK}/export"):
        # PATCH for a transaction that is called so.
        methods = network.call("PUT", path, {})["Allow"]
        assert sorted(methods.split(", ")) == ["PATCH", "POST"]
        assert methods in refusal(network.call("PUT", path, {}), 405)
