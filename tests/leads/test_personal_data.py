"""What a lead's person has told is in no log line, address, history or job; deleted is gone."""

import json
import logging

import pytest
from django.db import connection
from django.db.utils import IntegrityError

from convertr.jobs import services as jobs
from convertr.jobs.models import Job
from convertr.logs import JsonFormatter
from convertr.ui.models import Notification
from leads.models import Lead, LeadEvent, LeadRun
from leads.processing import batch, queue
from tests.factories import run_job
from tests.http_api.conftest import Caller
from tests.leads.kit import ADA, again, bring, done, make_lead, make_lead_campaign, verify
from tests.leads.kit_pages import LIST, shown, url

pytestmark = pytest.mark.django_db
TOLD = ("lovelace", "analytical.org", "79460018")


def told_in(text):
    return [word for word in TOLD if word in str(text).casefold()]


@pytest.fixture
def logged(caplog):
    """Every line that was logged, as it is written."""
    caplog.set_level(logging.DEBUG)
    yield
    for record in caplog.records:
        # What the tests' own settings log of SQL is not logged anywhere else.
        if record.name != "django.db.backends":
            assert told_in(JsonFormatter().format(record)) == [], record.name


def test_no_line_is_logged_with_it_whatever_goes_wrong(
    logged, agency, sign_in, campaign, monkeypatch
):
    """Intake, a rule that raises, a batch that can't be written, a chunk that fails, pages."""
    caller, client = Caller(agency), sign_in(agency)
    body = {"campaign": {"id": campaign.pk}, "leadData": [{"name": "nonsense", "value": ADA}]}
    caller.call("POST", "/api/v4/leads", body)
    [lead] = bring(campaign)

    def refused(*_args, **_more):
        text = f"null value\nDETAIL:  Failing row contains ({lead.pk}, {json.dumps(ADA)})."
        raise IntegrityError(text)

    with monkeypatch.context() as patch:
        patch.setattr(batch, "_write", refused)
        queue.process()
        job = verify(agency, "reprocess", [lead])
        jobs.confirm(actor=agency, job=job, data={"confirm": "1"})
        assert run_job(job).counts == {"failed": 1}
    assert again(lead).processing == "failed"
    client.get(url(lead))
    client.post(LIST, {"act": "search", "text": "Lovelace"})
    client.post(LIST, {"act": "search", "text": ADA["telephone"]})


def test_no_address_holds_what_was_searched_for(agency, sign_in, campaign):
    lead, client = make_lead(campaign), sign_in(agency)
    for text in ("Lovelace", ADA["email"], ADA["telephone"], "+44 20 7946 0018"):
        answer = client.post(LIST, {"act": "search", "text": text})

        assert answer.status_code == 302
        assert told_in(answer.url) == []
        assert shown(client, answer.url.partition("?")[2]) == {lead.pk}


def test_history_jobs_runs_and_the_bell_hold_none_of_it(agency, campaign):
    lead = make_lead(campaign)
    done(agency, "invalid", [lead])
    done(agency, "reprocess", [again(lead)])

    for model in (LeadEvent, LeadRun, Job, Notification):
        for row in model.objects.values():
            assert told_in(row) == [], model
    for row in Job.objects.get(kind="leads.reprocess").rows.values():
        assert told_in(row) == []


def test_no_error_of_a_rule_repeats_a_value(agency):
    campaign = make_lead_campaign(
        transforms=[("regex_replace", "city", {"pattern": "(a+)+$", "replacement": ""})]
    )
    lead = make_lead(campaign, {"city": "a" * 4_000 + "!"})

    assert lead.processing == "failed"
    assert "aaa" not in LeadRun.objects.get(lead=lead).error


def test_a_deleted_lead_is_in_no_list_count_export_or_answer(agency, sign_in, campaign):
    """Wherever the other one is found."""
    gone, there = make_lead(campaign), make_lead(campaign, {"email": "there@analytical.org"})
    done(agency, "delete", [gone])
    client, caller = sign_in(agency), Caller(agency)

    assert shown(client, "range=any") == {there.pk}
    assert client.get(url(gone)).status_code == 404
    counted = client.get(f"{LIST}?part=count&range=any").text
    assert "1" in counted
    assert "2" not in counted
    rows = client.post(LIST, {"act": "export", "format": "csv", "query": "range=any"})
    lines = b"".join(rows.streaming_content).decode().strip().splitlines()
    assert len(lines) == 2
    listed = caller.call("GET", "/api/v4/leads").json()
    assert (listed["hydra:totalItems"], len(listed["hydra:member"])) == (1, 1)
    assert caller.call("GET", f"/api/v4/leads/{gone.pk}").status_code == 404
    asked = caller.call("POST", "/api/v4/is-lead-delivered", {"leadIds": [gone.pk, there.pk]})
    assert [one["found"] for one in asked.json()["leads"]] == [False, True]
    assert verify(agency, "test", [gone]).counts == {"not_found": 1}
    assert Lead.objects.count() == 2
    with connection.cursor() as cursor:
        cursor.execute("SELECT count(*) FROM leads_lead WHERE deleted_at IS NULL")
        assert cursor.fetchone() == (1,)
