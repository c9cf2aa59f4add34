"""What came in goes through its campaign's rules: status, score, runs, duplicates, integrations."""

import threading
from collections import Counter

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from leads.models import Fingerprint, Lead, LeadDelivery, LeadEvent, LeadRun
from leads.processing import batch, queue
from tests.leads.kit import again, bring, done, make_lead, make_lead_campaign

pytestmark = pytest.mark.django_db
DUPLICATE = {"options": {"kind": "email", "days": 30, "scope": "campaign"}, "hardfail": True}


def test_a_lead_is_transformed_and_judged():
    campaign = make_lead_campaign(
        transforms=[("trim", "email"), ("title_case", "firstName")],
        jobs=[("required", "email"), ("email_syntax", "email")],
    )
    lead = make_lead(campaign, {"email": "  ada@analytical.org ", "firstName": "ADA"})

    assert (lead.status, lead.processing, lead.score, lead.round) == ("valid", "complete", 100, 1)
    assert lead.received["email"] == "  ada@analytical.org "
    assert (lead.data["email"], lead.data["firstName"]) == ("ada@analytical.org", "Ada")
    run = LeadRun.objects.get(lead=lead)
    assert [(v["kind"], v["passed"]) for v in run.verdicts] == [
        ("required", True), ("email_syntax", True),
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("points", "status", "score"),
    [((4, 1), "caution", 80), ((79, 21), "invalid", 79), ((99, 1), "caution", 99)],
)
def test_the_share_of_points_decides(points, status, score):
    passed, missed = points
    campaign = make_lead_campaign(
        jobs=[("required", "email", {"score": passed}), ("required", "city", {"score": missed})]
    )
    lead = make_lead(campaign, {"city": ""})

    assert (lead.status, lead.score) == (status, score)


def test_a_hardfail_decides_alone():
    campaign = make_lead_campaign(
        jobs=[
            ("required", "email", {"score": 99}),
            ("required", "city", {"score": 1, "hardfail": True}),
        ]
    )
    lead = make_lead(campaign, {"city": ""})

    assert (lead.status, lead.score, lead.hardfail) == ("invalid", 99, True)


def test_without_jobs_a_lead_is_on_hold():
    lead = make_lead(make_lead_campaign(jobs=()))

    assert (lead.status, lead.processing, lead.score) == ("", "on_hold", None)


def test_a_lead_that_the_database_refuses_fails_alone(monkeypatch):
    """Of those that are written at once, before and after it, all are as if it had not been."""
    leads = bring(make_lead_campaign(), *({"city": name} for name in "ABCDE"))
    said = batch._told

    def told(fate):
        return said(fate) | ({"score": "much"} if fate.lead.id == leads[2].pk else {})

    monkeypatch.setattr(batch, "AT_ONCE", 2)
    monkeypatch.setattr(batch, "_told", told)
    queue.process()

    assert [again(one).processing for one in leads] == [
        "complete", "complete", "failed", "complete", "complete",
    ]  # fmt: skip
    assert [LeadRun.objects.filter(lead=one).count() for one in leads] == [1] * 5


def test_a_rule_that_fails_fails_its_lead_alone():
    """A pattern that would run for ever, on one lead's value."""
    options = {"pattern": "(a+)+$", "replacement": ""}
    campaign = make_lead_campaign(transforms=[("regex_replace", "city", options)])
    poison = "a" * 4_000 + "!"
    good, bad, last = bring(campaign, {}, {"city": poison}, {"city": "Leeds"})
    queue.process()

    assert [again(lead).processing for lead in (good, bad, last)] == [
        "complete", "failed", "complete",
    ]  # fmt: skip
    error = LeadRun.objects.get(lead=bad).error
    assert "city" in error
    assert "aaa" not in error


def test_rules_that_cannot_be_read_fail_the_lead_and_say_so():
    campaign = make_lead_campaign(jobs=[("regex", "city", {"options": {"pattern": "("}})])
    lead = make_lead(campaign)

    assert lead.processing == "failed"
    assert LeadRun.objects.get(lead=lead).error


class TestDuplicates:
    def test_the_later_one_is_a_duplicate(self):
        campaign = make_lead_campaign(jobs=[("duplicate", "email", DUPLICATE)])
        first, second = bring(campaign, {}, {"firstName": "Other"})
        queue.process()
        third = make_lead(campaign, {"email": " ADA@analytical.org"})

        assert [again(one).status for one in (first, second, third)] == [
            "valid", "invalid", "invalid",
        ]  # fmt: skip

    def test_reprocessed_the_first_stays_the_first(self, agency):
        campaign = make_lead_campaign(jobs=[("duplicate", "email", DUPLICATE)])
        first, second = bring(campaign, {}, {})
        queue.process()
        done(agency, "reprocess", [again(second), again(first)])

        assert [again(one).status for one in (first, second)] == ["valid", "invalid"]
        assert [again(one).round for one in (first, second)] == [2, 2]

    def test_a_deleted_one_counts_no_more(self, agency):
        campaign = make_lead_campaign(jobs=[("duplicate", "email", DUPLICATE)])
        first = make_lead(campaign)
        done(agency, "delete", [first])

        assert make_lead(campaign).status == "valid"

    def test_what_a_lead_of_the_same_batch_is_no_more_makes_no_duplicate(self, agency, monkeypatch):
        """Also where it is written later than the lead that has the address now."""
        campaign = make_lead_campaign(jobs=[("duplicate", "email", DUPLICATE)])
        first, second = bring(campaign, {"email": "a@new.org"}, {"email": "shared@new.org"})
        queue.process()
        for lead, email in ((first, "shared@new.org"), (second, "b@new.org")):
            Lead.objects.filter(pk=lead.pk).update(received={**lead.received, "email": email})
        monkeypatch.setattr(batch, "AT_ONCE", 1)
        done(agency, "reprocess", [again(first), again(second)])

        assert [again(one).status for one in (first, second)] == ["valid", "valid"]

    def test_fingerprints_that_are_kept_are_not_written_again(self, agency):
        lead = make_lead()
        before = list(Fingerprint.objects.order_by("pk").values())
        with CaptureQueriesContext(connection) as asked:
            done(agency, "reprocess", [lead])

        assert len(before) == 4
        assert list(Fingerprint.objects.order_by("pk").values()) == before
        assert [one for one in asked if "leads_fingerprint" in one["sql"]]
        assert not [one for one in asked if one["sql"] in (batch._FINGERPRINTS, batch._STALE)]

    def test_no_value_is_kept_with_a_fingerprint(self):
        make_lead()

        digests = [str(one) for one in Fingerprint.objects.values_list("digest", flat=True)]
        assert len(digests) == 4
        assert not any("ada" in text for text in digests)


class TestIntegrations:
    def test_a_valid_lead_is_queued_to_its_campaigns_integrations(
        self, place, campaign, django_capture_on_commit_callbacks
    ):
        here, _other = place.add(campaign), place.add(make_lead_campaign())
        with django_capture_on_commit_callbacks(execute=True):
            lead = make_lead(campaign)
            make_lead(campaign, {"email": ""})

        [delivery] = LeadDelivery.objects.all()
        assert (delivery.lead, delivery.integration, delivery.round) == (lead, here.id, 1)
        assert place.heard == [here.id]

    def test_reprocessed_it_is_queued_in_its_new_round(self, place, agency, campaign):
        place.add(campaign)
        lead = make_lead(campaign)
        done(agency, "reprocess", [lead])

        states = LeadDelivery.objects.order_by("round").values_list("round", "state")
        assert list(states) == [(1, "withdrawn"), (2, "queued")]


class TestFlagged:
    def test_a_flag_in_the_queue_is_not_overwritten(self, place, agency, campaign):
        place.add(campaign)
        lead = make_lead(campaign, processed=False)
        done(agency, "test", [lead])
        queue.process()

        lead = again(lead)
        assert (lead.status, lead.processing, lead.score) == ("test", "complete", 100)
        assert not LeadDelivery.objects.exists()


def test_a_batch_whose_rules_are_too_slow_is_tried_in_smaller_ones(campaign, monkeypatch):
    process, sizes = batch.process, []

    def noted(leads):
        sizes.append(len(leads))
        return process(leads)

    monkeypatch.setattr(batch, "BUDGET_SECONDS", -1.0)
    monkeypatch.setattr(batch, "process", noted)
    bring(campaign, *[{"email": f"{n}@a.org"} for n in range(3)])

    assert queue.process() == 3
    assert sizes[0] == 3
    assert sizes[-1] == 1
    assert set(Lead.objects.values_list("processing", "status")) == {("complete", "valid")}


def test_a_batch_asks_no_query_a_lead(campaign):
    counts = []
    for size in (2, 40):
        bring(campaign, *[{"email": f"{size}-{n}@a.org"} for n in range(size)])
        with CaptureQueriesContext(connection) as found:
            assert queue.process() == size
        counts.append(len(found))
    assert counts[0] == counts[1]


@pytest.mark.django_db(transaction=True)
def test_of_two_at_once_one_counts():
    """Two batches with the same address, each in its own transaction at the same time."""
    campaign = make_lead_campaign(jobs=[("duplicate", "email", DUPLICATE)])
    pairs = [{"email": f"{n}@a.org"} for n in range(60)]
    bring(campaign, *pairs)
    bring(campaign, *reversed(pairs))
    threads = [threading.Thread(target=_process_some) for _ in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    statuses = Counter(Lead.objects.values_list("data__email", "status"))
    assert statuses == {(p["email"], s): 1 for p in pairs for s in ("valid", "invalid")}
    written = Counter(LeadEvent.objects.filter(pgh_label="update").values_list("pgh_obj_id"))
    assert set(written.values()) == {1}


def _process_some():
    original, queue.BATCH = queue.BATCH, 7
    try:
        queue.process()
    finally:
        queue.BATCH = original
        connection.close()
