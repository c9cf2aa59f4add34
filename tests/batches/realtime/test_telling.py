"""What is told of a lead that becomes valid, once, and what nobody may see."""

import json
import logging
from urllib.parse import parse_qsl

import pytest

from batches import vault
from batches.models import Call, Credential, Integration
from batches.realtime import calling
from leads.models import Lead, LeadEvent
from tests.batches.kit import FIELDS, make_waiting, set_leads, states
from tests.batches.realtime.kit import SECRET, called, keys, make_realtime
from tests.leads.kit import done

pytestmark = pytest.mark.django_db


def test_a_lead_that_becomes_valid_is_told_once_and_delivered(sink):
    integration = make_realtime(sink, "/200?shop=7")
    [lead], call = called(integration)
    assert calling.run() == 0

    [got] = sink.received
    assert (got.method, got.path, got.query) == ("POST", "/200", {"shop": "7"})
    assert got.headers["Content-Type"] == "application/json"
    assert got.headers["Idempotency-Key"] == str(call.key)
    said = {"ID": str(lead.pk), "E-mail": lead.data["email"], "City": "London"}
    assert json.loads(got.body) == said
    assert (call.state, call.outcome, call.attempts) == ("sent", "delivered", 1)
    attempt = call.tries.get()
    assert (attempt.outcome, attempt.status, attempt.repeat) == ("delivered", 200, False)
    assert states() == ["sent"]
    lead = Lead.objects.get()
    assert lead.is_billable
    assert lead.first_delivered_at
    event = LeadEvent.objects.get(delivered=True)
    assert event.pgh_context.metadata["channel"] == "system"


def test_as_a_form_by_put(sink):
    integration = make_realtime(sink, method="PUT", body="form")
    leads = make_waiting(1, integration)
    set_leads(leads, data={"email": "ada&b=c@analytical.org", "city": "Zürich é"})
    calling.run()

    [got] = sink.received
    assert got.method == "PUT"
    assert got.headers["Content-Type"] == "application/x-www-form-urlencoded"
    assert parse_qsl(got.body.decode())[1:] == [
        ("E-mail", "ada&b=c@analytical.org"),
        ("City", "Zürich é"),
    ]


def test_the_mapping_of_the_moment_counts(sink):
    integration = make_realtime(sink)
    make_waiting(1, integration)
    Integration.objects.update(fields=[["Mail", "field:email"]])
    calling.run()

    assert list(json.loads(sink.received[0].body)) == ["Mail"]


def test_leads_flagged_valid_to_it_by_a_person_go_too(sink, agency):
    integration = make_realtime(sink)
    Integration.objects.update(active=False)
    [lead] = make_waiting(1, integration)
    assert calling.run() == 0
    Integration.objects.update(active=True)

    done(agency, "valid", [lead], integrations=[integration.pk])
    assert calling.run() == 1
    done(agency, "valid", [lead], integrations=[integration.pk])
    assert calling.run() == 0


def test_a_lead_in_another_round_is_another_call(sink, agency):
    integration = make_realtime(sink)
    [lead], _call = called(integration)
    done(agency, "undelivered", [lead])
    done(agency, "reprocess", [lead])

    assert calling.run() == 1
    assert len(set(keys(sink))) == 2


# --- what may not be seen ---


@pytest.mark.parametrize("path", ["/200", "/500", "/hang", "/410"])
def test_the_credential_goes_along_and_stands_nowhere(sink, caplog, path):
    caplog.set_level(logging.DEBUG)
    credential = Credential.objects.create(
        name="Shop",
        kind="http_header",
        ciphertext=vault.seal({"header": f"Authorization: Bearer {SECRET}"}),
    )
    [lead], call = called(make_realtime(sink, path, credential=credential))

    assert sink.received[0].headers["Authorization"] == f"Bearer {SECRET}"
    kept = [*Call.objects.values(), *call.tries.values(), *Integration.objects.values()]
    for text in (caplog.text, str(kept)):
        assert SECRET not in text
        assert lead.data["email"] not in text


def test_what_cant_be_opened_is_not_called(sink, caplog):
    credential = Credential.objects.create(name="Shop", kind="http_header", ciphertext=b"lost")
    [_lead], call = called(make_realtime(sink, credential=credential))

    assert sink.received == []
    assert call.state == "failed"
    assert "vault_key_missing" in caplog.text


def test_a_fault_of_ours_is_unknown_and_names_no_lead(sink, caplog, monkeypatch):
    async def broken(self, *args, content, **kwargs):
        raise RuntimeError(content)

    monkeypatch.setattr(calling.Client, "send", broken)
    [lead], call = called(make_realtime(sink))

    assert (call.state, call.outcome, states()) == ("waiting", "error", ["sending"])
    assert "RuntimeError" in caplog.text
    assert lead.data["email"] not in caplog.text
    assert FIELDS[1][0] not in caplog.text
