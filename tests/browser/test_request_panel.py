"""The Explorer in a real browser: the panel beside the list, decisions by keyboard."""

import re

import pytest
from django.contrib.sessions.models import Session
from playwright.sync_api import expect

from requests_workflow.services import deciding, processing
from tests.factories import PASSWORD, make_conversion, make_offer, make_user
from tests.requests_workflow.kit import again, make_change, make_create
from tests.requests_workflow.kit_pages import PDF, URL, url

PHONE = {"width": 390, "height": 844}
RAISES = ("requests_workflow.raise_create_request", "requests_workflow.raise_change_request")


@pytest.fixture
def raiser(partner):
    return make_user(
        "raiser@example.test", full_name="Rosa Raiser", role="partner", partner=partner,
        permissions=RAISES,
    )  # fmt: skip


@pytest.fixture
def asked(raiser, partner):
    """Four requests; the newest, which stands on top, is the last."""
    offer = make_offer(name="Solar Lead", partners=[partner])
    conversions = [make_conversion(offer=offer, partner=partner) for _ in range(3)]
    changes = [make_change(raiser, one, status="approved", payout="7.25") for one in conversions]
    return [*changes, make_create(raiser, offer, partner, order_id="O-9")]


@pytest.fixture
def explorer(page, live_server, signed_in, agency, asked):
    signed_in(page, agency)
    page.goto(f"{live_server.url}{URL}")
    return page


def panel(page):
    return page.locator("#panel")


def shows(page, request):
    expect(panel(page).get_by_role("heading", name=f"Request {request.pk}")).to_be_visible()
    expect(panel(page).locator(f"[data-asked='{url(request)}']")).to_be_visible()


def row(page, request):
    return page.locator(f"tr[data-href='{url(request)}']")


def press(page, *keys):
    for key in keys:
        page.keyboard.press(key)


def test_a_click_looks_into_a_row_and_the_panel_follows_the_keyboard(explorer, asked):
    row(explorer, asked[3]).get_by_text("Create New").click()
    shows(explorer, asked[3])
    press(explorer, "j")
    shows(explorer, asked[2])
    explorer.get_by_role("tab", name="History").click()
    expect(panel(explorer)).to_contain_text("raised it")
    row(explorer, asked[2]).focus()
    press(explorer, "j")
    shows(explorer, asked[1])
    # The tab that one looks at stays chosen.
    expect(panel(explorer).get_by_role("tab", name="History")).to_have_attribute(
        "aria-selected", "true"
    )
    expect(panel(explorer).locator("#pane-data")).to_be_hidden()
    press(explorer, "Escape")
    expect(panel(explorer)).to_be_hidden()
    expect(explorer).to_have_url(re.compile(f"{URL}$"))


def test_panel_page_and_dialog_are_accessible(explorer, asked, axe, live_server):
    axe(explorer)
    for name in ("Filter", "Export"):
        explorer.locator("summary", has_text=name).click()
        expect(explorer.locator("details[open] form").first).to_be_visible()
        axe(explorer)
        press(explorer, "Escape")
    row(explorer, asked[2]).get_by_text("Change Existing").click()
    shows(explorer, asked[2])
    for tab in ("Data", "Discussion", "History"):
        explorer.get_by_role("tab", name=tab).click()
        axe(explorer)
    explorer.get_by_role("button", name="Reject").first.click()
    expect(explorer.locator("#why-text")).to_be_focused()
    axe(explorer)
    press(explorer, "Escape")
    explorer.set_viewport_size(PHONE)
    axe(explorer)
    for one in asked[2:]:
        explorer.goto(live_server.url + url(one))
        axe(explorer)


def test_by_keyboard_alone_one_accepts_and_rejects(explorer, asked):
    press(explorer, "j", "j", "a")
    # The first key shows what one is about to decide.
    shows(explorer, asked[2])
    assert again(asked[2]).status == "inquired"
    press(explorer, "a")
    expect(explorer.locator(".toast")).to_contain_text("Accepted.")
    expect(panel(explorer).locator(".pill", has_text="Accepted")).to_be_visible()
    expect(row(explorer, asked[2])).to_contain_text("Accepted")
    processing.process()
    expect(panel(explorer).locator(".pill", has_text="Processed")).to_be_visible()
    expect(panel(explorer)).not_to_contain_text("processed within seconds")
    # It has left the list; the next one stands in its place.
    expect(row(explorer, asked[2])).to_have_count(0)
    press(explorer, "j")
    shows(explorer, asked[1])
    press(explorer, "r")
    expect(explorer.locator("#why-text")).to_be_focused()
    explorer.keyboard.type("No such sale")
    press(explorer, "Tab", "Tab", "Enter")
    expect(explorer.locator("#modal")).to_be_hidden()
    expect(panel(explorer)).to_contain_text("No such sale")
    expect(row(explorer, asked[1])).to_have_count(0)
    assert again(asked[1]).decision_reason == "No such sale"
    press(explorer, "j", "o")
    expect(explorer).to_have_url(re.compile(f"{url(asked[0])}$"))
    explorer.wait_for_load_state()
    press(explorer, "a")
    expect(explorer.locator("#request .pill", has_text="Accepted")).to_be_visible()
    processing.process()
    expect(explorer.locator("#request .pill", has_text="Processed")).to_be_visible()


def test_into_the_panel_and_back_by_keyboard(explorer, asked):
    press(explorer, "j", "Enter")
    shows(explorer, asked[3])
    press(explorer, "Enter")
    expect(panel(explorer).get_by_role("heading").first).to_be_focused()
    press(explorer, "Escape")
    expect(panel(explorer)).to_be_hidden()
    expect(row(explorer, asked[3])).to_be_focused()


def test_a_comment_with_a_file_and_what_is_written_stays(explorer, asked, agency):
    row(explorer, asked[3]).get_by_text("Create New").click()
    shows(explorer, asked[3])
    explorer.get_by_role("tab", name="Discussion").click()
    field = explorer.get_by_label("Comment")
    field.fill("Half a thought")
    explorer.evaluate("document.body.dispatchEvent(new Event('listChanged'))")
    explorer.wait_for_load_state("networkidle")
    expect(field).to_have_value("Half a thought")
    files = explorer.locator("input[name=files]")
    files.set_input_files({"name": "a.html", "mimeType": "text/html", "buffer": b"<b>"})
    explorer.get_by_role("button", name="Send").click()
    expect(panel(explorer).get_by_role("alert")).to_contain_text("Attach a PDF")
    expect(field).to_have_value("Half a thought")
    files.set_input_files({"name": "a.pdf", "mimeType": "application/pdf", "buffer": PDF})
    explorer.get_by_role("button", name="Send").click()
    expect(panel(explorer).locator(".saying")).to_contain_text("Half a thought")
    expect(field).to_have_value("")
    expect(explorer.get_by_role("tab", name="Discussion")).to_contain_text("1")
    with explorer.expect_download() as download:
        panel(explorer).get_by_role("link", name="a.pdf").click()
    assert download.value.suggested_filename == "a.pdf"


@pytest.mark.parametrize("first", ["GET", "POST"])
@pytest.mark.parametrize("beside", [True, False], ids=["panel", "page"])
def test_what_is_sent_while_it_looks_again_is_not_lost(explorer, asked, live_server, beside, first):
    if beside:
        row(explorer, asked[3]).get_by_text("Create New").click()
        shows(explorer, asked[3])
        explorer.get_by_role("tab", name="Discussion").click()
    else:
        explorer.goto(live_server.url + url(asked[3]))
    explorer.get_by_label("Comment").fill("Half a thought")
    slow = []

    def hold(route):
        if not slow and route.request.method == first:
            return slow.append(route)
        return route.continue_()

    look = "document.body.dispatchEvent(new Event('listChanged'))"
    explorer.route(re.compile(f"{url(asked[3])}(/comments)?$"), hold)
    if first == "GET":
        explorer.evaluate(look)
        expect(explorer.locator("[data-asked].htmx-request")).to_be_attached()
    explorer.get_by_role("button", name="Send").click()
    if first == "POST":
        expect(explorer.locator("form.htmx-request")).to_be_attached()
        explorer.evaluate(look)
        explorer.wait_for_timeout(500)  # an answer that does not wait for it would come first
    slow[0].continue_()
    expect(explorer.locator(".saying")).to_contain_text("Half a thought")
    expect(explorer.get_by_label("Comment")).to_have_value("")


def test_what_becomes_of_a_decision_is_told_though_one_goes_on_at_once(explorer, asked):
    row(explorer, asked[3]).get_by_text("Create New").click()
    shows(explorer, asked[3])
    press(explorer, "a", "j")
    expect(explorer.locator(".toast")).to_contain_text("Accepted.")
    shows(explorer, asked[2])
    expect(row(explorer, asked[3])).to_contain_text("Accepted")
    # The keyboard stands where it stood, in the rows that came anew.
    expect(row(explorer, asked[2])).to_have_attribute("data-active", "")


def test_a_comment_survives_a_session_that_has_ended(explorer, asked, agency):
    row(explorer, asked[3]).get_by_text("Create New").click()
    shows(explorer, asked[3])
    explorer.get_by_role("tab", name="Discussion").click()
    explorer.get_by_label("Comment").fill("A long thought")
    Session.objects.all().delete()
    explorer.get_by_role("button", name="Send").click()
    explorer.get_by_label("E-mail").fill(agency.email)
    explorer.get_by_label("Password", exact=True).fill(PASSWORD)
    explorer.get_by_role("button", name="Sign in", exact=True).click()
    expect(explorer.get_by_label("Comment")).to_have_value("A long thought")
    expect(explorer.get_by_label("Comment")).to_be_visible()
    explorer.get_by_role("button", name="Send").click()
    expect(panel(explorer).locator(".saying")).to_contain_text("A long thought")


def test_somebody_was_first(explorer, asked):
    row(explorer, asked[3]).get_by_text("Create New").click()
    shows(explorer, asked[3])
    first = make_user(full_name="Fay First", permissions=["requests_workflow.decide_request"])
    deciding.reject(actor=first, request=asked[3], version=1, reason="Too late")
    press(explorer, "a")
    expect(panel(explorer).get_by_role("alert")).to_contain_text("Fay First was first")
    expect(panel(explorer)).to_contain_text("Too late")
    expect(panel(explorer).get_by_role("button", name="Accept")).to_have_count(0)
