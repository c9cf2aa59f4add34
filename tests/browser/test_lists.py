"""Lists in a real browser: filter, sort, page, Back, columns, views, selection, by keyboard too."""

import re

import pytest
from playwright.sync_api import expect

from tests.factories import make_conversion, make_conversions, make_offer

PHONE = {"width": 390, "height": 844}


@pytest.fixture
def rows(partner):
    """120 conversions, half of them rejected; the newest is 120."""
    offer = make_offer(name="Phone with contract", partners=[partner])
    return make_conversions(
        120, offer=offer, partner=partner, status=lambda n: ["approved", "rejected"][n % 2]
    )


@pytest.fixture
def conversions(page, live_server, signed_in, agency, rows):
    signed_in(page, agency)
    page.goto(f"{live_server.url}/v2/conversions")
    return page


def body(page):
    return page.locator(".list-rows tbody tr")


def heads(page):
    return [h.strip() for h in page.locator(".list-rows thead th").all_inner_texts()][1:]


def open_menu(page, name):
    page.locator("summary", has_text=name).click()
    expect(page.locator("details[open] form").first).to_be_visible()


def test_the_list_and_its_menus_are_accessible(conversions, axe):
    axe(conversions)
    for name in ("Filter", "Views", "Columns", "Export"):
        open_menu(conversions, name)
        axe(conversions, within="details[open]")
        conversions.keyboard.press("Escape")
    conversions.set_viewport_size(PHONE)
    axe(conversions)


def test_the_detail_page_and_the_dashboard_are_accessible(conversions, axe, live_server, rows):
    for path in (f"/v2/conversion/{rows[0].pk}", "/"):
        conversions.goto(live_server.url + path)
        axe(conversions)


def test_filtering_stands_in_the_address_and_back_undoes_it(conversions):
    open_menu(conversions, "Filter")
    conversions.get_by_label("Rejected").check()
    conversions.get_by_role("button", name="Apply").click()
    expect(conversions.locator(".chip", has_text="Rejected")).to_be_visible()
    expect(conversions.locator(".pill-green")).to_have_count(0)
    expect(conversions).to_have_url(re.compile(r"/v2/conversions\?status=rejected$"))
    conversions.go_back()
    expect(conversions.locator(".chip", has_text="Rejected")).to_have_count(0)
    expect(conversions.locator("nav.nav")).to_be_visible()
    conversions.go_forward()
    expect(conversions.locator(".chip", has_text="Rejected")).to_be_visible()


def test_a_chip_takes_its_filter_away(conversions, live_server):
    conversions.goto(f"{live_server.url}/v2/conversions?status=rejected")
    conversions.get_by_role("link", name="Remove the filter Rejected").click()
    expect(conversions.locator(".pill-green").first).to_be_visible()
    expect(conversions).to_have_url(re.compile(r"/v2/conversions\??$"))


def test_search_by_slash_and_enter(conversions, rows):
    conversions.keyboard.press("/")
    conversions.keyboard.type(str(rows[3].uuid))
    conversions.keyboard.press("Enter")
    expect(body(conversions)).to_have_count(1)
    expect(conversions.locator("#list-q")).to_have_value(str(rows[3].uuid))


def test_sorting_and_paging(conversions, rows):
    expect(body(conversions).first).to_contain_text(str(rows[-1].pk))
    conversions.get_by_role("link", name="Conversion time").click()
    expect(body(conversions).first).to_contain_text(str(rows[0].pk))
    conversions.get_by_role("link", name="Next").click()
    expect(conversions.locator(".pager-range")).to_contain_text("51–100 of 120")
    conversions.reload()
    expect(conversions.locator(".pager-range")).to_contain_text("51–100 of 120")


def test_columns_by_keyboard(conversions):
    before = heads(conversions)
    open_menu(conversions, "Columns")
    second = conversions.locator("[data-column] input").nth(1)
    second.focus()
    conversions.keyboard.press("Alt+ArrowUp")
    expect(conversions.locator("[data-column] input").first).to_be_focused()
    conversions.get_by_label("Partner", exact=True).uncheck()
    conversions.get_by_role("button", name="Show these").click()
    expect(conversions.locator("details[open]")).to_have_count(0)
    wanted = [before[1], before[0], *before[2:]]
    wanted.remove("Partner")
    assert heads(conversions) == wanted
    open_menu(conversions, "Columns")
    conversions.get_by_role("button", name="Reset").click()
    expect(conversions.locator(".list-rows thead")).to_contain_text("Partner")
    assert heads(conversions) == before


def test_columns_by_dragging_and_by_buttons(conversions):
    open_menu(conversions, "Columns")
    items = conversions.locator("[data-column]")
    first, third = items.nth(0).inner_text(), items.nth(2).inner_text()
    items.nth(2).drag_to(items.nth(0), target_position={"x": 20, "y": 2})
    expect(items.first).to_contain_text(third.strip())
    items.nth(1).hover()
    items.nth(1).get_by_role("button", name="down").click()
    expect(items.nth(2)).to_contain_text(first.strip())


def test_a_view_is_kept_opened_and_deleted(conversions, live_server):
    conversions.goto(f"{live_server.url}/v2/conversions?status=rejected")
    open_menu(conversions, "Views")
    conversions.get_by_label("Keep what is shown as").fill("Rejected ones")
    conversions.get_by_role("button", name="Save the view").click()
    expect(conversions.locator(".toast")).to_contain_text("Rejected ones")
    conversions.goto(f"{live_server.url}/v2/conversions")
    open_menu(conversions, "Views")
    conversions.get_by_role("link", name="Rejected ones").click()
    expect(conversions.locator(".chip", has_text="Rejected")).to_be_visible()
    open_menu(conversions, "Views")
    conversions.get_by_role("button", name="Delete the view Rejected ones").click()
    expect(conversions.get_by_text("No views yet")).to_be_visible()


def test_ticking_rows_and_all_that_match(conversions, settings):
    bar = conversions.locator("[data-selection]")
    expect(bar).to_be_hidden()
    conversions.keyboard.press("j")
    conversions.keyboard.press("x")
    expect(bar).to_contain_text("1 selected")
    conversions.locator("[data-tick-page]").check()
    expect(bar).to_contain_text("50 selected")
    bar.get_by_role("button", name="Select all 120 matching").click()
    expect(bar).to_contain_text("All 120 matching are selected")
    assert conversions.locator("[name=all]").input_value() == "1"
    body(conversions).first.locator("input").uncheck()
    expect(bar).to_contain_text("49 selected")
    expect(conversions.locator("[name=all]")).to_have_count(0)
    bar.get_by_role("button", name="Clear").click()
    expect(bar).to_be_hidden()


def test_many_matching_ask_for_the_number(conversions, settings, axe):
    settings.SELECTION_TYPE_NUMBER_OVER = 100
    conversions.locator("[data-tick-page]").check()
    conversions.get_by_role("button", name="Select all 120 matching").click()
    number = conversions.get_by_label("Type 120 to go on")
    expect(number).to_be_focused()
    axe(conversions)
    number.fill("119")
    conversions.keyboard.press("Enter")  # sends nothing by itself
    conversions.get_by_role("button", name="Reject").click()
    expect(conversions.locator(".toast-error")).to_contain_text("Type the exact number, 120")


def test_approving_a_selection_is_verified_like_a_file(conversions, rows):
    body(conversions).first.locator("input").check()
    conversions.get_by_role("button", name="Approve").click()
    expect(conversions.locator("#modal")).to_contain_text("Will be processed")


def test_an_export_downloads_what_is_shown(conversions, live_server):
    conversions.goto(f"{live_server.url}/v2/conversions?status=rejected&columns=id,status")
    conversions.locator("summary", has_text="Export").click()
    with conversions.expect_download() as download:
        conversions.get_by_role("button", name="CSV of these rows").click()
    lines = download.value.path().read_text("utf-8-sig").splitlines()
    assert lines[0] == "ID,Status"
    assert len(lines) == 61


def test_a_row_opens_its_page(conversions, rows):
    body(conversions).first.locator("td").nth(4).click()
    expect(conversions).to_have_url(re.compile(rf"/v2/conversion/{rows[-1].pk}$"))
    expect(conversions.locator("h1")).to_have_text(f"Conversion {rows[-1].pk}")


def test_a_partners_portal_has_fewer_doors(
    page, live_server, signed_in, partner_user, partner, axe
):
    make_conversion(partner=partner, status="approved")
    signed_in(page, partner_user)
    for path in ("/", "/v2/conversions"):
        page.goto(live_server.url + path)
        expect(page.locator("h1")).to_be_visible()
        axe(page)
    expect(page.get_by_role("button", name="Upload a CSV file")).to_have_count(0)
    expect(page.locator("[data-tick-page]")).to_have_count(0)
    assert "Revenue" not in page.content()


def test_the_side_panel_follows_the_keyboard(conversions, rows, axe):
    body(conversions).first.hover()
    conversions.get_by_role("button", name=f"Look into {rows[-1].pk}").click()
    panel = conversions.locator("#panel")
    expect(panel.get_by_role("heading", name=f"Conversion {rows[-1].pk}")).to_be_visible()
    axe(conversions)
    conversions.locator("h1").click()
    for _ in range(2):
        conversions.keyboard.press("j")
    expect(panel.get_by_role("heading", name=f"Conversion {rows[-2].pk}")).to_be_visible()
    conversions.keyboard.press("Escape")
    expect(panel).to_be_hidden()
