"""Exporting leads: columns, conditions, templates, the file and the job that makes it."""

import re
from datetime import UTC, datetime

import pytest
from django.core.exceptions import PermissionDenied
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from convertr.accounts.permissions import grant
from convertr.audit.context import recorded
from convertr.errors import DomainError
from convertr.jobs.models import Job
from leads.exports import services
from leads.exports.columns import all_columns, usual
from leads.models import CampaignField, ExportTemplate, Lead
from tests.factories import make_partner, make_user, run_job
from tests.leads.kit import FIELDS, make_lead, make_lead_campaign, make_leads
from tests.requests_workflow.importing.kit import cells_of

pytestmark = pytest.mark.django_db
URL = "/v2/leads/export"
NOON = datetime(2026, 3, 1, 12, tzinfo=UTC)


@pytest.fixture
def staff(sign_in, agency):
    return sign_in(agency)


def exported(actor, columns=("id",), form="csv", **conditions):
    """The rows of an export without its header."""
    made = services.export(actor=actor, columns=columns, conditions=conditions, form=form)
    return cells_of(made)[1:]


def ids(actor, **conditions):
    return [int(row[0]) for row in exported(actor, **conditions)]


def text_of(job):
    """The file that a job made."""
    with job.output.open() as file:
        return file.read().decode("utf-8-sig")


@pytest.fixture
def zoo(campaign):
    """Leads that differ in all that an export can be narrowed by, by name; one is deleted."""
    other = make_lead_campaign(name="Other")
    partner = make_partner()
    told = {
        "plain": (campaign, {}),
        "other": (other, {}),
        "invalid": (campaign, {"status": "invalid"}),
        "new": (campaign, {"status": ""}),
        "delivered": (campaign, {"delivered": True}),
        "replacement": (campaign, {"replacement": "replacement"}),
        "old": (campaign, {"created_at": NOON}),
        "deleted": (campaign, {"deleted_at": NOON}),
    }
    found = {}
    for name, (of, fields) in told.items():
        found[name] = make_lead(of, {"email": f"{name}@a.org"}, partner=partner, **fields)
    found["partner"] = make_lead(campaign, {"email": "p@a.org"})
    return found


NARROWED = [
    ({}, "partner old replacement delivered new invalid other plain"),
    ({"campaign": ["other"]}, "other"),
    ({"campaign": ["other", "plain"], "status": ["invalid", "none"]}, "new invalid"),
    ({"partner": ["partner"]}, "partner"),
    ({"delivered": True}, "delivered"),
    ({"replacement": True}, "replacement"),
    ({"until": "2026-03-01"}, "old"),
    ({"since": "2026-03-01", "until": "2026-03-01"}, "old"),
    ({"since": "2026-03-02", "delivered": True, "status": ["valid"]}, "delivered"),
    ({"until": "2026-02-28"}, ""),
    ({"before": "2026-03-01T12:00:00+00:00"}, "old"),
    ({"before": "2026-03-01T12:59:59+01:00"}, ""),
    ({"list": "status=invalid"}, "invalid"),
    ({"list": "status=valid&status=invalid", "delivered": True}, "delivered"),
]


def test_conditions_narrow_an_export_and_deleted_leads_are_in_none(agency, zoo):
    by_id = {lead.pk: name for name, lead in zoo.items()}
    for conditions, names in NARROWED:
        told = dict(conditions)
        for key, of in (("campaign", "campaign_id"), ("partner", "partner_id")):
            if key in told:
                told[key] = [getattr(zoo[name], of) for name in told[key]]
        assert {by_id[pk] for pk in ids(agency, **told)} == set(names.split()), conditions


def test_a_wrong_filter_of_the_list_exports_nothing(agency, zoo):
    with pytest.raises(DomainError) as refused:
        ids(agency, list="status=nonsense")
    assert refused.value.code == "bad_filter"


def test_days_are_those_of_the_person(agency, campaign, settings):
    lead = make_lead(campaign, created_at=datetime(2026, 3, 1, 23, 30, tzinfo=UTC))
    agency.time_zone = "Europe/Berlin"
    agency.save()
    settings.EXPORT_AS_JOB_OVER = 0
    wanted = {"columns": ["id"], "conditions": {"since": "2026-03-02"}, "form": "csv"}
    with timezone.override("Europe/Berlin"):
        job = services.export(actor=agency, **wanted)
    assert text_of(run_job(job)).split() == ["ID", str(lead.pk)]


def test_columns_are_those_of_the_list_and_every_field(agency, campaign):
    CampaignField.objects.create(campaign=campaign, name="status")
    CampaignField.objects.create(campaign=make_lead_campaign(fields={"vat": "text"}), name="zz")
    lead = make_lead(
        campaign, {"status": "their own", "telephone": "+442079460018", "lastName": "=1+1"},
        score="87.50", own_reason="Because",
    )  # fmt: skip
    columns = [
        "lastName", "telephone", "id", "status", "data.status", "reason", "campaign", "score",
        "delivery", "replacement", "vat", "billable", "hash",
    ]  # fmt: skip
    [row] = exported(agency, columns)
    assert row == [
        "'=1+1", "+442079460018", str(lead.pk), "valid", "their own", "Because", "Solar Leads",
        "87.50", "undelivered", "none", "", "no", str(lead.hash),
    ]  # fmt: skip
    [row] = exported(agency, columns, form="xlsx")
    assert row[:2] == ["=1+1", "+442079460018"]
    names = [column.name for column in all_columns()]
    assert {*FIELDS, "zz", "data.status"} <= set(names)
    assert len(names) == len(set(names))


def test_the_header_has_labels_and_times_are_iso(agency, campaign):
    lead = make_lead(campaign, created_at=NOON)
    made = services.export(actor=agency, columns=["created_at", "email"], conditions={}, form="csv")
    assert cells_of(made) == [["Created", "email"], [NOON.isoformat(), lead.data["email"]]]


@pytest.mark.parametrize(
    ("columns", "code"),
    [([], "no_columns"), (["id", "nonsense"], "unknown_column"), (["received"], "unknown_column")],
)
def test_unknown_columns_are_refused(agency, campaign, columns, code):
    with pytest.raises(DomainError) as refused:
        exported(agency, columns)
    assert refused.value.code == code


def test_leads_come_by_key_and_no_query_is_made_for_a_lead(agency, campaign, monkeypatch):
    def queries():
        with CaptureQueriesContext(connection) as asked:
            rows = exported(agency, usual(all_columns()))
        return len(asked), len(rows)

    make_leads(20, campaign)
    queries()  # what is cached for later ones
    few = queries()
    make_leads(180, campaign)
    assert queries() == (few[0], 200)
    monkeypatch.setattr("leads.exports.writing.BATCH", 30)
    assert ids(agency) == list(
        Lead.objects.order_by("-created_at", "-pk").values_list("pk", flat=True)
    )


@pytest.mark.parametrize("form", ["csv", "xlsx"])
def test_many_leads_are_exported_by_a_job(agency, agency2, campaign, settings, sign_in, form):
    settings.EXPORT_AS_JOB_OVER = 3
    leads = make_leads(4, campaign)
    sent = sign_in(agency).post(
        URL, {"act": form, "columns": ["email", "id"], "campaign": campaign.pk}
    )
    job = Job.objects.get()
    assert sent.url == f"/v2/jobs/{job.pk}"
    # What was deleted since isn't in it.
    with recorded():
        Lead.objects.filter(pk=leads[0].pk).update(deleted_at=NOON)
    job = run_job(job)
    assert job.state == "done"
    rows = cells_of(sign_in(agency).get(f"/v2/jobs/{job.pk}/output"))
    assert sorted(rows[1:]) == sorted([lead.data["email"], str(lead.pk)] for lead in leads[1:])

    grant(agency2, ["leads.view_leads"])
    assert sign_in(agency2).get(f"/v2/jobs/{job.pk}/output").status_code == 404
    agency.user_permissions.remove(*agency.user_permissions.filter(codename="view_leads"))
    assert sign_in(agency).get(f"/v2/jobs/{job.pk}/output").status_code == 404


def test_a_job_makes_no_file_for_who_may_not_see_leads_any_more(agency, campaign):
    make_lead(campaign)
    job = services.start_api_export(actor=agency, columns=["id"], conditions={})
    agency.user_permissions.remove(*agency.user_permissions.filter(codename="view_leads"))
    job = run_job(job)
    assert (job.state, job.error_code, bool(job.output)) == ("failed", "export_not_allowed", False)


# --- by a call ---


def test_a_call_names_columns_and_conditions_as_its_api_does(agency, zoo):
    wanted = zoo["delivered"]
    job = services.start_api_export(
        actor=agency,
        columns=["id", "leadHash", "publisher", "email", "id"],
        conditions={
            "campaign.id": wanted.campaign_id,
            "publisher.id": [wanted.partner_id],
            "status": "valid",
            "delivered": True,
            "otherReasonType": "none",
            "createdTs[after]": "2026-03-01T12:00:01Z",
            "createdTs[before]": None,
        },
    )
    assert job.channel == "api"
    assert text_of(run_job(job)).splitlines() == [
        "id,hash,partner,email",
        f"{wanted.pk},{wanted.hash},{wanted.partner},delivered@a.org",
    ]


@pytest.mark.parametrize(
    "conditions",
    [
        {"email": "a@a.org"},
        {"campaign.id": "1"},
        {"campaign.id": True},
        {"campaign.id": [987654321]},
        {"publisher.id": 2**70},
        {"status": "nonsense"},
        {"status": [["valid"]]},
        {"delivered": "yes"},
        {"otherReasonType": 1},
        {"otherReasonType": []},
        {"createdTs[after]": "yesterday"},
        {"createdTs[after]": 17},
        {"createdTs[before]": "0001-01-01T00:00:00+14:00"},
        {"\ud800": 1},
    ],
)
def test_bad_conditions_of_a_call(agency, conditions):
    with pytest.raises(DomainError) as refused:
        services.start_api_export(actor=agency, columns=["id"], conditions=conditions)
    assert refused.value.code == "bad_condition"
    assert not Job.objects.exists()


def test_a_call_needs_the_permission(agency2):
    with pytest.raises(PermissionDenied):
        services.start_api_export(actor=agency2, columns=["id"], conditions={})


# --- the page and its templates ---


def test_the_page_downloads_what_was_chosen_in_its_order(staff, zoo):
    page = staff.get(URL).content.decode()
    assert 'value="firstName"' in page
    campaign = zoo["plain"].campaign_id
    chosen_ = {"columns": ["email", "id"], "campaign": campaign, "status": "invalid"}
    rows = cells_of(staff.post(URL, {"act": "csv", **chosen_}))
    assert rows == [["email", "ID"], ["invalid@a.org", str(zoo["invalid"].pk)]]
    assert "1 lead" in staff.post(URL, {"act": "count", **chosen_}).content.decode()
    assert "8 leads" in staff.post(URL, {"act": "count"}).content.decode()


@pytest.mark.parametrize(
    ("fields", "told"),
    [
        ({"columns": []}, "Choose at least one column"),
        ({"columns": ["nonsense"]}, "is unknown"),
        ({"since": "2026-03-02", "until": "2026-03-01"}, "It ends before it begins"),
        ({"campaign": "987654321"}, "A condition is not valid"),
        ({"list": "status=nonsense"}, "A filter is not valid"),
    ],
)
def test_what_the_page_refuses_keeps_what_was_chosen(staff, campaign, fields, told):
    response = staff.post(URL, {"act": "csv", "columns": ["email"], **fields})
    page = response.content.decode()
    assert (response.status_code, told in page) == (422, True)
    assert staff.post(URL, {"act": "nonsense"}).status_code == 404


def test_the_list_hands_its_filter_over(staff, zoo):
    link = f"{URL}?list=range%3D7d%26status%3Dinvalid"
    alike = f"{URL}?list=status%3Dinvalid%26range%3D7d"
    page = staff.get("/v2/leads?range=7d&status=invalid").content.decode()
    assert link in page or alike in page
    page = staff.get(link).content.decode()
    assert "Only the rows of the list" in page
    assert "Status Invalid" in page
    assert "is not valid" in staff.get(f"{URL}?list=status%3Dx").content.decode()
    query = "range=7d&status=invalid"
    rows = cells_of(staff.post(URL, {"act": "csv", "columns": "id", "list": query}))
    assert rows == [["ID"], [str(zoo["invalid"].pk)]]


def test_a_template_keeps_columns_and_conditions(staff, agency, zoo):
    campaign = zoo["plain"].campaign_id
    saved = {
        "act": "save", "name": " Weekly ", "columns": ["email", "id"], "campaign": campaign,
        "delivered": "0", "since": "2026-03-01", "list": "status=valid",
    }  # fmt: skip
    sent = staff.post(URL, saved)
    template = ExportTemplate.objects.get()
    assert sent["HX-Redirect"] == f"{URL}?template={template.pk}"
    assert (template.name, template.owner, template.shared) == ("Weekly", agency, False)
    assert template.columns == ["email", "id"]
    assert template.conditions == {
        "campaign": [campaign], "delivered": False, "since": "2026-03-01",
    }  # fmt: skip

    page = staff.get(f"{URL}?template={template.pk}").content.decode()
    first = page.index('value="email"')
    assert first < page.index('value="id"') < page.index('value="hash"')
    assert 'value="2026-03-01"' in page
    assert re.search(rf'name="campaign" value="{campaign}"[^>]*checked', page)

    # A field that is gone is left out; the name is used again for one's own.
    CampaignField.objects.filter(name="email").delete()
    assert 'value="email"' not in staff.get(f"{URL}?template={template.pk}").content.decode()
    staff.post(URL, {**saved, "columns": "id", "shared": "on"})
    template.refresh_from_db()
    assert (template.columns, template.shared) == (["id"], True)


def test_templates_are_ones_own_or_shared(agency, agency2, sign_in):
    grant(agency2, ["leads.view_leads"])

    def save(name, actor=agency, *, shared):
        return services.save_template(
            actor=actor, name=name, columns=["id"], conditions={}, shared=shared
        )

    own, shared = save("Own", shared=False), save("Shared", shared=True)
    save("Own", agency2, shared=False)
    other = sign_in(agency2)
    page = other.get(URL).content.decode()
    assert f"template={shared.pk}" in page
    assert f"template={own.pk}" not in page
    assert other.get(f"{URL}?template={shared.pk}").status_code == 200
    for number in (own.pk, 0, "x", 2**70):
        assert other.get(f"{URL}?template={number}").status_code == 404
    for number in (own.pk, shared.pk, "x"):
        assert other.post(URL, {"act": "delete", "template": number}).status_code == 404
    assert sign_in(agency).post(URL, {"act": "delete", "template": own.pk}).url == URL
    assert [one.name for one in services.templates_for(agency)] == ["Shared"]


@pytest.mark.parametrize("name", ["", "  ", "\0", "x" * 101])
def test_a_template_has_a_name(staff, name):
    response = staff.post(URL, {"act": "save", "name": name, "columns": "id"})
    assert response.status_code == 422
    assert "Give the template a name" in response["HX-Trigger"]


@pytest.mark.parametrize("method", ["get", "post"])
def test_only_who_may_see_leads_exports_them(sign_in, agency2, partner_user, method):
    for user in (agency2, partner_user, make_user(permissions=["jobs.import_data"])):
        assert getattr(sign_in(user), method)(URL).status_code == 403
