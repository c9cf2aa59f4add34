"""GET /api/v4/leads, one of them, and whether they are delivered."""

import json
from datetime import UTC, datetime, timedelta
from urllib.parse import urlencode

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from convertr.accounts.models import Scope
from tests.factories import make_user
from tests.http_api.conftest import Caller
from tests.leads.api.kit import V4, act, end, refused
from tests.leads.kit import ADA, make_lead, make_lead_campaign, make_leads

pytestmark = pytest.mark.django_db
LEADS, DELIVERED = f"{V4}/leads", f"{V4}/is-lead-delivered"
NOON = datetime(2026, 3, 10, 12, tzinfo=UTC)


def asked(caller, path=LEADS, **query):
    answer = caller.call("GET", f"{path}?{urlencode(query)}" if query else path)
    assert answer.status_code == 200, answer.content
    return answer.json()


def ids(collection):
    return [member["id"] for member in collection["hydra:member"]]


def pks(*leads):
    return [lead.pk for lead in leads]


def test_a_lead_as_the_specification_has_it(network, campaign, partner):
    lead = make_lead(
        campaign,
        partner=partner,
        status="valid",
        score="87.50",
        created_at=NOON,
        updated_at=NOON + timedelta(hours=1),
        replacement="replacement",
        reason_code="verified",
    )
    record = asked(network, f"{LEADS}/{lead.pk}")

    assert record == {
        "@id": f"/api/v4/leads/{lead.pk}",
        "@type": "Lead",
        "id": lead.pk,
        "leadHash": str(lead.hash),
        "status": "valid",
        "processing": "complete",
        "delivered": False,
        "billable": True,
        "billableToAdvertiser": False,
        "score": "87.50",
        "hardfail": False,
        "campaign": {"id": campaign.pk, "name": "Solar Leads"},
        "advertiser": {"id": campaign.advertiser_id, "name": campaign.advertiser.name},
        "publisher": {"id": partner.pk, "name": "Clickwell Media"},
        "channel": "",
        "linkId": "",
        "otherReasonType": "replacement",
        "reason": "verified",
        "ownReason": "",
        "reasonCategory": "",
        "comment": "",
        "createdTs": "2026-03-10T12:00:00+00:00",
        "updatedTs": "2026-03-10T13:00:00+00:00",
        "firstDeliveredTs": None,
        # In the order of the campaign's fields.
        "leadData": [{"name": name, "value": value} for name, value in ADA.items()],
    }
    assert asked(network)["hydra:member"] == [record]


def test_one_that_is_not_processed(network, campaign):
    lead = make_lead(campaign, processed=False)
    record = asked(network, f"{LEADS}/{lead.pk}")

    told = [record[name] for name in ("status", "processing", "score", "billable")]
    assert told == ["", "queued", None, False]


def test_a_delivered_one(network, campaign):
    record = asked(network, f"{LEADS}/{make_lead(campaign, **_delivered()).pk}")

    assert record["firstDeliveredTs"] == NOON.isoformat()
    assert (record["delivered"], record["billableToAdvertiser"]) == (True, True)


def _delivered():
    return {"status": "valid", "delivered": True, "first_delivered_at": NOON}


def test_an_unknown_one_and_what_is_no_id(network):
    for lead_id in (7_000_000, 2**63 - 1, 0):
        assert refused(network.call("GET", f"{LEADS}/{lead_id}"), 404) == "Not found."
    for lead_id in ("x", "1.5", "-1", 2**63):
        refused(network.call("GET", f"{LEADS}/{lead_id}"), 400)


def test_deleted_leads_are_in_no_answer(network, campaign):
    gone, there = make_leads(2, campaign)
    end(act(network, "delete", [gone.pk]))

    assert ids(asked(network)) == [there.pk]
    assert asked(network)["hydra:totalItems"] == 1
    assert ids(asked(network, **{"updatedTs[after]": "2020-01-01"})) == [there.pk]
    refused(network.call("GET", f"{LEADS}/{gone.pk}"), 404)
    answer = network.call("POST", DELIVERED, {"leadIds": [gone.pk]}).json()
    assert answer == {"leads": [{"id": gone.pk, "found": False}]}
    assert act(network, "test", [gone.pk]).json()["accepted"] == 0


class TestFilters:
    @pytest.fixture
    def leads(self, campaign):
        """Made an hour after each other, the first at noon."""
        kinds = [{"status": "valid"}, {"status": "invalid"}, _delivered(), {"status": "test"}]
        other = make_lead_campaign()
        return [
            make_lead(other if n == 3 else campaign, created_at=NOON + timedelta(hours=n), **fields)
            for n, fields in enumerate(kinds)
        ]

    def test_each(self, network, leads, subtests):
        for query, places in (
            ({}, [3, 2, 1, 0]),
            ({"status": "invalid"}, [1]),
            ({"status": "valid", "delivered": "false"}, [0]),
            ({"delivered": "true"}, [2]),
            ({"delivered": "1"}, [2]),
            ({"createdTs[after]": "2026-03-10T13:00:00Z"}, [3, 2, 1]),
            ({"createdTs[before]": "2026-03-10T13:00:00+00:00"}, [1, 0]),
            ({"createdTs[after]": "2026-03-10T15:00:00+01:00"}, [3, 2]),
            ({"createdTs[after]": "2026-03-10", "createdTs[before]": "2026-03-10T12:30"}, [0]),
            ({"createdTs[after]": ""}, [3, 2, 1, 0]),
            ({"createdTs[after]": "2026-03-11"}, []),
        ):
            with subtests.test(str(query)):
                found = asked(network, **query)
                assert ids(found) == [leads[place].pk for place in places]
                assert found["hydra:totalItems"] == len(places)

    def test_a_plus_that_nobody_escaped(self, network, leads):
        answer = network.call("GET", f"{LEADS}?createdTs[after]=2026-03-10T15:00:00+01:00")

        assert ids(answer.json()) == pks(leads[3], leads[2])

    def test_by_campaign(self, network, leads, campaign):
        assert ids(asked(network, **{"campaign.id": campaign.pk})) == pks(*leads[2::-1])
        assert ids(asked(network, **{"campaign.id": 7_000_000})) == []

    def test_what_is_none(self, network, subtests):
        for query in (
            {"status": "nonsense"},
            {"delivered": "maybe"},
            {"campaign.id": "x"},
            {"campaign.id": 2**63},
            {"createdTs[after]": "yesterday"},
            {"createdTs[before]": "0001-01-01"},
            {"updatedTs[after]": "9999-12-31T23:59:59-12:00"},
            {"updatedTs[after]": "x" * 300},
            {"page": "0"},
            {"page": "x"},
            {"itemsPerPage": "-1"},
        ):
            with subtests.test(str(query)[:80]):
                refused(network.call("GET", f"{LEADS}?{urlencode(query)}"), 400)


@pytest.mark.django_db(transaction=True)
def test_what_was_changed_since_is_told_by_history(network, campaign):
    """Committed one after the other: an entry has the time at which its transaction begins."""
    first, second = make_leads(2, campaign)
    since = {"updatedTs[after]": timezone.now().isoformat()}
    assert ids(asked(network, **since)) == []
    end(act(network, "invalid", [first.pk]))

    assert ids(asked(network, **since)) == [first.pk]
    assert asked(network, **since)["hydra:totalItems"] == 1
    assert ids(asked(network, **since, status="valid")) == []
    new = make_lead(campaign)
    assert ids(asked(network, **since)) == [new.pk, first.pk]
    assert second.pk in ids(asked(network))


class TestPages:
    def test_they_neither_overlap_nor_skip_while_leads_arrive(self, network, campaign):
        there = make_leads(5, campaign)
        first = asked(network, itemsPerPage=2)
        make_leads(3, campaign)
        end(act(network, "invalid", pks(there[0])))
        found, path = ids(first), first["hydra:view"]["hydra:next"]
        while path:
            page = network.call("GET", path).json()
            found += ids(page)
            path = page["hydra:view"].get("hydra:next")

        assert sorted(found, reverse=True) == sorted(pks(*there), reverse=True)
        assert first["hydra:totalItems"] == 5

    def test_the_view_leads_to_the_others_and_keeps_the_filters(self, network, campaign):
        make_leads(5, campaign)
        found = asked(network, status="valid", itemsPerPage=2, page=2)

        where = f"{LEADS}?status=valid&itemsPerPage=2&page="
        assert found["hydra:view"] == {
            "@id": f"{where}2",
            "@type": "hydra:PartialCollectionView",
            "hydra:first": f"{where}1",
            "hydra:last": f"{where}3",
            "hydra:previous": f"{where}1",
            "hydra:next": f"{where}3",
        }
        assert (found["@id"], found["@type"]) == (LEADS, "hydra:Collection")

    def test_past_the_end_and_without_any(self, network, campaign):
        empty = asked(network)
        assert (empty["hydra:member"], empty["hydra:totalItems"]) == ([], 0)
        assert empty["hydra:view"]["hydra:last"] == f"{LEADS}?page=1"
        make_leads(2, campaign)
        assert ids(asked(network, page=9)) == []

    @pytest.mark.parametrize(("size", "shown"), [(None, 30), ("1", 1), ("2000", 31)])
    def test_thirty_unless_told(self, network, campaign, size, shown):
        make_leads(31, campaign)

        assert len(ids(asked(network, **({"itemsPerPage": size} if size else {})))) == shown

    def test_no_more_queries_for_more_leads(self, network, campaign):
        def queries(number):
            make_leads(number, campaign)
            with CaptureQueriesContext(connection) as seen:
                asked(network)
            return len(seen)

        # The first one writes what is kept of a listing.
        asked(network)
        assert queries(1) == queries(9)


@pytest.mark.parametrize(
    ("accept", "kind"),
    [
        ("*/*", "application/ld+json"),
        ("application/ld+json", "application/ld+json"),
        ("application/json", "application/json"),
        ("application/ld+json, application/json", "application/ld+json"),
    ],
)
def test_json_ld_unless_only_json_is_accepted(network, accept, kind):
    answer = network.call("GET", LEADS, Accept=accept)

    assert answer["Content-Type"] == kind
    assert json.loads(answer.content)["@context"]["hydra"].endswith("hydra/core#")


def test_is_lead_delivered(network, campaign):
    no, yes, was = (
        make_lead(campaign, **fields)
        for fields in ({}, _delivered(), {**_delivered(), "delivered": False})
    )
    answer = network.call("POST", DELIVERED, {"leadIds": [yes.pk, 7_000_000, no.pk, was.pk, no.pk]})

    assert answer.status_code == 200
    at = NOON.isoformat()
    assert answer.json() == {
        "leads": [
            {"id": yes.pk, "found": True, "delivered": True, "firstDeliveredTs": at},
            {"id": 7_000_000, "found": False},
            {"id": no.pk, "found": True, "delivered": False, "firstDeliveredTs": None},
            {"id": was.pk, "found": True, "delivered": False, "firstDeliveredTs": at},
        ]
    }


def test_what_is_no_list_of_ids(network):
    for asks in ({}, {"leadIds": []}, {"leadIds": ["1"]}, [1], {"leadIds": {}}):
        refused(network.call("POST", DELIVERED, asks), 400)
    too_many = {"leadIds": list(range(1, 10_002))}
    assert "10000" in refused(network.call("POST", DELIVERED, too_many), 400)


@pytest.mark.parametrize(
    ("method", "path", "body"),
    [
        ("GET", LEADS, None),
        ("GET", f"{LEADS}/1", None),
        ("POST", DELIVERED, {"leadIds": [1]}),
        ("GET", f"{V4}/lead-flag-reasons", None),
        ("GET", f"{V4}/lead-flag-reason-categories", None),
    ],
)
def test_who_may_read(client, affiliate, agency, method, path, body):
    refused(Caller(make_user()).call(method, path, body), 403)
    refused(affiliate.call(method, path, body), 403)
    refused(Caller(agency, scopes=[Scope.LEADS]).call(method, path, body), 403)
    refused(client.generic(method, path, json.dumps(body), "application/json"), 401)
    only = Caller(agency, scopes=[Scope.READ]).call(method, path, body)
    assert only.status_code in (200, 404)
