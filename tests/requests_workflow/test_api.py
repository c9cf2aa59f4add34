"""/v1/conversion-requests, asked with both kinds of keys."""

import pytest

from conversions.models import Conversion
from convertr.accounts.models import Scope
from convertr.accounts.permissions import grant
from requests_workflow import rules
from requests_workflow.models import Comment, ConversionRequest
from requests_workflow.services import discussing, processing
from tests.factories import make_conversion, make_event, make_offer, make_partner, make_reason
from tests.http_api.conftest import Caller
from tests.requests_workflow.kit import again, make_change, make_create, processed
from tests.requests_workflow.kit import reject as rejected_by

URL = "/v1/conversion-requests"
pytestmark = pytest.mark.django_db


@pytest.fixture
def network(agency):
    return Caller(agency)


@pytest.fixture
def affiliate(raiser):
    return Caller(raiser)


@pytest.fixture
def other(other_raiser):
    return Caller(other_raiser)


@pytest.fixture
def conversion(offer, partner):
    return make_conversion(offer=offer, partner=partner)


@pytest.fixture
def asked(raiser, conversion):
    """A partner's request for an approval."""
    return make_change(raiser, conversion)


def refusal(answer, status):
    assert answer.status_code == status, answer.content
    assert list(answer.json()) == ["error"]
    return answer.json()["error"]


def one(request, act=""):
    return f"{URL}/{request.pk}{'/' if act else ''}{act}"


def ids(answer):
    assert answer.status_code == 200, answer.content
    return [record["conversion_request_id"] for record in answer.json()["conversion_requests"]]


class TestRaise:
    def test_a_change_by_its_conversion(self, affiliate, conversion, raiser):
        body = {
            "request_type": "CHANGE",
            "conversion_id": conversion.uuid.hex,
            "status": "approved",
            "payout": 7.25,
            "sub1": "",
            "comment": "It was delivered",
        }

        answer = affiliate.call("POST", URL, body)

        made = ConversionRequest.objects.get()
        assert (answer.status_code, answer["Location"]) == (201, one(made))
        record = answer.json()
        # The empty sub1 is so already: it is not asked for.
        assert record["wanted"] == {"status": "approved", "payout": 7.25}
        assert record["before"] == {"status": "pending", "payout": 4}
        assert record["conversion_id"] == conversion.uuid.hex
        assert (record["request_type"], record["request_status"]) == ("CHANGE", "INQUIRED")
        assert (record["raised_by"], made.raised_by) == ("Rosa Raiser", raiser)
        assert made.comments.get().text == "It was delivered"

    def test_a_uuid_with_hyphens_will_do(self, network, conversion):
        body = {"request_type": "CHANGE", "conversion_id": str(conversion.uuid), "note": "x"}

        assert network.call("POST", URL, body).json()["wanted"] == {"note": "x"}

    def test_a_new_one_of_the_network(self, network, offer, partner):
        event = make_event(offer, "Renewal")
        body = {
            "request_type": "CREATE",
            "offer_id": offer.pk,
            "event_id": event.pk,
            "affiliate_id": partner.pk,
            "conversion_time": "2026-01-02T03:04:05+02:00",
            "request_id": "R-1",
            "revenue": 12.5,
            "order_id": "o-1",
        }

        record = network.call("POST", URL, body).json()

        assert (record["event"], record["affiliate_id"], record["currency_id"]) == (
            "Renewal", partner.pk, "EUR",
        )  # fmt: skip
        assert record["wanted"] == {
            "revenue": 12.5,
            "order_id": "o-1",
            "request_id": "R-1",
            "conversion_time": "2026-01-02T01:04:05+00:00",
        }
        assert record["conversion_id"] is None

    def test_a_partner_asks_for_its_own_by_default(self, affiliate, offer, partner):
        body = {"request_type": "CREATE", "offer_id": offer.pk, "order_id": "o-1", "event_id": 0}

        assert affiliate.call("POST", URL, body).json()["affiliate_id"] == partner.pk

    def test_history_says_through_the_api(self, affiliate, offer):
        body = {"request_type": "CREATE", "offer_id": offer.pk, "order_id": "o-1"}

        affiliate.call("POST", URL, body)

        event = ConversionRequest.objects.get().events.get()
        assert event.pgh_context.metadata["channel"] == "api"

    @pytest.mark.parametrize(
        ("changes", "text"),
        [
            ({"offer_id": None}, "offer_id"),
            ({"offer_id": 2**62}, "No offer has this ID"),
            ({"offer_id": 2**70}, "offer_id"),
            ({"event_id": 2**62}, "event"),
            ({"affiliate_id": None}, "affiliate_id"),
            ({"affiliate_id": 2**62}, "No affiliate has this ID"),
            ({"request_type": "create"}, "request_type"),
            ({"request_type": None}, "request_type"),
            ({"payout": -1}, "payout"),
            ({"payout": "7"}, "payout"),
            ({"payout": 1.00001}, "payout"),
            ({"status": "perhaps"}, "perhaps"),
            ({"status": "rejected", "reason_code": "unknown"}, "unknown"),
            ({"conversion_time": "yesterday"}, "yesterday"),
            ({"conversion_time": "2099-01-01"}, "future"),
            ({"order_id": "x" * 256}, "order_id"),
            ({"order_id": "a\x00b"}, "order_id"),
            ({"comment": "x" * 5_001}, "5,000 characters"),
        ],
    )
    def test_a_bad_body_is_told(self, network, offer, partner, changes, text):
        body = {"request_type": "CREATE", "offer_id": offer.pk, "affiliate_id": partner.pk}

        answer = network.call("POST", URL, {**body, "order_id": "o-1", **changes})

        assert text in refusal(answer, 400)
        assert not ConversionRequest.objects.exists()
        assert not Comment.objects.exists()

    @pytest.mark.parametrize("body", [b"", b"{", b"[]", b"null", b'"x"', b"\xff", b"NaN"])
    def test_what_is_no_object_is_told(self, network, body):
        headers = {"X-Eflow-API-Key": network.secret}
        answer = network.generic("POST", URL, body, "application/json", headers=headers)

        refusal(answer, 400)

    def test_a_change_that_changes_nothing(self, network, conversion):
        body = {"request_type": "CHANGE", "conversion_id": conversion.uuid.hex, "payout": 4}

        assert "Nothing differs" in refusal(network.call("POST", URL, body), 400)

    @pytest.mark.parametrize("which", ["another's", "none", "no id", "left out"])
    def test_a_conversion_that_isnt_there(self, affiliate, offer, which):
        another = make_conversion(offer=offer, partner=make_partner())
        given = {"another's": another.uuid.hex, "none": "0" * 32, "no id": "x", "left out": None}
        body = {"request_type": "CHANGE", "conversion_id": given[which], "payout": 4}

        answer = affiliate.call("POST", URL, body)

        refusal(answer, 400 if which == "left out" else 404)

    @pytest.mark.parametrize(
        "fields", [{"revenue": 9}, {"request_id": "R-1"}, {"note": "x"}, {"affiliate_id": True}]
    )
    def test_partners_ask_for_no_more_than_is_theirs(self, affiliate, offer, other_partner, fields):
        if "affiliate_id" in fields:
            fields = {"affiliate_id": other_partner.pk}
        body = {"request_type": "CREATE", "offer_id": offer.pk, **fields}

        refusal(affiliate.call("POST", URL, body), 400)
        assert not ConversionRequest.objects.exists()

    def test_another_partners_offer_is_not_there(self, affiliate, other_partner):
        offer = make_offer(partners=[other_partner])
        body = {"request_type": "CREATE", "offer_id": offer.pk, "order_id": "o-1"}

        text = refusal(affiliate.call("POST", URL, body), 400)
        body["offer_id"] = 999_999_999
        assert refusal(affiliate.call("POST", URL, body), 400) == text

    def test_who_may_not_raise(self, agency2, partner_user, offer, partner):
        body = {"request_type": "CREATE", "offer_id": offer.pk, "affiliate_id": partner.pk}

        for person in (agency2, partner_user):
            refusal(Caller(person).call("POST", URL, body), 403)

    def test_an_idempotency_key_raises_it_once(self, affiliate, offer):
        body = {"request_type": "CREATE", "offer_id": offer.pk, "order_id": "o-1"}
        key = {"Idempotency-Key": "once"}

        first = affiliate.call("POST", URL, body, **key)
        second = affiliate.call("POST", URL, body, **key)

        assert (second.status_code, second.json()) == (201, first.json())
        assert second["Location"] == first["Location"]
        assert ConversionRequest.objects.count() == 1


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


class TestDecide:
    def test_accepted_and_processed(self, network, agency, asked):
        answer = network.call("POST", one(asked, "accept"), {"version": 1, "revenue": 11})
        processing.process()

        assert (answer.status_code, answer.json()["request_status"]) == (200, "ACCEPTED")
        done = network.call("GET", one(asked)).json()
        assert (done["request_status"], done["decided_by"]) == ("PROCESSED", "Ada Agency")
        conversion = Conversion.objects.get(pk=asked.conversion_id)
        assert (conversion.status, conversion.revenue) == ("approved", 11)

    def test_without_a_version_as_it_is(self, network, asked):
        assert network.call("POST", one(asked, "accept"), {}).status_code == 200

    def test_rejected_with_a_reason(self, network, asked):
        record = network.call("POST", one(asked, "reject"), {"reason": "No such sale"}).json()

        assert (record["request_status"], record["decision_reason"]) == ("REJECTED", "No such sale")
        assert record["version"] == 2

    @pytest.mark.parametrize(
        ("act", "body"),
        [
            ("reject", {}),
            ("reject", {"reason": " "}),
            ("reject", {"reason": 7}),
            ("accept", {"version": "x"}),
            ("accept", {"version": 2**40}),
            ("accept", {"anyway": "yes"}),
            ("accept", {"revenue": -1}),
            ("comments", {"text": ""}),
            ("comments", {}),
            ("comments", {"text": "x", "internal": 2}),
            ("comments", {"text": "x" * 5_001}),
        ],
    )
    def test_a_bad_body_is_told(self, network, asked, act, body):
        refusal(network.call("POST", one(asked, act), body), 400)
        assert again(asked).version == 1
        assert not Comment.objects.exists()

    def test_four_eyes(self, network, agency, offer, partner):
        own = make_create(agency, offer, partner, order_id="o-1")

        for act, body in (("accept", {}), ("reject", {"reason": "No"})):
            assert "your own" in refusal(network.call("POST", one(own, act), body), 403)
        assert again(own).status == "inquired"

        grant(agency, [rules.DECIDE_OWN])
        assert network.call("POST", one(own, "accept"), {}).status_code == 200

    def test_who_was_first_is_told(self, network, agency, admin_user, asked):
        rejected_by(admin_user, asked)

        text = refusal(network.call("POST", one(asked, "accept"), {"version": 1}), 409)

        assert "Ruth Root" in text
        assert again(asked).decided_by == admin_user

    def test_what_is_decided_stays_so(self, network, agency, asked):
        processed(agency, asked)

        refusal(network.call("POST", one(asked, "accept"), {}), 409)
        refusal(network.call("POST", one(asked, "reject"), {"reason": "No"}), 409)

    def test_a_conflict_is_accepted_only_on_demand(self, network, raiser, conversion):
        request = make_change(raiser, conversion, payout="9")
        Conversion.objects.filter(pk=conversion.pk).update(payout=7)

        assert "payout" in refusal(network.call("POST", one(request, "accept"), {}), 409)
        assert network.call("POST", one(request, "accept"), {"anyway": True}).status_code == 200

    def test_a_duplicate_is_refused(self, network, raiser, offer, partner):
        there = make_conversion(offer=offer, partner=partner, order_id="o-1")
        request = make_create(raiser, offer, partner, order_id="o-1")

        text = refusal(network.call("POST", one(request, "accept"), {}), 409)
        assert str(there.pk) in text

    def test_who_may_not_decide(self, affiliate, agency2, asked):
        for caller in (affiliate, Caller(agency2)):
            refusal(caller.call("POST", one(asked, "accept"), {}), 403)
            refusal(caller.call("POST", one(asked, "reject"), {"reason": "No"}), 403)

    def test_an_idempotency_key_decides_once(self, network, asked):
        key = {"Idempotency-Key": "decide"}
        first = network.call("POST", one(asked, "accept"), {}, **key)
        second = network.call("POST", one(asked, "accept"), {}, **key)

        assert (first.status_code, second.status_code) == (200, 200)
        assert first.json() == second.json()
        assert again(asked).version == 2


class TestComment:
    def test_both_sides_speak(self, network, affiliate, asked):
        first = affiliate.call("POST", one(asked, "comments"), {"text": "Look"})
        second = network.call("POST", one(asked, "comments"), {"text": "Fine", "internal": True})

        assert (first.status_code, first.json()["author"]) == (201, "Rosa Raiser")
        assert (second.status_code, second.json()["internal"]) == (201, True)
        shown = affiliate.call("GET", one(asked)).json()["comments"]
        assert [comment["text"] for comment in shown] == ["Look"]

    def test_a_partner_says_nothing_internal(self, affiliate, asked):
        body = {"text": "x", "internal": True}

        refusal(affiliate.call("POST", one(asked, "comments"), body), 403)

    def test_who_only_reads_doesnt(self, agency2, asked):
        refusal(Caller(agency2).call("POST", one(asked, "comments"), {"text": "x"}), 403)


class TestKeys:
    def test_scopes(self, agency, asked):
        reads, writes = Caller(agency, [Scope.READ]), Caller(agency, [Scope.REQUESTS])
        wrong = Caller(agency, [Scope.CONVERSIONS])

        assert reads.call("GET", URL).status_code == 200
        assert writes.call("POST", one(asked, "comments"), {"text": "x"}).status_code == 201
        for caller in (reads, wrong):
            for act, body in (("accept", {}), ("reject", {"reason": "x"}), ("comments", {})):
                body = body or {"text": "x"}
                assert "scope" in refusal(caller.call("POST", one(asked, act), body), 403)
            body = {"request_type": "CREATE", "offer_id": 1}
            assert "scope" in refusal(caller.call("POST", URL, body), 403)
        for caller in (writes, wrong):
            refusal(caller.call("GET", URL), 403)
            refusal(caller.call("GET", one(asked)), 403)

    def test_without_a_key_nothing(self, client, asked):
        assert client.get(URL).status_code == 401
        assert client.get(one(asked)).status_code == 401
        assert client.post(one(asked, "accept")).status_code == 401

    @pytest.mark.parametrize("method", ["PUT", "PATCH", "DELETE"])
    def test_other_methods(self, network, asked, method):
        refusal(network.call(method, one(asked), {}), 405)
        refusal(network.call(method, URL, {}), 405)


def test_a_reason_of_the_catalogue(affiliate, conversion):
    make_reason("cancelled", "The customer cancelled")
    body = {
        "request_type": "CHANGE",
        "conversion_id": conversion.uuid.hex,
        "status": "rejected",
        "reason_code": "cancelled",
    }

    record = affiliate.call("POST", URL, body).json()

    assert record["wanted"] == {"status": "rejected", "reason_code": "cancelled"}
