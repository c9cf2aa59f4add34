"""Parties, keys, invitations and the admin in a real browser."""

import re

import pytest
from playwright.sync_api import expect

from conversions.models import Conversion
from convertr.accounts import invitations
from tests.factories import make_campaign, make_conversions, make_offer

PHONE = {"width": 390, "height": 844}


@pytest.fixture
def offer(partner):
    campaign = make_campaign(name="Solar advice")
    offer = make_offer(
        name="Garden shop",
        advertiser=campaign.advertiser,
        partners=[partner],
        rates={"payout_percent": 8, "revenue_percent": 11},
    )
    make_conversions(
        4, offer=offer, partner=partner, status=lambda n: "approved" if n else "pending"
    )
    return offer


@pytest.mark.parametrize("size", [{"width": 1440, "height": 900}, PHONE])
def test_pages_are_accessible(page, live_server, signed_in, agency, client, offer, axe, size):
    page.set_viewport_size(size)
    client.get("/postback", {"offer": offer.pk, "token": offer.postback_token, "request_id": "R"})
    client.get("/postback", {"offer": offer.pk, "token": offer.postback_token, "status": "x"})
    signed_in(page, agency)
    campaign = offer.advertiser.campaigns.get()
    for path in (
        "offers",
        f"offer/{offer.pk}",
        f"offer/{offer.pk}/postbacks",
        f"partner/{offer.partners.get().pk}",
        f"advertiser/{offer.advertiser_id}",
        f"campaign/{campaign.pk}",
        "audit",
    ):
        page.goto(f"{live_server.url}/v2/{path}")
        axe(page)


def test_the_postback_address_is_shown_on_demand_and_copied(
    page, live_server, signed_in, agency, offer
):
    page.context.grant_permissions(["clipboard-read", "clipboard-write"])
    signed_in(page, agency)
    page.goto(f"{live_server.url}/v2/offer/{offer.pk}")
    address = page.get_by_role("button", name="Copy the address")
    expect(address).to_be_hidden()

    page.get_by_text("Show the address with its secret").click()
    address.click()

    expect(address).to_have_attribute("data-copied", re.compile(".*"))
    copied = page.evaluate("navigator.clipboard.readText()")
    assert copied.endswith(f"&token={offer.postback_token}")


def test_an_invited_person_comes_in(page, live_server, admin_user, axe):
    sent = invitations.invite(actor=admin_user, email="new@example.test", role="agency")
    token = sent.link.rsplit("/", 1)[1]

    page.goto(f"{live_server.url}/invitation/{token}")
    assert token not in page.url
    axe(page)
    page.get_by_label("Full name").fill("Nora New")
    page.get_by_label("Password").fill("short")
    page.get_by_role("button", name="Make the account").click()
    expect(page.get_by_text("too short")).to_be_visible()
    axe(page)
    page.get_by_label("Password").fill("a-long-and-strange-one")
    page.get_by_role("button", name="Make the account").click()

    expect(page.get_by_text("Welcome, Nora New.")).to_be_visible()


def test_conversions_are_imported_in_the_admin(
    page, live_server, signed_in, admin_user, offer, tmp_path, settings
):
    """The theme works under its own, wider policy: no violation on any of its pages."""
    storage = {
        "BACKEND": "django.core.files.storage.FileSystemStorage",
        "OPTIONS": {"location": tmp_path},
    }
    settings.STORAGES = {**settings.STORAGES, "default": storage}
    partner = offer.partners.get()
    file = f"offer_id,partner_id,request_id,status\n{offer.pk},{partner.pk},R-new,approved\n"
    signed_in(page, admin_user)
    page.goto(f"{live_server.url}/admin/conversions/conversion/")
    page.get_by_role("link", name="Import").click()

    page.locator("input[type=file]").set_input_files(
        {"name": "new.csv", "mimeType": "text/csv", "buffer": file.encode()}
    )
    page.locator("select[name=format]").select_option(label="csv")
    page.locator("form input[type=submit], form button[type=submit]").last.click()
    expect(page.get_by_text("R-new")).to_be_visible()
    page.get_by_role("button", name="Confirm import").click()

    expect(page.get_by_text("1 new")).to_be_visible()
    assert Conversion.objects.filter(request_id="R-new", status="approved").exists()


def test_an_offer_is_edited_in_the_admin(page, live_server, signed_in, admin_user, offer):
    signed_in(page, admin_user)
    page.goto(f"{live_server.url}/v2/offer/{offer.pk}")
    page.get_by_role("link", name="Edit").click()

    page.locator("[name=events-0-payout_percent]").fill("9.5")
    page.get_by_role("button", name="Save", exact=True).click()

    expect(page.get_by_text("was changed successfully")).to_be_visible()
    page.goto(f"{live_server.url}/v2/offer/{offer.pk}")
    expect(page.get_by_text("9.5 % of the sale")).to_be_visible()
