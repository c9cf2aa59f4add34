"""Raising and changing requests."""

import pytest

from requests_workflow.models import Comment, ConversionRequest
from tests.factories import make_conversion, make_event, make_offer, make_partner, make_reason
from tests.http_api.conftest import Caller
from tests.requests_workflow.api.kit import URL, one, refusal

pytestmark = pytest.mark.django_db


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
