"""Changes of statuses and amounts by the API's table, by a real HTTP client on a running server.

The examples are those of the documentation that the API follows; answers are compared whole.
"""

import uuid
from decimal import Decimal

import pytest

from conversions.models import Conversion
from convertr.jobs.models import Job
from tests.factories import make_conversion, make_event, make_offer, outcomes, run_job
from tests.http_api.contract import CONVERSIONS, TRUE, client_of, network, refused

__all__ = ["client_of", "network"]
pytestmark = pytest.mark.django_db(transaction=True)


def job_of(answer):
    assert answer.headers["Location"] == f"/v1/jobs/{answer.headers['X-Job-Id']}"
    return Job.objects.get(pk=answer.headers["X-Job-Id"])


# --- PATCH …/conversions ----------------------------------------------------------------------


def test_the_examples_ids_become_rejected(network):
    ids = [
        "baab7e25bba046e6b080c799729c5cba",
        "a91a421038ab46b694547f4db636db80",
        "ca62c52cc745486bbf438f96fc24d6a8",
    ]
    conversions = [make_conversion(uuid=uuid.UUID(i)) for i in ids]
    body = {"conversion_ids": ids, "conversion_status": "rejected"}
    answer = network.patch(CONVERSIONS, json=body)
    assert (answer.status_code, answer.json()) == (200, TRUE)
    assert {Conversion.objects.get(pk=c.pk).status for c in conversions} == {"rejected"}
    told = network.get(answer.headers["Location"]).json()
    assert (told["state"], told["total"], told["counts"]) == ("done", 3, {"applied": 3})
    rows = network.get(f"{answer.headers['Location']}/rows").json()
    assert [row["input"] for row in rows["rows"]] == [[i] for i in ids]
    assert {row["outcome"] for row in rows["rows"]} == {"applied"}


def test_a_single_one_becomes_approved(network):
    conversion = make_conversion(uuid=uuid.UUID("9e6e4d8389f04c42825d81fee6360297"))
    body = {"conversion_ids": [conversion.uuid.hex], "conversion_status": "approved"}
    assert network.patch(CONVERSIONS, json=body).json() == TRUE
    assert Conversion.objects.get(pk=conversion.pk).status == "approved"


@pytest.mark.parametrize("status", ["pending", "invalid", "Approved ", "", None, 1, "APPROVED"])
def test_only_approved_and_rejected_are_statuses(network, status):
    conversion = make_conversion()
    body = {"conversion_ids": [conversion.uuid.hex], "conversion_status": status}
    assert "conversion_status" in refused(network.patch(CONVERSIONS, json=body), 400)
    assert Conversion.objects.get(pk=conversion.pk).status == "pending"
    assert not Job.objects.exists()


@pytest.mark.parametrize(
    "ids", [[], ["0" * 32] * 10_001, None, "0" * 32, [1], [None], [""], ["a\nb"], ["\x00"], [["a"]]]
)
def test_ids_are_a_list_of_1_to_10_000_strings(network, ids):
    body = {"conversion_ids": ids, "conversion_status": "approved"}
    assert "conversion_ids" in refused(network.patch(CONVERSIONS, json=body), 400)
    assert not Job.objects.exists()


def test_10_000_ids_are_answered_and_then_applied(network):
    conversion = make_conversion()
    ids = [conversion.uuid.hex, *(uuid.uuid4().hex for _ in range(9_999))]
    answer = network.patch(
        CONVERSIONS, json={"conversion_ids": ids, "conversion_status": "approved"}
    )
    assert answer.json() == TRUE
    job = job_of(answer)
    assert job.total == 10_000
    job = run_job(job)
    assert (job.state, job.counts) == ("done", {"applied": 1, "not_found": 9_999})


def test_unknown_ids_are_told_in_the_job(network):
    body = {"conversion_ids": ["0" * 32, "no-id"], "conversion_status": "approved"}
    answer = network.patch(CONVERSIONS, json=body)
    assert answer.json() == TRUE
    assert outcomes(job_of(answer)) == [("not_found", "not_found"), ("invalid", "bad_uuid")]


def test_locked_and_invalid_ones_stay_and_are_told(network):
    locked, invalid = make_conversion(locked=True), make_conversion(status="invalid")
    body = {
        "conversion_ids": [locked.uuid.hex, invalid.uuid.hex],
        "conversion_status": "approved",
    }
    answer = network.patch(CONVERSIONS, json=body)
    assert answer.json() == TRUE
    assert [code for _outcome, code in outcomes(job_of(answer))] == [
        "conversion_locked",
        "conversion_invalid",
    ]
    assert Conversion.objects.filter(status="approved").count() == 0


# --- PATCH …/conversions/{transactionId} ------------------------------------------------------


def test_all_of_a_transaction_but_invalid_and_throttled_ones_change(network):
    offer = make_offer()
    event = make_event(offer, "Deposit")
    tx = "9e6e4d8389f04c42825d81fee6360297"
    changed = [
        make_conversion(offer=offer, transaction_id=tx, status=status)
        for status in ("pending", "rejected")
    ]
    changed.append(make_conversion(offer=offer, event=event, transaction_id=tx))
    same = make_conversion(offer=offer, transaction_id=tx, status="approved")
    left = [
        make_conversion(offer=offer, transaction_id=tx, status=status)
        for status in ("invalid", "throttled")
    ]
    other = make_conversion(offer=offer)
    answer = network.patch(f"{CONVERSIONS}/{tx}", json={"conversion_status": "approved"})
    assert (answer.status_code, answer.json()) == (200, TRUE)
    assert {Conversion.objects.get(pk=c.pk).status for c in changed} == {"approved"}
    assert [Conversion.objects.get(pk=c.pk).status for c in left] == ["invalid", "throttled"]
    assert Conversion.objects.get(pk=same.pk).version == 1
    assert Conversion.objects.get(pk=other.pk).status == "pending"


def test_a_transaction_of_invalid_ones_only_is_true_all_the_same(network):
    make_conversion(transaction_id="tx-invalid", status="invalid")
    answer = network.patch(f"{CONVERSIONS}/tx-invalid", json={"conversion_status": "rejected"})
    assert answer.json() == TRUE


@pytest.mark.parametrize(
    ("tx", "path"),
    [
        ("a/b", "a/b"),
        ("a/b", "a%2Fb"),
        ("2026/03/order 7/", "2026%2F03%2Forder%207%2F"),
        ("/a", "%2Fa"),
        ("a/b/history", "a/b/history"),
        ("x/y/payoutrevenue", "x%2Fy%2Fpayoutrevenue"),
        ("summary", "summary"),
        ("export", "export"),
        ("notes", "notes"),
    ],
)
def test_a_transactions_id_may_be_any(network, tx, path):
    one = make_conversion(transaction_id=tx)
    other = make_conversion(transaction_id=tx.partition("/")[0] + "-other")
    body, headers = {"conversion_status": "rejected"}, {"Idempotency-Key": "once"}
    for _time in range(2):
        answer = network.patch(f"{CONVERSIONS}/{path}", json=body, headers=headers)
        assert (answer.status_code, answer.json()) == (200, TRUE), answer.text
    assert Conversion.objects.get(pk=one.pk).status == "rejected"
    assert Conversion.objects.get(pk=other.pk).status == "pending"
    assert Job.objects.count() == 1


def test_an_unknown_transaction_is_404(network):
    make_conversion(transaction_id="")
    answer = network.patch(f"{CONVERSIONS}/nothing", json={"conversion_status": "rejected"})
    refused(answer, 404)


# --- PUT and PATCH …/payoutrevenue and …/saleamount -------------------------------------------


@pytest.mark.parametrize("method", ["PUT", "PATCH"])
def test_the_example_sets_payout_and_revenue(network, method):
    conversion = make_conversion(
        uuid=uuid.UUID("9e6e4d8389f04c42825d81fee6360297"), status="approved", sale_amount=10
    )
    url = f"{CONVERSIONS}/{conversion.uuid.hex}/payoutrevenue"
    answer = network.request(method, url, json={"payout": 4.25, "revenue": 5})
    assert (answer.status_code, answer.json()) == (200, TRUE)
    after = Conversion.objects.get(pk=conversion.pk)
    assert (after.payout, after.revenue) == (Decimal("4.25"), Decimal(5))
    assert (after.sale_amount, after.version) == (10, 2)
    assert after.events.latest("pgh_id").pgh_context.metadata["job_id"] == job_of(answer).pk


@pytest.mark.parametrize("side", ["payout", "revenue"])
def test_one_side_may_be_left_out(network, side):
    conversion = make_conversion(status="throttled", payout=1, revenue=2)
    url = f"{CONVERSIONS}/{conversion.uuid.hex}/payoutrevenue"
    assert network.put(url, json={side: 0.0001}).json() == TRUE
    after = Conversion.objects.get(pk=conversion.pk)
    amounts = {"payout": after.payout, "revenue": after.revenue}
    assert amounts == {"payout": 1, "revenue": 2} | {side: Decimal("0.0001")}


@pytest.mark.parametrize(
    "body",
    [
        {},
        {"payout": None, "revenue": None},
        {"payout": -1},
        {"payout": -0.0001},
        {"payout": 1.00001},
        {"payout": 1e12},
        {"payout": 1e400},
        {"revenue": "4.25"},
        {"revenue": True},
        {"revenue": [1]},
        {"payout": 10**40},
    ],
)
def test_negative_and_absurd_amounts_are_refused(network, body):
    conversion = make_conversion(status="approved")
    url = f"{CONVERSIONS}/{conversion.uuid.hex}/payoutrevenue"
    content = str(body).replace("'", '"').replace("None", "null").replace("True", "true")
    content = content.replace("inf", "1e400")
    refused(network.put(url, content=content, headers={"Content-Type": "application/json"}), 400)
    assert Conversion.objects.get(pk=conversion.pk).version == 1


@pytest.mark.parametrize(
    "state", [{"status": "rejected"}, {"status": "pending"}, {"status": "invalid"}]
)
def test_only_approved_and_throttled_ones_have_their_amounts_changed(network, state):
    conversion = make_conversion(**state)
    url = f"{CONVERSIONS}/{conversion.uuid.hex}/payoutrevenue"
    refused(network.put(url, json={"payout": 4.25}), 400)
    assert Conversion.objects.get(pk=conversion.pk).payout == conversion.payout


def test_locked_ones_amounts_stay(network):
    conversion = make_conversion(status="approved", locked=True)
    for path, body in (("payoutrevenue", {"payout": 1}), ("saleamount", {"sale_amount": 1})):
        url = f"{CONVERSIONS}/{conversion.uuid.hex}/{path}"
        assert "locked" in refused(network.put(url, json=body), 400)
    assert Conversion.objects.get(pk=conversion.pk).version == 1


@pytest.mark.parametrize("method", ["PUT", "PATCH"])
def test_the_example_sets_the_sale_amount_alone(network, method):
    offer = make_offer(rates={"payout_percent": 10, "revenue_percent": 20})
    conversion = make_conversion(offer=offer, status="rejected", sale_amount=100)
    url = f"{CONVERSIONS}/{conversion.uuid.hex}/saleamount"
    assert network.request(method, url, json={"sale_amount": 199.99}).json() == TRUE
    after = Conversion.objects.get(pk=conversion.pk)
    assert after.sale_amount == Decimal("199.99")
    assert (after.payout, after.revenue) == (conversion.payout, conversion.revenue)


def test_an_invalid_ones_sale_amount_stays(network):
    conversion = make_conversion(status="invalid")
    url = f"{CONVERSIONS}/{conversion.uuid.hex}/saleamount"
    refused(network.put(url, json={"sale_amount": 1}), 400)


@pytest.mark.parametrize("path", ["payoutrevenue", "saleamount", "notes"])
@pytest.mark.parametrize("conversion_id", ["0" * 32, "no-id", "1"])
def test_an_unknown_conversion_is_404(network, path, conversion_id):
    body = {"payout": 1, "sale_amount": 1, "notes": ""}
    refused(network.put(f"{CONVERSIONS}/{conversion_id}/{path}", json=body), 404)


@pytest.mark.parametrize("content", ["{", "[]", "null", '"x"', '{"conversion_ids": NaN}', "\xff"])
def test_bad_json_is_refused(network, content):
    headers = {"Content-Type": "application/json"}
    refused(network.patch(CONVERSIONS, content=content.encode("latin-1"), headers=headers), 400)
