"""One request, and the listing."""

import pytest

from requests_workflow.models import Comment, ConversionRequest
from requests_workflow.services import discussing
from tests.factories import make_conversion
from tests.requests_workflow.api.kit import URL, ids, one, refusal
from tests.requests_workflow.kit import make_change, make_create, processed
from tests.requests_workflow.kit import reject as rejected_by

pytestmark = pytest.mark.django_db


class TestRead:
    def test_one_with_all_that_the_network_sees(self, network, agency, raiser, asked):
        discussing.comment(actor=raiser, request=asked, text="Look")
        discussing.comment(actor=agency, request=asked, text="Between us", internal=True)
        rejected_by(agency, asked, "No such sale")

        record = network.call("GET", one(asked)).json()

        assert [c["text"] for c in record["comments"]] == ["Look", "Between us"]
        assert [c["internal"] for c in record["comments"]] == [False, True]
        assert record["decided_by"] == "Ada Agency"
        moves = [(move["request_status"], move["reason"]) for move in record["history"]]
        assert moves == [("REJECTED", "No such sale"), ("INQUIRED", "")]

    def test_a_partner_sees_no_more_than_it_may(self, affiliate, agency, raiser, offer, conversion):
        request = make_change(raiser, conversion, payout="9")
        discussing.comment(actor=agency, request=request, text="Between us", internal=True)
        discussing.comment(actor=agency, request=request, text="For you")
        processed(agency, request, revenue="98.7")

        answer = affiliate.call("GET", one(request))

        record = answer.json()
        assert record["wanted"] == {"payout": 9}
        assert record["before"] == {"payout": 4}
        assert [c["text"] for c in record["comments"]] == ["For you"]
        assert record["comments"][0]["author"] == record["decided_by"] == "The network"
        for secret in ("98.7", "revenue", "Between us", "Ada Agency", offer.advertiser.name):
            assert secret not in answer.content.decode()

    @pytest.mark.parametrize("act", ["", "accept", "reject", "comments"])
    def test_anothers_is_not_there(self, other, asked, act):
        body = {"reason": "No", "text": "Hello"} if act else None

        refusal(other.call("POST" if act else "GET", one(asked, act), body), 404)
        assert not Comment.objects.exists()

    @pytest.mark.parametrize("name", ["999999999", str(2**63 - 1), str(2**63), "-1", "x", "1.5"])
    def test_an_unknown_id(self, network, name):
        assert network.call("GET", f"{URL}/{name}").status_code in (400, 404)
        assert network.call("POST", f"{URL}/{name}/accept", {}).status_code in (400, 404)

    def test_failures_are_told_without_others_conversions(self, network, affiliate, asked):
        ConversionRequest.objects.filter(pk=asked.pk).update(
            status="failed", failure_code="duplicate_order", failure_params={"conversion": 4711}
        )

        assert "4711" in network.call("GET", one(asked)).json()["failure"]
        assert "4711" not in affiliate.call("GET", one(asked)).content.decode()


class TestList:
    @pytest.fixture
    def three(self, raiser, agency, other_raiser, offer, partner, other_partner, conversion):
        elsewhere = make_conversion(partner=other_partner)
        return [
            make_change(raiser, conversion),
            make_create(agency, offer, partner, order_id="o-1"),
            make_change(other_raiser, elsewhere),
        ]

    def test_newest_first_and_only_what_one_sees(self, network, affiliate, other, three):
        change, create, elsewhere = (request.pk for request in three)

        assert ids(network.call("GET", URL)) == [elsewhere, create, change]
        assert ids(affiliate.call("GET", URL)) == [change]
        assert ids(other.call("GET", URL)) == [elsewhere]

    def test_filters(self, network, agency, three, offer, partner, conversion):
        change, create, elsewhere = (request.pk for request in three)
        rejected_by(agency, three[2])
        ConversionRequest.objects.filter(pk=create).update(raised_at="2026-01-02T12:00:00Z")

        for query, wanted in [
            ("status=rejected", [elsewhere]),
            ("status=REJECTED,inquired", [elsewhere, change, create]),
            ("type=CREATE", [create]),
            (f"offer_id={offer.pk}", [change, create]),
            (f"affiliate_id={partner.pk}&type=change", [change]),
            (f"conversion_id={conversion.uuid.hex}", [change]),
            (f"conversion_id={conversion.uuid}", [change]),
            ("raised_from=2026-01-02&raised_to=2026-01-02", [create]),
            ("raised_to=2026-01-01", []),
            ("offer_id=999999999", []),
        ]:
            assert ids(network.call("GET", f"{URL}?{query}")) == wanted, query

    @pytest.mark.parametrize(
        "query",
        ["status=x", "type=new", "offer_id=x", "affiliate_id=-1", "conversion_id=7", "page=0",
         "raised_from=x", "raised_to=2026-02-30", f"offer_id={'9' * 30}", "page_size=x"],
    )  # fmt: skip
    def test_a_bad_filter_is_told(self, network, query):
        assert query.partition("=")[0] in refusal(network.call("GET", f"{URL}?{query}"), 400)

    def test_no_filter_shows_a_partner_more(self, affiliate, other_partner, three):
        elsewhere = three[2]
        for query in (
            f"affiliate_id={other_partner.pk}",
            f"offer_id={elsewhere.offer_id}",
            f"conversion_id={elsewhere.conversion.uuid.hex}",
        ):
            assert ids(affiliate.call("GET", f"{URL}?{query}")) == []

    def test_pages_hold_while_requests_are_raised(self, network, raiser, offer, partner):
        made = [make_create(raiser, offer, partner, order_id=f"o-{n}").pk for n in range(5)]

        first = network.call("GET", f"{URL}?page_size=2")
        make_create(raiser, offer, partner, order_id="late")
        second = network.call("GET", f"{URL}?page_size=2&page=2")
        third = network.call("GET", f"{URL}?page_size=2&page=3")

        assert ids(first) + ids(second) + ids(third) == made[::-1]
        assert second.json()["paging"] == {"page": 2, "page_size": 2, "total_count": 5}

    def test_as_many_queries_for_many(
        self, network, raiser, offer, partner, django_assert_max_num_queries
    ):
        for n in range(30):
            make_create(raiser, offer, partner, order_id=f"o-{n}")

        with django_assert_max_num_queries(25):
            assert len(ids(network.call("GET", URL))) == 30
