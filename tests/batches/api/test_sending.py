"""POST /api/v4/batch-manager-batch-now: sent at once, or taken off the list."""

import pytest
from django.test import Client

from batches.models import Batch, Removal
from convertr.audit.models import Entry
from leads.models import LeadDelivery
from tests.batches.kit import make_integration, make_waiting, states, work
from tests.factories import make_user
from tests.http_api.conftest import Caller
from tests.leads.api.kit import NAME, V4, refused

pytestmark = pytest.mark.django_db
PATH = f"{V4}/batch-manager-batch-now"


def post(caller, integration, headers=None, **body):
    asked = {"batchIntegrationId": integration.pk, "signature": NAME, **body}
    return caller.call("POST", PATH, asked, **(headers or {}))


def test_what_waits_is_sent_at_once(network, agency, memory, integration):
    make_waiting(3, integration)

    answer = post(network, integration)

    batch = Batch.objects.get()
    assert answer.status_code == 202
    assert answer.json() == {"batchId": batch.pk, "status": "queued", "leads": 3}
    assert (batch.at_once, batch.requested_by) == (True, agency)
    entry = Entry.objects.get(action="batch.sent_now")
    assert entry.details["severity"] == "high"
    work()
    assert list(memory.files) == [batch.name]
    assert states() == ["sent"] * 3


def test_leads_are_taken_off_the_list_instead(network, memory, integration):
    first, second, third = make_waiting(3, integration)
    wanted = [third.pk, 10**12, first.pk, third.pk]

    answer = post(network, integration, removeLeadIds=wanted)

    assert (answer.status_code, answer.json()) == (200, {"removed": 2, "notFound": [10**12]})
    assert set(Removal.objects.values_list("reason", flat=True)) == {"Removed through the API"}
    again = post(network, integration, removeLeadIds=[first.pk, second.pk], reason="They called")
    assert again.json() == {"removed": 1, "notFound": [first.pk]}
    assert Removal.objects.get(lead_id=second.pk).reason == "They called"
    assert not Batch.objects.exists()
    assert states() == ["removed"] * 3
    assert "No lead waits" in refused(post(network, integration), 409)


def test_another_integrations_leads_stay(network, integration):
    other = make_integration()
    [lead] = make_waiting(1, other)

    answer = post(network, integration, removeLeadIds=[lead.pk])

    assert answer.json() == {"removed": 0, "notFound": [lead.pk]}
    assert states(other) == ["queued"]


def test_what_is_not_signed_does_nothing(network, integration, subtests):
    [lead] = make_waiting(1, integration)
    for signature in ("", "Somebody Else", None, 7):
        for more in ({}, {"removeLeadIds": [lead.pk]}):
            with subtests.test(f"{signature} {more}"):
                refused(post(network, integration, signature=signature, **more), 400)
    refused(network.call("POST", PATH, {"batchIntegrationId": integration.pk}), 400)
    assert (Batch.objects.count(), states()) == (0, ["queued"])


def test_wrong_bodies_do_nothing(network, integration, subtests):
    make_waiting(1, integration)
    for changes in (
        {"batchIntegrationId": None},
        {"batchIntegrationId": "7"},
        {"batchIntegrationId": True},
        {"batchIntegrationId": 0},
        {"batchIntegrationId": 2**63},
        {"removeLeadIds": []},
        {"removeLeadIds": None},
        {"removeLeadIds": 7},
        {"removeLeadIds": ["7"]},
        {"removeLeadIds": [1.5]},
        {"removeLeadIds": list(range(1, 10_002))},
        {"removeLeadIds": [7], "reason": "x" * 256},
        {"removeLeadIds": [7], "reason": "a\x00"},
        {"removeLeadIds": [7], "reason": None},
    ):
        with subtests.test(str(changes)[:60]):
            refused(post(network, integration, **changes), 400)
    for body in ([], "x", None):
        refused(network.call("POST", PATH, body), 400)
    assert (Batch.objects.count(), states()) == (0, ["queued"])


def test_ten_thousand_ids_are_few_enough(network, integration):
    [lead] = make_waiting(1, integration)
    rest = range(10**9, 10**9 + 9_999)

    answer = post(network, integration, removeLeadIds=[lead.pk, *rest])

    assert answer.json() == {"removed": 1, "notFound": list(rest)}


def test_what_cant_be_sent_now(network, memory, integration):
    refused(post(network, integration), 409)
    make_waiting(1, integration)
    assert post(network, integration).status_code == 202
    told = post(network, integration)
    assert "under way" in refused(told, 409)
    assert told.json()["type"] == "urn:convertr:error:busy"
    realtime = make_integration(kind="realtime")
    assert "no batch" in refused(post(network, realtime), 409)
    unknown = make_integration()
    unknown.pk = 10**12
    refused(post(network, unknown), 404)


def test_the_same_call_again_is_done_once(network, memory, integration):
    make_waiting(1, integration)
    key = {"headers": {"Idempotency-Key": "now-1"}}

    first, second = (post(network, integration, **key) for _ in range(2))

    assert (first.status_code, first.content) == (second.status_code, second.content)
    assert second["Idempotent-Replayed"] == "true"
    assert Batch.objects.count() == 1
    refused(post(network, integration, reason="another body", **key), 409)


def test_who_may_not_send(affiliate, agency, integration, subtests):
    [lead] = make_waiting(1, integration)
    reader = Caller(make_user(full_name=NAME, permissions=["leads.view_leads"]))
    blind = Caller(make_user(full_name=NAME, permissions=["batches.batch_now"]))
    narrowed = Caller(agency, scopes=["read"])
    for more in ({}, {"removeLeadIds": [lead.pk]}):
        for caller in (affiliate, reader, blind, narrowed):
            with subtests.test(f"{caller.key.user} {more}"):
                refused(post(caller, integration, **more), 403)
        refused(Client().post(PATH, more, "application/json"), 401)
    assert (Batch.objects.count(), states()) == (0, ["queued"])
    assert LeadDelivery.objects.get().state == "queued"
