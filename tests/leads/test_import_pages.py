"""The pages of the import: file, columns, what was verified; and who may see its rows at all."""

import re

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.utils import timezone

from convertr.accounts.models import Role
from convertr.accounts.permissions import grant
from convertr.jobs import engine
from convertr.jobs import services as jobs
from convertr.jobs.models import Job
from leads.models import CampaignField, Lead
from tests.factories import make_csv, make_partner, make_user, run_job
from tests.http_api.conftest import Caller
from tests.leads.kit_files import upload, verify

pytestmark = pytest.mark.django_db
URL = "/v2/leads/import"
NAMES = "firstName,lastName,email"
ADA = ("Ada", "Lovelace", "ada@analytical.org")


@pytest.fixture
def staff(sign_in, agency):
    return sign_in(agency)


def send(client, chosen, data, name="leads.csv", **more):
    file = SimpleUploadedFile(name, data)
    fields = {"campaign": chosen.pk, "partner": make_partner().pk, "file": file, **more}
    return client.post(URL, fields)


def test_from_the_file_to_the_leads(staff, campaign):
    data = make_csv(f"{NAMES},note", (*ADA, "n1"), ("Bob", "B", "", "n2"), (*ADA, "n1"))
    CampaignField.objects.filter(campaign=campaign, name="email").update(required=True)
    sent = send(staff, campaign, data, replacement="on")
    job = Job.objects.get()
    assert (sent.status_code, sent.url) == (302, f"{URL}/{job.pk}")
    # A draft is gone on with on its own page.
    assert staff.get(f"/v2/jobs/{job.pk}").url == sent.url

    page = staff.get(sent.url).content.decode()
    assert page.count(" selected>") == 3
    assert "n1" in page

    mapping = {f"column-{n}": t for n, t in enumerate(job.parameters["mapping"])}
    refused = staff.post(sent.url, {**mapping, "column-2": ""})
    assert refused.status_code == 422
    assert "email is required" in refused.content.decode()

    assert staff.post(sent.url, mapping).status_code == 302
    page = staff.get(sent.url).content.decode()
    assert re.findall(r'tile-number">(\d+)', page) == ["1", "0", "2", "0"]
    assert "Yes: each lead is marked as one" in page
    assert "Change what the columns become" in page
    assert 'name="column-0"' in staff.get(f"{sent.url}?columns").content.decode()

    bad = b"".join(staff.get(f"/v2/jobs/{job.pk}/rows.csv?bucket=bad")).decode()
    assert bad.splitlines() == [
        "firstName,lastName,email,note,line,code,error",
        "Bob,B,,n2,3,field_required,email is required",
        "Ada,Lovelace,ada@analytical.org,n1,4,duplicate,the same as line 2",
    ]
    assert staff.post(f"/v2/jobs/{job.pk}/confirm").status_code == 200
    run_job(job)
    assert Lead.objects.get().replacement == "replacement"


def test_a_file_is_forgotten(staff, campaign):
    send(staff, campaign, make_csv(NAMES, ADA))
    job = Job.objects.get()
    assert staff.post(f"{URL}/{job.pk}", {"act": "drop"}).url == URL
    assert not Job.objects.exists()


@pytest.mark.parametrize(
    ("fields", "told"),
    [
        ({"file": ""}, "Choose a file first"),
        ({"campaign": ""}, "Mend what is marked"),
        ({"partner": "x"}, "Mend what is marked"),
        ({"file": SimpleUploadedFile("a.csv", b"%PDF")}, "This is no CSV"),
    ],
)
def test_what_the_first_page_refuses(staff, campaign, fields, told):
    response = send(staff, campaign, b"email\na@a.org", **fields)
    assert response.status_code == 422
    assert told in response.content.decode()
    assert not Job.objects.exclude(state="refused").exists()


def test_a_draft_ends_when_nobody_goes_on_with_it(agency, campaign):
    job = upload(agency, campaign, NAMES, ADA)
    engine.recover()
    job.refresh_from_db()
    assert job.state == "draft"
    Job.objects.update(expires_at=timezone.now())
    engine.recover()
    job.refresh_from_db()
    assert job.state == "expired"


# --- who sees it ---


def test_only_who_may_see_leads_sees_the_rows_of_their_import(agency, campaign, sign_in):
    """Whatever else one may: pages, rows, downloads, the list and the API know no such job."""
    job = verify(agency, campaign, NAMES, ADA)
    blind = make_user("blind@example.test", permissions="all")
    blind.user_permissions.remove(*blind.user_permissions.filter(codename="view_leads"))
    pages = ("", "/modal", "/rows?bucket=ready", "/rows.csv", "/rows.csv?bucket=bad", "/output")
    former = make_user("former@example.test", role=Role.PARTNER)
    grant(former, ["jobs.import_data", "leads.view_leads"])

    for user in (blind, former):
        client, key = sign_in(user), Caller(user)
        got = [client.get(f"/v2/jobs/{job.pk}{page}").status_code for page in pages]
        assert got == [404] * len(pages)
        acts = [
            client.post(f"/v2/jobs/{job.pk}/{act}").status_code for act in ("confirm", "cancel")
        ]
        assert acts == [404, 404]
        assert key.call("GET", f"/v1/jobs/{job.pk}").status_code == 404
        assert key.call("GET", f"/v1/jobs/{job.pk}/rows").status_code == 404
        assert f"/v2/jobs/{job.pk}" not in client.get("/v2/jobs?range=any").content.decode()
        assert client.get(f"{URL}/{job.pk}").status_code == 403

    seeing = make_user("seeing@example.test", permissions=["leads.view_leads"])
    client, key = sign_in(seeing), Caller(seeing)
    got = [client.get(f"/v2/jobs/{job.pk}{page}").status_code for page in pages]
    assert got == [200, 200, 200, 200, 200, 404]
    assert key.call("GET", f"/v1/jobs/{job.pk}/rows").json()["rows"][0]["input"] == list(ADA)
    assert f"/v2/jobs/{job.pk}" in client.get("/v2/jobs?range=any").content.decode()


def test_who_loses_the_permission_loses_its_own_imports(agency, campaign, sign_in):
    job = verify(agency, campaign, NAMES, ADA)
    agency.user_permissions.remove(*agency.user_permissions.filter(codename="view_leads"))
    assert sign_in(agency).get(f"/v2/jobs/{job.pk}").status_code == 404
    assert Job.objects.visible_to(type(agency).objects.get(pk=agency.pk)).count() == 0


def test_anothers_import_is_not_gone_on_with(agency, agency2, campaign, sign_in):
    job = upload(agency, campaign, NAMES, ADA)
    grant(agency2, ["jobs.import_data", "leads.view_leads"])
    client = sign_in(agency2)
    assert client.get(f"{URL}/{job.pk}").status_code == 404
    assert client.post(f"{URL}/{job.pk}", {"act": "drop"}).status_code == 404
    assert "is still preparing this" in client.get(f"/v2/jobs/{job.pk}").content.decode()
    assert client.get(f"{URL}/999999999999999999999").status_code == 404


def test_another_may_confirm_what_was_verified(agency, agency2, campaign):
    job = verify(agency, campaign, NAMES, ADA)
    grant(agency2, ["jobs.import_data", "leads.view_leads"])
    assert run_job(jobs.confirm(actor=agency2, job=job)).counts == {"applied": 1}
