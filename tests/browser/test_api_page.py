"""The page "API" and the pages that describe the calls, in a real browser."""

import json
import re
import subprocess
from datetime import timedelta

import pytest
from django.contrib.auth.models import Permission
from django.utils import timezone
from playwright.sync_api import expect

from convertr.accounts import keys
from convertr.accounts.models import ApiKey
from convertr.http_api.models import ApiCall
from tests.factories import make_conversion

PHONE = {"width": 390, "height": 844}


@pytest.fixture
def api(page, live_server, signed_in, agency):
    signed_in(page, agency)
    page.goto(f"{live_server.url}/v2/api")
    return page


def test_from_the_door_to_the_first_call(page, live_server, signed_in, agency, axe):
    signed_in(page, agency)
    page.goto(live_server.url)
    page.locator("#nav").get_by_role("link", name="API", exact=True).click()
    expect(page.get_by_text("No calls yet.")).to_be_visible()
    axe(page)

    page.get_by_label("Name").fill("Reports")
    page.get_by_role("button", name="Make the key").click()
    secret = page.get_by_role("button", name="Copy the key").inner_text()
    command = page.locator("pre").first.inner_text()
    # What is copied runs in a shell as it is, but for the key.
    done = subprocess.run(
        ["sh", "-c", command.replace("YOUR_KEY", secret)],
        capture_output=True,
        text=True,
        timeout=30,
        check=True,
    )
    assert json.loads(done.stdout)["key"] == "Reports"

    page.goto(f"{live_server.url}/v2/api")
    row = page.get_by_role("group", name="Your last calls").locator("tbody tr")
    expect(row).to_have_count(1)
    expect(row).to_contain_text("GET")
    expect(row).to_contain_text("/v1/me")
    expect(row).to_contain_text("200")
    expect(row).to_contain_text("Reports")
    assert secret not in page.content()


def test_a_key_is_made_shown_and_revoked(api, axe):
    api.get_by_label("Name").fill("Reports")
    api.get_by_label("Read").check()
    api.get_by_role("button", name="Make the key").click()
    secret = api.get_by_role("button", name="Copy the key").inner_text()
    axe(api)
    assert keys.authenticate(secret).name == "Reports"
    api.get_by_role("button", name="Revoke Reports").click()

    expect(api.get_by_text("has ended")).to_be_visible()
    assert keys.authenticate(secret) is None


def test_the_old_address_leads_here(api, live_server):
    api.goto(f"{live_server.url}/account/keys")

    expect(api).to_have_url(re.compile("/v2/api$"))


def test_an_example_is_copied_whole(api):
    api.context.grant_permissions(["clipboard-read", "clipboard-write"])
    snippet = api.locator(".snippet", has_text="Approve a conversion")
    snippet.get_by_role("button", name="Copy: Approve a conversion").click()

    copied = api.evaluate("navigator.clipboard.readText()")
    assert copied == snippet.locator("pre").inner_text()
    assert re.match(r"curl -X PATCH 'http://localhost:\d+/v1/networks/reporting", copied)


def test_with_calls_it_is_accessible_wide_and_narrow(api, agency, axe):
    made = keys.create_key(actor=agency, user=agency, name="Nightly report")
    for number, status in enumerate((200, 404, 429, 500) * 5):
        ApiCall.objects.create(
            key=made.key,
            method="PATCH",
            path=f"/v1/networks/reporting/conversions/{number:032x}/payoutrevenue",
            status=status,
            milliseconds=number * 400,
        )
    ends = timezone.now() + timedelta(days=1)
    ApiKey.objects.create(
        user=agency, name="Sign-in", hash="1", family_hash="2", expires_at=ends,
        refresh_expires_at=ends,
    )  # fmt: skip
    for size in ({"width": 1440, "height": 900}, PHONE):
        api.set_viewport_size(size)
        api.reload()
        axe(api)
        assert api.evaluate("document.documentElement.scrollWidth <= innerWidth")
    api.get_by_role("button", name="End the sign-in of").click()
    expect(api.get_by_text("The sign-in has ended.")).to_be_visible()


def test_a_partner_is_shown_its_own_call(page, live_server, signed_in, partner_user):
    partner_user.user_permissions.add(Permission.objects.get(codename="manage_api_keys"))
    signed_in(page, partner_user)
    page.goto(f"{live_server.url}/v2/api")

    own = page.locator("pre", has_text="/v1/affiliates/reporting/conversions")
    expect(own).to_have_count(1)
    expect(page.locator("pre").last).to_contain_text("/v1/conversion-requests")
    expect(page.get_by_text("/v1/networks")).to_have_count(0)


def test_the_calls_are_shown_and_can_be_tried(page, live_server, agency):
    """Swagger under our policy: nothing from elsewhere, no complaint in the console."""
    conversion = make_conversion()
    made = keys.create_key(actor=agency, user=agency, name="Tried")
    asked = []
    page.on("request", lambda request: asked.append(request.url))
    page.goto(f"{live_server.url}/v1/docs")
    expect(page.get_by_role("heading", name="Convertr")).to_be_visible()

    page.get_by_role("button", name="Authorize").click()
    page.locator(".auth-container input").first.fill(made.secret)
    page.locator(".auth-container").first.get_by_role("button", name="Apply").click()
    page.get_by_role("button", name="Close").first.click()
    call = page.locator(".opblock-patch").first
    call.locator(".opblock-summary-control").click()
    call.get_by_role("button", name="Try it out").click()
    body = {"conversion_ids": [conversion.uuid.hex], "conversion_status": "approved"}
    call.locator("textarea").fill(json.dumps(body))
    call.get_by_role("button", name="Execute").click()

    expect(call.locator(".live-responses-table .response-col_status").last).to_contain_text("200")
    conversion.refresh_from_db()
    assert conversion.status == "approved"
    assert all(url.startswith((live_server.url, "data:")) for url in asked)
