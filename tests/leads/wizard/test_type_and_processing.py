"""Type and Processing: who may be what, what is typed, and another tab."""

import pytest

from convertr.accounts.permissions import grant
from convertr.jobs.models import Job, State
from convertr.jobs.texts import render
from leads.models import FlagReason, Lead, LeadDelivery
from leads.rules import ACTS, Act
from leads.wizard import services
from leads.wizard.typed import of_text
from tests.factories import make_user, outcomes, run_job
from tests.leads.kit import again, make_lead, make_lead_campaign, make_leads
from tests.leads.wizard.kit import HTMX, START, STEPS, begin, chosen, confirm, now, url, verified

pytestmark = pytest.mark.django_db


def test_each_card_tells_to_how_many_and_why_not_to_the_others(staff, agency, place, campaign):
    place.add(campaign)
    valid, delivered, sending = make_leads(3, campaign)
    Lead.objects.filter(pk=delivered.pk).update(delivered=True)
    LeadDelivery.objects.exclude(lead=sending).delete()
    LeadDelivery.objects.update(state="sending")
    job = begin(agency, valid, delivered, sending)

    page = staff.get(url(job, "type"))

    told = {c.act: (c.applies, c.why_not) for c in page.context["choices"]}
    assert told[Act.VALID] == (3, [])
    assert told[Act.INVALID] == (2, [(1, "in a batch being sent")])
    assert told[Act.DELIVERED] == (1, [(1, "already delivered"), (1, "in a batch being sent")])
    assert told[Act.UNDELIVERED] == (1, [(2, "not delivered")])
    assert told[Act.DELETE] == (1, [(1, "in a batch being sent"), (1, render("is_delivered"))])
    assert "1 left alone: in a batch being sent" in page.text


def test_a_type_needs_its_permission_and_a_lead(staff, sign_in, leads):
    person = make_user(permissions=["leads.view_leads", "leads.flag_leads"])
    job, client = begin(person, leads[0]), sign_in(person)
    page = client.get(url(job, "type"))
    usable = {c.act for c in page.context["choices"] if c.can_be_chosen}
    assert usable == {act for act in Act if ACTS[act].permission == "leads.flag_leads"}
    assert "ask an administrator" in page.text
    assert client.post(url(job, "type"), {"act": "delete"}).status_code == 403
    grant(person, {one.permission for one in ACTS.values()} | {"leads.view_leads"})
    client = sign_in(person)
    for act, told in (("", "Choose what"), ("x", "Choose what"), ("undelivered", "To none")):
        refused = client.post(url(job, "type"), {"act": act})
        assert refused.status_code == 422
        assert told in refused.text
    assert now(job).state == State.DRAFT


def test_one_is_led_to_the_step_that_is_next(staff, agency, leads):
    empty, begun = begin(agency), begin(agency, *leads)
    assert staff.get(url(empty, "type"))["Location"] == url(empty, "leads")
    assert staff.get(url(begun, "processing"))["Location"] == url(begun, "type")
    led = staff.post(url(begun, "type"), {"act": "test"})
    assert led["Location"] == url(begun, "processing")
    assert staff.get(url(begun, "processing")).status_code == 200


def test_back_keeps_what_was_chosen_and_typed(staff, agency, leads):
    job = chosen(agency, "invalid", *leads)
    typed = {"act": "invalid", "reason": "returned", "category": "wrong-number", "comment": "Mine"}

    back = staff.post(url(job, "processing"), {**typed, "go": "back"})
    assert back["Location"] == url(job, "type")
    assert staff.get(url(job, "type")).context["chosen"] == "invalid"
    # A further lead, another type and back again.
    staff.post(url(job, "leads"), {"ids": "nope", "go": "add"})
    assert now(job).state == State.DRAFT
    assert staff.get(url(job, "type")).context["chosen"] == "invalid"
    staff.post(url(job, "type"), {"act": "test"})
    assert staff.get(url(job, "processing")).context["typed"].comment == ""
    staff.post(url(job, "type"), {"act": "invalid"})

    page = staff.get(url(job, "processing"))
    kept = page.context["typed"]
    assert (kept.reason, kept.category, kept.comment) == ("returned", "wrong-number", "Mine")
    assert page.context["left_alone"] == ["1 not found"]
    assert now(job).counts == {"ready": 3, "not_found": 1}


def test_what_is_typed_is_kept_as_one_types(staff, agency, leads):
    job = chosen(agency, "valid", *leads)
    typed = {"reason": "", "own_reason": "a\0b" + "x" * 20_000, "integrations": ["7", "²", "x"]}
    assert staff.post(url(job, "typed"), {"act": "valid", **typed}).status_code == 204
    # Of another type, chosen in another tab meanwhile.
    staff.post(url(job, "typed"), {"act": "test", "own_reason": "other"})
    kept = staff.get(url(job, "processing")).context["typed"]
    assert kept.own_reason.startswith("abxx")
    assert (kept.reason, kept.integrations) == ("", [7, 0, 0])


def test_the_summary_says_who_becomes_what_and_who_is_left_alone(staff, agency, campaign):
    leads = make_leads(5, campaign)
    Lead.objects.filter(pk__in=[lead.pk for lead in leads[:2]]).update(delivered=True)
    job = chosen(agency, "delivered", *leads)
    page = staff.get(url(job, "processing"))
    assert page.context["will"] == "3 leads are marked delivered"
    assert page.context["left_alone"] == ["2 left alone: already delivered"]
    assert "Confirm 3 leads" in page.text

    Lead.objects.filter(pk=leads[2].pk).update(status="invalid")
    job = chosen(agency, "delivered", *leads)
    page = staff.get(url(job, "processing"))
    assert page.context["left_alone"] == ["3 left alone: 2 already delivered, 1 not valid"]


REFUSED = [
    ("valid", {}, "Choose a reason", "reason"),
    ("invalid", {"reason": ""}, "Choose a reason", "reason"),
    ("invalid", {"reason": "nope"}, "of the catalogue", "reason"),
    ("invalid", {"reason": "returned", "category": "nope"}, "category of the", "category"),
    ("test", {"reason": "own-test", "comment": "x" * 2_001}, "at most 2,000", ""),
    ("delivered", {"signature": "Somebody"}, "Type your full name, Ada Agency", "signature"),
    ("reprocess", {}, "Tick that you mean it", "confirm"),
    ("delete", {"confirm": "1"}, "Type your full name", "signature"),
]


@pytest.mark.parametrize(("act", "data", "told", "wrong"), REFUSED)
def test_a_refusal_keeps_what_was_typed(staff, agency, leads, act, data, told, wrong):
    job = chosen(agency, act, *leads)
    answer = confirm(staff, job, **data)
    assert answer.status_code == 422
    assert told in answer.text
    assert answer.context["wrong"] == wrong
    assert answer.context["signature"] == data.get("signature", "")
    assert answer.context["typed"].reason == data.get("reason")
    assert now(job).state == State.VERIFIED


@pytest.mark.parametrize(
    ("data", "fields"),
    [
        # What stands in a field that isn't seen for the reason chosen says nothing.
        ({"reason": "fraud", "own_reason": "x", "category": "wrong-number"}, ("fraud", "", "")),
        ({"reason": "", "own_reason": "Mine", "category": "wrong-number"}, ("", "Mine", "")),
        ({"reason": "returned", "category": "wrong-number"}, ("returned", "", "wrong-number")),
        ({"reason": "returned", "category": ""}, ("returned", "", "")),
    ],
)
def test_reasons_and_categories(staff, agency, leads, data, fields):
    job = chosen(agency, "invalid", leads[0])
    assert confirm(staff, job, comment="By mail", **data)["Location"] == url(job, "processing")
    assert outcomes(run_job(job)) == [("applied", None)]
    lead = again(leads[0])
    assert (lead.reason_code, lead.own_reason, lead.reason_category) == fields
    assert (lead.status, lead.comment) == ("invalid", "By mail")


def test_a_retired_reason_is_not_offered(staff, agency, leads):
    FlagReason.objects.filter(code="fraud").update(retired=True)
    page = staff.get(url(chosen(agency, "invalid", *leads), "processing"))
    assert [r.code for r in page.context["reasons"]] == list(
        FlagReason.objects.filter(flag="invalid", retired=False).values_list("code", flat=True)
    )
    assert 'value="fraud"' not in page.text


def test_integrations_are_ticked_campaign_by_campaign(staff, agency, place, campaign):
    other, bare = make_lead_campaign(name="Car Leads"), make_lead_campaign(name="Bare")
    leads = [make_lead(one, status="caution") for one in (campaign, other, bare)]
    shop, mail, spare = place.add(campaign), place.add(campaign, "By mail"), place.add(other)
    LeadDelivery.objects.all().delete()
    job = chosen(agency, "valid", *leads)

    places = staff.get(url(job, "processing")).context["places"]
    assert [(c.name, [one.id for one in offered]) for c, offered in places] == [
        ("Car Leads", [spare.id]), ("Solar Leads", [shop.id, mail.id]),
    ]  # fmt: skip
    asked = {"reason": "verified", "asks_integrations": "1"}
    for wrong in ("999", "x", str(10**30)):
        assert confirm(staff, job, **asked, integrations=[wrong]).status_code == 422
    confirm(staff, job, **asked, integrations=[str(mail.id)])
    run_job(job)
    queued = LeadDelivery.objects.values_list("lead", "integration", "state")
    assert list(queued) == [(leads[0].pk, mail.id, "queued")]


def test_without_a_place_to_send_to_the_queue_is_left_as_it_is(staff, agency, place, campaign):
    place.add(campaign)
    lead = make_lead(campaign)
    place.integrations.clear()
    job = chosen(agency, "valid", lead)
    assert "Send to" not in staff.get(url(job, "processing")).text
    confirm(staff, job, reason="verified")
    run_job(job)
    assert LeadDelivery.objects.get().state == "queued"


@pytest.mark.parametrize("act", list(Act))
def test_each_type_from_start_to_result(staff, agency, campaign, act):
    lead = make_lead(campaign, delivered=act == Act.UNDELIVERED)
    staff.post(START, {"from": "selection", "ids": lead.pk})
    job = Job.objects.get()
    staff.post(url(job, "type"), {"act": act})
    data = {"signature": "ada agency", "confirm": "1", "comment": "Said so"}
    if act in ("valid", "invalid", "test"):
        data |= {"reason": "", "own_reason": "Because"}

    confirm(staff, job, **data)

    assert "hx-trigger" in staff.get(url(job, "processing")).text
    assert outcomes(run_job(job)) == [("applied", None)]
    for step in STEPS:
        shown = staff.get(url(job, step))
        assert "Flag more leads" in shown.text
        undo = f"/v2/jobs/{job.pk}/undo" in shown.text
        assert undo == ACTS[act].undoable


def test_a_second_tab_is_told_who_confirmed(staff, agency, leads):
    job = chosen(agency, "test", *leads)
    stamp, data = verified(job), {"reason": "own-test", "act": "test"}
    assert confirm(staff, job, **data).status_code == 302

    for path in STEPS:
        late = staff.post(url(job, path), {**data, "verified": stamp}, headers=HTMX)
        assert late.status_code == 409
        assert "Ada Agency has confirmed this job already." in late.text
    assert staff.post(url(job, "discard")).status_code == 409
    assert now(job).state == State.QUEUED


def test_what_was_seen_is_what_is_confirmed(staff, agency, leads):
    """The first tab shows a test, the second has chosen deletion, or gone back."""
    job = chosen(agency, "test", *leads)
    stale = {"verified": verified(job), "reason": "own-test", "act": "test",
             "confirm": "1", "signature": "Ada Agency"}  # fmt: skip
    services.choose(actor=agency, job=job, act=Act.DELETE)
    answer = staff.post(url(job, "processing"), stale)
    assert answer.status_code == 409
    assert "changed in another tab" in answer.text
    assert "Confirm 3 leads" in answer.text

    services.add(actor=agency, job=job, keys=of_text("nope"))
    answer = staff.post(url(job, "processing"), stale)
    assert answer.status_code == 409
    assert "changed in another tab" in answer.text
    assert Lead.objects.alive().count() == 3
