"""POST …/conversions: what it lists, in which order, and what it refuses."""

from datetime import UTC, datetime, timedelta

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from conversions.models import Conversion
from tests.factories import (
    make_conversion,
    make_conversions,
    make_event,
    make_offer,
    make_partner,
    make_reason,
)
from tests.http_api.asking import (
    NETWORK,
    NOON,
    PARTNER,
    asked,
    filters,
    hexes,
    ids,
    refusal,
    terms,
)

pytestmark = pytest.mark.django_db


def listed(caller, address=NETWORK, tail="", **changes):
    return caller.call("POST", f"{address}{tail}", asked(**changes))


def at(text):
    return datetime.fromisoformat(text).replace(tzinfo=UTC)


def test_the_newest_come_first_and_the_higher_id_among_equals(network):
    late = make_conversion(converted_at=NOON + timedelta(hours=1))
    first, second = make_conversions(2, converted_at=NOON)
    early = make_conversion(converted_at=NOON - timedelta(hours=1))
    newest = hexes(late, second, first, early)
    assert ids(listed(network)) == newest
    assert ids(listed(network, order_field="", order_direction="")) == newest
    ordered = {"order_field": "conversion_unix_timestamp", "order_direction": "asc"}
    assert ids(listed(network, **ordered)) == newest[::-1]
    tail = "?order_field=conversion_unix_timestamp&order_direction=desc"
    assert ids(listed(network, tail=tail, **ordered)) == newest


def test_days_and_times_are_those_of_the_zone(network):
    moments = ["2026-03-09T23:59:59", "2026-03-10T00:00:00", "2026-03-10T03:59:59.999",
               "2026-03-10T23:59:59.5", "2026-03-11T00:00:00", "2026-03-11T03:59:59"]  # fmt: skip
    a, b, c, d, e, f = (make_conversion(converted_at=at(text)) for text in moments)
    assert ids(listed(network)) == hexes(d, c, b)
    # New York is four hours behind in that week.
    assert ids(listed(network, timezone_id=80)) == hexes(f, e, d)
    span = {"from": "2026-03-09 23:59:59", "to": "2026-03-10 00:00:00"}
    assert ids(listed(network, **span)) == hexes(b, a)
    assert ids(listed(network, **{"from": "2026-03-10", "to": "2026-03-10 23:59"})) == hexes(c, b)
    assert ids(listed(network, **{"from": "2026-03-10", "to": "2026-03-10T03:59:59"})) == hexes(
        c, b
    )


def test_a_day_of_23_hours_is_a_day(network):
    """On 29 March 2026 clocks in Berlin go forward: the day ends at 22:00 UTC."""
    inside = make_conversion(converted_at=at("2026-03-29T21:59:59"))
    make_conversion(converted_at=at("2026-03-29T22:00:00"))
    day = {"from": "2026-03-29", "to": "2026-03-29", "timezone_id": 56}
    assert ids(listed(network, **day)) == hexes(inside)


def test_conversions_and_events_are_shown_as_asked(network):
    offer = make_offer()
    base = make_conversion(offer=offer, converted_at=NOON)
    event = make_conversion(event=make_event(offer, "Deposit"), converted_at=NOON)
    assert ids(listed(network)) == hexes(event, base)
    assert ids(listed(network, show_events=False)) == hexes(base)
    assert ids(listed(network, show_conversions=False)) == hexes(event)
    neither = listed(network, show_conversions=False, show_events=False)
    assert "show_conversions" in refusal(neither)


@pytest.fixture
def pair(partner, other_partner):
    """Two conversions that differ in all that can be filtered by."""
    made = []
    for n, who in enumerate([partner, other_partner]):
        offer = make_offer(currency=["EUR", "USD"][n])
        texts = [f"sub{i}" for i in range(1, 7)] + [f"adv{i}" for i in range(1, 6)]
        texts += ["transaction_id", "order_id", "click_id", "request_id", "source"]
        made.append(
            make_conversion(
                event=make_event(offer, f"event-{n}"),
                partner=who,
                status=["approved", "throttled"][n],
                country=["DE", "FR"][n],
                device=["phone", "desktop"][n],
                converted_at=NOON,
                **{name: f"{name}-{n}" for name in texts},
            )
        )
    return made


def values(c):
    """By filter, the value that finds this conversion."""
    return {
        "offer": str(c.offer_id),
        "affiliate": str(c.partner_id),
        "advertiser": str(c.offer.advertiser_id),
        "country": c.country.lower(),
        "status": c.status,
        "event": c.event.name,
        "source_id": c.source,
        "device_type": c.device,
        "currency_id": c.offer.currency,
        "conversion_id": c.uuid.hex,
        "transaction_id": c.transaction_id,
        "order_id": c.order_id,
        "click_id": c.click_id,
        "request_id": c.request_id,
        **{f"sub{n}": getattr(c, f"sub{n}") for n in range(1, 7)},
        **{f"adv{n}": getattr(c, f"adv{n}") for n in range(1, 6)},
    }


NETWORKS_ONLY = {"affiliate", "advertiser", "request_id", *(f"adv{n}" for n in range(1, 6))}
KEYS = ["conversion_id", "transaction_id", "order_id", "click_id", "request_id"]
TYPES = [*(f"sub{n}" for n in range(1, 7)), *(f"adv{n}" for n in range(1, 6)), *KEYS, "offer",
         "affiliate", "advertiser", "country", "status", "event", "source_id", "device_type",
         "currency_id"]  # fmt: skip


@pytest.mark.parametrize("kind", TYPES)
def test_a_filter_finds_its_own(network, affiliate, pair, kind):
    one, two = (values(c)[kind] for c in pair)
    assert ids(listed(network, query=filters((kind, one)))) == hexes(pair[0])
    assert ids(listed(network, query=filters((kind, one), (kind, two)))) == hexes(*pair[::-1])
    answer = listed(affiliate, PARTNER, query=filters((kind, one)))
    if kind in NETWORKS_ONLY:
        assert f"“{kind}” is unknown" in refusal(answer)
    else:
        assert ids(answer) == hexes(pair[0])
        assert ids(listed(affiliate, PARTNER, query=filters((kind, two)))) == []


@pytest.mark.parametrize("kind", KEYS)
def test_a_search_term_finds_its_own(network, affiliate, pair, kind):
    one, two = (values(c)[kind] for c in pair)
    assert ids(listed(network, query=terms((kind, one)))) == hexes(pair[0])
    assert ids(listed(network, query=terms((kind, one), (kind, two)))) == hexes(*pair[::-1])
    if kind in NETWORKS_ONLY:
        refusal(listed(affiliate, PARTNER, query=terms((kind, one))))
    else:
        assert ids(listed(affiliate, PARTNER, query=terms((kind, two)))) == []


def test_types_narrow_each_other(network, pair):
    one, two = pair
    both = [("offer", str(one.offer_id)), ("offer", str(two.offer_id))]
    assert ids(listed(network, query=filters(*both, ("country", "FR")))) == hexes(two)
    assert ids(listed(network, query=filters(*both[:1], ("country", "FR")))) == []
    query = {**filters(*both), **terms(("order_id", one.order_id))}
    assert ids(listed(network, query=query)) == hexes(one)


@pytest.mark.parametrize(
    "query",
    [None, {}, {"filters": None, "search_terms": None}, {"filters": [], "search_terms": []}],
)
def test_an_empty_query_narrows_nothing(network, pair, query):
    assert len(ids(listed(network, query=query))) == 2


@pytest.mark.parametrize(
    ("changes", "told"),
    [
        ({"from": None}, "from"),
        ({"from": "10.03.2026"}, "from “10.03.2026”"),
        ({"from": "2026-02-30"}, "from"),
        ({"from": "0001-01-01"}, "from"),
        ({"to": "9999-12-31"}, "to"),
        ({"to": "2026-03-09"}, "“to” is before “from”"),
        ({"from": "2025-03-08"}, "a year at most"),
        ({"to": 5}, "to"),
        ({"to": "2026-03-10\x00"}, "to"),
        ({"timezone_id": None}, "timezone_id"),
        ({"timezone_id": 0}, "GET /v1/meta/timezones"),
        ({"timezone_id": 2**63}, "timezone_id"),
        ({"timezone_id": "Europe/Berlin"}, "timezone_id"),
        ({"show_conversions": None}, "show_conversions"),
        ({"show_events": "perhaps"}, "show_events"),
        ({"query": "all"}, "query"),
        ({"query": {"filters": [{}]}}, "resource_type"),
        ({"query": filters(("offer", 5))}, "filter_id_value"),
        ({"query": filters(("offer", "five"))}, "offer “five” is no ID"),
        ({"query": filters(("offer", str(2**63)))}, "is no ID"),
        ({"query": filters(("offer", "1" * 200))}, "is no ID"),
        ({"query": filters(("offer", "0" * 20 + "9" * 30))}, "is no ID"),
        ({"query": filters(("status", "New"))}, "status “New”"),
        ({"query": filters(("coupon", "x"))}, "resource_type “coupon” is unknown"),
        ({"query": filters(("sub1", "a\x00"))}, "can't be stored"),
        ({"query": filters(("sub1", "\ud800"))}, "filter_id_value"),
        ({"query": filters(("sub1", "a" * 256))}, "filter_id_value"),
        ({"query": filters(*[("sub1", "a")] * 1_001)}, "filters"),
        ({"query": terms(("sub1", "a"))}, "search_type “sub1” is unknown"),
        ({"query": terms(("conversion_id", "abc"))}, "32 hexadecimal digits"),
        ({"order_field": "payout"}, "conversion_unix_timestamp"),
        ({"order_direction": "up"}, "asc, desc"),
        ({"updated_from": "yesterday"}, "updated_from"),
        ({"updated_from": True}, "updated_from"),
        ({"updated_from": 10**40}, "updated_from"),
        ({"updated_from": "0" * 20 + "9" * 20}, "updated_from"),
        ({"updated_from": 7_258_118_400}, "updated_from"),
        ({"page": 0}, "page"),
        ({"page": "x"}, "page"),
        ({"page": True}, "page"),
        ({"page": 1.5}, "page"),
        ({"page": 10**20}, "page"),
        ({"page": 10**15}, "page"),
        ({"page": "0" * 18 + "1" + "9" * 20}, "page"),
        ({"page_size": -1}, "page_size"),
        ({"page_size": "ten"}, "page_size"),
    ],
)  # fmt: skip
def test_a_bad_body_is_refused(network, changes, told):
    assert told in refusal(listed(network, **changes))


@pytest.mark.parametrize("tail", ["?page=0", "?page=a", "?page_size=0", "?order_field=status"])
def test_a_bad_address_is_refused(network, tail):
    refusal(listed(network, tail=tail))


# The beginning of the second and third is a number that there is.
LONG = ["9" * 30, "0" * 18 + "1" + "9" * 20, "0" * 18 + "1" + "9" * 4_400, "0" * 20]


@pytest.mark.parametrize("number", LONG, ids=["30", "39", "4419", "zeros"])
@pytest.mark.parametrize("name", ["page", "page_size"])
def test_a_long_row_of_digits_is_refused(network, name, number):
    for method, address in (("POST", NETWORK), ("GET", "/v1/networks/offers")):
        answer = network.call(method, f"{address}?{name}={number}", asked())
        assert f"{name} is a whole number" in refusal(answer)


def test_zeros_before_a_number_count_for_nothing(network):
    one = make_conversion(converted_at=NOON)
    query = filters(("offer", "0" * 30 + str(one.offer_id)))
    zeros = "0" * 100
    assert ids(listed(network, tail=f"?page={zeros}1", query=query)) == hexes(one)
    assert ids(listed(network, updated_from=zeros + "1")) == hexes(one)


@pytest.mark.parametrize("body", [b"", b"{", b"[]", b"null", b'"from"', b"\xff", b"NaN"])
def test_what_is_no_body_is_refused(network, body):
    headers = {"X-Eflow-API-Key": network.secret}
    for what in ("", "/summary", "/export"):
        answer = network.generic("POST", NETWORK + what, body, "application/json", headers=headers)
        refusal(answer)


def test_a_year_is_a_year_leap_years_included(network):
    inside = make_conversion(converted_at=at("2024-02-29T12:00:00"))
    year = {"from": "2024-01-01", "to": "2024-12-31", "timezone_id": 56}
    assert ids(listed(network, **year)) == hexes(inside)


def test_pages_are_told_as_they_are(network):
    rows = hexes(*make_conversions(120, converted_at=NOON)[::-1])
    plain = listed(network)
    assert plain.json()["paging"] == {"page": 1, "page_size": 50, "total_count": 120}
    assert ids(plain) == rows[:50]
    inside = listed(network, page=2, page_size="100")
    assert ids(inside) == rows[100:]
    assert inside.json()["paging"] == {"page": 2, "page_size": 100, "total_count": 120}
    # The address goes before the body.
    assert ids(listed(network, tail="?page=3&page_size=7", page=1, page_size=50)) == rows[14:21]
    many = listed(network, tail="?page_size=5000")
    assert (many.json()["paging"]["page_size"], ids(many)) == (2_000, rows)
    beyond = listed(network, tail="?page=9&page_size=50")
    assert ids(beyond) == []
    assert beyond.json()["paging"] == {"page": 9, "page_size": 50, "total_count": 120}


def test_what_everflows_clients_send_besides_is_let_be(network):
    one = make_conversion(converted_at=NOON)
    extra = {"currency_id": "USD", "show_only_vt": False, "show_only_scrub": False}
    assert ids(listed(network, **extra)) == hexes(one)


def test_a_partner_lists_its_own(affiliate, partner):
    own = make_conversion(partner=partner, converted_at=NOON)
    make_conversion(converted_at=NOON)
    answer = listed(affiliate, PARTNER)
    assert ids(answer) == hexes(own)
    assert answer.json()["paging"]["total_count"] == 1


def spread(count):
    """Rows that all differ in what a record could look up one by one."""
    for n in range(count):
        reason = make_reason(f"reason-{Conversion.objects.count()}-{n}")
        make_conversion(
            partner=make_partner(), reason_code=reason.code, converted_at=NOON, status="rejected"
        )


def test_queries_do_not_grow_with_rows(network):
    def queries(rows):
        with CaptureQueriesContext(connection) as captured:
            assert len(ids(listed(network, tail="?page_size=2000"))) == rows
        return len(captured)

    spread(5)
    queries(5)  # writes down that the key was used
    few = queries(5)
    spread(45)
    assert queries(50) == few
    make_conversions(450, converted_at=NOON)
    assert queries(500) == few
