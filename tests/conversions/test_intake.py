import logging
from concurrent.futures import ThreadPoolExecutor
from decimal import Decimal

import pytest
from django.db import connection
from django.test import Client

from conversions.models import Conversion, ConversionEvent, PostbackCall
from convertr.logs import JsonFormatter, PlainFormatter
from convertr.network.models import Partner
from tests.factories import make_conversion, make_event, make_offer, make_partner


@pytest.fixture
def offer(db):
    return make_offer(partners=[make_partner()], rates={"payout_percent": 8, "revenue_percent": 10})


@pytest.fixture
def call(client, offer):
    """call(**parameters) answers (status, body) of the offer's postback address."""

    def called(method="get", headers=None, **parameters):
        data = {"offer": offer.pk, "token": offer.postback_token, **parameters}
        data = {name: value for name, value in data.items() if value is not None}
        answer = getattr(client, method)("/postback", data, headers=headers)
        return answer.status_code, answer.json()

    return called


@pytest.mark.parametrize("method", ["get", "post"])
def test_a_first_call_makes_a_conversion(call, offer, method):
    status, body = call(
        method,
        request_id="R-1",
        transaction_id="T-1",
        status="approved",
        sale_amount="99.99",
        sub1="newsletter",
        order_id="O-9",
    )

    conversion = Conversion.objects.get()
    assert (status, body) == (
        200,
        {"result": True, "code": "created", "conversion_id": conversion.pk},
    )
    assert (conversion.status, conversion.partner) == ("approved", offer.partners.get())
    assert (conversion.payout, conversion.revenue) == (Decimal("7.9992"), Decimal("9.9990"))
    assert (conversion.sub1, conversion.order_id) == ("newsletter", "O-9")


def test_history_names_the_channel(call):
    call(request_id="R-1", status="approved")

    assert ConversionEvent.objects.get().pgh_context.metadata["channel"] == "postback"


@pytest.mark.parametrize(
    ("word", "status"),
    [("hold", "pending"), ("WAITING", "pending"), ("Paid", "approved"), ("canceled", "rejected")],
)
def test_advertisers_words_for_statuses(call, word, status):
    call(request_id="R-1", status=word)

    assert Conversion.objects.get().status == status


def test_a_call_without_a_status_is_new(call):
    call(request_id="R-1")

    assert Conversion.objects.get().status == "pending"


def test_a_repeat_brings_status_and_sale_amount(call):
    call(request_id="R-1", status="pending", sale_amount="10")

    status, body = call(request_id="R-1", status="approved", sale_amount="20")

    conversion = Conversion.objects.get()
    assert (status, body["code"]) == (200, "updated")
    assert (conversion.status, conversion.sale_amount) == ("approved", 20)
    assert (conversion.payout, conversion.revenue, conversion.version) == (
        Decimal("1.6"),
        Decimal(2),
        2,
    )


def test_a_fixed_side_stays_whatever_the_sale(call, offer):
    offer.events.update(payout_fixed=4, payout_percent=0)
    call(request_id="R-1", sale_amount="10")
    Conversion.objects.update(payout=3)

    call(request_id="R-1", sale_amount="50")

    conversion = Conversion.objects.get()
    assert (conversion.payout, conversion.revenue) == (3, 5)


def test_the_same_again_changes_nothing(call):
    call(request_id="R-1", status="approved", sale_amount="10")

    _status, body = call(request_id="R-1", status="approved", sale_amount="10.00")

    assert body["code"] == "unchanged"
    assert ConversionEvent.objects.count() == 1
    assert Conversion.objects.get().version == 1


def test_never_back_to_new(call):
    call(request_id="R-1", status="approved")

    status, body = call(request_id="R-1", status="pending")

    assert (status, body["code"]) == (200, "unchanged")
    assert Conversion.objects.get().status == "approved"


def test_an_approval_takes_the_reason_away(call, offer):
    conversion = make_conversion(offer=offer, status="rejected", reason_code="fraud")

    call(request_id=conversion.request_id, status="approved")

    conversion.refresh_from_db()
    assert (conversion.status, conversion.reason_code) == ("approved", "")


@pytest.mark.parametrize(
    ("fields", "code"),
    [
        ({"status": "approved", "locked": True}, "conversion_locked"),
        ({"status": "invalid"}, "conversion_invalid"),
    ],
)
@pytest.mark.parametrize("change", [{"status": "rejected"}, {"sale_amount": "7"}])
def test_locked_and_invalid_conversions_stay(call, offer, fields, code, change):
    conversion = make_conversion(offer=offer, **fields)

    status, body = call(request_id=conversion.request_id, **change)

    assert (status, body["result"], body["code"]) == (409, False, code)
    conversion.refresh_from_db()
    assert (conversion.status, conversion.version) == (fields["status"], 1)


def test_a_locked_conversion_told_the_same_is_unchanged(call, offer):
    conversion = make_conversion(offer=offer, status="approved", locked=True)

    assert call(request_id=conversion.request_id, status="approved")[1]["code"] == "unchanged"


def test_request_ids_belong_to_their_offer(call, offer):
    make_conversion(request_id="R-1")

    assert call(request_id="R-1")[1]["code"] == "created"
    assert Conversion.objects.filter(request_id="R-1").count() == 2


@pytest.mark.parametrize(
    ("parameters", "code"),
    [
        ({"request_id": ""}, "request_id_missing"),
        ({"request_id": None}, "request_id_missing"),
        ({"request_id": "x" * 256}, "too_long"),
        ({"request_id": "a\x00b"}, "bad_text"),
        ({"status": "perhaps"}, "status_unknown"),
        ({"status": "invalid"}, "status_unknown"),
        ({"sale_amount": "1,5"}, "sale_amount_bad"),
        ({"sale_amount": "-1"}, "sale_amount_bad"),
        ({"sale_amount": "NaN"}, "sale_amount_bad"),
        ({"sale_amount": "1e9"}, "sale_amount_bad"),
        ({"sale_amount": "1.23456"}, "sale_amount_bad"),
        ({"event": "Nothing"}, "event_unknown"),
        ({"partner": "999999"}, "partner_unknown"),
        ({"partner": "9" * 40}, "partner_unknown"),
        ({"country": "Germany"}, "too_long"),
    ],
)
def test_a_call_at_fault_says_so_and_stores_nothing(call, parameters, code):
    status, body = call(**{"request_id": "R-1", **parameters})

    assert (status, body["result"], body["code"]) == (400, False, code)
    assert not Conversion.objects.exists()
    assert PostbackCall.objects.get().code == code


def test_an_amount_past_all_money_is_refused(call, offer):
    offer.events.update(payout_percent=200)

    assert call(request_id="R-1", sale_amount="999999999999")[1]["code"] == "amount_too_large"


def test_other_events_have_their_own_rates(call, offer):
    make_event(offer, "Renewal", payout_fixed=2, revenue_fixed=3)

    call(request_id="R-1", event="Renewal")

    assert Conversion.objects.get().payout == 2


class TestPartner:
    def test_given_by_id(self, call, offer):
        other = make_partner()
        offer.partners.add(other)

        call(request_id="R-1", partner=other.pk)

        assert Conversion.objects.get().partner == other

    def test_one_of_another_offer_is_refused(self, call):
        assert call(request_id="R-1", partner=make_partner().pk)[1]["code"] == "partner_unknown"

    def test_known_by_the_transaction(self, call, offer):
        other = make_partner()
        offer.partners.add(other)
        make_conversion(offer=offer, partner=other, transaction_id="T-1")

        call(request_id="R-1", transaction_id="T-1")

        assert Conversion.objects.get(request_id="R-1").partner == other

    def test_unattributed_where_several_may_be_meant(self, call, offer):
        offer.partners.add(make_partner())

        call(request_id="R-1")
        call(request_id="R-2")

        assert [c.partner.name for c in Conversion.objects.all()] == ["Unattributed"] * 2
        assert Partner.objects.filter(is_house=True).count() == 1

    def test_an_offer_without_partners_is_open_to_all(self, call, offer):
        offer.partners.clear()
        anyone = make_partner()

        call(request_id="R-1", partner=anyone.pk)

        assert Conversion.objects.get().partner == anyone


class TestSecret:
    def test_it_may_come_as_a_header(self, call, offer):
        headers = {"X-Postback-Token": offer.postback_token}

        assert call(request_id="R-1", token=None, headers=headers)[0] == 200

    @pytest.mark.parametrize("token", ["", None, "wrong", "ünïcödé", "a\x00b"])
    def test_without_it_nothing_happens(self, call, token):
        status, body = call(request_id="R-1", token=token)

        assert (status, body["code"]) == (403, "token_wrong")
        assert not Conversion.objects.exists()

    @pytest.mark.parametrize("unknown", ["", "0", "x", "9" * 30, "-1"])
    def test_an_unknown_offer_gets_the_same_answer(self, call, unknown):
        assert call(offer=unknown, request_id="R-1") == call(token="wrong", request_id="R-1")

    def test_anothers_secret_is_wrong(self, call):
        assert call(request_id="R-1", token=make_offer().postback_token)[0] == 403

    def test_strangers_cant_fill_the_log(self, call):
        for _ in range(20):
            call(request_id="R-1", token="wrong")

        assert 1 <= PostbackCall.objects.count() <= 5

    def test_it_is_in_no_log(self, call, offer, caplog):
        caplog.set_level(logging.DEBUG)
        token = offer.postback_token

        call(request_id="R-1", Token=token, sub1=f"mine {token}")
        call(request_id="", status="x")
        call("post", request_id="R-2", token=None, headers={"X-Postback-Token": token}, sub2=token)

        assert PostbackCall.objects.count() == 3
        assert token not in str(list(PostbackCall.objects.values()))
        assert token not in caplog.text
        assert "R-1" not in caplog.text


@pytest.mark.parametrize("formatter", [PlainFormatter, JsonFormatter])
def test_no_query_of_the_address_is_logged_whoever_logs_it(formatter):
    line = '"GET /postback?offer=1&token=hidden HTTP/1.1" 200 17'
    record = logging.LogRecord("django.server", logging.INFO, "", 0, line, (), None)

    shown = formatter().format(record)

    assert "hidden" not in shown
    assert "/postback" in shown
    assert "200 17" in shown


def test_only_get_and_post(client, db):
    for method in ("put", "patch", "delete", "head", "options"):
        assert getattr(client, method)("/postback").status_code == 405


def test_a_post_needs_no_csrf_token(offer):
    strict = Client(enforce_csrf_checks=True)

    answer = strict.post(
        "/postback", {"offer": offer.pk, "token": offer.postback_token, "request_id": "R-1"}
    )

    assert answer.status_code == 200


@pytest.mark.django_db(transaction=True)
def test_calls_at_the_same_moment_make_one_conversion():
    offer = make_offer(partners=[make_partner()])
    parameters = {
        "offer": offer.pk,
        "token": offer.postback_token,
        "request_id": "R-1",
        "status": "approved",
    }

    def once(_):
        try:
            return Client().get("/postback", parameters).json()["code"]
        finally:
            connection.close()

    with ThreadPoolExecutor(4) as pool:
        codes = sorted(pool.map(once, range(12)))

    assert codes == ["created"] + ["unchanged"] * 11
    assert Conversion.objects.count() == ConversionEvent.objects.count() == 1


class TestLogPage:
    def test_shows_the_last_calls_without_the_secret(self, call, offer, sign_in, agency2):
        call(request_id="R-17", status="approved")
        call(request_id="R-18", status="perhaps")

        page = sign_in(agency2).get(f"/v2/offer/{offer.pk}/postbacks").content.decode()

        assert "R-17" in page
        assert "status_unknown" in page
        assert offer.postback_token not in page

    def test_is_none_of_a_partners_business(self, offer, sign_in, partner_user):
        assert sign_in(partner_user).get(f"/v2/offer/{offer.pk}/postbacks").status_code == 403

    def test_an_unknown_offer_is_not_found(self, sign_in, agency):
        assert sign_in(agency).get("/v2/offer/999999/postbacks").status_code == 404
