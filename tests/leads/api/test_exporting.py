"""POST /api/v4/global-leads-export: a job, and its file."""

import csv
import io

import pytest
from django.test import Client

from convertr.accounts.models import Scope
from convertr.jobs.models import Job
from tests.factories import make_user
from tests.http_api.conftest import Caller
from tests.leads.api.kit import V4, end, refused
from tests.leads.kit import make_lead, make_lead_campaign

pytestmark = pytest.mark.django_db
EXPORT = f"{V4}/global-leads-export"
BODY = {"columns": ["id", "leadHash", "status", "email"], "conditions": {}}


def ask(caller, **changes):
    return caller.call("POST", EXPORT, {**BODY, **changes})


def test_a_file_of_what_was_asked_for(network, campaign, agency2):
    other, gone = (
        make_lead(make_lead_campaign()),
        make_lead(campaign, deleted_at="2026-01-01T00:00:00Z"),
    )
    wanted = [make_lead(campaign, {"email": f"{n}@a.org"}) for n in range(2)]
    answer = ask(network, conditions={"campaign.id": campaign.pk, "status": ["valid"]})

    assert answer.status_code == 202
    path = f"/api/v4/jobs/{answer.json()['jobId']}"
    assert (list(answer.json()), answer["Location"]) == (["jobId", "status"], path)
    refused(network.call("GET", f"{path}/output"), 404)
    assert end(answer).state == "done"
    file = network.call("GET", f"{path}/output")
    assert (file.status_code, file["Content-Type"]) == (200, "text/csv")
    text = b"".join(file.streaming_content).decode("utf-8-sig")
    rows = list(csv.reader(io.StringIO(text)))
    assert len(rows) == 3
    assert {row[0] for row in rows[1:]} == {str(lead.pk) for lead in wanted}
    assert {row[3] for row in rows[1:]} == {"0@a.org", "1@a.org"}
    assert not {str(other.pk), str(gone.pk)} & {row[0] for row in rows}
    # For who asked only.
    refused(Caller(agency2).call("GET", f"{path}/output"), 404)


def test_what_is_no_export(network, campaign, subtests):
    for changes in (
        {"columns": []},
        {"columns": ["nonsense"]},
        {"columns": "id"},
        {"columns": ["a\x00"]},
        {"conditions": []},
        {"conditions": {"nonsense": 1}},
        {"conditions": {"campaign.id": 1.5}},
        {"conditions": {"campaign.id": 7_000_000}},
        {"conditions": {"status": {"a": 1}}},
        {"conditions": {"campaign.id": [campaign.pk] * 1_001}},
        {"conditions": {"status": ["valid"] * 1_001}},
        {"conditions": {"delivered": 1}},
        {"conditions": {"createdTs[after]": 7}},
        {"conditions": {"createdTs[after]": "yesterday"}},
    ):
        with subtests.test(str(changes)):
            refused(ask(network, **changes), 400)
    assert not Job.objects.exists()


def test_what_a_condition_names_twice_is_kept_once(network, campaign):
    ask(network, conditions={"campaign.id": [campaign.pk] * 1_000, "status": ["valid", "valid"]})
    kept = Job.objects.get().parameters["conditions"]
    assert kept == {"campaign": [campaign.pk], "status": ["valid"]}


def test_who_may(affiliate, agency, campaign):
    refused(ask(affiliate), 403)
    refused(ask(Caller(make_user())), 403)
    refused(ask(Caller(agency, scopes=[Scope.LEADS])), 403)
    refused(Client().post(EXPORT, BODY, "application/json"), 401)
    assert ask(Caller(agency, scopes=[Scope.READ])).status_code == 202
