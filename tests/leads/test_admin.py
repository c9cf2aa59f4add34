"""Leads, their catalogue and a campaign's fields and rules in the Django admin."""

import pytest
from django.urls import reverse

from convertr.accounts.models import User
from convertr.audit.models import Entry
from leads.models import FlagReason, FlagReasonCategory, Lead
from tests.leads.kit import add_job, again, done, make_lead, make_lead_campaign

pytestmark = pytest.mark.django_db


@pytest.fixture
def admin(sign_in, admin_user):
    return sign_in(admin_user)


def change(thing):
    return reverse(f"admin:{thing._meta.label_lower.replace('.', '_')}_change", args=[thing.pk])


def listing(name):
    return reverse(f"admin:leads_{name}_changelist")


# --- leads ---


def test_leads_are_looked_at_only(admin):
    lead = make_lead()
    assert admin.get(listing("lead")).status_code == 200
    page = admin.get(change(lead)).text
    for words in ("Lovelace", "ada@analytical.org", str(lead.hash)):
        assert words in page, words
    assert admin.get(reverse("admin:leads_lead_add")).status_code == 403
    assert admin.post(reverse("admin:leads_lead_delete", args=[lead.pk])).status_code == 403
    assert admin.post(change(lead), {"status": "test"}).status_code == 403
    assert again(lead).version == lead.version


def test_leads_are_found_by_id_and_hash_and_filtered(admin):
    first, second = make_lead(), make_lead(status="test", processing="failed")

    def found(**query):
        return {lead.pk for lead in admin.get(listing("lead"), query).context["cl"].result_list}

    for key in (first.pk, first.hash, first.hash.hex):
        assert found(q=key) == {first.pk}
    assert found(q="ada@analytical.org") == set()
    assert found(status__exact="test") == found(processing__exact="failed") == {second.pk}


def test_deleted_leads_are_not_there(admin, agency):
    lead = make_lead()
    done(agency, "delete", [lead])
    assert admin.get(listing("lead")).context["cl"].result_count == 0
    assert admin.get(change(lead)).status_code == 302


def test_what_people_told_is_for_those_who_may_view_leads(admin, monkeypatch):
    lead = make_lead()
    has_perm = User.has_perm
    monkeypatch.setattr(
        User, "has_perm", lambda self, perm, obj=None: perm != "leads.view_leads"
        and has_perm(self, perm, obj),
    )  # fmt: skip
    page = admin.get(change(lead)).text
    assert str(lead.hash) in page
    for words in ("Lovelace", "ada@analytical.org"):
        assert words not in page, words


# --- the catalogue ---


@pytest.mark.parametrize(
    ("model", "name", "code"),
    [
        (FlagReason, "flagreason", "returned"),
        (FlagReasonCategory, "flagreasoncategory", "wrong-number"),
    ],
)
def test_a_used_line_is_retired_not_deleted(admin, agency, campaign, model, name, code):
    entry = model.objects.get(code=code)
    unused = model.objects.create(flag="invalid", code="nobody", text="Nobody's")
    lead = make_lead(campaign)
    done(agency, "invalid", [lead], reason="returned", own_reason="", category="wrong-number")
    # Once used, though no lead has it now.
    done(agency, "reprocess", [again(lead)])

    delete = reverse(f"admin:leads_{name}_delete", args=[entry.pk])
    assert admin.post(delete, {"post": "yes"}).status_code == 403
    admin.post(listing(name), {"action": "retire", "_selected_action": [entry.pk]})
    entry.refresh_from_db()
    assert entry.retired
    assert Entry.objects.get(action=f"{name}.retired").subject.endswith(code)
    admin.post(listing(name), {"action": "bring_back", "_selected_action": [entry.pk]})
    entry.refresh_from_db()
    assert not entry.retired
    admin.post(reverse(f"admin:leads_{name}_delete", args=[unused.pk]), {"post": "yes"})
    assert not model.objects.filter(pk=unused.pk).exists()


def test_a_lines_code_stays(admin):
    reason = FlagReason.objects.get(flag="invalid", code="fraud")
    admin.post(change(reason), {"text": "Fraudulent", "code": "other", "flag": "test"})
    reason.refresh_from_db()
    assert (reason.text, reason.code, reason.flag) == ("Fraudulent", "fraud", "invalid")


# --- campaigns ---


def campaign_data(campaign, **lines):
    """The form's data; `lines` are lists of dicts by the name of an inline."""
    data = {"name": campaign.name, "advertiser": campaign.advertiser_id, "status": campaign.status}
    for prefix in ("lead_fields", "value_transforms", "processor_jobs"):
        rows = lines.get(prefix, [])
        data |= {f"{prefix}-TOTAL_FORMS": len(rows),
                 f"{prefix}-INITIAL_FORMS": sum("id" in row for row in rows)}  # fmt: skip
        for n, row in enumerate(rows):
            data |= {f"{prefix}-{n}-{name}": value for name, value in row.items()}
    return data


@pytest.fixture
def bare():
    return make_lead_campaign(fields={"email": "email", "city": "text"}, jobs=())


def test_fields_and_rules_are_added_beside_the_campaign(admin, bare):
    answer = admin.post(
        change(bare),
        campaign_data(
            bare,
            lead_fields=[{"name": "zip", "label": "Postcode", "kind": "text", "position": 5}],
            value_transforms=[{"kind": "trim", "field": "city", "position": 0, "options": "{}",
                               "active": "on"}],
            processor_jobs=[{"kind": "duplicate", "field": "", "position": 0, "score": 10,
                             "options": '{"kind": "email", "days": 7}', "active": "on"}],
        ),
    )  # fmt: skip
    assert answer.status_code == 302, answer.context["errors"]
    assert [f.name for f in bare.lead_fields.all()][-1] == "zip"
    assert bare.value_transforms.get().kind == "trim"
    assert bare.processor_jobs.get().options == {"kind": "email", "days": 7}
    assert Entry.objects.filter(action="campaign.changed").exists()


@pytest.mark.parametrize(
    ("line", "told"),
    [
        ({"kind": "regex", "field": "city", "options": '{"pattern": "("}'}, "Pattern"),
        ({"kind": "regex", "field": "city", "options": "[1]"}, "JSON object in braces"),
        ({"kind": "regex", "field": "city", "options": '{"nope": 1}'}, "no option “nope”"),
        ({"kind": "nonsense", "field": "city", "options": "{}"}, "not one of the available"),
        ({"kind": "required", "field": "", "options": "{}"}, "A field is needed."),
    ],
)
def test_a_rule_that_cannot_be_made_is_told(admin, bare, line, told):
    job = {"position": 0, "score": 10, "active": "on", **line}
    answer = admin.post(change(bare), campaign_data(bare, processor_jobs=[job]))
    assert answer.status_code == 200
    assert told in answer.text
    assert not bare.processor_jobs.exists()


def test_a_used_field_stays_and_an_unused_one_goes(admin, bare):
    add_job(bare, "required", "city")
    email, city = bare.lead_fields.all()

    def remove(field):
        row = {"id": field.pk, "campaign": bare.pk, "name": field.name, "kind": field.kind,
               "position": 0, "DELETE": "on"}  # fmt: skip
        return admin.post(change(bare), campaign_data(bare, lead_fields=[row]))

    assert "A rule uses this field" in remove(city).text
    remove(email)
    assert [field.name for field in bare.lead_fields.all()] == ["city"]


def test_a_fields_name_stays(admin, bare):
    field = bare.lead_fields.first()
    row = {"id": field.pk, "campaign": bare.pk, "name": "other", "label": "Mail", "kind": "email",
           "position": 0}  # fmt: skip
    admin.post(change(bare), campaign_data(bare, lead_fields=[row]))
    field.refresh_from_db()
    assert (field.name, field.label) == ("email", "Mail")
    assert Lead.objects.count() == 0
