"""Leads from a file and into one: import with mapping, errors, Confirm; export with a template."""

import csv
import re

import pytest
from playwright.sync_api import expect

from convertr.jobs.models import Job
from leads.models import CampaignField, ExportTemplate, Lead
from leads.processing import queue
from tests.factories import make_csv, run_job
from tests.leads.kit import FIELDS, make_lead_campaign, make_leads

PHONE = {"width": 390, "height": 844}
URL = "/v2/leads"


@pytest.fixture
def desk(page, live_server, signed_in, agency):
    page.goto_path = lambda path: page.goto(f"{live_server.url}{path}")
    return signed_in(page, agency)


@pytest.fixture
def campaign(partner):
    """One whose leads need an address."""
    made = make_lead_campaign(name="Solar Leads")
    CampaignField.objects.filter(campaign=made, name="email").update(required=True)
    return made


def fits(page):
    """Nothing but what scrolls by itself is wider than the screen."""
    return page.evaluate("document.documentElement.scrollWidth <= innerWidth")


def test_a_file_becomes_leads(desk, campaign, partner, axe):
    """Through the list's menu; a column is mapped by hand, a bad row told, the rest confirmed."""
    desk.goto_path(URL)
    desk.get_by_text("Actions", exact=True).click()
    desk.get_by_role("link", name="Import", exact=True).click()
    expect(desk.locator(".step[aria-current]")).to_have_text("File")
    axe(desk)
    rows = [
        ("Ada", "Lovelace", "ada@analytical.org", "192.0.2.7", "1815"),
        ("Bob", "Babbage", "", "192.0.2.8", "1791"),
        ("Cyd", "Charisse", "cyd@analytical.org", "nowhere", "1922"),
        ("=1+1", "O'Hara", "dot@analytical.org", "", ""),
    ]
    data = make_csv("first name,Last_Name,Contact,IP,born", *rows)
    desk.get_by_label("Campaign").select_option(label="Solar Leads")
    desk.get_by_label("Partner who brought them").select_option(label="Clickwell Media")
    file = {"name": "june.csv", "mimeType": "text/csv", "buffer": data}
    desk.locator("input[type=file]").set_input_files(file)
    desk.get_by_label("These are replacements").check()
    desk.get_by_role("button", name="Continue").click()

    expect(desk.locator(".step[aria-current]")).to_have_text("Columns")
    expect(desk.get_by_label("first name")).to_have_value("data.firstName")
    expect(desk.get_by_label("Last_Name")).to_have_value("data.lastName")
    expect(desk.get_by_label("born")).to_have_value("")
    expect(desk.locator(".note-warning")).to_contain_text("no column has its name: email")
    axe(desk)
    desk.get_by_role("button", name="Verify").click()
    expect(desk.get_by_role("alert")).to_contain_text("email is required")
    desk.get_by_label("Contact").select_option(label="email *")
    desk.set_viewport_size(PHONE)
    assert fits(desk)
    axe(desk)
    desk.set_viewport_size({"width": 1440, "height": 900})
    desk.get_by_role("button", name="Verify").click()

    # A reload loses nothing, and one can go back.
    expect(desk.locator(".step[aria-current]")).to_have_text("Verify and confirm")
    desk.reload()
    desk.get_by_role("link", name="Change what the columns become").click()
    expect(desk.get_by_label("Contact")).to_have_value("data.email")
    desk.get_by_role("link", name="Back", exact=True).click()
    tile = desk.locator(".tile", has_text="Erroneous data")
    expect(tile.locator(".tile-number")).to_have_text("2")
    tile.click()
    expect(desk.locator(".job-rows")).to_contain_text("email is required")
    expect(desk.locator(".job-rows")).to_contain_text("column IP holds no IP address")
    axe(desk)
    with desk.expect_download() as download:
        desk.get_by_role("link", name="Download erroneous rows").click()
    bad = list(csv.reader(download.value.path().read_text("utf-8").splitlines()))
    assert [row[5:7] for row in bad[1:]] == [["3", "field_required"], ["4", "bad_ip"]]
    desk.set_viewport_size(PHONE)
    assert fits(desk)
    desk.get_by_role("button", name="Confirm 2 changes").click()
    expect(desk.locator(".progress")).to_be_visible()
    run_job(Job.objects.get())
    expect(desk.locator(".tile", has_text="Became leads").locator(".tile-number")).to_have_text("2")
    axe(desk)
    queue.process()
    ada, dot = Lead.objects.order_by("pk")
    assert (ada.data["email"], ada.ip, ada.partner) == ("ada@analytical.org", "192.0.2.7", partner)
    assert (dot.data["firstName"], dot.data["lastName"]) == ("=1+1", "O'Hara")
    assert {ada.replacement, dot.replacement} == {"replacement"}
    desk.get_by_role("link", name="Show what was changed").click()
    desk.wait_for_url(re.compile(r"/v2/leads\?job=\d+"))
    expect(desk.locator("#list tbody tr")).to_have_count(2)


def test_an_export_is_chosen_saved_and_used_again(desk, campaign, axe):
    """From the filtered list: columns put in order, a template kept, its file downloaded."""
    make_leads(3, campaign)
    make_leads(2, make_lead_campaign(name="Wind Leads"), status="invalid")
    desk.goto_path(f"{URL}?range=7d&status=invalid")
    desk.get_by_text("Export", exact=True).last.click()
    desk.get_by_role("link", name="Choose what to export").click()
    expect(desk.get_by_role("status").filter(has_text="2 leads")).to_be_visible()
    expect(desk.locator(".note-info")).to_contain_text("Status Invalid")
    desk.get_by_role("link", name="Begin from all leads instead").click()

    counted = desk.get_by_role("status").filter(has_text="leads")
    expect(counted).to_have_text("5 leads")
    axe(desk)
    desk.get_by_label("Solar Leads").check()
    expect(counted).to_have_text("3 leads")
    names = ["Status", "Campaign", "Partner", "Delivery", "Created", *FIELDS]
    columns = desk.locator(".export-columns")
    for name in names:
        if name not in ("email", "Status"):
            columns.get_by_label(name, exact=True).uncheck()
    # By the keyboard: the address before the number.
    columns.get_by_label("email", exact=True).focus()
    for _step in range(40):
        desk.keyboard.press("Alt+ArrowUp")
    desk.get_by_text("Save as a template").click()
    desk.get_by_label("Name", exact=True).fill("Addresses")
    axe(desk)
    desk.get_by_role("button", name="Save the template").click()
    expect(desk.locator(".chip[aria-current]")).to_contain_text("Addresses")
    assert ExportTemplate.objects.get().columns == ["email", "id", "status"]

    desk.goto_path("/v2/leads/export")
    desk.get_by_role("link", name="Addresses").click()
    expect(desk.get_by_label("Solar Leads")).to_be_checked()
    desk.set_viewport_size(PHONE)
    assert fits(desk)
    axe(desk)
    with desk.expect_download() as download:
        desk.get_by_role("button", name="Download CSV").click()
    rows = list(csv.reader(download.value.path().read_text("utf-8-sig").splitlines()))
    kept = Lead.objects.filter(campaign=campaign).order_by("-pk")
    assert rows == [
        ["email", "ID", "Status"],
        *[[lead.data["email"], str(lead.pk), "valid"] for lead in kept],
    ]
    desk.get_by_role("button", name="Delete the template").click()
    expect(desk.locator(".toast")).to_contain_text("The template is deleted.")
    assert not ExportTemplate.objects.exists()
