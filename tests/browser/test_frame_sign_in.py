"""Signing in with password, authenticator app and passkey, under the strict CSP (platform.md)."""

import re

import pytest
from allauth.mfa.totp.internal import auth as totp
from playwright.sync_api import expect

PASSWORD = "correct horse battery"


@pytest.fixture
def person(agency):
    agency.set_password(PASSWORD)
    agency.save()
    return agency


@pytest.fixture
def site(live_server):
    return live_server.url


def sign_in(page, site, person, then="/account/"):
    page.goto(f"{site}/accounts/login/?next={then}")
    page.get_by_label("E-mail").fill(person.email)
    page.get_by_label("Password").fill(PASSWORD)
    page.get_by_role("button", name="Sign in", exact=True).click()


def confirm_access_if_asked(page):
    """Changing a factor asks for the password again when the last time is a while ago."""
    if "/reauthenticate/" not in page.url:
        return
    page.get_by_label("Password").fill(PASSWORD)
    page.get_by_role("button", name="Confirm").click()


def code_of(secret):
    counter = next(iter(totp.yield_hotp_counters_from_time()))
    return totp.format_hotp_value(totp.hotp_value(secret, counter))


def test_sign_in_by_keyboard_and_out_again(page, site, person, axe):
    page.goto(f"{site}/accounts/login/?next=/account/")
    axe(page)
    expect(page.get_by_label("E-mail")).to_be_focused()
    page.keyboard.type(person.email)
    page.keyboard.press("Tab")
    page.keyboard.type(PASSWORD)
    page.keyboard.press("Enter")
    page.wait_for_url(f"{site}/account/")
    axe(page)
    page.get_by_label("You and your settings").click()
    page.get_by_role("button", name="Sign out").click()
    page.goto(f"{site}/account/")
    page.wait_for_url(f"{site}/accounts/login/?next=/account/")


def test_a_wrong_password_is_told(page, site, person, axe):
    page.goto(f"{site}/accounts/login/")
    page.get_by_label("E-mail").fill(person.email)
    page.get_by_label("Password").fill("wrong")
    page.get_by_role("button", name="Sign in", exact=True).click()
    expect(page.get_by_role("alert")).to_contain_text("not correct")
    axe(page)


def test_authenticator_app_and_recovery_codes(page, site, person, axe):
    sign_in(page, site, person, "/accounts/2fa/")
    axe(page)
    page.get_by_role("link", name="Set up").click()
    confirm_access_if_asked(page)
    axe(page)
    assert page.locator(".qr").evaluate("image => image.naturalWidth") > 0
    secret = page.locator("[data-copy]").get_attribute("data-copy")
    page.get_by_label("Authenticator code").fill(code_of(secret))
    page.get_by_role("button", name="Switch on").click()
    expect(page.locator(".code-list li")).to_have_count(10)
    axe(page)
    code = page.locator(".code-list [data-copy]").first.get_attribute("data-copy")
    page.context.clear_cookies()
    sign_in(page, site, person)
    expect(page.get_by_role("heading", name="Second factor")).to_be_visible()
    axe(page)
    page.get_by_role("textbox").fill(code)
    page.get_by_role("button", name="Sign in", exact=True).click()
    page.wait_for_url(f"{site}/account/")


def test_passkey(page, site, person, axe):
    devtools = page.context.new_cdp_session(page)
    devtools.send("WebAuthn.enable")
    devtools.send(
        "WebAuthn.addVirtualAuthenticator",
        {
            "options": {
                "protocol": "ctap2",
                "transport": "internal",
                "hasResidentKey": True,
                "hasUserVerification": True,
                "isUserVerified": True,
                "automaticPresenceSimulation": True,
            }
        },
    )
    sign_in(page, site, person, "/accounts/2fa/webauthn/add/")
    confirm_access_if_asked(page)
    axe(page)
    page.get_by_label("Name").fill("My laptop")
    page.get_by_label("Passwordless").check()
    page.get_by_role("button", name="Add").click()
    page.wait_for_url(re.compile("recovery-codes|webauthn/$"))
    page.goto(f"{site}/accounts/2fa/webauthn/")
    expect(page.get_by_role("cell", name="My laptop")).to_be_visible()
    axe(page)
    page.context.clear_cookies()
    page.goto(f"{site}/accounts/login/?next=/account/")
    page.get_by_role("button", name="Sign in with a passkey").click()
    page.wait_for_url(f"{site}/account/")


def test_a_forgotten_password_is_reset_by_mail(page, site, person, mailoutbox, axe):
    page.goto(f"{site}/accounts/login/")
    page.get_by_role("link", name="Forgot your password?").click()
    axe(page)
    page.get_by_role("textbox").fill(person.email)
    page.get_by_role("button", name="Send the link").click()
    page.wait_for_url(f"{site}/accounts/password/reset/done/")
    axe(page)
    link = re.search(r"/accounts/password/reset/key/\S+", mailoutbox[0].body)[0]
    page.goto(f"{site}{link}")
    axe(page)
    for field in page.locator("input[type=password]").all():
        field.fill("another long horse")
    page.get_by_role("button", name="Save the password").click()
    expect(page.get_by_role("heading", name="Your password is changed")).to_be_visible()
    person.refresh_from_db()
    assert person.check_password("another long horse")
