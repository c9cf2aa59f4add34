"""POST …/conversions/export: the same rows as CSV."""

import csv
import io
from datetime import timedelta

import pytest

from conversions.api import export
from tests.factories import make_conversion, make_conversions, make_offer
from tests.http_api.asking import NETWORK, NOON, PARTNER, asked, filters, hexes, ids, refusal

pytestmark = pytest.mark.django_db


def exported(caller, address=NETWORK, tail="", **changes):
    """The export's rows as dicts by header."""
    answer = caller.call("POST", f"{address}/export{tail}", asked(**changes))
    assert (answer.status_code, answer["Content-Type"]) == (200, "text/csv; charset=utf-8")
    text = b"".join(answer.streaming_content).decode()
    return list(csv.DictReader(io.StringIO(text, newline="")))


def test_the_same_rows_in_the_same_order(network, monkeypatch):
    monkeypatch.setattr(export, "BLOCK", 7)
    make_conversions(40, converted_at=lambda n: NOON + timedelta(minutes=n % 5))
    wanted = ids(network.call("POST", f"{NETWORK}?page_size=2000", asked()))
    assert [row["conversion_id"] for row in exported(network)] == wanted
    backwards = exported(network, tail="?order_direction=asc")
    assert [row["conversion_id"] for row in backwards] == wanted[::-1]
    # Pages are a listing's.
    assert len(exported(network, page=2, page_size=5)) == 40


def test_cells_are_told_as_they_are(network):
    texts = {"sub1": '=1+1,"quoted"', "sub2": "two\nlines", "note": "größer ✓", "ip": "::1"}
    conversion = make_conversion(converted_at=NOON, sale_amount=1_234_567, locked=True, **texts)
    [row] = exported(network)
    assert row["sub1"] == '=1+1,"quoted"'
    assert (row["sub2"], row["notes"]) == ("two\nlines", "größer ✓")
    assert (row["payout"], row["sale_amount"]) == ("4.0000", "1234567.0000")
    assert (row["is_locked"], row["is_event"]) == ("true", "false")
    assert row["conversion_unix_timestamp"] == "1773144000"
    assert row["network_offer_id"] == str(conversion.offer_id)
    assert row["offer"] == conversion.offer.name
    assert row["advertiser"] == conversion.offer.advertiser.name
    assert row["affiliate"] == conversion.partner.name


def test_nothing_found_is_a_header(network):
    answer = network.call("POST", f"{NETWORK}/export", asked())
    assert b"".join(answer.streaming_content).decode().startswith("conversion_id,")


def test_columns_can_be_chosen(network):
    make_conversion(converted_at=NOON, transaction_id="T-1")
    chosen = [{"column": "transaction_id"}, {"column": "affiliate"}, {"column": "payout"}]
    [row] = exported(network, columns=chosen, format="csv")
    assert list(row) == ["transaction_id", "affiliate", "payout"]
    assert (row["transaction_id"], row["payout"]) == ("T-1", "4.0000")


def test_filters_narrow_it(network):
    offer = make_offer()
    one = make_conversion(offer=offer, converted_at=NOON)
    make_conversion(converted_at=NOON)
    rows = exported(network, query=filters(("offer", str(offer.pk))))
    assert [row["conversion_id"] for row in rows] == hexes(one)


def test_a_partner_gets_its_own_in_its_fields(affiliate, partner):
    own = make_conversion(partner=partner, converted_at=NOON, note="hidden", adv1="hidden")
    make_conversion(converted_at=NOON)
    [row] = exported(affiliate, PARTNER)
    assert (row["conversion_id"], row["revenue"]) == (own.uuid.hex, "4.0000")
    hidden = {"payout", "payout_type", "notes", "adv1", "request_id", "conversion_user_ip",
              "advertiser", "network_advertiser_id", "affiliate", "is_locked"}  # fmt: skip
    assert not hidden & set(row)


def test_a_partner_cannot_choose_what_it_may_not_see(affiliate):
    body = asked(columns=[{"column": "advertiser"}])
    text = refusal(affiliate.call("POST", f"{PARTNER}/export", body))
    assert text.startswith("Column “advertiser” is unknown")
    assert "network_advertiser_id" not in text


@pytest.mark.parametrize(
    "changes",
    [
        {"from": "x"},
        {"timezone_id": 9_999},
        {"format": "xlsx"},
        {"columns": [{"column": "secret"}]},
        {"columns": ["payout"]},
        {"order_field": "payout"},
        {"query": filters(("offer", "x"))},
    ],
)
def test_a_bad_body_is_refused_before_anything_is_sent(network, changes):
    refusal(network.call("POST", f"{NETWORK}/export", asked(**changes)))
