"""Whose a draft is, how it starts, and what ends it."""

import re
from datetime import timedelta

import pytest
from django.utils import timezone

from convertr.jobs import engine
from convertr.jobs.models import Job, State
from leads.models import Lead
from tests.factories import make_user, run_job
from tests.leads.kit import make_leads
from tests.leads.wizard.kit import (
    HTMX,
    START,
    STEPS,
    begin,
    chosen,
    confirm,
    copy_leads,
    now,
    url,
)

pytestmark = pytest.mark.django_db


ADDRESSES = (
    ("GET", "leads"), ("GET", "type"), ("GET", "processing"), ("GET", "leads/found"),
    ("GET", "leads/missing.txt"), ("POST", "leads"), ("POST", "drop"), ("POST", "type"),
    ("POST", "processing"), ("POST", "typed"), ("POST", "discard"),
)  # fmt: skip


def test_it_is_its_beginners_alone(agency, leads, sign_in, partner_user):
    job = chosen(agency, "test", *leads)
    colleague = make_user(permissions="all")
    reader = make_user()
    for method, path in ADDRESSES:
        found = [
            getattr(sign_in(user), method.lower())(url(job, path)).status_code
            for user in (colleague, reader, partner_user)
        ]
        assert (path, found) == (path, [404, 403, 403])
    for user in (reader, partner_user):
        assert sign_in(user).post(START).status_code == 403
    assert now(job).state == State.VERIFIED


def test_bad_ids_and_wrong_methods(agency, staff, leads):
    job = begin(agency, *leads)
    done = [staff.get(f"{START}/{number}/leads").status_code for number in (job.pk + 1, 10**30)]
    assert done == [404, 404]
    assert staff.get(url(job, "leads/nonsense")).status_code == 404
    assert staff.post(url(job, "drop"), {"what": "nonsense"}).status_code == 404
    for path in ("drop", "typed", "discard"):
        assert staff.get(url(job, path)).status_code == 405
    for path in STEPS:
        assert staff.delete(url(job, path)).status_code == 405


def test_a_job_of_another_kind_or_channel_is_not_there(agency, staff, leads):
    job = begin(agency, *leads)
    Job.objects.filter(pk=job.pk).update(channel="api")
    assert staff.get(url(job, "leads")).status_code == 404


def test_it_starts_empty_or_with_what_is_selected(staff, leads):
    empty = staff.post(START)
    assert empty["Location"] == url(Job.objects.get(), "leads")

    ids = [lead.pk for lead in leads[:2]]
    begun = staff.post(START, {"from": "selection", "ids": ids}, headers=HTMX)

    job = Job.objects.latest("pk")
    assert begun["HX-Redirect"] == url(job, "leads")
    assert list(job.rows.order_by("seq").values_list("key_id", flat=True)) == ids
    nothing = staff.post(START, {"from": "selection"}, headers=HTMX)
    assert "Select at least one row" in nothing["HX-Trigger"]
    assert Job.objects.count() == 2


def test_all_that_match_with_the_number_typed(staff, leads, settings):
    copy_leads(leads[0], 3_000)
    everything = {
        "from": "selection", "all": "1", "query": f"campaign={leads[0].campaign_id}",
        "ceiling": Lead.objects.latest("pk").pk,
    }  # fmt: skip
    untyped = staff.post(START, everything, headers=HTMX)
    assert "Type the exact number, 3,003" in untyped["HX-Trigger"]
    begun = staff.post(START, {**everything, "confirm_count": "3,003"}, headers=HTMX)

    job = Job.objects.get()
    assert begun["HX-Redirect"] == url(job, "leads")
    assert job.total == 3_003

    settings.CSV_MAX_ROWS = 3_002
    over = staff.post(START, {**everything, "confirm_count": "3003"}, headers=HTMX)
    assert "At most 3,002 leads at once" in over["HX-Trigger"]
    assert Job.objects.count() == 1


def test_drafts_expire(staff, agency, leads):
    old, new, ready = begin(agency, *leads), begin(agency), chosen(agency, "test", *leads)
    passed = timezone.now() - timedelta(seconds=1)
    Job.objects.filter(pk__in=[old.pk, ready.pk]).update(expires_at=passed)
    late = confirm(staff, ready, reason="own-test")
    assert late.status_code == 422
    assert "expired" in late.text

    engine.recover()

    assert [now(job).state for job in (old, new, ready)] == ["expired", "draft", "expired"]
    assert "was not confirmed in time" in staff.get(url(old, "leads")).text
    assert staff.post(url(old, "leads"), {"ids": "1", "go": "add"}).status_code == 409


def test_a_draft_can_be_discarded(staff, agency, leads):
    job = begin(agency, *leads)
    assert staff.post(url(job, "discard"))["Location"] == "/v2/leads"
    assert now(job).state == State.CANCELLED
    assert "Nothing was changed" in staff.get(url(job, "leads")).text


def test_the_jobs_page_leads_back_to_the_wizard(staff, agency, leads, sign_in):
    draft, ready = begin(agency, *leads), chosen(agency, "invalid", *leads)
    page = f"/v2/jobs/{ready.pk}"
    assert staff.get(f"/v2/jobs/{draft.pk}")["Location"] == url(draft, "leads")
    assert staff.get(page)["Location"] == url(ready, "processing")
    assert staff.get("/v2/jobs").status_code == 200
    assert url(ready, "processing") in staff.get(f"{page}/modal", headers=HTMX).text

    colleague = sign_in(make_user(permissions="all"))
    seen = colleague.get(page).text
    assert "Ada Agency is still preparing this" in seen
    assert "Confirm 3" not in seen
    refused = colleague.post(f"{page}/confirm", {"integrations": "x"}, headers=HTMX)
    assert refused.status_code == 422
    assert now(ready).state == State.VERIFIED

    confirm(staff, ready, reason="fraud")
    run_job(ready)
    assert staff.get(page).status_code == 200


def test_no_page_asks_more_of_the_database_for_more_leads(
    staff, agency, campaign, django_assert_max_num_queries
):
    make_leads(1, campaign)
    few = chosen(agency, "test", *Lead.objects.all())
    copy_leads(Lead.objects.get(), 40)
    many = chosen(agency, "test", *Lead.objects.all())
    for path in (*STEPS, "leads/found"):
        staff.get(url(few, path))
        counted = []
        for job in (few, many):
            with django_assert_max_num_queries(60) as queries:
                assert staff.get(url(job, path)).status_code == 200
            counted.append(len(queries))
        assert counted[1] <= counted[0], path


def test_no_data_of_a_lead_is_on_the_pages_or_in_the_log(staff, agency, leads, caplog):
    job = chosen(agency, "test", *leads)
    shown = "".join(staff.get(url(job, path)).text for path in (*STEPS, "leads/found"))
    assert not re.search(r"lead\d@analytical|Lovelace", shown + caplog.text)
