"""A conversion's history over HTTP."""

import pytest

from conversions.models import Conversion
from convertr.audit.context import acting, recorded
from tests.factories import make_conversion, make_reason
from tests.http_api.asking import NETWORK, PARTNER

pytestmark = pytest.mark.django_db


@pytest.fixture
def changed(agency, partner):
    make_reason("fraud", "Fraudulent")
    conversion = make_conversion(partner=partner, note="")
    rows = Conversion.objects.filter(pk=conversion.pk)
    with acting(agency, channel="csv", job_id=77), recorded():
        rows.update(status="rejected", reason_code="fraud", revenue=9, version=2)
    with acting(agency, channel="api"), recorded():
        rows.update(note="internal", locked=True, payout=3, sale_amount=8, version=3)
    with acting(agency, channel="page"), recorded():
        rows.update(note="more")
    return conversion


def test_the_network_reads_who_how_and_what(network, changed):
    answer = network.call("GET", f"{NETWORK}/{changed.uuid.hex}/history").json()
    assert answer["conversion_id"] == changed.uuid.hex
    noted, priced, rejected, made = answer["history"]
    assert noted["changes"] == [{"field": "notes", "before": "internal", "after": "more"}]
    assert sorted(change["field"] for change in priced["changes"]) == [
        "is_locked",
        "notes",
        "payout",
        "sale_amount",
    ]
    found = {c["field"]: (c["before"], c["after"]) for c in priced["changes"]}
    assert found["payout"] == (4.0, 3.0)
    assert found["sale_amount"] == (None, 8.0)
    assert found["is_locked"] == (False, True)
    assert (rejected["who"], rejected["channel"], rejected["job_id"]) == ("Ada Agency", "csv", 77)
    assert rejected["reason"] == "Fraudulent"
    assert {"field": "status", "before": "pending", "after": "rejected"} in rejected["changes"]
    assert (made["changes"], made["reason"], made["channel"]) == ([], "", "system")
    assert all(isinstance(entry["unix_timestamp"], int) for entry in answer["history"])


def test_a_partner_reads_its_side(affiliate, changed):
    history = affiliate.call("GET", f"{PARTNER}/{changed.uuid.hex}/history").json()["history"]
    priced, rejected, made = history  # the note alone is none of its business
    assert priced["changes"] == [
        {"field": "revenue", "before": 4.0, "after": 3.0},
        {"field": "sale_amount", "before": None, "after": 8.0},
    ]
    assert [change["field"] for change in rejected["changes"]] == ["status", "reason_code"]
    assert rejected["reason"] == "Fraudulent"
    assert {(e["who"], e["channel"], e["job_id"]) for e in history} == {("The network", "", None)}
    assert made["changes"] == []


def test_what_the_api_changes_is_in_it(network):
    conversion = make_conversion()
    body = {"conversion_ids": [conversion.uuid.hex], "conversion_status": "approved"}
    job = network.call("PATCH", NETWORK, body)["X-Job-Id"]
    newest = network.call("GET", f"{NETWORK}/{conversion.uuid.hex}/history").json()["history"][0]
    assert (newest["channel"], newest["job_id"]) == ("api", int(job))
    assert newest["changes"] == [{"field": "status", "before": "pending", "after": "approved"}]
