"""Flag/Manage as people do it: from the list, typed IDs or a CSV to the result, and back."""

import re

import pytest
from django.conf import settings
from playwright.sync_api import expect

from convertr.jobs.models import Job
from leads import integrations
from leads.models import Lead, LeadDelivery
from leads.rules import ACTS, Act
from tests import workers
from tests.browser.test_requests import to
from tests.factories import PASSWORD
from tests.leads.kit import Place, again, make_lead_campaign, make_leads

PHONE = {"width": 390, "height": 844}
NAME = "Ada Agency"
# A worker that has yet to start, on a machine that does other things.
WORKED = 60_000
DONE = {
    Act.VALID: {"status": "valid"}, Act.INVALID: {"status": "invalid"},
    Act.TEST: {"status": "test"}, Act.DELIVERED: {"delivered": True},
    Act.UNDELIVERED: {"delivered": False}, Act.REPLACEMENT: {"replacement": "replacement"},
    Act.NO_REPLACEMENT: {"replacement": "none"}, Act.REPROCESS: {"round": 2},
}  # fmt: skip
# What differs before an act, so that it does something.
BEFORE = {
    Act.VALID: {"status": "caution"}, Act.UNDELIVERED: {"delivered": True},
    Act.NO_REPLACEMENT: {"replacement": "replacement"},
}  # fmt: skip


@pytest.fixture
def place(monkeypatch):
    place = Place()
    monkeypatch.setattr(integrations, "_providers", [place])
    return place


@pytest.fixture
def campaign(place):
    return make_lead_campaign(name="Solar Leads")


@pytest.fixture
def desk(page, live_server, signed_in, agency):
    return Desk(signed_in(page, agency), live_server.url)


class Desk:
    """An agency user's browser, and what one does with leads in it."""

    def __init__(self, page, host):
        self.page, self.host = page, host

    def begin(self):
        self.page.goto(f"{self.host}/v2/leads")
        self.page.locator("summary", has_text="Actions").click()
        self.page.get_by_role("button", name="Flag/Manage").last.click()
        self.on("leads")

    def add(self, ids):
        self.page.get_by_label("LEAD ID(S)").fill(ids)
        self.page.get_by_role("button", name="Add", exact=True).click()

    def next(self):
        self.page.get_by_role("button", name="Next").click()

    def choose(self, act):
        self.on("type")
        self.page.locator(f"input[name=act][value={act}]").check()
        self.next()
        self.on("processing")

    def fill_in(self, act):
        """What the form asks for, as little as it takes."""
        if act in ("valid", "invalid", "test"):
            self.page.get_by_label("Own reason").first.check()
            self.page.get_by_role("textbox", name="Own reason").fill("Because")
        if ACTS[Act(act)].ticked:
            self.page.get_by_role("checkbox").check()
        if ACTS[Act(act)].signed:
            self.page.get_by_label("Type your full name").fill(NAME)

    def confirm(self, leads):
        self.page.get_by_role("button", name=f"Confirm {leads}").click()
        expect(self.page.locator(".job[data-state=done]")).to_be_visible(timeout=WORKED)

    def undo(self):
        self.page.locator(".job-undo > summary").click()
        self.page.get_by_label("Type your full name").fill(NAME)
        self.page.get_by_role("button", name="Undo the job").click()
        done = self.page.locator(".job[data-state=done] .tile", has_text="Reversed")
        expect(done).to_be_visible(timeout=WORKED)

    def on(self, step):
        self.page.wait_for_url(re.compile(rf"/v2/leads/manage/\d+/{step}$"))

    def tile(self, word, number):
        expect(self.page.locator(".tile", has_text=word).first).to_contain_text(number)


def processed(count, campaign, **fields):
    """Leads that no worker is processing any more, with these fields."""
    leads = make_leads(count, campaign)
    ours = Lead.objects.filter(pk__in=[lead.pk for lead in leads])
    workers.until(lambda: not ours.exclude(processing="complete").exists(), what="processing")
    if fields:
        ours.update(**fields)
    return list(ours.order_by("pk"))


def values(lead, names):
    return {name: getattr(again(lead), name) for name in names}


def test_each_type_from_ticked_leads_to_its_result(desk, worker, campaign):
    """Ticked in the list; undone where that can be."""
    page = desk.page
    for act in Act:
        [lead] = processed(1, campaign, **BEFORE.get(act, {}))
        was = values(lead, DONE.get(act, ["deleted_at"]))
        page.goto(f"{desk.host}/v2/leads?q={lead.pk}")
        page.locator(f"input[name=ids][value='{lead.pk}']").check()
        page.locator("[data-selection]").get_by_role("button", name="Flag/Manage").click()
        desk.on("leads")
        desk.tile("Found", "1")
        desk.next()
        desk.choose(act)
        desk.fill_in(act)
        desk.confirm("1 lead")
        desk.tile("Processed", "1")
        if act == Act.DELETE:
            assert again(lead).deleted_at
        else:
            assert values(lead, DONE[act]) == DONE[act]
        if ACTS[act].undoable:
            desk.undo()
            assert values(lead, was) == was
        else:
            expect(page.locator(".job-undo")).to_have_count(0)
    page.get_by_role("button", name="Flag more leads").click()
    desk.on("leads")
    expect(page.get_by_role("main")).to_contain_text("None yet")


def test_typed_ids_and_a_csv_to_two_campaigns_integrations(
    desk, worker, place, campaign, axe, tmp_path
):
    other = make_lead_campaign(name="Car Leads")
    here, spare, there = place.add(campaign), place.add(campaign, "By mail"), place.add(other)
    leads = [*processed(3, campaign), *processed(2, other)]
    LeadDelivery.objects.all().delete()
    page, path = desk.page, tmp_path / "leads.csv"
    desk.begin()
    axe(page)

    desk.add(f"{leads[0].pk}, {leads[1].hash} {leads[0].hash}\n999999 nope")
    desk.tile("Found", "2")
    desk.tile("Not found", "2")
    expect(page.locator(".toast").last).to_contain_text("1 chosen already, 2 not found")
    page.locator(".tile", has_text="Not found").click()
    expect(page.locator("#wizard-list")).to_contain_text("nope")
    axe(page)
    page.context.grant_permissions(["clipboard-read", "clipboard-write"])
    page.get_by_role("button", name="Copy", exact=True).click()
    expect(page.locator("button[data-copied]")).to_be_visible()
    assert page.evaluate("navigator.clipboard.readText()") == "999999\nnope\n"
    page.get_by_label("LEAD ID(S)").fill("still here")
    page.get_by_role("button", name="Remove the not found").click()
    desk.tile("Not found", "0")
    expect(page.get_by_label("LEAD ID(S)")).to_have_value("still here")

    path.write_text("name;id\n1;2\n")
    page.locator("input[type=file]").set_input_files(path)
    page.get_by_role("button", name="Add", exact=True).click()
    expect(page.get_by_role("alert").first).to_contain_text("Save the file with commas")
    expect(page.get_by_label("LEAD ID(S)")).to_have_value("still here")
    axe(page)
    page.get_by_label("LEAD ID(S)").fill("")
    path.write_text("campaign,Lead ID\n" + "".join(f"x,{lead.pk}\n" for lead in leads))
    page.locator("input[type=file]").set_input_files(path)
    expect(page.locator(".drop-name")).to_contain_text("leads.csv")
    desk.next()
    desk.choose("valid")
    expect(page.locator(".wizard-places fieldset")).to_have_count(2)
    page.get_by_label("Verified by telephone").check()
    page.get_by_label(here.label).first.check()
    page.locator(f"input[value='{here.id}']").check()
    page.locator(f"input[value='{there.id}']").check()
    axe(page)
    desk.confirm("5 leads")
    axe(page)
    queued = LeadDelivery.objects.filter(state="queued").order_by("lead")
    assert list(queued.values_list("lead", "integration")) == [
        (lead.pk, here.id if lead.campaign_id == campaign.pk else there.id) for lead in leads
    ]
    assert not LeadDelivery.objects.filter(integration=spare.id).exists()


def test_all_that_match_over_three_thousand(desk, worker, campaign):
    [lead] = processed(1, campaign)
    more = [
        Lead(campaign=campaign, partner_id=lead.partner_id, status="valid", processing="complete")
        for _ in range(3_100)
    ]
    Lead.objects.bulk_create(more, batch_size=5_000)
    page = desk.page
    page.goto(f"{desk.host}/v2/leads")
    page.locator("input[name=ids]").first.check()
    page.locator("[data-select-all]").click()
    expect(page.locator("#selection-all")).to_contain_text("3,101")
    start = page.locator("[data-selection]").get_by_role("button", name="Flag/Manage")
    start.click()
    expect(page.locator(".toast-error")).to_contain_text("Type the exact number, 3,101")
    page.locator("input[name=confirm_count]").fill("3101")
    start.click()
    desk.on("leads")
    desk.tile("Found", "3,101")
    desk.next()
    desk.choose("invalid")
    page.get_by_label("Fraud").check()
    desk.confirm("3,101 leads")
    assert Lead.objects.filter(status="invalid", reason_code="fraud").count() == 3_101


def test_nothing_is_lost_by_a_reload_back_or_a_signature_refused(desk, campaign, axe):
    leads = processed(3, campaign)
    Lead.objects.filter(pk=leads[0].pk).update(delivered=True)
    page = desk.page
    desk.begin()
    page.get_by_label("LEAD ID(S)").fill(" ".join(str(lead.pk) for lead in leads))
    desk.next()
    desk.on("type")
    axe(page)
    desk.choose("invalid")
    expect(page.locator(".wizard-category")).to_be_hidden()
    page.get_by_label("Returned").check()
    page.get_by_label("Category").select_option(label="Wrong number")
    page.get_by_label("Comment").fill("As the advertiser wrote")
    workers.until(lambda: "As the advertiser wrote" in str(Job.objects.get().parameters))
    page.reload()
    expect(page.get_by_label("Returned")).to_be_checked()
    expect(page.get_by_label("Category")).to_have_value("wrong-number")
    expect(page.get_by_label("Comment")).to_have_value("As the advertiser wrote")

    # What was typed last goes with the press of Back.
    page.get_by_label("Comment").fill("As the advertiser said")
    page.get_by_role("button", name="Back").click()
    desk.on("type")
    expect(page.locator("input[value=invalid]")).to_be_checked()
    page.get_by_role("link", name="Back", exact=True).click()
    desk.on("leads")
    desk.tile("Found", "3")
    desk.next()
    desk.choose("invalid")
    expect(page.get_by_label("Comment")).to_have_value("As the advertiser said")

    page.get_by_role("button", name="Back").click()
    desk.choose("delivered")
    expect(page.locator(".wizard-summary")).to_contain_text(
        "2 leads are marked delivered; 1 left alone: already delivered."
    )
    page.get_by_label("Type your full name").fill("Nobody")
    page.get_by_role("button", name="Confirm 2 leads").click()
    expect(page.get_by_role("alert").first).to_contain_text(f"Type your full name, {NAME}")
    expect(page.get_by_label("Type your full name")).to_have_value("Nobody")
    page.get_by_role("button", name="Show those left alone").click()
    expect(page.locator(".job-rows tbody")).to_contain_text("already delivered")
    axe(page)


def test_an_expired_sign_in_keeps_what_was_typed(desk, worker, campaign, agency):
    leads = processed(2, campaign)
    page = desk.page
    desk.begin()
    page.get_by_label("LEAD ID(S)").fill(" ".join(str(lead.pk) for lead in leads))
    desk.next()
    desk.choose("delete")
    here = page.url
    page.get_by_label("Type your full name").fill(NAME)
    # It ends while one fills in the form; Confirm shows it.
    page.context.clear_cookies(name=settings.SESSION_COOKIE_NAME)
    page.get_by_role("checkbox").check()
    page.get_by_role("button", name="Confirm 2 leads").click()
    page.wait_for_url(re.compile("/accounts/login/"))
    page.get_by_label("E-mail").fill(agency.email)
    page.get_by_label("Password").fill(PASSWORD)
    page.get_by_role("button", name="Sign in", exact=True).click()
    page.wait_for_url(here)
    expect(page.get_by_role("checkbox")).to_be_checked()
    expect(page.get_by_label("Type your full name")).to_have_value(NAME)
    assert Lead.objects.alive().count() == 2
    desk.confirm("2 leads")
    assert not Lead.objects.alive().exists()


def test_a_second_tab_is_told(desk, worker, campaign, context, axe):
    [lead] = processed(1, campaign)
    page = desk.page
    desk.begin()
    page.get_by_label("LEAD ID(S)").fill(str(lead.pk))
    desk.next()
    desk.choose("test")
    late = Desk(context.new_page(), desk.host)
    late.page.goto(page.url)
    for one in (desk, late):
        one.fill_in("test")
    desk.confirm("1 lead")
    late.page.get_by_role("button", name="Confirm 1 lead").click()
    told = f"{NAME} has confirmed this job already"
    expect(late.page.get_by_role("alert").first).to_contain_text(told)
    expect(late.page.locator(".job[data-state=done]")).to_be_visible()
    axe(late.page)


def test_by_keyboard_alone(desk, worker, campaign):
    [lead] = processed(1, campaign)
    page = desk.page
    page.goto(f"{desk.host}/v2/leads")
    to(page, page.locator("summary", has_text="Actions"))
    page.keyboard.press("Enter")
    to(page, page.locator(".menu-list").get_by_role("button", name="Flag/Manage"))
    page.keyboard.press("Enter")
    desk.on("leads")
    to(page, page.get_by_label("LEAD ID(S)"))
    page.keyboard.type(str(lead.pk))
    to(page, page.get_by_role("button", name="Next"))
    page.keyboard.press("Enter")
    desk.on("type")
    to(page, page.locator("input[value=valid]"))
    page.keyboard.press("Space")
    for _type in ("invalid", "test", "delivered"):
        page.keyboard.press("ArrowRight")
    expect(page.locator("input[value=delivered]")).to_be_checked()
    page.keyboard.press("Enter")
    desk.on("processing")
    to(page, page.get_by_label("Type your full name"))
    page.keyboard.type("Ada")
    page.keyboard.press("Enter")
    expect(page.get_by_role("alert").first).to_be_focused()
    to(page, page.get_by_label("Type your full name"))
    page.keyboard.press("ControlOrMeta+A")
    page.keyboard.type(NAME)
    to(page, page.get_by_role("button", name="Confirm 1 lead"))
    page.keyboard.press("Enter")
    expect(page.locator(".job[data-state=done]")).to_be_visible(timeout=WORKED)
    assert again(lead).delivered


def test_the_steps_fit_a_phone(desk, place, campaign, axe):
    place.add(campaign)
    leads = processed(2, campaign)
    page = desk.page
    page.set_viewport_size(PHONE)
    desk.begin()
    desk.add(" ".join(str(lead.pk) for lead in leads))
    page.locator(".tile", has_text="Found").first.click()
    expect(page.locator("#wizard-list")).to_contain_text("Solar Leads")
    for step in ("leads", "type", "processing"):
        if step == "type":
            desk.next()
        if step == "processing":
            desk.choose("valid")
        desk.on(step)
        axe(page)
        assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")
