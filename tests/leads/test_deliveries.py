"""What whoever sends leads does with them, and others at the same moment."""

import threading

import pytest
from django.db import connection, transaction

from convertr.audit.context import recorded
from convertr.jobs import services as jobs
from leads import deliveries
from leads.models import Lead, LeadDelivery, LeadEvent
from leads.rules import DeliveryState
from tests.factories import outcomes, run_job
from tests.leads.kit import again, done, make_lead, make_leads, options_of, verify
from tests.workers import until

pytestmark = pytest.mark.django_db


@pytest.fixture
def to(place, campaign):
    """The id of the campaign's one integration."""
    return place.add(campaign).id


def states():
    return sorted(LeadDelivery.objects.values_list("state", flat=True))


def test_what_waits_is_claimed_once_sent_and_billable(to, campaign):
    leads = make_leads(3, campaign)

    assert list(deliveries.waiting(to)) == leads
    assert (deliveries.claim(to, 1), deliveries.claim(to, 2)) == (3, 0)
    with recorded():
        assert deliveries.settle(1, DeliveryState.SENT) == 3
    assert all(lead.is_billable and lead.first_delivered_at for lead in Lead.objects.all())
    assert LeadEvent.objects.filter(delivered=True).count() == 3
    assert list(deliveries.waiting(to)) == []


def test_what_could_not_be_sent_waits_again(to, campaign):
    make_leads(2, campaign)
    deliveries.claim(to, 1)
    deliveries.settle(1, DeliveryState.QUEUED)

    assert deliveries.waiting(to).count() == 2
    assert not Lead.objects.filter(delivered=True).exists()


@pytest.mark.parametrize("act", ["invalid", "test", "delivered", "delete"])
def test_flagged_away_it_waits_no_more(agency, to, campaign, act):
    lead = make_lead(campaign)
    done(agency, act, [lead])

    assert (list(deliveries.waiting(to)), deliveries.claim(to, 1)) == ([], 0)


def test_removed_ones_can_be_put_back(to, campaign):
    first, second = make_leads(2, campaign)

    assert deliveries.remove(to, [first.pk, 999_999]) == [first.pk]
    assert list(deliveries.waiting(to)) == [second]
    assert deliveries.put_back(to, [first.pk, second.pk]) == [first.pk]
    assert deliveries.waiting(to).count() == 2
    deliveries.claim(to, 1)
    assert deliveries.remove(to, [first.pk, second.pk]) == []


def test_removed_between_verify_and_confirm_it_is_queued_as_ticked(agency, to, campaign):
    lead = make_lead(campaign)
    job = verify(agency, "valid", [lead])
    deliveries.remove(to, [lead.pk])
    jobs.confirm(actor=agency, job=job, data={"own_reason": "Yes", "integrations": [to]})

    assert run_job(job).counts == {"applied": 1}
    assert states() == ["queued"]


def test_the_undo_of_a_flag_leaves_alone_what_is_being_sent(agency, to, campaign):
    lead = make_lead(campaign, status="caution")
    LeadDelivery.objects.all().delete()
    first = done(agency, "valid", [lead], integrations=[])
    done(agency, "valid", [again(lead)], integrations=[to])
    assert deliveries.claim(to, 1) == 1

    undone = run_job(jobs.undo(actor=agency, job=first, signature=str(agency)))

    assert outcomes(undone) == [("conflict", "changed_since_job")]
    assert again(lead).status == "valid"


class TestAtOnce:
    """One holds the leads, the other waits for them in the middle of its statement."""

    pytestmark = pytest.mark.django_db(transaction=True)

    @pytest.mark.parametrize("act", ["reprocess", "invalid", "delete"])
    def test_what_is_claimed_while_a_job_waits_for_it_is_left_alone(
        self, agency, to, campaign, act
    ):
        lead = make_lead(campaign)
        job = verify(agency, act, [lead])
        jobs.confirm(actor=agency, job=job, data=options_of(act, agency))
        with transaction.atomic():
            deliveries.claim(to, 1)
            waiter = Waiter(lambda: run_job(job))
            waiter.until_it_waits()
        waiter.end()

        assert [outcome for outcome, _code in outcomes(job)] == ["conflict"]
        assert (again(lead).status, again(lead).round, states()) == ("valid", 1, ["sending"])

    def test_what_is_removed_while_a_claim_waits_for_it_is_not_sent(self, to, campaign):
        lead = make_lead(campaign)
        with transaction.atomic():
            deliveries.remove(to, [lead.pk])
            waiter = Waiter(lambda: deliveries.claim(to, 1))
            waiter.until_it_waits()
        waiter.end()

        assert (waiter.answer, states()) == (0, ["removed"])

    def test_what_is_claimed_while_a_removal_waits_for_it_goes_out(self, to, campaign):
        lead = make_lead(campaign)
        with transaction.atomic():
            deliveries.claim(to, 1)
            waiter = Waiter(lambda: deliveries.remove(to, [lead.pk]))
            waiter.until_it_waits()
        waiter.end()

        assert (waiter.answer, states()) == ([], ["sending"])

    def test_settling_and_flagging_valid_wait_for_each_other_in_one_order(
        self, agency, to, campaign
    ):
        lead = make_lead(campaign)
        deliveries.claim(to, 1)
        job = verify(agency, "valid", [lead])
        data = {"own_reason": "Yes", "integrations": [to]}
        jobs.confirm(actor=agency, job=job, data=data)
        with recorded():
            list(Lead.objects.select_for_update().filter(pk=lead.pk))
            waiter = Waiter(lambda: run_job(job))
            waiter.until_it_waits()
            deliveries.settle(1, DeliveryState.SENT)
        waiter.end()

        assert again(lead).delivered
        assert states() == ["sent"]


class Waiter:
    """Does something in a thread, on a connection of its own."""

    def __init__(self, act):
        self.act, self.answer, self.pid = act, None, None
        self.thread = threading.Thread(target=self._run)
        self.thread.start()

    def _run(self):
        try:
            with connection.cursor() as cursor:
                cursor.execute("SELECT pg_backend_pid()")
                [self.pid] = cursor.fetchone()
            self.answer = self.act()
        finally:
            connection.close()

    def until_it_waits(self):
        def waits():
            with connection.cursor() as cursor:
                cursor.execute(
                    "SELECT count(*) FROM pg_stat_activity"
                    " WHERE pid = %s AND wait_event_type = 'Lock'",
                    [self.pid or 0],
                )
                return cursor.fetchone()[0]

        until(waits, what="the other to wait")

    def end(self):
        self.thread.join(timeout=30)
        assert not self.thread.is_alive()
