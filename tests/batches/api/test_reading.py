"""What waits, what was sent, and the file, over HTTP."""

import csv
import io
from datetime import date

import pytest
from django.core.files.storage import default_storage
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from batches import claiming
from batches.models import Batch, Integration
from tests.batches.kit import make_integration, make_waiting, now_due, set_leads, work
from tests.factories import make_user
from tests.http_api.conftest import Caller
from tests.leads.api.kit import V4, refused
from tests.leads.kit import make_lead_campaign

pytestmark = pytest.mark.django_db
MANAGER, BATCHES = f"{V4}/batch-manager", f"{V4}/campaign-lead-batches"
UNKNOWN = 10**12


def ids(caller, path):
    answer = caller.call("GET", path)
    assert answer.status_code == 200, answer.content
    return [one["id"] for one in answer.json()["hydra:member"]]


def sent(integration, count=2):
    """A batch of that many leads that was sent."""
    leads = make_waiting(count, integration)
    now_due(integration)
    work()
    batch = Batch.objects.latest("pk")
    assert (batch.state, batch.leads) == ("sent", count)
    return batch, leads


# --- what waits ---


def test_the_integrations_that_leads_wait_for(network, integration):
    Integration.objects.update(label="Shop")
    campaign = integration.campaign
    campaign.ends_on = date(2099, 12, 31)
    campaign.save()
    make_waiting(3, integration)
    make_integration()  # nothing waits for it

    answer = network.call("GET", MANAGER)

    assert (answer.status_code, answer["Content-Type"]) == (200, "application/ld+json")
    told = answer.json()
    assert told["hydra:totalItems"] == 1
    assert told["hydra:member"] == [
        {
            "@id": f"{MANAGER}/{integration.pk}",
            "@type": "BatchManager",
            "id": integration.pk,
            "label": "Shop",
            "kind": "default",
            "active": True,
            "advertiser": {"id": campaign.advertiser_id, "name": campaign.advertiser.name},
            "campaign": {"id": campaign.pk, "name": campaign.name, "endDate": "2099-12-31"},
            "leads": 3,
            "schedule": "Every day at 08:00 (UTC)",
            "nextRun": integration.next_due_at.isoformat(),
        }
    ]


def test_nothing_waits(network, integration):
    told = network.call("GET", MANAGER).json()

    assert (told["hydra:member"], told["hydra:totalItems"]) == ([], 0)
    assert ids(network, f"{MANAGER}/{integration.pk}/leads") == []
    assert ids(network, BATCHES) == []


def test_the_same_filters_for_both(network, memory, subtests):
    mine = make_integration(make_lead_campaign(name="Solar advice"), label="Depot north")
    other = make_integration(make_lead_campaign(name="Car insurance"), label="Shop")
    for one in (mine, other):
        sent(one, 1)
        make_waiting(1, one)
    campaign = mine.campaign
    for query, found in (
        (f"advertiser.id={campaign.advertiser_id}", True),
        (f"advertiser.name={campaign.advertiser.name}", True),
        (f"campaign.id={campaign.pk}", True),
        ("campaign.name=solar", True),
        ("label=NORTH", True),
        (f"label=north&campaign.id={other.campaign_id}", False),
        (f"campaign.id={UNKNOWN}", False),
        ("label=%25", False),
    ):
        with subtests.test(query):
            assert ids(network, f"{MANAGER}?{query}") == [mine.pk] * found
            batches = ids(network, f"{BATCHES}?{query}")
            assert batches == [mine.batches.get().pk] * found
    assert ids(network, f"{MANAGER}?label=") == [other.pk, mine.pk]


def test_what_is_no_filter(network, subtests):
    for path in (MANAGER, BATCHES):
        for query in ("campaign.id=x", "advertiser.id=-1", "label=%00", f"label={'x' * 256}"):
            with subtests.test(f"{path}?{query}"):
                refused(network.call("GET", f"{path}?{query}"), 400)
    refused(network.call("GET", f"{BATCHES}?state=lost"), 400)


def test_the_leads_that_wait_as_the_file_would_have_them(network, integration):
    first, second, third = make_waiting(3, integration)
    set_leads([second], status="invalid")

    answer = network.call("GET", f"{MANAGER}/{integration.pk}/leads").json()

    assert answer["hydra:totalItems"] == 2
    assert answer["hydra:member"][0] == {
        "@id": f"{V4}/leads/{first.pk}",
        "@type": "BatchLead",
        "id": first.pk,
        "leadData": [
            {"name": "ID", "value": str(first.pk)},
            {"name": "E-mail", "value": first.data["email"]},
            {"name": "City", "value": "London"},
        ],
    }
    assert answer["hydra:member"][1]["id"] == third.pk


def test_pages_neither_overlap_nor_skip_while_leads_arrive_and_leave(network, integration):
    leads = make_waiting(5, integration)
    path = f"{MANAGER}/{integration.pk}/leads?itemsPerPage=2"

    first = network.call("GET", path).json()
    assert first["hydra:totalItems"] == 5
    assert first["hydra:view"]["hydra:next"] == f"{path}&page=2"
    set_leads(leads[:1], status="test")
    make_waiting(1, integration)
    found = [one["id"] for one in first["hydra:member"]]
    for page in (2, 3, 4):
        found += ids(network, f"{path}&page={page}")

    assert found == [lead.pk for lead in leads]


# --- what was sent ---


def test_what_was_sent(network, integration):
    batch, _leads = sent(integration)

    [told] = network.call("GET", BATCHES).json()["hydra:member"]

    campaign = integration.campaign
    assert told == {
        "@id": f"{BATCHES}/{batch.pk}",
        "@type": "CampaignLeadBatch",
        "id": batch.pk,
        "label": "Shop",
        "advertiser": {"id": campaign.advertiser_id, "name": campaign.advertiser.name},
        "campaign": {"id": campaign.pk, "name": campaign.name, "endDate": None},
        "leads": 2,
        "sentTs": batch.sent_at.isoformat(),
        "state": "sent",
        "name": batch.name,
        "size": batch.size,
        "sha256": batch.sha256,
    }


def test_states(network, memory):
    found = {}
    for state in ("claimed", "sent", "held", "failed", "cancelled"):
        integration = make_integration()
        found[state] = Batch.objects.create(
            integration=integration,
            due_at="2026-01-01T00:00Z",
            frozen=claiming.frozen(integration),
            state=state,
        ).pk

    assert ids(network, BATCHES) == [found["sent"]]
    assert ids(network, f"{BATCHES}?state=open") == [found["claimed"]]
    assert ids(network, f"{BATCHES}?state=held") == [found["held"]]
    assert sorted(ids(network, f"{BATCHES}?state=any")) == sorted(found.values())


def test_the_leads_that_were_sent_are_as_they_were(network, integration):
    batch, [first, second] = sent(integration)
    Integration.objects.update(fields=[["Mail", "field:email"]])
    set_leads([first], data={}, deleted_at="2026-11-01T00:00Z")
    path = f"{BATCHES}/{batch.pk}/leads"

    answer = network.call("GET", f"{path}?itemsPerPage=1").json()

    assert answer["hydra:totalItems"] == 2
    [told] = answer["hydra:member"]
    assert told["id"] == first.pk
    assert told["leadData"][1] == {"name": "E-mail", "value": first.data["email"]}
    assert ids(network, f"{path}?itemsPerPage=1&page=2") == [second.pk]
    assert ids(network, f"{path}?itemsPerPage=1&page=3") == []
    assert ids(network, f"{path}?page={10**15 - 1}") == []


def test_what_retention_has_removed_is_not_told(network, integration):
    batch, _leads = sent(integration)
    batch.lines.all().delete()

    answer = network.call("GET", f"{BATCHES}/{batch.pk}/leads").json()
    assert (answer["hydra:member"], answer["hydra:totalItems"]) == ([], 0)


def test_the_file_is_what_was_sent_byte_for_byte(network, memory, integration):
    batch, leads = sent(integration)

    answer = network.call("GET", f"{BATCHES}/{batch.pk}/download")

    content = b"".join(answer.streaming_content)
    assert memory.files == {batch.name: content}
    assert answer["Content-Disposition"] == f'attachment; filename="{batch.name}"'
    assert answer["X-Content-Type-Options"] == "nosniff"
    rows = list(csv.reader(io.StringIO(content.decode())))
    assert [row[0] for row in rows[1:]] == [str(lead.pk) for lead in leads]


def test_a_file_that_is_not_there(network, integration):
    batch, _leads = sent(integration)
    path = f"{BATCHES}/{batch.pk}/download"
    default_storage.delete(batch.stored)
    assert "not there" in refused(network.call("GET", path), 404)
    Batch.objects.update(stored="")
    assert "not there" in refused(network.call("GET", path), 404)


# --- by whom, and what isn't there ---


def paths_of(pk):
    return [
        MANAGER,
        BATCHES,
        f"{MANAGER}/{pk}/leads",
        f"{BATCHES}/{pk}/leads",
        f"{BATCHES}/{pk}/download",
    ]


def test_unknown_ids(network, subtests):
    for pk in (0, UNKNOWN, 2**63 - 1):
        for path in paths_of(pk)[2:]:
            with subtests.test(path):
                refused(network.call("GET", path), 404)
    for pk in (2**63, "x", "-1"):
        for path in paths_of(pk)[2:]:
            with subtests.test(path):
                refused(network.call("GET", path), 400)


def test_who_may_not_see_leads_reads_nothing(affiliate, agency, integration, subtests):
    batch, _leads = sent(integration)
    nobody = Caller(make_user(permissions=["batches.batch_now"]))
    narrowed = Caller(agency, scopes=["conversions"])
    for path in [*paths_of(batch.pk), f"{MANAGER}/{integration.pk}/leads"]:
        with subtests.test(path):
            for caller in (affiliate, nobody, narrowed):
                refused(caller.call("GET", path), 403)
            refused(Client().get(path), 401)


@pytest.mark.parametrize("path", [MANAGER, BATCHES])
def test_many_ask_the_database_no_more_than_one(network, memory, path):
    asked = []
    for number in (1, 2, 3):
        integration = make_integration()
        sent(integration, 1)
        make_waiting(1, integration)
        with CaptureQueriesContext(connection) as queries:
            assert len(ids(network, path)) == number
        asked.append(len(queries))

    assert asked[1] == asked[2]
