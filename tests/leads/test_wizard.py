"""The wizard's pages: whose they are, each step, Back, another tab, what ends a draft."""

import re
from datetime import timedelta

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.utils import timezone

from convertr.accounts.permissions import grant
from convertr.jobs import engine
from convertr.jobs.models import Job, State
from convertr.jobs.texts import render
from leads.models import FlagReason, Lead, LeadDelivery
from leads.rules import ACTS, Act
from leads.wizard import services
from leads.wizard.typed import of_text
from tests.factories import make_user, outcomes, run_job
from tests.leads.kit import again, make_lead, make_lead_campaign, make_leads

pytestmark = pytest.mark.django_db
HTMX = {"HX-Request": "true"}
START = "/v2/leads/manage"
STEPS = ("leads", "type", "processing")


@pytest.fixture
def staff(sign_in, agency):
    return sign_in(agency)


@pytest.fixture
def leads(campaign):
    return make_leads(3, campaign)


def begin(actor, *leads):
    return services.start(actor=actor, keys=of_text(" ".join(str(lead.pk) for lead in leads)))


def chosen(actor, act, *leads):
    """A draft for which a type is chosen."""
    return services.choose(actor=actor, job=begin(actor, *leads), act=Act(act))


def url(job, step):
    return f"{START}/{job.pk}/{step}"


def verified(job):
    return Job.objects.get(pk=job.pk).verified_at.isoformat()


def now(job):
    return Job.objects.get(pk=job.pk)


def confirm(client, job, **data):
    data = {"act": services.act_of(now(job)), "verified": verified(job), **data}
    return client.post(url(job, "processing"), data)


def upload(client, job, data, **more):
    file = SimpleUploadedFile("leads.csv", data, "text/csv")
    return client.post(url(job, "leads"), {"file": file, "go": "add", **more})


# --- Whose it is ----------------------------------------------------------------------------------

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


# --- Starting -------------------------------------------------------------------------------------


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


def copy_leads(lead, count):
    """`count` more of a lead, as the bench makes them."""
    many = [
        Lead(campaign_id=lead.campaign_id, partner_id=lead.partner_id, status="valid",
             processing="complete")
        for _ in range(count)
    ]  # fmt: skip
    Lead.objects.bulk_create(many, batch_size=5_000)


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


# --- Leads ----------------------------------------------------------------------------------------


def test_typed_ids_with_doubles_unknown_ones_and_hashes(staff, agency, leads):
    job = begin(agency, leads[0])
    first, second, third = leads
    typed = f"{first.pk},#{second.pk}; {second.hash}\n{third.hash.hex.upper()}\t{third.pk} nope 0"

    answer = staff.post(url(job, "leads"), {"ids": typed, "go": "add"}, headers=HTMX)

    assert "2 leads added, 3 chosen already, 2 not found." in answer["HX-Trigger"]
    assert (answer.context["found"], answer.context["missing"]) == (3, 2)
    assert [lead.pk for lead in leads] == [
        int(line) for line in text(staff.get(url(job, "leads/found.txt"))).split()
    ]
    assert text(staff.get(url(job, "leads/missing.txt"))).split() == ["nope", "0"]
    listed = staff.get(url(job, "leads/found")).text
    assert all(f">{lead.pk}<" in listed for lead in leads)
    assert "Solar Leads" in listed
    assert "nope" in staff.get(url(job, "leads/missing")).text

    staff.post(url(job, "drop"), {"what": "missing"})
    assert now(job).total == 3
    staff.post(url(job, "drop"), {"what": "all"})
    assert now(job).total == 0
    # Taken off, they can be chosen again.
    assert staff.post(url(job, "leads"), {"ids": typed, "go": "add"}).status_code == 302
    assert now(job).total == 5


def text(answer):
    return b"".join(answer).decode()


def test_next_goes_on_where_all_were_found(staff, agency, leads):
    job = begin(agency)
    nothing = staff.post(url(job, "leads"), {"ids": " ,\n", "go": "next"})
    assert nothing.status_code == 422
    assert "Choose at least one lead first" in nothing.text
    missed = staff.post(url(job, "leads"), {"ids": f"{leads[0].pk} nope", "go": "next"})
    assert missed["Location"] == url(job, "leads")
    assert staff.post(url(job, "leads"), {"go": "next"})["Location"] == url(job, "type")
    more = staff.post(url(job, "leads"), {"ids": str(leads[1].pk), "go": "next"}, headers=HTMX)
    assert more["HX-Redirect"] == url(job, "type")
    assert now(job).total == 3


def test_a_long_list_is_shown_page_by_page(staff, agency, leads):
    copy_leads(leads[0], 60)
    job = begin(agency, *Lead.objects.order_by("pk"))
    first = staff.get(url(job, "leads/found")).text
    assert first.count("<tr") == 52  # head, fifty, "Show more"
    assert "after=50" in first
    second = staff.get(url(job, "leads/found"), {"after": "50"}).text
    assert second.count("<tr") == 13
    assert "<thead" not in second
    assert staff.get(url(job, "leads/found"), {"after": "x"}).text.count("<tr") == 52


@pytest.mark.parametrize(
    ("head", "wrap"),
    [("Lead ID", "{}"), ("email,Hash", "x@y.org,{}"), ("", "{}"), ("anything", "  {} ")],
)
def test_a_csv_names_leads_in_its_column_of_ids(staff, agency, leads, head, wrap):
    job = begin(agency)
    keys = [leads[0].pk, leads[1].hash, leads[0].hash, leads[2].pk]
    lines = [head, *(wrap.format(key) for key in keys)] if head else [str(key) for key in keys]

    answer = upload(staff, job, "\n".join(lines).encode())

    assert answer.status_code == 302
    found = list(job.rows.order_by("seq").values_list("key_id", flat=True))
    assert found == [lead.pk for lead in leads]


@pytest.mark.parametrize(
    ("data", "told"),
    [
        (b"", "The file is empty"),
        (b"lead_id\n", "no rows after line 1"),
        (b"PK\x03\x04zip", "no CSV but a file of another kind (workbook)"),
        (b"lead_id\n1\n\xff\xfe1", "Line 3: not UTF-8"),
        (b'lead_id\n1\n"2', "Line 3: a quotation mark"),
        (b"lead_id\n1\na,\0", "Line 3, column 2 holds a NUL"),
        (b"lead_id;campaign\n1;2", "Line 1: the cells are not separated by commas"),
        (b"\nemail,country\na,b", "Line 2: no column is called lead_id"),
        (b"lead_id\n" + b"1\n" * 11, "Line 12: more than 10 rows"),
    ],
)
def test_a_refused_file_keeps_what_was_typed(staff, agency, leads, settings, data, told):
    settings.CSV_MAX_ROWS = 10
    job = begin(agency, leads[0])
    answer = upload(staff, job, data, ids="17 mine")
    assert answer.status_code == 422
    # An empty file comes as none.
    assert (told if data else "Type or paste lead IDs") in answer.text or told in answer.text
    assert "17 mine</textarea>" in answer.text
    assert now(job).total == 1


def test_more_than_fit_are_refused_together(staff, agency, leads, settings):
    settings.CSV_MAX_ROWS = 3
    job = begin(agency, *leads[:2])
    both = f"{leads[2].pk} {leads[2].hash}"
    assert staff.post(url(job, "leads"), {"ids": both, "go": "add"}).status_code == 302
    for ids in ("nope", " ".join(f"x{n}" for n in range(20))):
        refused = staff.post(url(job, "leads"), {"ids": ids, "go": "add"})
        assert refused.status_code == 422
        assert "At most 3 leads at once: choose fewer." in refused.text
    assert now(job).total == 3


# --- Type -----------------------------------------------------------------------------------------


def test_each_card_tells_to_how_many_and_why_not_to_the_others(staff, agency, place, campaign):
    place.add(campaign)
    valid, delivered, sending = make_leads(3, campaign)
    Lead.objects.filter(pk=delivered.pk).update(delivered=True)
    LeadDelivery.objects.exclude(lead=sending).delete()
    LeadDelivery.objects.update(state="sending")
    job = begin(agency, valid, delivered, sending)

    page = staff.get(url(job, "type"))

    told = {c.act: (c.applies, c.why_not) for c in page.context["choices"]}
    assert told[Act.VALID] == (3, [])
    assert told[Act.INVALID] == (2, [(1, "in a batch being sent")])
    assert told[Act.DELIVERED] == (1, [(1, "already delivered"), (1, "in a batch being sent")])
    assert told[Act.UNDELIVERED] == (1, [(2, "not delivered")])
    assert told[Act.DELETE] == (1, [(1, "in a batch being sent"), (1, render("is_delivered"))])
    assert "1 left alone: in a batch being sent" in page.text


def test_a_type_needs_its_permission_and_a_lead(staff, sign_in, leads):
    person = make_user(permissions=["leads.view_leads", "leads.flag_leads"])
    job, client = begin(person, leads[0]), sign_in(person)
    page = client.get(url(job, "type"))
    usable = {c.act for c in page.context["choices"] if c.can_be_chosen}
    assert usable == {act for act in Act if ACTS[act].permission == "leads.flag_leads"}
    assert "ask an administrator" in page.text
    assert client.post(url(job, "type"), {"act": "delete"}).status_code == 403
    grant(person, {one.permission for one in ACTS.values()} | {"leads.view_leads"})
    client = sign_in(person)
    for act, told in (("", "Choose what"), ("x", "Choose what"), ("undelivered", "To none")):
        refused = client.post(url(job, "type"), {"act": act})
        assert refused.status_code == 422
        assert told in refused.text
    assert now(job).state == State.DRAFT


def test_one_is_led_to_the_step_that_is_next(staff, agency, leads):
    empty, begun = begin(agency), begin(agency, *leads)
    assert staff.get(url(empty, "type"))["Location"] == url(empty, "leads")
    assert staff.get(url(begun, "processing"))["Location"] == url(begun, "type")
    led = staff.post(url(begun, "type"), {"act": "test"})
    assert led["Location"] == url(begun, "processing")
    assert staff.get(url(begun, "processing")).status_code == 200


def test_back_keeps_what_was_chosen_and_typed(staff, agency, leads):
    job = chosen(agency, "invalid", *leads)
    typed = {"act": "invalid", "reason": "returned", "category": "wrong-number", "comment": "Mine"}

    back = staff.post(url(job, "processing"), {**typed, "go": "back"})
    assert back["Location"] == url(job, "type")
    assert staff.get(url(job, "type")).context["chosen"] == "invalid"
    # A further lead, another type and back again.
    staff.post(url(job, "leads"), {"ids": "nope", "go": "add"})
    assert now(job).state == State.DRAFT
    assert staff.get(url(job, "type")).context["chosen"] == "invalid"
    staff.post(url(job, "type"), {"act": "test"})
    assert staff.get(url(job, "processing")).context["typed"].comment == ""
    staff.post(url(job, "type"), {"act": "invalid"})

    page = staff.get(url(job, "processing"))
    kept = page.context["typed"]
    assert (kept.reason, kept.category, kept.comment) == ("returned", "wrong-number", "Mine")
    assert page.context["left_alone"] == ["1 not found"]
    assert now(job).counts == {"ready": 3, "not_found": 1}


# --- Processing -----------------------------------------------------------------------------------


def test_what_is_typed_is_kept_as_one_types(staff, agency, leads):
    job = chosen(agency, "valid", *leads)
    typed = {"reason": "", "own_reason": "a\0b" + "x" * 20_000, "integrations": ["7", "²", "x"]}
    assert staff.post(url(job, "typed"), {"act": "valid", **typed}).status_code == 204
    # Of another type, chosen in another tab meanwhile.
    staff.post(url(job, "typed"), {"act": "test", "own_reason": "other"})
    kept = staff.get(url(job, "processing")).context["typed"]
    assert kept.own_reason.startswith("abxx")
    assert (kept.reason, kept.integrations) == ("", [7, 0, 0])


def test_the_summary_says_who_becomes_what_and_who_is_left_alone(staff, agency, campaign):
    leads = make_leads(5, campaign)
    Lead.objects.filter(pk__in=[lead.pk for lead in leads[:2]]).update(delivered=True)
    job = chosen(agency, "delivered", *leads)
    page = staff.get(url(job, "processing"))
    assert page.context["will"] == "3 leads are marked delivered"
    assert page.context["left_alone"] == ["2 left alone: already delivered"]
    assert "Confirm 3 leads" in page.text

    Lead.objects.filter(pk=leads[2].pk).update(status="invalid")
    job = chosen(agency, "delivered", *leads)
    page = staff.get(url(job, "processing"))
    assert page.context["left_alone"] == ["3 left alone: 2 already delivered, 1 not valid"]


REFUSED = [
    ("valid", {}, "Choose a reason", "reason"),
    ("invalid", {"reason": ""}, "Choose a reason", "reason"),
    ("invalid", {"reason": "nope"}, "of the catalogue", "reason"),
    ("invalid", {"reason": "returned", "category": "nope"}, "category of the", "category"),
    ("test", {"reason": "own-test", "comment": "x" * 2_001}, "at most 2,000", ""),
    ("delivered", {"signature": "Somebody"}, "Type your full name, Ada Agency", "signature"),
    ("reprocess", {}, "Tick that you mean it", "confirm"),
    ("delete", {"confirm": "1"}, "Type your full name", "signature"),
]


@pytest.mark.parametrize(("act", "data", "told", "wrong"), REFUSED)
def test_a_refusal_keeps_what_was_typed(staff, agency, leads, act, data, told, wrong):
    job = chosen(agency, act, *leads)
    answer = confirm(staff, job, **data)
    assert answer.status_code == 422
    assert told in answer.text
    assert answer.context["wrong"] == wrong
    assert answer.context["signature"] == data.get("signature", "")
    assert answer.context["typed"].reason == data.get("reason")
    assert now(job).state == State.VERIFIED


@pytest.mark.parametrize(
    ("data", "fields"),
    [
        # What stands in a field that isn't seen for the reason chosen says nothing.
        ({"reason": "fraud", "own_reason": "x", "category": "wrong-number"}, ("fraud", "", "")),
        ({"reason": "", "own_reason": "Mine", "category": "wrong-number"}, ("", "Mine", "")),
        ({"reason": "returned", "category": "wrong-number"}, ("returned", "", "wrong-number")),
        ({"reason": "returned", "category": ""}, ("returned", "", "")),
    ],
)
def test_reasons_and_categories(staff, agency, leads, data, fields):
    job = chosen(agency, "invalid", leads[0])
    assert confirm(staff, job, comment="By mail", **data)["Location"] == url(job, "processing")
    assert outcomes(run_job(job)) == [("applied", None)]
    lead = again(leads[0])
    assert (lead.reason_code, lead.own_reason, lead.reason_category) == fields
    assert (lead.status, lead.comment) == ("invalid", "By mail")


def test_a_retired_reason_is_not_offered(staff, agency, leads):
    FlagReason.objects.filter(code="fraud").update(retired=True)
    page = staff.get(url(chosen(agency, "invalid", *leads), "processing"))
    assert [r.code for r in page.context["reasons"]] == list(
        FlagReason.objects.filter(flag="invalid", retired=False).values_list("code", flat=True)
    )
    assert 'value="fraud"' not in page.text


def test_integrations_are_ticked_campaign_by_campaign(staff, agency, place, campaign):
    other, bare = make_lead_campaign(name="Car Leads"), make_lead_campaign(name="Bare")
    leads = [make_lead(one, status="caution") for one in (campaign, other, bare)]
    shop, mail, spare = place.add(campaign), place.add(campaign, "By mail"), place.add(other)
    LeadDelivery.objects.all().delete()
    job = chosen(agency, "valid", *leads)

    places = staff.get(url(job, "processing")).context["places"]
    assert [(c.name, [one.id for one in offered]) for c, offered in places] == [
        ("Car Leads", [spare.id]), ("Solar Leads", [shop.id, mail.id]),
    ]  # fmt: skip
    asked = {"reason": "verified", "asks_integrations": "1"}
    for wrong in ("999", "x", str(10**30)):
        assert confirm(staff, job, **asked, integrations=[wrong]).status_code == 422
    confirm(staff, job, **asked, integrations=[str(mail.id)])
    run_job(job)
    queued = LeadDelivery.objects.values_list("lead", "integration", "state")
    assert list(queued) == [(leads[0].pk, mail.id, "queued")]


def test_without_a_place_to_send_to_the_queue_is_left_as_it_is(staff, agency, place, campaign):
    place.add(campaign)
    lead = make_lead(campaign)
    place.integrations.clear()
    job = chosen(agency, "valid", lead)
    assert "Send to" not in staff.get(url(job, "processing")).text
    confirm(staff, job, reason="verified")
    run_job(job)
    assert LeadDelivery.objects.get().state == "queued"


@pytest.mark.parametrize("act", list(Act))
def test_each_type_from_start_to_result(staff, agency, campaign, act):
    lead = make_lead(campaign, delivered=act == Act.UNDELIVERED)
    staff.post(START, {"from": "selection", "ids": lead.pk})
    job = Job.objects.get()
    staff.post(url(job, "type"), {"act": act})
    data = {"signature": "ada agency", "confirm": "1", "comment": "Said so"}
    if act in ("valid", "invalid", "test"):
        data |= {"reason": "", "own_reason": "Because"}

    confirm(staff, job, **data)

    assert "hx-trigger" in staff.get(url(job, "processing")).text
    assert outcomes(run_job(job)) == [("applied", None)]
    for step in STEPS:
        shown = staff.get(url(job, step))
        assert "Flag more leads" in shown.text
        undo = f"/v2/jobs/{job.pk}/undo" in shown.text
        assert undo == ACTS[act].undoable


# --- Another tab ----------------------------------------------------------------------------------


def test_a_second_tab_is_told_who_confirmed(staff, agency, leads):
    job = chosen(agency, "test", *leads)
    stamp, data = verified(job), {"reason": "own-test", "act": "test"}
    assert confirm(staff, job, **data).status_code == 302

    for path in STEPS:
        late = staff.post(url(job, path), {**data, "verified": stamp}, headers=HTMX)
        assert late.status_code == 409
        assert "Ada Agency has confirmed this job already." in late.text
    assert staff.post(url(job, "discard")).status_code == 409
    assert now(job).state == State.QUEUED


def test_what_was_seen_is_what_is_confirmed(staff, agency, leads):
    """The first tab shows a test, the second has chosen deletion, or gone back."""
    job = chosen(agency, "test", *leads)
    stale = {"verified": verified(job), "reason": "own-test", "act": "test",
             "confirm": "1", "signature": "Ada Agency"}  # fmt: skip
    services.choose(actor=agency, job=job, act=Act.DELETE)
    answer = staff.post(url(job, "processing"), stale)
    assert answer.status_code == 409
    assert "changed in another tab" in answer.text
    assert "Confirm 3 leads" in answer.text

    services.add(actor=agency, job=job, keys=of_text("nope"))
    answer = staff.post(url(job, "processing"), stale)
    assert answer.status_code == 409
    assert "changed in another tab" in answer.text
    assert Lead.objects.alive().count() == 3


# --- What ends a draft ----------------------------------------------------------------------------


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


# --- On the jobs' pages ---------------------------------------------------------------------------


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
