"""A lead's page and panel: data before and after, what the jobs said, history, deliveries."""

import pytest

from convertr.ui.registry import Panel, register_panel, registry
from leads.models import LeadDelivery, ProcessorJob
from leads.processing import queue
from tests.factories import make_user
from tests.leads.kit import again, bring, done, make_lead, make_lead_campaign
from tests.leads.kit_pages import BESIDE, setup_url, url

pytestmark = pytest.mark.django_db


@pytest.fixture
def client(agency, sign_in):
    return sign_in(agency)


@pytest.fixture
def campaign():
    return make_lead_campaign(
        transforms=[("title_case", "firstName")],
        jobs=[
            ("required", "email", {"score": 90}),
            ("list_allowed", "city", {"score": 10, "options": {"values": ["Paris"]}}),
        ],
    )


@pytest.fixture
def lead(campaign, partner):
    return make_lead(campaign, {"firstName": "ADA", "city": "<b>London</b>"}, partner=partner)


def test_data_stands_side_by_side_and_what_changed_is_marked(client, lead):
    answer = client.get(url(lead))
    values = {value.name: value for value in answer.context["values"]}

    assert (values["firstName"].received, values["firstName"].data) == ("ADA", "Ada")
    assert [name for name, value in values.items() if value.changed] == ["firstName"]
    assert answer.text.count("data-changed") == 1
    assert "&lt;b&gt;London&lt;/b&gt;" in answer.text
    assert "<b>London" not in answer.text


def test_each_job_says_what_it_said(client, lead):
    page = client.get(url(lead))
    [run] = page.context["runs"]

    assert [(v.job, v.field, v.passed, v.points) for v in run.verdicts] == [
        ("Required", "email", True, 90), ("List allowed", "city", False, 10),
    ]  # fmt: skip
    for words in ("the value is not in the list of allowed ones", "90 %", "Caution", "0 / 10"):
        assert words in page.text, words


def test_a_failed_rule_is_told_with_its_text(client):
    campaign = make_lead_campaign(jobs=[("regex", "city", {"options": {"pattern": "("}})])
    page = client.get(url(make_lead(campaign))).text
    assert "Processing failed." in page
    assert "Mend the campaign's rules" in page
    assert setup_url(campaign) in page
    # Of a job that is no more the name is told.
    ProcessorJob.objects.filter(campaign=campaign).update(kind="nonsense")
    assert "nonsense" in client.get(url(make_lead(campaign))).text


def test_on_hold_and_waiting_are_told(client, campaign):
    held = make_lead(make_lead_campaign(jobs=()))
    assert "On hold: its campaign has no processor job" in client.get(url(held)).text
    [waiting] = bring(campaign)
    assert "It is processed within seconds." in client.get(url(waiting)).text


def test_history_tells_who_when_why_and_by_which_job(client, lead, agency):
    job = done(agency, "invalid", [lead], reason="returned", own_reason="",
               category="wrong-number", comment="By telephone")  # fmt: skip
    done(agency, "replacement", [again(lead)], comment="For the first")
    done(agency, "reprocess", [again(lead)])
    page = client.get(url(lead))
    entries = page.context["timeline"]

    assert [str(entry.did) for entry in entries] == [
        "had it processed anew", "changed it", "flagged it", "processed it", "took it in",
    ]  # fmt: skip
    flagged = entries[2]
    assert (flagged.who, flagged.job_id) == ("Ada Agency", job.pk)
    assert flagged.why == ["Returned (Wrong number)", "By telephone"]
    assert [change.label for change in flagged.changes] == ["Status"]
    assert entries[1].why == ["For the first"]
    assert entries[3].who == "The system"
    assert f"/v2/jobs/{job.pk}" in page.text
    # Nothing in it is what the person has told.
    for value in ("Lovelace", "ada@analytical.org"):
        assert value not in str(entries)


def test_deliveries_are_told_by_integration_and_round(client, place):
    campaign = make_lead_campaign()
    integration = place.add(campaign, "To the shop")
    lead = make_lead(campaign)
    LeadDelivery.objects.create(lead=lead, integration=999, round=1, state="failed")
    page = client.get(url(lead))

    assert [(one.integration, one.round) for one in page.context["deliveries"]] == [
        ("To the shop", 1), ("Integration 999", 1),
    ]  # fmt: skip
    assert "Queued" in page.text
    assert integration.id in LeadDelivery.objects.values_list("integration", flat=True)


def test_reason_and_billing_are_facts(client, lead, agency):
    done(agency, "valid", [lead], own_reason="We called", comment="Twice")
    done(agency, "delivered", [again(lead)])
    facts = dict(fact for group in client.get(url(lead)).context["details"] for fact in group.facts)
    assert (facts["Reason"], facts["Comment"]) == ("We called", "Twice")
    assert (facts["Billable to advertiser"], facts["Billable to partner"]) == ("Yes", "Yes")


def test_the_panel_is_the_same_without_the_frame(client, lead):
    answer = client.get(url(lead), headers=BESIDE)
    assert "<html" not in answer.text
    assert "As transformed" in answer.text
    assert "HX-Target" in answer["Vary"]


@pytest.mark.parametrize("number", ["0", "999999999999", "9" * 40])
def test_a_number_of_no_lead_is_a_404(client, number):
    for path in (f"/v2/lead/{number}", f"/v2/lead/{number}/edit"):
        assert client.get(path).status_code == 404


def test_a_deleted_lead_is_not_there(client, lead, agency):
    done(agency, "delete", [lead])
    assert client.get(url(lead)).status_code == 404
    assert client.get(url(lead, "edit")).status_code == 404
    assert client.post(url(lead, "edit")).status_code == 404


def test_wrong_methods_and_who_is_signed_out(client, lead):
    assert client.post(url(lead)).status_code == 405
    assert client.put(url(lead, "edit")).status_code == 405
    client.logout()
    assert client.get(url(lead)).url.startswith("/accounts/login/")


def test_who_only_looks_is_offered_nothing(client, lead, sign_in):
    reader = sign_in(make_user(permissions=["leads.view_leads"])).get(url(lead)).text
    for words in (url(lead, "edit"), "Flag/Manage this lead"):
        assert words in client.get(url(lead)).text
        assert words not in reader


def test_other_apps_show_panels_on_it(client, lead):
    panel = Panel(
        "lead", "test", "Of another app", "conversions/cards/rejections.html",
        lambda _request, thing: {"reasons": [(f"for {thing.pk}", 3)], "total": 3},
    )  # fmt: skip
    register_panel(panel)
    try:
        assert f"for {lead.pk}" in client.get(url(lead)).text
    finally:
        del registry.panels["lead", "test"]


def test_runs_are_newest_first(client, lead, agency):
    done(agency, "reprocess", [lead])
    assert [shown.run.round for shown in client.get(url(lead)).context["runs"]] == [2, 1]
    assert queue.process() == 0
