"""Editing a lead's fields: checked as at intake, processed anew, refused where it must stay."""

import logging

import pytest
from django.core.exceptions import PermissionDenied

from convertr.audit.models import Entry
from convertr.errors import DomainError
from leads import deliveries, editing
from leads.intake import RefusedError
from leads.models import CampaignField, LeadDelivery, LeadRun
from leads.rules import DeliveryState
from tests.factories import make_user
from tests.leads.kit import again, done, make_lead, make_lead_campaign
from tests.leads.kit_pages import url

pytestmark = pytest.mark.django_db
SECRET = "grace@hopper.example"


@pytest.fixture
def client(agency, sign_in):
    return sign_in(agency)


@pytest.fixture
def campaign():
    return make_lead_campaign(
        transforms=[("trim", "city")],
        jobs=[("list_allowed", "city", {"options": {"values": ["Rome"]}})],
    )


@pytest.fixture
def lead(campaign):
    return make_lead(campaign)


def edit(actor, lead, **typed):
    return editing.edit(actor=actor, lead=lead, version=lead.version, typed=typed)


def form_of(client, lead, **changes):
    """What the page's form posts, with some values typed anew."""
    page = client.get(url(lead, "edit"))
    form = page.context["form"]
    data = {form[name].html_name: form[name].value() or "" for name in form.fields}
    typed = {f"value-{name}": value for name, value in changes.items()}
    return {"version": page.context["version"], **data, **typed}


def test_saving_writes_what_was_received_anew_and_processes_it(agency, lead):
    assert (lead.status, lead.round) == ("invalid", 1)
    assert edit(agency, lead, city=" Rome ") == "complete"

    now = again(lead)
    assert (now.received["city"], now.data["city"]) == (" Rome ", "Rome")
    assert now.received["email"] == lead.received["email"]
    assert (now.status, now.round) == ("valid", 2)
    assert LeadRun.objects.filter(lead=lead).count() == 2


def test_it_counts_as_new_for_flags_reasons_and_fingerprints(agency, client, lead):
    done(agency, "valid", [lead])
    edit(agency, again(lead), email=SECRET)

    now = again(lead)
    assert (now.status, now.flagged, now.own_reason) == ("invalid", False, "")
    found = client.post("/v2/leads", {"act": "search", "text": SECRET}, follow=True)
    assert f"/v2/lead/{lead.pk}" in found.text


def test_history_and_audit_say_who_and_no_value(client, agency, lead, caplog):
    caplog.set_level(logging.DEBUG)
    answer = client.post(url(lead, "edit"), form_of(client, lead, email=SECRET, city="Rome"))

    assert (answer.status_code, answer.url) == (302, url(lead))
    newest = client.get(url(lead)).context["timeline"][0]
    assert (newest.who, str(newest.did)) == (
        "Ada Agency", "edited its fields; it was processed anew",
    )  # fmt: skip
    entry = Entry.objects.get(action="lead.edited")
    assert (entry.subject, entry.details) == (f"lead {lead.pk}", {"fields": ["city", "email"]})
    for text in (caplog.text, str(answer.headers), str(newest), str(list(Entry.objects.values()))):
        assert SECRET not in text


def test_what_is_delivered_pending_or_being_sent_stays(agency, client, place, campaign):
    integration = place.add(campaign)
    lead = make_lead(campaign, {"city": "Rome"})
    told = []
    for _ in ("queued", "sending", "delivered"):
        with pytest.raises(DomainError) as refused:
            edit(agency, again(lead), city="Paris")
        told.append(refused.value.code)
        page = client.get(url(lead, "edit"), follow=True)
        assert str(refused.value) in page.text
        if not deliveries.claim(integration.id, 1):
            deliveries.settle(1, DeliveryState.SENT)
    assert told == ["in_pending_batch", "being_sent", "is_delivered"]
    assert again(lead).data["city"] == "Rome"


def test_what_was_taken_off_a_batch_can_be_edited(agency, place, campaign):
    integration = place.add(campaign)
    lead = make_lead(campaign, {"city": "Rome"})
    deliveries.remove(integration.id, [lead.pk])
    assert edit(agency, again(lead), city="Rome ") == "complete"
    assert LeadDelivery.objects.get(lead=lead, round=2).state == "queued"


@pytest.mark.parametrize(
    ("typed", "field", "code"),
    [
        ({"email": " "}, "email", "field_required"),
        ({"nonsense": "x"}, "nonsense", "field_unknown"),
        ({"city": "x" * 5_001}, "city", "field_too_long"),
        ({"city": "\ud800"}, "city", "field_not_storable"),
    ],
)
def test_it_is_checked_as_at_intake(agency, campaign, lead, typed, field, code):
    CampaignField.objects.filter(campaign=campaign, name="email").update(required=True)
    with pytest.raises(RefusedError) as refused:
        edit(agency, lead, **typed)
    [problem] = refused.value.refused[0].problems
    assert (problem.field, problem.code) == (field, code)
    assert again(lead).version == lead.version


def test_errors_stand_at_their_fields_and_what_was_typed_stays(client, campaign, lead):
    CampaignField.objects.filter(campaign=campaign, name="email").update(required=True)
    answer = client.post(url(lead, "edit"), form_of(client, lead, city="x" * 5_001, lastName="Éa"))
    assert answer.status_code == 422
    assert "has more than 5,000 characters" in answer.context["form"]["city"].errors[0]
    assert 'value="Éa"' in answer.text
    assert again(lead).version == lead.version


def test_somebody_was_first_and_both_changes_are_kept(agency, client, lead):
    mine = form_of(client, lead, city="Rome")
    edit(agency, lead, lastName="King")

    answer = client.post(url(lead, "edit"), mine)
    assert answer.status_code == 422
    assert "This lead has changed since you opened it." in answer.text
    assert 'value="Rome"' in answer.text
    assert 'value="King"' in answer.text
    # Saved again, only what was typed is written.
    form = answer.context["form"]
    data = {form[name].html_name: form[name].value() or "" for name in form.fields}
    data["version"] = answer.context["version"]
    # The form that is shown now knows that Rome isn't what the lead has.
    assert data["value-was.city"] == "London"
    client.post(url(lead, "edit"), data)
    assert {n: again(lead).data[n] for n in ("city", "lastName")} == {
        "city": "Rome", "lastName": "King",
    }  # fmt: skip


def test_nothing_changed_is_no_new_round(client, lead):
    answer = client.post(url(lead, "edit"), form_of(client, lead), follow=True)
    assert "Nothing was changed." in answer.text
    assert again(lead).version == lead.version


def test_line_ends_of_the_browser_change_nothing(agency, client, lead):
    edit(agency, lead, city="Old\nTown")
    data = form_of(client, lead)
    data["value-city"] = data["value-was.city"] = "Old\r\nTown"
    client.post(url(lead, "edit"), data)
    assert again(lead).received["city"] == "Old\nTown"


def test_it_takes_the_permission_to_flag(agency2, partner_user, sign_in, lead):
    reader = make_user(permissions=["leads.view_leads"])
    for person in (reader, agency2, partner_user):
        assert sign_in(person).get(url(lead, "edit")).status_code == 403
        assert sign_in(person).post(url(lead, "edit"), {"version": 1}).status_code == 403
        with pytest.raises(PermissionDenied):
            edit(person, lead, city="Rome")


def test_one_that_was_deleted_meanwhile_is_gone(agency, lead):
    done(agency, "delete", [lead])
    with pytest.raises(DomainError) as refused:
        edit(agency, lead, city="Rome")
    assert refused.value.code == "lead_gone"
