"""What is kept of leads, their files and attempts, and for how long: by settings, every hour."""

import io
from datetime import timedelta

import pytest
from django.core.files.storage import default_storage
from django.utils import timezone

from batches.models import Attempt, Batch, BatchLead
from convertr.audit.models import Entry
from convertr.jobs.models import Job
from convertr.jobs.tasks import housekeeping
from leads import tasks
from leads.erasing import services
from leads.exports.services import start_api_export
from leads.models import Erasing, Lead
from tests.batches.kit import make_integration, make_waiting, work
from tests.factories import run_job
from tests.leads.kit import make_lead, make_leads

pytestmark = pytest.mark.django_db


def ago(days):
    return timezone.now() - timedelta(days)


def kept():
    return list(Lead.objects.filter(erased_at=None).order_by("pk").values_list("pk", flat=True))


def test_leads_are_kept_for_ever_unless_a_setting_says_otherwise(settings, monkeypatch, agency):
    monkeypatch.setattr(services, "AT_ONCE", 2)
    leads = make_leads(5)
    for lead, days in zip(leads, (900, 400, 101, 99, 0), strict=True):
        Lead.objects.filter(pk=lead.pk).update(created_at=ago(days))
    Lead.objects.filter(pk=leads[1].pk).update(deleted_at=ago(1))
    assert settings.RETAIN_LEADS_DAYS == 0
    tasks.erase()
    assert kept() == [lead.pk for lead in leads]

    settings.RETAIN_LEADS_DAYS = 100
    tasks.erase()
    assert kept() == [lead.pk for lead in leads[3:]]
    assert not Erasing.objects.exists()
    assert Lead.objects.count() == 5
    entries = Entry.objects.filter(action="lead.erased_by_age").order_by("pk")
    assert [(one.actor_id, one.channel, one.details["leads"]) for one in entries] == [
        (None, "system", 2), (None, "system", 1),
    ]  # fmt: skip


def test_what_is_being_sent_waits_and_holds_up_no_other(settings, monkeypatch, memory):
    monkeypatch.setattr(services, "AT_ONCE", 1)
    settings.RETAIN_LEADS_DAYS = 100
    memory.fail(permanent=True)
    integration = make_integration(due=True)
    [leaving] = make_waiting(1, integration)
    work()
    other = make_lead(integration.campaign)
    Lead.objects.update(created_at=ago(200))
    tasks.erase()
    assert kept() == [leaving.pk]
    assert Lead.objects.get(pk=other.pk).data == {}


def test_files_lines_and_attempts_of_batches_go_by_age(settings, memory):
    settings.RETAIN_BATCH_ATTEMPTS_DAYS = 600
    old, new = (make_integration(due=True) for _ in range(2))
    make_waiting(2, old)
    make_waiting(2, new)
    work()
    name = Batch.objects.get(integration=old).stored
    Batch.objects.filter(integration=old).update(created_at=ago(500))
    Attempt.objects.filter(batch__integration=old).update(began_at=ago(500))
    housekeeping()

    assert not default_storage.exists(name)
    assert Batch.objects.get(integration=old).stored == ""
    assert set(BatchLead.objects.values_list("batch__integration", flat=True)) == {new.pk}
    assert Attempt.objects.count() == 2
    settings.RETAIN_BATCH_ATTEMPTS_DAYS = 400
    housekeeping()
    assert Attempt.objects.get().batch.integration == new
    assert Batch.objects.count() == 2


def test_lines_go_though_an_erased_lead_took_their_file_along(memory):
    make_waiting(1, make_integration(due=True))
    work()
    Batch.objects.update(stored="", created_at=ago(500))
    housekeeping()
    assert not BatchLead.objects.exists()


def test_files_of_exports_go_by_age_and_those_of_leads_within_a_day_where_leads_do(
    settings, agency
):
    jobs = [run_job(start_api_export(actor=agency, columns=["id"], conditions={})) for _ in "abc"]
    for job, days in zip(jobs, (31, 2, 0), strict=True):
        Job.objects.filter(pk=job.pk).update(finished_at=ago(days))
    other = default_storage.save("jobs/other", io.BytesIO(b"conversions"))
    Job.objects.create(
        kind="list_export", state="done", requested_by=agency, output=other,
        finished_at=ago(2), parameters={"list": "conversions"},
    )  # fmt: skip

    def left():
        return list(Job.objects.exclude(output="").order_by("pk").values_list("pk", flat=True))

    first = left()
    housekeeping()
    assert left() == first[1:]
    assert not default_storage.exists(str(jobs[0].output))
    settings.RETAIN_LEADS_DAYS = 100
    housekeeping()
    assert left() == first[2:]
