"""Leads and real workers: told, not told, killed ten times, and all at once with the wizard."""

import itertools
import random
import threading
from collections import Counter, defaultdict
from functools import partial

import pytest
from django.db import connection

from convertr.audit.context import recorded
from convertr.jobs import services as jobs
from convertr.jobs.models import Heartbeat, Job, JobChunk, State
from leads.intake import NewLead, take_in
from leads.models import Lead, LeadEvent, LeadRun
from leads.nudge import nudge
from tests import workers
from tests.factories import make_partner
from tests.leads.kit import ADA, bring, make_lead_campaign, options_of, verify
from tests.workers import until

pytestmark = pytest.mark.django_db(transaction=True)
POISON = "a" * 4_000 + "!"


@pytest.fixture(autouse=True)
def quiet_broker():
    workers.forget_messages()


def waiting():
    return Lead.objects.filter(processing="queued").count()


def state(job):
    return Job.objects.values_list("state", flat=True).get(pk=job.pk)


def settled(campaign, count, **last):
    """Leads that were processed before, written at once; the last one with other data."""
    partner = make_partner()
    data = [{**ADA, "email": f"{n}@a.org"} for n in range(count)]
    data[-1] |= last
    with recorded():
        return Lead.objects.bulk_create(
            [
                Lead(
                    campaign=campaign, partner=partner, received=one, data=one,
                    processing="complete", status="valid", score=100,
                )
                for one in data
            ],
            batch_size=2_000,
        )  # fmt: skip


def test_a_worker_processes_what_comes_in_and_a_tick_what_nobody_told():
    campaign = make_lead_campaign()
    with workers.stopped_after(workers.worker("soon", queues="soon")):
        bring(campaign, {}, {})
        nudge()
        until(lambda: not waiting(), what="the leads that were told")
    bring(campaign, {})
    workers.forget_messages()
    with workers.stopped_after(workers.worker(), workers.beat()):
        until(lambda: not waiting(), what="a tick")
    assert set(Lead.objects.values_list("status", "round")) == {("valid", 1)}


def test_a_reprocess_of_10000_with_its_worker_killed_ten_times(agency, settings):
    """Each is processed, none twice in its history; one that poisons its rule fails alone."""
    settings.JOB_CHUNK_ROWS = 250
    chance = random.Random(20261128)
    pattern = {"options": {"pattern": "(a+)+$"}}
    campaign = make_lead_campaign(jobs=[("required", "email"), ("regex", "city", pattern)])
    leads = settled(campaign, 10_000, city=POISON)
    job = verify(agency, "reprocess", leads)
    done = JobChunk.objects.filter(job=job, state=JobChunk.State.DONE)
    struck = 0
    with workers.stopped_after(workers.worker("killed", children=4), workers.beat()) as [killed, _]:
        until(Heartbeat.objects.exists, what="the first tick")
        jobs.confirm(actor=agency, job=job, data=options_of("reprocess", agency))
        for _kill in range(10):
            before = done.count()
            until(
                lambda b=before: done.count() > b or state(job) == State.DONE,
                every=0.001, what="a chunk",
            )  # fmt: skip
            struck += state(job) != State.DONE
            killed.kill_child(chance)
        until(lambda: state(job) == State.DONE, what="the job", seconds=90)

    assert struck >= 5
    assert Job.objects.get(pk=job.pk).counts == {"applied": 9_999, "failed": 1}
    [failed] = job.rows.filter(outcome="failed")
    assert (failed.target_id, failed.code) == (leads[-1].pk, "processing_failed")
    assert not Lead.objects.exclude(round=2).exists()
    times = Counter(LeadEvent.objects.filter(round=2).values_list("pgh_obj_id", flat=True))
    assert times == {lead.pk: 1 for lead in leads}
    assert LeadRun.objects.count() == 10_000


class Crowd:
    """Threads that act at once; `wrong` has what went wrong in them, `flagged` the jobs."""

    def __init__(self, agency):
        self.agency, self.campaign, self.partner = agency, make_lead_campaign(), make_partner()
        self.numbers = itertools.count()
        self.wrong, self.flagged = [], []

    def post(self):
        """5,000 leads, a thousand a call."""
        for _call in range(5):
            data = [{**ADA, "email": f"{next(self.numbers)}@a.org"} for _ in range(1_000)]
            new = [NewLead(one) for one in data]
            take_in(campaign=self.campaign, partner=self.partner, leads=new)

    def flag(self, seed):
        """Half of what is there, up to 10,000 leads, four times."""
        chance = random.Random(seed)
        for _job in range(4):
            there = list(Lead.objects.order_by("pk")[:20_000])
            if len(there) < 500:
                continue
            job = verify(self.agency, chance.choice(["invalid", "test", "valid"]), there[::2])
            jobs.confirm(actor=self.agency, job=job, data={"own_reason": f"{seed}"})
            self.flagged.append(job)

    def all_at_once(self):
        acts = [*[self.post] * 4, partial(self.flag, 1), partial(self.flag, 2)]
        threads = [threading.Thread(target=self._run, args=(act,)) for act in acts]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        assert self.wrong == []

    def _run(self, act):
        try:
            act()
        except Exception as error:  # told in the test's own thread
            self.wrong.append(error)
        finally:
            connection.close()


def test_20000_leads_while_two_workers_process_and_the_wizard_flags(agency):
    """No deadlock; the counts add up; each lead's history is in order."""
    crowd, before = Crowd(agency), deadlocks()
    with workers.stopped_after(workers.worker("one"), workers.worker("two"), workers.beat()):
        crowd.all_at_once()
        until(lambda: not waiting(), what="the leads", seconds=120)
        for job in crowd.flagged:
            until(lambda j=job: state(j) == State.DONE, what=f"job {job.pk}", seconds=120)

    assert deadlocks() == before
    assert Lead.objects.count() == 20_000
    for job in crowd.flagged:
        job.refresh_from_db()
        assert sum(job.counts.values()) == job.total
        assert set(job.counts) <= {"applied", "conflict", "unchanged"}
    assert_history_in_order()


def assert_history_in_order():
    """Each event one version after the one before; the last one is what the lead is."""
    versions = defaultdict(list)
    for lead, version in LeadEvent.objects.order_by("pgh_id").values_list("pgh_obj_id", "version"):
        versions[lead].append(version)
    now = dict(Lead.objects.values_list("pk", "version"))
    assert {pk: list(range(1, last + 1)) for pk, last in now.items()} == dict(versions)
    assert Counter(LeadRun.objects.values_list("lead", flat=True)) == dict.fromkeys(now, 1)


def deadlocks():
    with connection.cursor() as cursor:
        cursor.execute("SELECT deadlocks FROM pg_stat_database WHERE datname = current_database()")
        return cursor.fetchone()[0]
