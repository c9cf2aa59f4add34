"""Global Leads in a real browser: list, panel, page, search, editing, set-up with its try-out."""

import re

import pytest
from playwright.sync_api import expect

from leads.models import KeptSearch
from tests.leads.kit import add_job, again, bring, done, make_lead, make_lead_campaign
from tests.leads.kit_pages import LIST, setup_url, url

PHONE = {"width": 390, "height": 844}


@pytest.fixture
def campaign(db):
    campaign = make_lead_campaign(
        name="Solar Leads",
        transforms=[("trim", "city"), ("title_case", "firstName"), ("telephone", "telephone")],
        jobs=[
            ("required", "email", {"score": 40}),
            ("email_syntax", "email", {"score": 40}),
            ("list_allowed", "city", {"score": 20, "options": {"values": ["London", "Rome"]}}),
        ],
    )
    campaign.lead_fields.filter(name="firstName").update(label="First name")
    return campaign


@pytest.fixture
def leads(campaign, agency, partner):
    """Caution, valid, returned, and one on hold; the newest is the last."""
    data = [
        {"firstName": "GRACE", "city": " Arlington ", "email": "grace@hopper.example"},
        {"firstName": "Mary", "lastName": "Jackson", "email": "mary@jackson.example"},
        {"firstName": "Alan", "lastName": "Kay", "email": "alan@kay.example"},
    ]
    made = [make_lead(campaign, one, partner=partner) for one in data]
    done(agency, "invalid", [made[2]], reason="returned", own_reason="", category="wrong-number")
    bare = make_lead_campaign(name="Heat Pumps", jobs=())
    return [*made, make_lead(bare, {"firstName": "Edsger"}, partner=partner)]


@pytest.fixture
def at(page, live_server, signed_in, agency):
    """at(path) opens a page as the agency."""
    signed_in(page, agency)

    def go(path):
        page.goto(live_server.url + path)
        return page

    return go


def row(page, lead):
    return page.locator(f"tr[data-href='{url(lead)}']")


def panel(page):
    return page.locator("#panel")


def test_from_the_list_into_the_panel_and_on_to_the_page(at, leads, axe):
    page = at(LIST)
    row(page, leads[0]).get_by_text("Grace", exact=True).click()
    expect(panel(page).get_by_role("heading", name=f"Lead {leads[0].pk}")).to_be_visible()
    expect(panel(page).locator("tr[data-changed]")).to_have_count(2)
    expect(panel(page)).to_contain_text("the value is not in the list of allowed ones")
    axe(page)
    page.keyboard.press("k")
    expect(panel(page).get_by_role("heading", name=f"Lead {leads[1].pk}")).to_be_visible()
    page.keyboard.press("o")
    expect(page).to_have_url(re.compile(f"{url(leads[1])}$"))
    expect(page.get_by_role("heading", name="History")).to_be_visible()
    axe(page)
    page.get_by_role("button", name="Flag/Manage this lead").click()
    expect(page).to_have_url(re.compile(r"/v2/leads/manage/\d+/leads$"))


def test_a_search_by_e_mail_leaves_the_address_without_it(at, leads, axe):
    page = at(LIST)
    box = page.get_by_role("searchbox")
    page.keyboard.press("/")
    expect(box).to_be_focused()
    box.fill("Grace@Hopper.example")
    page.keyboard.press("Enter")
    expect(page.locator(".chip", has_text="Search")).to_be_visible()
    expect(row(page, leads[0])).to_be_visible()
    expect(row(page, leads[1])).to_have_count(0)
    expect(page).to_have_url(re.compile(rf"{LIST}\?f={KeptSearch.objects.get().pk}$"))
    axe(page)
    page.reload()
    expect(row(page, leads[1])).to_have_count(0)
    page.get_by_role("link", name="Remove the filter Search").click()
    expect(row(page, leads[1])).to_be_visible()
    box.fill(str(leads[1].hash))
    page.keyboard.press("Enter")
    expect(row(page, leads[0])).to_have_count(0)
    expect(page).to_have_url(re.compile(f"q={leads[1].hash}$"))


def test_the_menu_of_actions_views_what_is_ticked(at, leads, axe):
    page = at(LIST)
    menu = page.locator("summary", has_text="Actions")
    menu.click()
    axe(page)
    page.get_by_role("button", name="View", exact=True).first.click()
    expect(page.locator(".toast")).to_contain_text("Select at least one row.")
    page.locator(".toast").get_by_role("button", name="Close").click()
    row(page, leads[2]).get_by_role("checkbox").check()
    menu.click()
    page.get_by_role("button", name="View", exact=True).first.click()
    expect(panel(page)).to_contain_text("Returned (Wrong number)")


def test_a_lead_is_edited_and_processed_anew(at, leads, axe):
    page = at(url(leads[0]))
    expect(page.locator(".pill", has_text="Caution").first).to_be_visible()
    page.get_by_role("link", name="Edit", exact=True).click()
    page.get_by_label("city").fill("x" * 5_001)
    page.get_by_role("button", name="Save and process anew").click()
    expect(page.locator(".field-errors, .errorlist").first).to_contain_text("5,000 characters")
    axe(page)
    page.get_by_label("city").fill("Rome")
    page.get_by_role("button", name="Save and process anew").click()
    expect(page).to_have_url(re.compile(f"{url(leads[0])}$"))
    expect(page.locator(".toast")).to_contain_text("Saved, and processed anew.")
    expect(page.get_by_role("heading", name="Processing 2")).to_be_visible()
    expect(page.locator(".timeline")).to_contain_text("edited its fields")
    assert again(leads[0]).status == "valid"


def test_a_campaign_is_set_up_and_tried_out(at, campaign, axe):
    page = at(f"/v2/campaign/{campaign.pk}")
    page.get_by_role("link", name="Set up its leads").click()
    expect(page).to_have_url(re.compile(f"{setup_url(campaign)}$"))
    axe(page)
    page.get_by_role("button", name="Add a field").click()
    page.locator("#modal").get_by_label("Name").fill("postcode")
    axe(page)
    page.get_by_role("button", name="Save").click()
    expect(page.locator("#modal")).to_be_hidden()
    expect(page.locator(".setup-step", has_text="postcode")).to_be_visible()

    page.locator("summary", has_text="Add a job").click()
    page.get_by_role("button", name="Pattern", exact=True).click()
    dialog = page.locator("#modal")
    dialog.get_by_label("Field").select_option("postcode")
    dialog.get_by_label("Pattern", exact=True).fill("(")
    page.get_by_role("button", name="Save").click()
    expect(dialog.locator(".errorlist")).to_contain_text("The pattern can’t be read")
    axe(page)
    dialog.get_by_label("Pattern", exact=True).fill(r"^\d{4}$")
    dialog.get_by_label("Score", exact=True).fill("100")
    page.get_by_role("button", name="Save").click()
    expect(dialog).to_be_hidden()
    step = page.locator(".setup-step", has_text="100 points")
    expect(step).to_be_visible()
    page.get_by_role("button", name="Move Pattern up").click()
    expect(page.locator("section", has_text="Processor jobs").locator(".setup-step").nth(2)
           ).to_contain_text("Pattern")  # fmt: skip

    lead = page.get_by_label("A lead")
    lead.fill("firstName: ADA\nemail: ada@analytical.example\npostcode: 12345\ncity:  Rome ")
    page.get_by_role("button", name="Try it out").click()
    result = page.locator("#tryout")
    expect(result.locator(".verdict", has_text="Title case")).to_contain_text("Ada")
    expect(result).to_contain_text("Invalid")
    axe(page)
    expect(page).to_have_url(re.compile(f"{setup_url(campaign)}$"))
    lead.fill("nonsense")
    page.get_by_role("button", name="Try it out").click()
    expect(result.get_by_role("alert")).to_contain_text("Line 1: write name: value.")
    expect(lead).to_have_value("nonsense")

    page.get_by_role("button", name="Remove Pattern").click()
    axe(page)
    dialog.get_by_role("button", name="Remove", exact=True).click()
    expect(step).to_have_count(0)


def test_on_a_phone_nothing_is_wider_than_the_page(at, leads, campaign, page, axe):
    page.set_viewport_size(PHONE)
    bring(campaign)
    add_job(campaign, "nonsense", "city")
    for path in (LIST, url(leads[0]), url(leads[0], "edit"), setup_url(campaign)):
        at(path)
        wide = page.evaluate("document.documentElement.scrollWidth")
        assert wide <= PHONE["width"], path
        axe(page)
