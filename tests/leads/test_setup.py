"""Setting a campaign's leads up: services with their audit, dialogs built from options, doors."""

import pytest
from django.core.exceptions import PermissionDenied

from convertr.audit.models import Entry
from convertr.errors import DomainError
from leads import processors, transforms
from leads.models import CampaignField, ProcessorJob, ValueTransform
from leads.setup import services
from leads.transforms import BadOptions
from tests.factories import make_campaign, make_user
from tests.leads.kit import add_job, make_lead, make_lead_campaign
from tests.leads.kit_pages import HTMX, setup_url

pytestmark = pytest.mark.django_db
PERMISSIONS = ["leads.view_leads", "leads.configure_campaigns"]


@pytest.fixture
def client(agency, sign_in):
    return sign_in(agency)


@pytest.fixture
def campaign():
    """Without rules."""
    return make_lead_campaign(name="Solar Leads", jobs=())


def post(client, campaign, rest, **data):
    return client.post(setup_url(campaign, rest), data, headers=HTMX)


def names(campaign, kind="lead_fields"):
    return [getattr(one, "name", None) or one.kind for one in getattr(campaign, kind).all()]


# --- fields ---


def test_fields_are_added_changed_moved_and_removed(client, campaign):
    answer = post(client, campaign, "add/field", name="birthday", label="Born", kind="date")
    assert (answer.status_code, "listChanged" in answer["HX-Trigger"]) == (204, True)
    field = campaign.lead_fields.get(name="birthday")
    assert (field.kind, field.required, names(campaign)[-1]) == ("date", False, "birthday")

    post(client, campaign, f"field/{field.pk}", label="Birthday", kind="text", required="on",
         name="other")  # fmt: skip
    field.refresh_from_db()
    assert (field.name, field.label, field.kind, field.required) == (
        "birthday", "Birthday", "text", True,
    )  # fmt: skip
    post(client, campaign, f"field/{field.pk}/up")
    assert names(campaign)[-2:] == ["birthday", "city"]
    post(client, campaign, f"field/{field.pk}/down")
    post(client, campaign, f"field/{field.pk}/down")
    assert names(campaign)[-2:] == ["city", "birthday"]
    post(client, campaign, f"field/{field.pk}/remove")
    assert "birthday" not in names(campaign)

    noted = Entry.objects.filter(subject=f"campaign {campaign.pk}").order_by("pk")
    assert [entry.action for entry in noted] == [
        "field.added", "field.changed", "field.moved", "field.moved", "field.moved",
        "field.removed",
    ]  # fmt: skip
    assert noted[0].details == {"field": "birthday"}


@pytest.mark.parametrize(
    ("name", "told"),
    [("email", "already"), ("1st", "Letters, digits and underscores"), ("", "required"),
     ("a b", "Letters"), ("x" * 61, "60 characters")],
)  # fmt: skip
def test_a_field_that_cannot_be_is_told_at_its_name(client, campaign, name, told):
    answer = post(client, campaign, "add/field", name=name, kind="text")
    assert answer.status_code == 422
    assert told in answer.context["form"]["name"].errors[0]


def test_a_used_field_stays_and_says_why(client, campaign):
    field = campaign.lead_fields.get(name="city")
    users = [
        lambda: add_job(campaign, "required", "city"),
        lambda: add_job(campaign, "required", "email", condition_field="city"),
        lambda: add_job(campaign, "empty_fields", "", options={"fields": ["email", "city"]}),
        lambda: ValueTransform.objects.create(
            campaign=campaign,
            kind="telephone",
            field="telephone",
            options={"country_field": "city"},
        ),
    ]
    for use in users:
        rule = use()
        with pytest.raises(DomainError) as refused:
            services.remove(actor=make_user(permissions=PERMISSIONS), step=field)
        assert refused.value.code == "field_used_by_rule"
        rule.delete()
    make_lead(campaign)
    asked = client.get(setup_url(campaign, f"field/{field.pk}/remove"), headers=HTMX)
    assert "Leads have values in this field" in asked.text
    answer = post(client, campaign, f"field/{field.pk}/remove")
    assert "Leads have values" in answer["HX-Trigger"]
    assert "city" in names(campaign)


# --- rules ---

RULES = [
    ("transform", "trim", {"field": "city"}, {}),
    ("transform", "default", {"field": "city", "option-value": " x "}, {"value": " x "}),
    ("transform", "map_values",
     {"field": "city", "option-map": "LDN = London\nBER=Berlin", "option-ignore_case": "on"},
     {"map": {"LDN": "London", "BER": "Berlin"}, "ignore_case": True}),
    ("transform", "map_values", {"field": "city", "option-map": '{"a=b": "c"}'},
     {"map": {"a=b": "c"}, "ignore_case": False}),
    ("transform", "join",
     {"field": "city", "option-fields": "firstName, lastName", "option-separator": " "},
     {"fields": ["firstName", "lastName"], "separator": " "}),
    ("job", "list_denied", {"field": "city", "option-values": "Rome\n\nParis\n", "score": "5"},
     {"values": ["Rome", "Paris"]}),
    ("job", "duplicate",
     {"option-kind": "telephone", "option-days": "7", "option-scope": "advertiser", "score": "0"},
     {"kind": "telephone", "days": 7, "scope": "advertiser"}),
]  # fmt: skip


@pytest.mark.parametrize(("what", "kind", "data", "options"), RULES)
def test_a_rule_is_added_by_its_form_and_shown_as_stored(
    client, campaign, what, kind, data, options
):
    answer = post(client, campaign, f"add/{what}/{kind}", **data)
    assert answer.status_code == 204, answer.text
    model = ValueTransform if what == "transform" else ProcessorJob
    rule = model.objects.get(campaign=campaign)
    assert rule.options == options

    # The form of what is stored, saved as it is, stores the same.
    form = client.get(setup_url(campaign, f"{what}/{rule.pk}"), headers=HTMX).context["form"]
    again = {form[name].html_name: form[name].value() for name in form.fields}
    again = {
        name: value
        for name, value in again.items()
        if value not in (None, "") and value is not False
    }
    assert post(client, campaign, f"{what}/{rule.pk}", **again).status_code == 204
    rule.refresh_from_db()
    assert (rule.options, rule.field) == (options, data.get("field", ""))


def test_score_hardfail_and_condition_are_kept(client, campaign):
    post(client, campaign, "add/job/required", field="city", score="25", hardfail="on",
         condition_field="country", condition_value="DE;AT")  # fmt: skip
    job = campaign.processor_jobs.get()
    assert (job.score, job.hardfail, job.condition_field, job.condition_value) == (
        25, True, "country", "DE;AT",
    )  # fmt: skip
    page = client.get(setup_url(campaign)).text
    for words in ("25 points", "hardfail", "only if country is DE;AT"):
        assert words in page, words


@pytest.mark.parametrize(
    ("rest", "data", "field", "told"),
    [
        ("transform/regex_replace", {"field": "city", "option-pattern": "("}, "option-pattern",
         "The pattern can’t be read"),
        ("transform/map_values", {"field": "city", "option-map": "no sign"}, "option-map",
         "Each line is written “from = to”."),
        ("transform/map_values", {"field": "city", "option-map": "{"}, "option-map",
         "This is no JSON object."),
        ("transform/map_values", {"field": "city", "option-map": '{"a":' * 50_000}, "option-map",
         "This is no JSON object."),
        ("transform/join", {"field": "city", "option-fields": "nope"}, "option-fields",
         "The campaign has no field “nope”."),
        ("transform/default", {"field": "", "option-value": "x"}, "field", "required"),
        ("transform/default", {"field": "nope", "option-value": "x"}, "field", "not one of"),
        ("job/duplicate", {"option-days": "0", "score": "1", "option-kind": "email",
                           "option-scope": "campaign"}, "option-days", "At least 1."),
        ("job/age_range", {"field": "city", "score": "1"}, None, "An age from or to"),
        ("job/age_range", {"field": "city", "score": "1", "option-least": "9", "option-most": "2"},
         "option-least", "It is more than to years."),
        ("job/required", {"field": "city", "score": "1001"}, "score", "1000"),
        ("job/required", {"field": "city", "score": "1", "condition_value": "x"},
         "condition_field", "Choose the field"),
    ],
)  # fmt: skip
def test_bad_options_are_told_at_their_field(client, campaign, rest, data, field, told):
    answer = post(client, campaign, f"add/{rest}", **data)
    form = answer.context["form"]
    errors = form.non_field_errors() if field is None else form[field].errors
    assert answer.status_code == 422
    assert told in errors[0]
    assert not campaign.value_transforms.exists()
    assert not campaign.processor_jobs.exists()


def test_every_kind_has_a_form_of_its_options(client, campaign):
    kinds = [("transform", kind) for kind in transforms.all_transforms()]
    kinds += [("job", kind) for kind in processors.all_processors()]
    for what, kind in kinds:
        page = client.get(setup_url(campaign, f"add/{what}/{kind.name}"), headers=HTMX)
        asked = set(page.context["form"].fields)
        assert {f"option-{option.name}" for option in kind.options} <= asked, kind.name
        assert ("field" in asked) == kind.needs_field, kind.name
        assert str(kind.label) in page.text


def test_rules_are_ordered_switched_and_removed(client, campaign):
    first, second = (add_job(campaign, "required", name, position=0) for name in ("email", "city"))
    order = lambda: [job.field for job in campaign.processor_jobs.all()]  # noqa: E731
    post(client, campaign, f"job/{second.pk}/up")
    assert order() == ["city", "email"]
    post(client, campaign, f"job/{second.pk}/up")
    assert order() == ["city", "email"]
    post(client, campaign, f"job/{first.pk}/off")
    first.refresh_from_db()
    assert not first.active
    assert "Switch Required on" in client.get(setup_url(campaign)).text
    post(client, campaign, f"job/{first.pk}/on")
    first.refresh_from_db()
    assert first.active
    asked = client.get(setup_url(campaign, f"job/{first.pk}/remove"), headers=HTMX)
    assert "Remove Required" in asked.text
    post(client, campaign, f"job/{first.pk}/remove")
    assert order() == ["city"]
    assert [e.action for e in Entry.objects.filter(action__contains="switched").order_by("pk")] == [
        "processor_job.switched_off", "processor_job.switched_on",
    ]  # fmt: skip


def test_what_cannot_be_carried_out_is_told_on_the_page(client, campaign):
    add_job(campaign, "regex", "city", options={"pattern": "("})
    add_job(campaign, "nonsense", "city")
    page = client.get(setup_url(campaign)).text
    assert page.count("setup-bad") == 2
    assert "There is no processor job “nonsense”." in page


def test_a_rule_of_the_service_is_checked_too(agency, campaign):
    with pytest.raises(BadOptions):
        services.add_rule(
            actor=agency, campaign=campaign, model=ProcessorJob, kind="regex", field="city",
            options={"pattern": "("},
        )  # fmt: skip
    assert not campaign.processor_jobs.exists()


# --- doors ---


def paths(campaign, field, job):
    both = ["add/field", "add/job/required", f"field/{field.pk}", f"job/{job.pk}/remove"]
    return ["", *both], [*both, "try", f"job/{job.pk}/up"]


def test_it_takes_the_permission(agency2, partner_user, sign_in, campaign):
    field, job = campaign.lead_fields.first(), add_job(campaign, "required", "email")
    looks, acts = paths(campaign, field, job)
    reader = make_user(permissions=["leads.view_leads"])
    for person in (reader, agency2, partner_user):
        client = sign_in(person)
        for rest in looks:
            assert client.get(setup_url(campaign, rest)).status_code == 403
        for rest in acts:
            assert client.post(setup_url(campaign, rest)).status_code == 403
        with pytest.raises(PermissionDenied):
            services.remove(actor=person, step=job)
    allowed = sign_in(make_user(permissions=PERMISSIONS))
    for rest in looks:
        assert allowed.get(setup_url(campaign, rest), headers=HTMX).status_code == 200


def test_what_is_not_there_is_a_404_and_wrong_methods_a_405(client, campaign):
    other = make_lead_campaign()
    field, job = other.lead_fields.first(), add_job(campaign, "required", "email")
    for rest in (f"field/{field.pk}", f"job/{'9' * 30}", f"what/{job.pk}", "add/job/nonsense",
                 "add/what/trim", f"field/{field.pk}/remove"):  # fmt: skip
        assert client.get(setup_url(campaign, rest)).status_code == 404, rest
    assert post(client, campaign, f"job/{job.pk}/explode").status_code == 404
    own = campaign.lead_fields.first()
    assert post(client, campaign, f"field/{own.pk}/off").status_code == 404
    assert client.get("/v2/campaign/999999/leads-setup").status_code == 404
    assert client.post(setup_url(campaign)).status_code == 405
    for rest in ("try", f"job/{job.pk}/up"):
        assert client.get(setup_url(campaign, rest)).status_code == 405
    client.logout()
    assert client.get(setup_url(campaign)).url.startswith("/accounts/login/")


def test_the_campaigns_page_tells_and_leads_there(client, campaign, sign_in, agency2):
    page = client.get(f"/v2/campaign/{campaign.pk}").text
    assert setup_url(campaign) in page
    assert "<code>firstName</code>" in page
    assert "Without a processor job its leads stay on hold." in page
    assert "no lead can come in" in client.get(f"/v2/campaign/{make_campaign().pk}").text
    reader = sign_in(make_user(permissions=["leads.view_leads"]))
    assert setup_url(campaign) not in reader.get(f"/v2/campaign/{campaign.pk}").text
    assert "<code>firstName</code>" not in sign_in(agency2).get(f"/v2/campaign/{campaign.pk}").text


def test_without_htmx_a_dialog_leads_back_to_the_page(client, campaign):
    answer = client.post(setup_url(campaign, "add/field"), {"name": "zip", "kind": "text"})
    assert answer.url == setup_url(campaign)
    assert CampaignField.objects.filter(name="zip").exists()
