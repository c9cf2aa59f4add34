"""The page, and that no row costs a query."""

import io

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from convertr.jobs.models import Job
from convertr.ui.notifications import render
from requests_workflow.models import Comment
from tests.factories import (
    make_conversion,
    make_csv,
)
from tests.requests_workflow.importing.kit import (
    imported,
)
from tests.requests_workflow.kit import again, make_create

pytestmark = pytest.mark.django_db
CHANGE = "request_type,conversion_uuid,payout"
KNOWN = "conversion_request_id,request_type,request_status,payout,reason,comment"


def test_the_page_verifies_and_leads_to_the_job(raiser, conversion, sign_in):
    client, url = sign_in(raiser), reverse("requests:import")
    page = client.get(url)
    assert page.status_code == 200
    assert "revenue" not in page.content.decode()

    data = make_csv(CHANGE, ["CHANGE", conversion.uuid, "9"])
    file = io.BytesIO(data)
    file.name = "../../<b>evil</b>\u202e.csv"
    response = client.post(url, {"file": file})

    job = Job.objects.get()
    assert response.status_code == 302
    assert response.url == job.get_absolute_url()
    page = client.get(response.url).content.decode()
    assert "<b>evil" not in page
    assert "To be raised" in page
    rows = client.get(reverse("jobs:rows", args=[job.pk]), {"bucket": "ready"}).content.decode()
    assert "4.00" in rows
    assert "9.00" in rows


def test_the_page_says_why_a_file_is_refused(raiser, sign_in):
    client, url = sign_in(raiser), reverse("requests:import")
    assert client.post(url).status_code == 422
    file = io.BytesIO(b"what\nis\n")
    file.name = "x.csv"
    response = client.post(url, {"file": file})

    assert response.status_code == 422
    assert "no header row" in response.content.decode()


def test_the_page_is_for_those_who_may_import(agency2, partner_user, sign_in, client):
    url = reverse("requests:import")

    assert sign_in(agency2).get(url).status_code == 403
    assert sign_in(partner_user).get(url).status_code == 403
    assert client.get(url).status_code == 302


def test_queries_do_not_grow_with_the_rows(raiser, agency, offer, partner):
    def queries(count):
        requests = [make_create(raiser, offer, partner) for _ in range(count)]
        fresh = [make_conversion(offer=offer, partner=partner) for _ in range(count)]
        rows = [[r.pk, "", "ACCEPTED", "", "", "Fine"] for r in requests]
        rows += [["", "CHANGE", "", c.uuid, "9", "New"] for c in fresh]
        columns = "conversion_request_id,request_type,request_status,conversion_uuid,payout,comment"
        with CaptureQueriesContext(connection) as found:
            job = imported(agency, columns, *rows)
        assert job.counts == {"applied": 2 * count}
        return len(found)

    queries(2)
    assert queries(3) == queries(30)


def test_many_reasons_and_comments_are_few_statements_and_few_bells(raiser, agency, offer, partner):
    requests = [make_create(raiser, offer, partner, order_id=f"A-{n}") for n in range(20)]
    rows = [[r.pk, "", "REJECTED", "", f"Reason {r.pk}", ""] for r in requests[:10]]
    rows += [[r.pk, "", "", "", "", f"Comment {r.pk}"] for r in requests[10:]]
    with CaptureQueriesContext(connection) as found:
        job = imported(agency, KNOWN, *rows)

    assert job.counts == {"applied": 20}
    assert len(found) < 80
    assert [r.decision_reason for r in map(again, requests[:10])] == [
        f"Reason {r.pk}" for r in requests[:10]
    ]
    assert Comment.objects.count() == 10
    lines = [render(line) for line in raiser.notifications.order_by("pk")]
    assert lines == ["10 requests: rejected", "10 requests: new comments"]
