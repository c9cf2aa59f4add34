"""Two people side by side: a partner asks, the agency decides, the system does it (issue 4)."""

import re

import pytest
from playwright.sync_api import expect

from conversions.models import Conversion
from convertr.accounts.permissions import grant
from requests_workflow.models import ConversionRequest
from requests_workflow.services import processing
from tests import workers
from tests.browser.conftest import complaints
from tests.factories import make_conversion, make_offer, make_partner
from tests.requests_workflow.conftest import RAISES
from tests.requests_workflow.kit import again, make_change
from tests.requests_workflow.kit_pages import PDF, URL, url

ADMIN = "/admin/requests_workflow/conversionrequest/"
PHONE = {"width": 390, "height": 844}
EVIDENCE = {"name": "invoice.pdf", "mimeType": "application/pdf", "buffer": PDF}
# A worker that has yet to start, on a machine that does other things.
WORKED = 60_000


@pytest.fixture
def conversion(partner):
    """A new one of the partner's, which pays 4 and earns 5."""
    offer = make_offer(name="Solar Lead", partners=[partner])
    return make_conversion(offer=offer, partner=partner)


@pytest.fixture
def portal(page, live_server, signed_in, partner_user):
    """The partner's browser."""
    grant(partner_user, RAISES)
    return Desk(signed_in(page, partner_user), live_server.url)


@pytest.fixture
def sit_down(browser, browser_context_args, live_server, signed_in):
    """sit_down(user): somebody else's browser, beside the first."""
    wrong, contexts = [], []

    def opened(user):
        contexts.append(browser.new_context(**browser_context_args))
        page = contexts[-1].new_page()
        page.on("pageerror", lambda error: wrong.append(str(error)))
        page.on("console", lambda message: wrong.extend(complaints(message)))
        return Desk(signed_in(page, user), live_server.url)

    yield opened
    for context in contexts:
        context.close()
    assert wrong == []


class Desk:
    """A person's browser, and what one does with requests in it."""

    def __init__(self, page, host):
        self.page, self.host = page, host
        self.panel = page.locator("#panel")

    def go(self, path):
        self.page.goto(self.host + path)
        return self.page

    def bell(self):
        """Open the bell, as somebody does who comes back to the page."""
        self.page.reload()
        expect(self.page.locator("#bell-count")).to_contain_text("new")
        self.page.locator("#bell summary").click()
        return self.page.locator(".bell-item[data-unread]")

    def waiting(self):
        """The count beside "Requests" in the navigation."""
        return self.page.locator(f"#nav a[href='{URL}'] .count")

    def ask(self, conversion, *, status="", comment="", files=(), **values):
        """From the conversion's page to the request; answers it."""
        self.go(f"/v2/conversion/{conversion.pk}")
        self.page.get_by_role("link", name="Request a change").click()
        if status:
            self.page.get_by_label("Status").select_option(label=status)
        for label, value in values.items():
            self.page.get_by_label(label).fill(value)
        self.page.get_by_label("Comment").fill(comment)
        self.page.locator("input[name=files]").set_input_files(list(files))
        self.page.get_by_role("button", name="Raise the request").click()
        self.page.wait_for_url(re.compile(rf"{URL}/\d+$"))
        return ConversionRequest.objects.latest("pk")

    def look_into(self, request):
        """The panel beside the list."""
        self.go(URL)
        self.page.locator(f"tr[data-href='{url(request)}']").get_by_text("Change Existing").click()
        expect(self.panel.get_by_role("heading", name=f"Request {request.pk}")).to_be_visible()

    def say(self, text):
        self.page.get_by_label("Comment").fill(text)
        self.page.get_by_role("button", name="Send").click()
        expect(self.page.locator(".saying").last).to_contain_text(text)


def pill(place, word):
    return place.locator(".pill", has_text=re.compile(f"^{word}$")).first


def test_a_partner_asks_and_the_agency_accepts(portal, sit_down, agency, conversion, worker, axe):
    desk = sit_down(agency)
    portal.go(f"/v2/conversion/{conversion.pk}")
    axe(portal.page)
    portal.page.get_by_role("link", name="Request a change").click()
    axe(portal.page)
    request = portal.ask(
        conversion,
        Payout="7.25",
        status="Approved",
        comment="Paid as on the invoice",
        files=[EVIDENCE],
    )
    expect(pill(portal.page, "Inquired")).to_be_visible()
    axe(portal.page)

    # Counted in the navigation and on the dashboard; looked at, and asked about.
    desk.go("/")
    expect(desk.waiting()).to_have_text("1")
    expect(desk.page.get_by_text("1 request waits for a decision")).to_be_visible()
    axe(desk.page)
    desk.look_into(request)
    changes = desk.panel.locator("tr[data-changes]")
    expect(changes).to_contain_text(["Approved", "7.25"])
    desk.page.get_by_role("tab", name="Discussion").click()
    with desk.page.expect_download() as download:
        desk.page.get_by_role("link", name="invoice.pdf").click()
    assert download.value.path().read_bytes() == PDF
    desk.say("Which invoice is it?")
    axe(desk.page)

    rung = portal.bell()
    expect(rung).to_contain_text(f"Request {request.pk}: a new comment")
    axe(portal.page)
    rung.click()
    expect(portal.page.locator(".saying").last).to_contain_text("The network")
    portal.say("Number 2025-17")

    expect(desk.bell()).to_contain_text(f"Request {request.pk}: a new comment")
    desk.look_into(request)
    desk.page.get_by_role("tab", name="Discussion").click()
    expect(desk.page.locator(".saying").last).to_contain_text("Number 2025-17")
    desk.page.get_by_role("button", name="Accept", exact=True).click()
    expect(desk.page.locator(".toast")).to_contain_text("Accepted")
    expect(pill(desk.panel, "Processed")).to_be_visible(timeout=WORKED)

    expect(portal.bell()).to_contain_text(f"Request {request.pk}: accepted")
    for seen in (portal, desk):
        seen.go(f"/v2/conversion/{conversion.pk}")
        expect(seen.waiting()).to_have_count(0)
        expect(pill(seen.page.locator(".facts").first, "Approved")).to_be_visible()
        history = seen.page.get_by_role("region", name="History")
        expect(history).to_contain_text("7.25")
        requests = seen.page.get_by_role("region", name="Requests")
        expect(requests).to_contain_text(f"Request {request.pk}")
        expect(pill(requests, "Processed")).to_be_visible()
        axe(seen.page)
    expect(desk.page.get_by_role("region", name="History")).to_contain_text("by a request")
    conversion.refresh_from_db()
    assert str(conversion.payout) == "7.2500"


def test_the_same_is_decided_in_the_admin(portal, sit_down, admin_user, conversion, worker):
    request = portal.ask(conversion, Payout="6.50")
    office = sit_down(admin_user)
    page = office.go(ADMIN)
    page.locator(f"input[name=_selected_action][value='{request.pk}']").check()
    page.locator("select[name=action]").select_option(label="Accept")
    page.get_by_role("button", name="Run").click()
    expect(page.get_by_text("These requests will be accepted")).to_be_visible()
    page.get_by_role("button", name="Accept", exact=True).click()
    expect(page.get_by_text("1 request was accepted.")).to_be_visible()

    expect(pill(portal.page, "Inquired")).to_be_visible()
    workers.until(lambda: again(request).status == "processed", what="the worker")
    expect(portal.bell()).to_contain_text(f"Request {request.pk}: accepted")
    expect(pill(portal.page, "Processed")).to_be_visible()
    assert str(Conversion.objects.get(pk=conversion.pk).payout) == "6.5000"


def test_rejected_with_a_reason_asked_again_and_accepted(portal, sit_down, agency, conversion, axe):
    request = portal.ask(conversion, Payout="9")
    desk = sit_down(agency)
    desk.look_into(request)
    desk.page.get_by_role("button", name="Reject").last.click()
    dialog = desk.page.get_by_role("dialog")
    dialog.get_by_role("button", name="Reject").click()
    expect(dialog.get_by_role("alert")).to_be_visible()
    axe(desk.page)
    dialog.get_by_role("textbox").fill("No evidence")
    dialog.get_by_role("button", name="Reject").click()
    expect(dialog).to_be_hidden()
    expect(pill(desk.panel, "Rejected")).to_be_visible()

    expect(portal.bell()).to_contain_text(f"Request {request.pk}: rejected")
    expect(portal.page.locator(".note-error")).to_contain_text("No evidence")
    axe(portal.page)
    portal.page.keyboard.press("Escape")
    portal.page.get_by_role("button", name="Ask again").click()
    portal.page.get_by_role("dialog").get_by_role("textbox").fill("Here is the evidence")
    portal.page.get_by_role("dialog").get_by_role("button", name="Ask again").click()
    expect(pill(portal.page, "Inquired")).to_be_visible()

    desk.look_into(request)
    desk.page.get_by_role("tab", name="History").click()
    history = desk.panel.locator("#pane-history")
    expect(history).to_contain_text("asked again")
    expect(history).to_contain_text("No evidence")
    desk.page.get_by_role("button", name="Accept", exact=True).click()
    expect(pill(desk.panel, "Accepted")).to_be_visible()
    processing.process()
    expect(pill(desk.panel, "Processed")).to_be_visible()
    axe(desk.page)


def test_the_whole_round_by_keyboard_alone(portal, sit_down, agency, conversion):
    page = portal.go(f"/v2/conversion/{conversion.pk}")
    to(page, page.get_by_role("link", name="Request a change"))
    page.keyboard.press("Enter")
    payout = page.get_by_label("Payout")
    expect(payout).to_have_value("4.00")
    to(page, payout)
    page.keyboard.press("ControlOrMeta+A")
    page.keyboard.type("8.5")
    to(page, page.get_by_label("Comment"))
    page.keyboard.type("As agreed")
    to(page, page.get_by_role("button", name="Raise the request"))
    page.keyboard.press("Enter")
    page.wait_for_url(re.compile(rf"{URL}/\d+$"))
    request = ConversionRequest.objects.get()

    desk = sit_down(agency)
    agent = desk.go(URL)
    for key in ("j", "Enter"):
        agent.keyboard.press(key)
    expect(desk.panel.get_by_role("heading", name=f"Request {request.pk}")).to_be_visible()
    tab = agent.get_by_role("tab", name="Data")
    to(agent, tab)
    agent.keyboard.press("ArrowRight")
    agent.keyboard.press("Enter")
    to(agent, agent.get_by_label("Comment"))
    agent.keyboard.type("Who agreed?")
    to(agent, agent.get_by_role("button", name="Send"))
    agent.keyboard.press("Enter")
    expect(agent.locator(".saying").last).to_contain_text("Who agreed?")

    page.reload()
    to(page, page.locator("#bell summary"))
    page.keyboard.press("Enter")
    expect(page.locator(".bell-item")).to_contain_text("a new comment")
    page.keyboard.press("Escape")
    to(page, page.get_by_label("Comment"))
    page.keyboard.type("Ada did")
    to(page, page.get_by_role("button", name="Send"))
    page.keyboard.press("Enter")
    expect(page.locator(".saying").last).to_contain_text("Ada did")

    agent.goto(desk.host + URL)
    for key in ("j", "Enter"):
        agent.keyboard.press(key)
    expect(desk.panel.get_by_role("heading", name=f"Request {request.pk}")).to_be_visible()
    agent.keyboard.press("a")
    expect(pill(desk.panel, "Accepted")).to_be_visible()
    processing.process()
    expect(pill(desk.panel, "Processed")).to_be_visible()
    assert str(Conversion.objects.get(pk=conversion.pk).payout) == "8.5000"


def to(page, place):
    """Press Tab until the keyboard is there."""
    for _step in range(80):
        if place.evaluate("element => element === document.activeElement"):
            return
        page.keyboard.press("Tab")
    pytest.fail(f"{place} is not reached by Tab")


def test_a_new_conversion_is_asked_for_and_mended_before_it_is_decided(portal, conversion, axe):
    page = portal.go(URL)
    page.get_by_role("link", name="New conversion request").click()
    axe(page)
    page.get_by_label("Offer").select_option(label="Solar Lead")
    page.get_by_label("Payout").fill("1,5")
    page.get_by_label("Order ID").fill("O-77")
    page.locator("input[name=files]").set_input_files(EVIDENCE)
    page.get_by_role("button", name="Raise the request").click()
    expect(page.locator(".field[data-invalid]")).to_contain_text("1,5")
    expect(page.get_by_label("Order ID")).to_have_value("O-77")
    axe(page)
    page.get_by_label("Payout").fill("1.5")
    page.get_by_role("button", name="Raise the request").click()
    page.wait_for_url(re.compile(rf"{URL}/\d+$"))
    page.get_by_role("link", name="Edit").click()
    axe(page)
    page.get_by_label("Order ID").fill("O-78")
    page.get_by_role("button", name="Save").click()
    expect(page.get_by_role("main")).to_contain_text("O-78")
    made = ConversionRequest.objects.get()
    assert (made.wanted["order_id"], made.wanted["payout"]) == ("O-78", "1.5000")
    # The file that was chosen before something had to be mended.
    assert made.attachments.get().name == "invoice.pdf"


@pytest.mark.parametrize("size", [{"width": 1440, "height": 900}, PHONE], ids=["wide", "narrow"])
def test_pages_of_raising_are_accessible(
    portal, sit_down, agency, partner_user, conversion, axe, size
):
    """An open request is warned of; another partner's conversion isn't there."""
    request = make_change(partner_user, conversion)
    desk = sit_down(agency)
    for one in (portal, desk):
        one.page.set_viewport_size(size)
        for path in ("new", "change", f"change/{conversion.pk}"):
            one.go(f"{URL}/{path}")
            axe(one.page)
            assert one.page.evaluate("document.documentElement.scrollWidth <= innerWidth")
        warned = one.page.get_by_role("main").get_by_role("link", name=f"Request {request.pk}")
        expect(warned).to_be_visible()
    other = make_conversion(partner=make_partner())
    page = portal.go(f"{URL}/change")
    page.get_by_label("Conversion ID or UUID").fill(str(other.pk))
    page.keyboard.press("Enter")
    expect(page.locator(".field[data-invalid]")).to_contain_text("No conversion has this ID")
