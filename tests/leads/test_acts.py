"""What each act does with leads, what it leaves alone, and how it is undone (leads.md)."""

import pytest
from django.core.exceptions import PermissionDenied

from convertr.accounts.permissions import grant
from convertr.errors import DomainError
from convertr.jobs import services as jobs
from leads import deliveries
from leads.flagging.sql import REFUSED_WHEN
from leads.models import FlagReason, Lead, LeadDelivery, LeadEvent
from leads.rules import ACTS, ERASED, Act, DeliveryState, Facts, refusal
from tests.factories import outcomes, run_job
from tests.leads.kit import again, done, make_lead, make_lead_campaign, make_leads, verify

pytestmark = pytest.mark.django_db
# Leads as the acts tell them apart: status, delivered, being sent, deleted.
KINDS = {
    "valid": {"status": "valid"},
    "invalid": {"status": "invalid"},
    "delivered": {"status": "valid", "delivered": True},
    "sending": {"status": "valid"},
    "deleted": {"deleted_at": "2026-01-01T00:00:00Z"},
}
# The outcome of each act on each of them: "" is applied, else the code of why not.
GONE = "lead_not_found"
TABLE = {
    Act.VALID: ("", "", "", "", GONE),
    Act.INVALID: ("", "", "", "being_sent", GONE),
    Act.TEST: ("", "", "", "being_sent", GONE),
    Act.DELIVERED: ("", "not_valid", "already_delivered", "being_sent", GONE),
    Act.UNDELIVERED: ("not_delivered", "not_valid", "", "not_delivered", GONE),
    Act.REPLACEMENT: ("", "", "", "", GONE),
    Act.NO_REPLACEMENT: ("", "", "", "", GONE),
    Act.REPROCESS: ("", "", "is_delivered", "being_sent", GONE),
    Act.DELETE: ("", "", "is_delivered", "being_sent", GONE),
}
AFTER = {
    Act.VALID: {"status": "valid", "flagged": True},
    Act.INVALID: {"status": "invalid", "flagged": True},
    Act.TEST: {"status": "test", "flagged": True},
    Act.DELIVERED: {"delivered": True},
    Act.UNDELIVERED: {"delivered": False, "undelivered": True},
    Act.REPLACEMENT: {"replacement": "replacement"},
    Act.NO_REPLACEMENT: {"replacement": "none"},
    Act.REPROCESS: {"round": 2, "status": "valid"},
}


@pytest.fixture
def zoo(place, campaign):
    """A lead of each kind; where it says so it is queued, or being sent."""
    integration = place.add(campaign).id
    found = {}
    for name, fields in KINDS.items():
        found[name] = make_lead(campaign, {"email": f"{name}@a.org"}, **fields)
        if name != "sending":
            LeadDelivery.objects.filter(lead=found[name]).delete()
    LeadDelivery.objects.filter(lead=found["sending"]).update(state="sending")
    assert LeadDelivery.objects.get().integration == integration
    # What an act would change differs from what is there.
    Lead.objects.exclude(pk=found["valid"].pk).update(replacement="replacement")
    return {name: again(lead) for name, lead in found.items()}


@pytest.mark.parametrize("act", list(Act))
def test_each_act_on_each_kind_of_lead(agency, zoo, act):
    leads = list(zoo.values())
    before = {lead.pk: lead.version for lead in leads}
    job = done(agency, act, leads)

    told = [("" if o in ("applied", "unchanged") else c) for o, c in outcomes(job)]
    assert tuple(told) == TABLE[act]
    for lead, (outcome, _code) in zip(leads, outcomes(job), strict=True):
        now = again(lead)
        assert now.version == before[lead.pk] + (outcome == "applied")
        if outcome == "applied":
            assert {name: getattr(now, name) for name in AFTER.get(act, {})} == AFTER.get(act, {})
            assert (now.deleted_at is not None) == (act == Act.DELETE)


@pytest.mark.parametrize("act", [act for act in Act if ACTS[act].undoable])
def test_what_an_act_did_is_undone(agency, zoo, act):
    if act == Act.VALID:
        # What is being sent isn't given back another status (test_deliveries).
        zoo.pop("sending")
    leads = list(zoo.values())
    was = {lead.pk: _values(lead) for lead in leads}
    job = done(agency, act, leads)
    applied = job.counts.get("applied", 0)

    undone = run_job(jobs.undo(actor=agency, job=job, signature=str(agency)))

    assert undone.counts == {"applied": applied}
    assert {lead.pk: _values(again(lead)) for lead in leads} == was


def _values(lead):
    skipped = {"version", "updated_at"}
    own = {f.name: getattr(lead, f.attname) for f in lead._meta.fields if f.name not in skipped}
    return own | {"queued": list(LeadDelivery.objects.filter(lead=lead).values_list("state"))}


def test_the_rules_and_the_statement_refuse_alike(agency, zoo):
    """`rules.refusal` counts in the wizard what the statement then leaves alone."""
    for act in Act:
        job = verify(agency, act, list(zoo.values())[:-1])
        for (outcome, code), lead in zip(outcomes(job), zoo.values(), strict=False):
            sending = LeadDelivery.objects.filter(lead=lead, state="sending").exists()
            facts = Facts(lead.status == "valid", lead.delivered, sending)
            assert refusal(act, facts) == (code if outcome == "invalid" else ""), act
    # What is erased is refused by every act (tests/batches/test_erasing.py).
    assert {code for one in ACTS.values() for code in one.refuses} == set(REFUSED_WHEN) - {ERASED}


def test_what_is_so_already_is_unchanged(agency, campaign):
    lead = make_lead(campaign)
    done(agency, "invalid", [lead])
    events = LeadEvent.objects.filter(pgh_obj=lead).count()

    assert outcomes(done(agency, "invalid", [again(lead)])) == [("unchanged", "already_so")]
    assert LeadEvent.objects.filter(pgh_obj=lead).count() == events


def test_a_lead_that_changed_since_verify_is_left_alone(agency, campaign):
    first, second = make_leads(2, campaign)
    job = verify(agency, "test", [first, second])
    done(agency, "invalid", [second])
    jobs.confirm(actor=agency, job=job, data={"own_reason": "Ours"})

    assert outcomes(run_job(job)) == [("applied", None), ("conflict", "changed_since_verify")]
    assert again(second).status == "invalid"


def test_a_lead_that_is_being_sent_by_then_is_left_alone(agency, place, campaign):
    integration = place.add(campaign)
    lead = make_lead(campaign)
    job = verify(agency, "invalid", [lead])
    assert deliveries.claim(integration.id, 1) == 1
    jobs.confirm(actor=agency, job=job, data={"own_reason": "Ours"})

    assert outcomes(run_job(job)) == [("conflict", "changed_since_verify")]
    assert deliveries.settle(1, DeliveryState.SENT) == 1
    assert again(lead).is_billable


def test_an_undo_keeps_what_changed_since(agency, campaign):
    first, second = make_leads(2, campaign)
    job = done(agency, "invalid", [first, second])
    done(agency, "test", [again(second)])

    undone = run_job(jobs.undo(actor=agency, job=job, signature=str(agency)))

    assert outcomes(undone) == [("applied", None), ("conflict", "changed_since_job")]
    assert [again(lead).status for lead in (first, second)] == ["valid", "test"]


class TestValid:
    def test_leads_are_queued_to_what_is_ticked_of_their_campaign(self, agency, place, campaign):
        other = make_lead_campaign()
        here, there, spare = place.add(campaign), place.add(other), place.add(campaign)
        leads = [make_lead(c, status="invalid", undelivered=True) for c in (campaign, other)]
        LeadDelivery.objects.all().delete()

        done(agency, "valid", leads, integrations=[str(here.id), str(there.id)])

        queued = LeadDelivery.objects.filter(state="queued").order_by("lead")
        assert list(queued.values_list("lead", "integration")) == [
            (leads[0].pk, here.id), (leads[1].pk, there.id),
        ]  # fmt: skip
        assert not again(leads[0]).undelivered
        assert not queued.filter(integration=spare.id).exists()

    def test_without_a_word_about_them_the_queue_stays(self, agency, place, campaign):
        place.add(campaign)
        lead = make_lead(campaign)

        done(agency, "valid", [lead])

        assert LeadDelivery.objects.get().state == "queued"

    def test_another_campaigns_integration_is_refused(self, agency, place, campaign):
        other = place.add(make_lead_campaign())
        with pytest.raises(DomainError) as refused:
            done(agency, "valid", [make_lead(campaign)], integrations=[other.id])
        assert refused.value.code == "unknown_integration"


@pytest.mark.parametrize(
    ("act", "data", "code"),
    [
        ("valid", {"own_reason": ""}, "reason_missing"),
        ("valid", {"reason": "nonsense", "own_reason": ""}, "unknown_reason"),
        ("valid", {"reason": "duplicate", "own_reason": ""}, "unknown_reason"),
        ("invalid", {"reason": "duplicate", "own_reason": "Mine"}, "two_reasons"),
        ("invalid", {"reason": "duplicate", "own_reason": "", "category": "wrong-number"},
         "category_not_used"),
        ("invalid", {"reason": "returned", "own_reason": "", "category": "nope"},
         "unknown_category"),
        ("invalid", {"own_reason": "x" * 256}, "too_long"),
        ("invalid", {"own_reason": "a\0b"}, "not_storable"),
        ("test", {"comment": "x" * 2_001}, "too_long"),
        ("delivered", {"signature": "Somebody Else"}, "not_signed"),
        ("undelivered", {"signature": ""}, "not_signed"),
        ("delete", {"confirm": ""}, "not_confirmed"),
        ("delete", {"signature": "x"}, "not_signed"),
        ("reprocess", {"confirm": ""}, "not_confirmed"),
    ],
)  # fmt: skip
def test_what_is_missing_is_said_and_nothing_done(agency, campaign, act, data, code):
    lead = make_lead(campaign, delivered=act == "undelivered")
    with pytest.raises(DomainError) as refused:
        done(agency, act, [lead], **data)

    assert refused.value.code == code
    assert again(lead).version == lead.version


def test_a_returned_lead_has_a_category_and_a_comment(agency, campaign):
    lead = make_lead(campaign)
    done(agency, "invalid", [lead], reason="returned", own_reason="", category="wrong-number",
         comment="By telephone")  # fmt: skip

    lead = again(lead)
    assert (lead.reason_code, lead.own_reason) == ("returned", "")
    assert (lead.reason_category, lead.comment) == ("wrong-number", "By telephone")


def test_a_retired_reason_cannot_be_chosen(agency, campaign):
    FlagReason.objects.filter(code="fraud").update(retired=True)
    with pytest.raises(DomainError):
        done(agency, "invalid", [make_lead(campaign)], reason="fraud", own_reason="")


@pytest.mark.parametrize("act", list(Act))
def test_each_act_has_its_permission(agency2, campaign, act):
    lead = make_lead(campaign)
    grant(agency2, {"leads.view_leads", *(one.permission for one in ACTS.values())} - {
        ACTS[act].permission
    })  # fmt: skip
    with pytest.raises(PermissionDenied):
        verify(agency2, act, [lead])


def test_delivered_counts_from_the_first_time(agency, campaign):
    lead = make_lead(campaign)
    done(agency, "delivered", [lead])
    first = again(lead).first_delivered_at
    done(agency, "undelivered", [again(lead)])
    done(agency, "delivered", [again(lead)])

    assert first is not None
    assert again(lead).first_delivered_at == first
    assert again(lead).is_billable
