"""The admin's page to erase leads in a real browser."""

import re

from playwright.sync_api import expect

from leads.models import Lead
from tests.leads.kit import again, make_lead, make_lead_campaign

PHONE = {"width": 390, "height": 844}


def test_leads_are_shown_signed_for_and_erased(page, live_server, signed_in, admin_user, axe):
    campaign = make_lead_campaign(name="Solar advice")
    asked, other = (make_lead(campaign, {"email": f"{n}@analytical.org"}) for n in "ab")
    signed_in(page, admin_user)
    page.goto(f"{live_server.url}/admin/leads/lead/")
    page.get_by_role("link", name="Erase by ID").click()
    axe(page, "#content")

    page.get_by_label("Lead IDs").fill(f"{asked.pk} 987654321")
    page.get_by_role("button", name="Show what goes").click()
    expect(page.get_by_text(f"{asked.pk}, Solar advice")).to_be_visible()
    expect(page.get_by_role("listitem").filter(has_text="987654321")).to_contain_text("–")
    axe(page, "#content")
    page.set_viewport_size(PHONE)
    axe(page, "#content")
    wider = "document.documentElement.scrollWidth > document.documentElement.clientWidth"
    assert not page.evaluate(wider)

    sign = page.get_by_label(re.compile("Type your full name"))
    sign.fill("Somebody Else")
    page.get_by_role("button", name="Erase for good").click()
    expect(page.get_by_role("alert")).to_be_visible()
    assert again(asked).erased_at is None

    sign.fill(admin_user.full_name)
    sign.press("Enter")
    expect(page).to_have_url(f"{live_server.url}/admin/leads/lead/")
    assert set(Lead.objects.filter(erased_at=None)) == {other}
