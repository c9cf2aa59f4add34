"""Decisions, comments, and what a key may."""

import pytest

from conversions.models import Conversion
from convertr.accounts.models import Scope
from convertr.accounts.permissions import grant
from requests_workflow import rules
from requests_workflow.models import Comment
from requests_workflow.services import processing
from tests.factories import make_conversion
from tests.http_api.conftest import Caller
from tests.requests_workflow.api.kit import URL, one, refusal
from tests.requests_workflow.kit import again, make_change, make_create, processed
from tests.requests_workflow.kit import reject as rejected_by

pytestmark = pytest.mark.django_db


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
