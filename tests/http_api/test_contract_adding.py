"""Notes and additions by the API's table, and who may write, asked by a real HTTP client."""

from decimal import Decimal

import httpx
import pytest

from conversions.models import Conversion
from convertr.jobs.models import Job
from tests.factories import make_conversion, make_offer
from tests.http_api.contract import ADDITIONS, CONVERSIONS, TRUE, client_of, network, refused

__all__ = ["client_of", "network"]
pytestmark = pytest.mark.django_db(transaction=True)


def adding(offer, partner, **changes):
    return {
        "offer_id": offer.pk,
        "event_id": 0,
        "affiliate_id": partner.pk,
        "number_of_conversions": 2,
        "timezone_id": 80,
        "is_now": False,
        "date": "2026-03-01 10:00:00",
        **changes,
    }


def test_notes_answer_the_record(network):
    conversion = make_conversion(status="pending")
    url = f"{CONVERSIONS}/{conversion.uuid.hex}"
    answer = network.put(f"{url}/notes", json={"notes": "Called: “all fine”\n=1+1"})
    assert answer.json() == network.get(url).json()
    assert answer.json()["notes"] == "Called: “all fine”\n=1+1"
    # A note is no conflict for what others have verified.
    assert Conversion.objects.get(pk=conversion.pk).version == 1


def test_conversions_are_added(network, partner):
    offer = make_offer(partners=[partner])
    body = adding(offer, partner, order_id="o-1", adv1="x", revenue_amount=9.5)
    body |= {"is_revenue_amount_submitted": True, "payout_amount": 3}
    answer = network.post(ADDITIONS, json=body)
    assert (answer.status_code, answer.json()) == (200, TRUE)
    one, two = Conversion.objects.filter(offer=offer)
    assert (one.status, one.order_id, one.adv1) == ("approved", "o-1", "x")
    # The payout was not said to be submitted: the offer's rate makes it.
    assert (one.payout, one.revenue) == (4, Decimal("9.5"))
    assert one.converted_at.isoformat() == "2026-03-01T15:00:00+00:00"
    assert len({one.uuid, two.uuid, one.transaction_id, two.transaction_id}) == 4
    assert one.events.get().pgh_context.metadata["channel"] == "api"


@pytest.mark.parametrize(
    "changes",
    [
        {"number_of_conversions": 0},
        {"number_of_conversions": 51},
        {"offer_id": 999_999},
        {"event_id": 999_999},
        {"affiliate_id": 999_999},
        {"timezone_id": 999},
        {"date": ""},
        {"date": "1.3.2026"},
        {"date": "2199-01-01"},
        {"is_now": "now"},
        {"is_payout_amount_submitted": True},
        {"payout_amount": -1},
    ],
)
def test_bad_additions_are_refused(network, partner, changes):
    offer = make_offer(partners=[partner])
    answer = network.post(ADDITIONS, json=adding(offer, partner, **changes))
    refused(answer, 400)
    assert not Conversion.objects.exists()


def test_what_is_null_in_an_addition_counts_as_left_out(network, partner):
    offer = make_offer(partners=[partner])
    texts = ["date", "order_id", *(f"adv{n}" for n in range(1, 6))]
    amounts = ["revenue_amount", "payout_amount"]
    flags = [f"is_{name}_submitted" for name in amounts]
    names = ["event_id", "number_of_conversions", *texts, *amounts, *flags]
    body = adding(offer, partner, is_now=True) | dict.fromkeys(names)
    answer = network.post(ADDITIONS, json=body)
    assert (answer.status_code, answer.json()) == (200, TRUE)
    one = Conversion.objects.get(offer=offer)
    assert (one.event.name, one.order_id, one.adv5) == ("Base", "", "")
    assert (one.payout, one.revenue) == (4, 5)


def test_an_addition_with_an_idempotency_key_is_made_once(network, partner):
    offer = make_offer(partners=[partner])
    for _time in range(2):
        answer = network.post(
            ADDITIONS,
            json=adding(offer, partner, is_now=True),
            headers={"Idempotency-Key": "order-1"},
        )
        assert answer.json() == TRUE
    assert Conversion.objects.filter(offer=offer).count() == 2


# --- Who may ----------------------------------------------------------------------------------

WRITES = [
    ("PATCH", CONVERSIONS, {"conversion_ids": ["{uuid}"], "conversion_status": "approved"}),
    ("PATCH", f"{CONVERSIONS}/{{tx}}", {"conversion_status": "approved"}),
    ("PUT", f"{CONVERSIONS}/{{uuid}}/payoutrevenue", {"payout": 1}),
    ("PATCH", f"{CONVERSIONS}/{{uuid}}/saleamount", {"sale_amount": 1}),
    ("PUT", f"{CONVERSIONS}/{{uuid}}/notes", {"notes": "x"}),
    ("POST", ADDITIONS, None),
]


@pytest.mark.parametrize(("method", "path", "body"), WRITES)
def test_nobody_else_writes(live_server, client_of, agency2, partner_user, method, path, body):
    """No key, a partner's key even for its own conversion, a person without the permission."""
    conversion = make_conversion(partner=partner_user.partner, status="approved")
    body = body or adding(conversion.offer, partner_user.partner)
    names = {"uuid": conversion.uuid.hex, "tx": conversion.transaction_id}
    url = path.format(**names)
    without = httpx.Client(base_url=live_server.url, trust_env=False)
    for client, status in (
        (without, 401),
        (client_of(agency2, Authorization="Bearer cvr_wrong"), 401),
        (client_of(partner_user), 403),
        (client_of(agency2), 403),
    ):
        with client:
            refused(client.request(method, url, json=body), status)
    assert Conversion.objects.get(pk=conversion.pk).version == 1
    assert not Job.objects.exists()
