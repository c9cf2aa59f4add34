"""A partner postback, from its form to its log, in a real browser with a real server behind it."""

import re
import threading

import pytest
from playwright.sync_api import expect

from conversions.partner_postbacks import sender
from convertr.accounts.permissions import grant
from convertr.outbound.addresses import networks
from tests.factories import make_conversion, make_offer, make_postback, make_postback_event
from tests.outbound.sink import Sink

PHONE = {"width": 390, "height": 844}


def send_all():
    """In a thread: this one has the browser's event loop."""
    thread = threading.Thread(target=sender.run)
    thread.start()
    thread.join()


@pytest.fixture
def sink():
    server = Sink()
    yield server
    server.stop()


@pytest.fixture
def offer(partner):
    return make_offer(name="Garden shop", partners=[partner])


def test_one_is_set_up_tested_and_switched_off(
    page, live_server, signed_in, agency, partner, sink, settings, axe
):
    settings.OUTBOUND_ALLOW = networks(["127.0.0.0/8"])
    signed_in(page, agency)
    page.goto(f"{live_server.url}/v2/postbacks")
    axe(page)
    page.get_by_role("button", name="Set one up").click()
    dialog = page.get_by_role("dialog")
    dialog.get_by_label("Partner").select_option(str(partner.pk))
    dialog.get_by_label("URL").fill("https://{sub1}/told")
    dialog.get_by_role("button", name="Make the postback").click()
    expect(dialog.get_by_text("Macros may stand in the path and the query only")).to_be_visible()
    axe(page)
    dialog.get_by_label("URL").fill(sink.url("/200?c={change_id}&s={sub1}"))
    dialog.get_by_role("button", name="Make the postback").click()

    page.wait_for_url(re.compile(r"/v2/postbacks/\d+$"))
    expect(page.get_by_text("s=sample-1")).to_be_visible()
    page.get_by_role("button", name="Send a test").click()
    row = page.get_by_role("row").filter(has_text="test-")
    expect(row.get_by_text("Waiting")).to_be_visible()
    send_all()
    # The page looks again by itself.
    expect(row.get_by_text("Delivered").first).to_be_visible()
    expect(row.get_by_text("200", exact=True)).to_be_visible()
    assert sink.queries("s") == ["sample-1"]
    axe(page)

    page.get_by_role("button", name="Switch off").click()
    expect(page.get_by_role("button", name="Switch on")).to_be_visible()
    page.get_by_role("button", name="Edit").click()
    dialog.get_by_label("Delay in seconds").fill("120")
    dialog.get_by_role("button", name="Save").click()
    expect(dialog).to_be_hidden()
    expect(page.get_by_text("120 s")).to_be_visible()

    page.get_by_role("button", name="Delete").click()
    axe(page)
    dialog.get_by_role("button", name="Delete").click()
    expect(page.get_by_text("No postbacks yet")).to_be_visible()


def test_an_event_is_resent(page, live_server, signed_in, partner_user, partner, offer, sink):
    grant(partner_user, ["conversions.manage_postbacks"])
    postback = make_postback(partner)
    conversion = make_conversion(offer=offer, partner=partner, status="approved")
    make_postback_event(postback, conversion, state="failed", code="http_status")
    signed_in(page, partner_user)
    page.goto(f"{live_server.url}/v2/postbacks")
    page.get_by_role("link", name=str(postback.pk), exact=True).click()

    page.get_by_role("button", name=f"Resend {conversion.pk}-1").click()

    expect(page.get_by_role("cell").get_by_text("Waiting")).to_be_visible()


def test_all_that_was_stopped_is_resent(page, live_server, signed_in, agency, partner, offer, axe):
    postback = make_postback(partner)
    for state in ("stopped", "stopped", "delivered"):
        conversion = make_conversion(offer=offer, partner=partner, status="approved")
        make_postback_event(postback, conversion, state=state)
    signed_in(page, agency)
    page.goto(f"{live_server.url}/v2/postbacks/{postback.pk}")
    page.get_by_role("link", name="Stopped").click()
    rows = page.locator("tbody tr")
    expect(rows).to_have_count(2)
    axe(page)

    page.get_by_role("button", name="Resend all stopped").click()

    expect(page.get_by_text("2 will be sent again.")).to_be_visible()
    expect(page.get_by_text("Nothing here")).to_be_visible()
    expect(page.get_by_role("button", name="Resend all stopped")).to_have_count(0)
    page.get_by_role("link", name="All", exact=True).click()
    expect(rows).to_have_count(3)


@pytest.mark.parametrize("size", [{"width": 1440, "height": 900}, PHONE])
def test_pages_are_accessible(page, live_server, signed_in, agency, partner, offer, axe, size):
    page.set_viewport_size(size)
    postback = make_postback(partner, switched_off_at="2026-03-01T12:00Z", active=False)
    conversion = make_conversion(offer=offer, partner=partner, status="approved")
    make_postback_event(postback, conversion, state="failed")
    signed_in(page, agency)
    for path in (
        "postbacks",
        f"postbacks/{postback.pk}",
        f"conversion/{conversion.pk}",
        f"partner/{partner.pk}",
    ):
        page.goto(f"{live_server.url}/v2/{path}")
        axe(page)
        assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")
