"""Trying rules out on a pasted lead: each step is shown, nothing is stored, logged or in a URL."""

import json
import logging

import pytest
from django.utils.html import escape

from convertr.errors import DomainError
from leads.models import Fingerprint, Lead, LeadEvent, LeadRun
from leads.setup import tryout
from tests.leads.kit import ADA, make_lead, make_lead_campaign
from tests.leads.kit_pages import HTMX, setup_url

pytestmark = pytest.mark.django_db


@pytest.fixture
def client(agency, sign_in):
    return sign_in(agency)


@pytest.fixture
def campaign():
    return make_lead_campaign(
        transforms=[("trim", "city"), ("title_case", "firstName")],
        jobs=[
            ("required", "email", {"score": 80}),
            ("list_allowed", "city", {"score": 20, "options": {"values": ["Rome"]}}),
            ("required", "city", {"condition_field": "country", "condition_value": "FR"}),
        ],
    )


@pytest.mark.parametrize(
    ("text", "data"),
    [
        ('{"a": "1", "b": 2, "c": null, "d": 1.5}', {"a": "1", "b": "2", "c": "", "d": "1.5"}),
        ('[{"a": "x"}]', {"a": "x"}),
        ("a: 1\n\nb:  two \r\nc:", {"a": "1", "b": " two ", "c": ""}),
        ("url: http://x.org", {"url": "http://x.org"}),
    ],
)
def test_a_lead_is_read_as_json_and_as_lines(text, data):
    # What stands at the very end of the text is white space of the text.
    assert {n: v.rstrip() for n, v in tryout.read(text).items()} == {
        n: v.rstrip() for n, v in data.items()
    }


@pytest.mark.parametrize(
    ("text", "code"),
    [("", "tryout_empty"), ("{", "tryout_json"), ("[1]", "tryout_json"),
     ("[{}, {}]", "tryout_json"),
     ('{"a": [1]}', "tryout_json"), ('{"a": true}', "tryout_json"), ("just text", "tryout_line"),
     ("x" * 100_001, "tryout_too_long"), ("[" * 90_000, "tryout_json"),
     (json.dumps({f"f{n}": "" for n in range(501)}), "tryout_too_long"),
     (r'{"a": "\ud800"}', "tryout_not_storable"), (r'{"\ud800": "a"}', "tryout_not_storable"),
     ("a: \0", "tryout_not_storable"), (r'{"\ud800": true}', "tryout_json")],
)  # fmt: skip
def test_what_is_no_lead_is_told(text, code):
    with pytest.raises(DomainError) as refused:
        tryout.read(text)
    assert refused.value.code == code
    # A page can say it.
    assert str(refused.value).encode()


def test_each_step_and_each_verdict_is_told(campaign):
    outcome = tryout.try_out(campaign, {**ADA, "firstName": "ADA", "city": " London "})

    changes = [[(c.name, c.before, c.after) for c in step.changes] for step in outcome.steps]
    assert changes == [[("city", " London ", "London")], [("firstName", "ADA", "Ada")]]
    assert outcome.data["city"] == "London"
    assert [(said.ran, said.passed) for said in outcome.said] == [
        (True, True), (True, False), (False, False),
    ]  # fmt: skip
    assert (outcome.score, outcome.hardfail, outcome.refused) == ("80 %", False, [])
    assert "Caution" in outcome.status


def test_it_says_what_processing_then_does(campaign):
    for data in ({}, {"city": "Rome"}, {"email": ""}, {"city": " Rome ", "country": "FR"}):
        lead = make_lead(campaign, data)
        outcome = tryout.try_out(campaign, {**ADA, **data})
        assert lead.get_status_display() in outcome.status
        assert outcome.data == lead.data


def test_what_fails_or_would_not_come_in_is_told():
    bad = make_lead_campaign(jobs=[("regex", "city", {"options": {"pattern": "("}})])
    assert "The pattern can’t be read" in tryout.try_out(bad, ADA).error
    poison = ("regex_replace", "city", {"pattern": "(a+)+$", "replacement": ""})
    outcome = tryout.try_out(make_lead_campaign(transforms=[poison]), {"city": "a" * 4_000 + "!"})
    assert outcome.error
    assert outcome.steps[-1].error
    held = tryout.try_out(make_lead_campaign(jobs=()), {**ADA, "more": "x"})
    assert held.on_hold
    assert held.refused == ["the campaign has no field “more”"]


def test_duplicates_of_leads_that_are_there_are_found():
    campaign = make_lead_campaign(jobs=[("duplicate", "", {"options": {}})])
    assert tryout.try_out(campaign, ADA).said[0].passed
    make_lead(campaign)
    assert (
        tryout.try_out(campaign, ADA).said[0].why == "an earlier lead has the same e-mail address"
    )


@pytest.mark.parametrize("headers", [HTMX, {}])
def test_nothing_is_stored_logged_or_in_an_address(client, campaign, caplog, headers):
    caplog.set_level(logging.DEBUG)
    tables = (Lead, LeadEvent, LeadRun, Fingerprint)
    before = [list(table.objects.values()) for table in tables]
    lead = "\n".join(f"{name}: {value}" for name, value in ADA.items())

    answer = client.post(setup_url(campaign, "try"), {"lead": lead}, headers=headers)

    assert answer.status_code == 200
    assert "Caution" in answer.text
    assert "the value is not in the list of allowed ones" in answer.text
    assert [list(table.objects.values()) for table in tables] == before
    for value in ("Lovelace", "ada@analytical.org", "2079460018"):
        assert value not in caplog.text
        assert value not in str(answer.headers)


@pytest.mark.parametrize(
    ("data", "told"),
    [({"lead": "nothing"}, "Line 1: write name: value."), ({"lead": ""}, "Paste a lead"),
     ({"lead": r'{"\ud800": "b"}'}, "?: it holds characters that can&#x27;t be stored."),
     ({"lead": "a: b", "ip": "1.2.3"}, "This is no IP address.")],
)  # fmt: skip
def test_what_is_wrong_is_told_and_what_was_typed_stays(client, campaign, data, told):
    answer = client.post(setup_url(campaign, "try"), data, headers=HTMX)
    assert answer.status_code == 422
    assert told in answer.text
    assert f">{escape(data['lead'])}</textarea>" in answer.text
