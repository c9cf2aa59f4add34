"""The frame in a real browser: navigation, dialogs, keyboard, toasts, drafts, colours (look.md)."""

import re

import pytest
from django.contrib.sessions.models import Session
from playwright.sync_api import expect

from convertr.ui.models import Notification

pytestmark = pytest.mark.urls("tests.ui.kit")
PHONE = {"width": 390, "height": 844}


@pytest.fixture
def kit(page, live_server, signed_in, agency):
    signed_in(page, agency)
    page.goto(f"{live_server.url}/kit")
    return page


@pytest.mark.parametrize("size", [{"width": 1440, "height": 900}, PHONE])
def test_every_component_is_accessible(kit, axe, size):
    kit.set_viewport_size(size)
    axe(kit)


def test_dialog_opens_traps_focus_closes_and_empties(kit, axe):
    kit.click("#open")
    dialog = kit.locator("#modal")
    expect(dialog).to_be_visible()
    expect(kit.get_by_label("Name", exact=True).last).to_be_focused()
    axe(kit)
    for _ in range(30):
        kit.keyboard.press("Tab")
        inside = kit.evaluate(
            "document.activeElement === document.body "
            "|| document.getElementById('modal').contains(document.activeElement)"
        )
        assert inside
    kit.keyboard.press("Escape")
    expect(dialog).to_be_hidden()
    expect(kit.locator("#modal-body")).to_be_empty()
    expect(kit.locator("#open")).to_be_focused()


def test_sending_a_dialog_closes_it_and_shows_a_toast_with_its_link(kit):
    kit.click("#open")
    kit.get_by_role("button", name="Confirm 9,412 changes").click()
    expect(kit.locator("#modal")).to_be_hidden()
    toast = kit.locator(".toast-success")
    expect(toast).to_contain_text("Renamed.")
    expect(toast.get_by_role("link", name="Show")).to_have_attribute("href", "/kit?shown=1")


def test_a_refusal_is_told_and_stays_until_closed(kit):
    kit.click("#forbidden")
    toast = kit.locator(".toast-error")
    expect(toast).to_contain_text("You may not do this")
    toast.get_by_role("button", name="Close").click()
    expect(toast).to_have_count(0)


def test_a_refusal_inside_a_dialog_can_be_closed_there(kit):
    kit.click("#open")
    kit.evaluate(
        "document.dispatchEvent(new CustomEvent('toast', {detail: {level: 'error', text: 'No.'}}))"
    )
    kit.locator(".toast-error").get_by_role("button", name="Close").click()
    expect(kit.locator(".toast-error")).to_have_count(0)
    expect(kit.locator("#modal")).to_be_visible()


def test_palette_filters_and_goes(kit, axe, live_server):
    kit.keyboard.press("Control+k")
    axe(kit)
    kit.keyboard.type("your set")
    expect(kit.locator("#palette [role=option]:visible")).to_have_count(1)
    kit.keyboard.press("Enter")
    kit.wait_for_url(f"{live_server.url}/account/")


def test_palette_goes_to_an_id(kit, live_server):
    kit.get_by_role("button", name="Commands").click()
    kit.keyboard.type("1204311")
    chosen = kit.locator("#palette [aria-selected=true]")
    expect(chosen).to_have_text(re.compile(r"Go to conversion\s+1204311"))
    kit.keyboard.press("Enter")
    kit.wait_for_url(f"{live_server.url}/v2/conversion/1204311")


def test_help_opens_by_question_mark_but_not_while_writing(kit, axe):
    kit.get_by_label("Name", exact=True).focus()
    kit.keyboard.press("?")
    expect(kit.locator("#help")).to_be_hidden()
    kit.locator("h1").click()
    kit.keyboard.press("?")
    expect(kit.locator("#help")).to_be_visible()
    axe(kit)


def test_rows_by_keyboard(kit, live_server):
    kit.keyboard.press("j")
    kit.keyboard.press("j")
    kit.keyboard.press("x")
    expect(kit.locator("tr[data-active] input[name=ids]")).to_have_value("2")
    expect(kit.locator("tr[data-selected] input[name=ids]")).to_have_value("2")
    kit.keyboard.press("k")
    kit.keyboard.press("Enter")
    kit.wait_for_url(f"{live_server.url}/kit/rows/1")


def test_side_panel_follows_the_row(kit):
    kit.click("#show-panel")
    expect(kit.locator("#panel")).to_contain_text("Details of 1")
    kit.locator("h1").click()
    kit.keyboard.press("j")
    kit.keyboard.press("j")
    expect(kit.locator("#panel")).to_contain_text("Details of 2")
    kit.keyboard.press("Escape")
    expect(kit.locator("#panel")).to_be_hidden()


def test_colours_are_remembered_and_written_by_the_server(kit):
    kit.get_by_label("You and your settings").click()
    kit.get_by_role("button", name="Dark").click()
    expect(kit.locator("html")).to_have_attribute("data-scheme", "dark")
    kit.reload(wait_until="commit")
    expect(kit.locator("html")).to_have_attribute("data-scheme", "dark")
    assert kit.evaluate("getComputedStyle(document.documentElement).colorScheme") == "dark"


def test_copy(kit):
    kit.context.grant_permissions(["clipboard-read", "clipboard-write"])
    kit.click("#copy")
    expect(kit.locator("#copy")).to_have_attribute("data-copied", "")
    assert kit.evaluate("navigator.clipboard.readText()") == "5b1c0e3a"


def test_what_is_no_answer_is_not_copied(kit):
    kit.context.grant_permissions(["clipboard-read", "clipboard-write"])
    kit.evaluate("navigator.clipboard.writeText('before')")
    for address, said in [("/kit/forbidden", "You may not do this"), ("/kit", "did not work")]:
        kit.evaluate("to => document.getElementById('copy').dataset.copyFrom = to", address)
        if address == "/kit":
            kit.context.clear_cookies()  # signed out: a redirect to sign in
        kit.click("#copy")
        expect(kit.locator(".toast-error").last).to_contain_text(said)
    assert kit.evaluate("navigator.clipboard.readText()") == "before"
    expect(kit.locator("#copy")).not_to_have_attribute("data-copied", "")


def test_drop_down_closes_by_escape_and_by_a_click_elsewhere(kit):
    menu = kit.locator("#columns")
    for close in (lambda: kit.keyboard.press("Escape"), lambda: kit.locator("h1").click()):
        menu.locator("summary").click()
        expect(menu.locator(".menu-list")).to_be_visible()
        close()
        expect(menu.locator(".menu-list")).to_be_hidden()


def test_on_paper_there_is_the_title_and_the_table_without_the_chrome(kit):
    kit.emulate_media(media="print")
    expect(kit.locator("h1")).to_be_visible()
    expect(kit.get_by_role("table")).to_be_visible()
    for chrome in ("#nav", ".top-tools", ".search", ".pager"):
        expect(kit.locator(chrome)).to_be_hidden()


def test_navigation_is_a_sheet_on_a_phone(kit, axe):
    kit.set_viewport_size(PHONE)
    expect(kit.locator("#nav")).to_be_hidden()
    kit.get_by_role("button", name="Open the navigation").click()
    expect(kit.locator("#nav")).to_be_visible()
    axe(kit)
    kit.keyboard.press("Escape")
    expect(kit.locator("#nav")).to_be_hidden()


def test_bell_shows_reads_and_counts(kit, agency, axe):
    Notification.objects.create(user=agency, kind="gone", params={}, url="/account/")
    kit.reload()
    expect(kit.locator("#bell-count")).to_contain_text("1 new")
    kit.locator("#bell summary").click()
    expect(kit.locator(".bell-item")).to_have_count(1)
    expect(kit.locator("#bell-count")).to_be_empty()
    axe(kit)
    assert not Notification.objects.filter(read_at=None).exists()


def test_a_lost_session_keeps_what_was_written_in_a_dialog(kit, agency, live_server):
    agency.set_password("correct horse battery")
    agency.save()
    # The password changed the session's hash; sign in anew, as a person would.
    kit.goto(f"{live_server.url}/accounts/login/?next=/kit")
    _sign_in(kit, agency)
    kit.wait_for_url(f"{live_server.url}/kit")
    kit.click("#open")
    kit.locator("#modal #name").fill("Half a thought")
    kit.locator("#modal [name=postbacks]").uncheck()
    Session.objects.all().delete()
    kit.get_by_role("button", name="Confirm 9,412 changes").click()
    kit.wait_for_url(f"{live_server.url}/accounts/login/?next=/kit")
    expect(kit.locator("dialog")).to_have_count(0)
    _sign_in(kit, agency)
    kit.wait_for_url(f"{live_server.url}/kit")
    expect(kit.locator("#modal #name")).to_have_value("Half a thought")
    expect(kit.locator("#modal [name=postbacks]")).not_to_be_checked()
    expect(kit.locator(".toast-info")).to_contain_text("is back")
    assert kit.evaluate("sessionStorage.getItem('draft')") is None


def _sign_in(page, user):
    page.get_by_label("E-mail").fill(user.email)
    page.get_by_label("Password").fill("correct horse battery")
    page.get_by_role("button", name="Sign in", exact=True).click()


def test_a_draft_is_not_shown_to_another_person(kit, agency2, signed_in, live_server):
    kit.click("#open")
    kit.locator("#modal #name").fill("Not yours")
    Session.objects.all().delete()
    kit.get_by_role("button", name="Confirm 9,412 changes").click()
    kit.wait_for_url(f"{live_server.url}/accounts/login/?next=/kit")
    signed_in(kit, agency2)
    kit.goto(f"{live_server.url}/kit")
    kit.wait_for_load_state("load")
    expect(kit.locator("#modal")).to_be_hidden()
    assert kit.evaluate("sessionStorage.getItem('draft')") is None
