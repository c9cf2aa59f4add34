"""Amounts by CSV, and Mark paid (lock) by CSV and by selection, as people do it (issue 3)."""

from decimal import Decimal

import pytest
from playwright.sync_api import expect

from conversions.models import Conversion
from convertr.accounts.permissions import grant
from tests.factories import make_conversions, make_offer, make_user


@pytest.fixture
def conversions(partner):
    return make_conversions(
        4, offer=make_offer(partners=[partner]), partner=partner, status="approved"
    )


@pytest.fixture
def at_conversions(page, live_server, signed_in, agency, conversions):
    signed_in(page, agency)
    page.goto(f"{live_server.url}/v2/conversions")
    return page


def open_tab(page, name):
    page.get_by_role("button", name="Upload a CSV file").click()
    page.get_by_role("tab", name=name).click()
    expect(page.get_by_role("tabpanel", name=name)).to_be_visible()


def upload(page, path):
    page.locator("dialog input[type=file]").set_input_files(path)
    page.get_by_role("button", name="Verify").click()
    expect(page.locator(".job[data-state=verified]")).to_be_visible()


def confirm(page, *, signature=""):
    if signature:
        page.get_by_label("Type your full name").fill(signature)
    page.get_by_role("button", name="Confirm").click()
    expect(page.locator(".job[data-state=done]")).to_be_visible(timeout=60_000)


def undo(page, name):
    page.locator(".job-undo > summary").click()
    page.get_by_label("Type your full name").fill(name)
    page.get_by_role("button", name="Undo the job").click()
    reversed_rows = page.locator(".job[data-state=done] .tile", has_text="Reversed")
    expect(reversed_rows).to_be_visible(timeout=60_000)


def payouts():
    return list(Conversion.objects.order_by("pk").values_list("payout", flat=True))


def locked():
    return list(Conversion.objects.order_by("pk").values_list("locked", flat=True))


@pytest.mark.parametrize("name", ["amounts-by-uuid", "amounts-by-id"])
def test_each_amounts_example_is_verified_applied_and_undone(
    at_conversions, worker, agency, tmp_path, name
):
    page, path = at_conversions, tmp_path / f"{name}.csv"
    open_tab(page, "Amounts")
    with page.expect_download() as download:
        page.get_by_role("link", name=f"{name}.csv").click()
    download.value.save_as(path)
    upload(page, path)
    expect(page.locator(".tile", has_text="Will be processed")).to_contain_text("3")
    expect(page.get_by_label("Send partner postbacks")).to_have_count(0)
    confirm(page)
    assert payouts() == [4, 4, Decimal("3.75"), Decimal("4.25")]
    undo(page, agency.full_name)
    assert payouts() == [4, 4, 4, 4]


def test_what_a_file_does_is_told_amount_by_amount(at_conversions, conversions, tmp_path, axe):
    page, path = at_conversions, tmp_path / "amounts.csv"
    first, second = conversions[:2]
    path.write_text(
        f"conversion_id,payout,revenue\n{first.pk},1.2345,6\n{second.pk},,\n{second.pk},1e5,\n"
    )
    open_tab(page, "Amounts")
    axe(page)
    upload(page, path)
    expect(page.locator(".money-preview tr", has_text="Revenue EUR")).to_contain_text("+1.00")
    page.locator(".tile", has_text="Will be processed").click()
    rows = page.locator(".job-rows tbody tr")
    expect(rows).to_contain_text("Payout: 4.00 → 1.2345")
    page.locator(".tile", has_text="Erroneous data").click()
    expect(rows.filter(has_text="no amount is given")).to_contain_text("3")
    expect(rows.filter(has_text="payout “1e5”")).to_contain_text("4")
    axe(page)


def test_a_wrong_file_is_refused_on_its_own_tab(at_conversions, tmp_path, axe):
    page, path = at_conversions, tmp_path / "statuses.csv"
    path.write_text("conversion_id,status\n1,APPROVED\n")
    open_tab(page, "Amounts")
    page.locator("dialog input[type=file]").set_input_files(path)
    page.get_by_role("button", name="Verify").click()
    expect(page.get_by_role("alert").first).to_contain_text("column 2, “status”, is unknown")
    expect(page.get_by_role("tab", name="Amounts")).to_have_attribute("aria-selected", "true")
    expect(page.locator("dialog input[type=file]")).to_be_focused()
    axe(page)


def test_tabs_go_by_arrows_and_tab_leads_into_the_panel(at_conversions):
    page = at_conversions
    page.get_by_role("button", name="Upload a CSV file").press("Enter")
    expect(page.locator("dialog input[type=file]")).to_be_focused()
    page.keyboard.press("Shift+Tab")
    tabs = {name: page.get_by_role("tab", name=name) for name in ("Status", "Amounts", "Lock")}
    expect(tabs["Status"]).to_be_focused()
    for key, name, example in (
        ("ArrowRight", "Amounts", "amounts-by-id.csv"),
        ("ArrowRight", "Lock", "locks-by-id.csv"),
        ("ArrowRight", "Status", "status-by-id.csv"),
        ("ArrowLeft", "Lock", "locks-by-id.csv"),
        ("Home", "Status", "status-by-id.csv"),
        ("End", "Lock", "locks-by-id.csv"),
    ):
        page.keyboard.press(key)
        expect(tabs[name]).to_be_focused()
        expect(tabs[name]).to_have_attribute("aria-selected", "true")
        expect(page.get_by_role("tab", selected=True)).to_have_count(1)
        panel = page.get_by_role("tabpanel", name=name)
        expect(panel.get_by_role("link", name=example)).to_be_visible()
    page.keyboard.press("Tab")
    expect(page.locator("dialog input[type=file]")).to_be_focused()


@pytest.mark.parametrize("name", ["locks-by-uuid", "locks-by-id", "locks-by-request"])
def test_each_example_of_keys_locks_unlocks_and_is_undone(
    at_conversions, worker, agency, tmp_path, name
):
    page, path = at_conversions, tmp_path / f"{name}.csv"
    open_tab(page, "Lock")
    with page.expect_download() as download:
        page.get_by_role("link", name=f"{name}.csv").click()
    download.value.save_as(path)
    upload(page, path)
    confirm(page, signature=agency.full_name)
    assert locked() == [False, True, True, True]
    page.keyboard.press("Escape")

    open_tab(page, "Lock")
    page.get_by_label("Unlock").check()
    upload(page, path)
    confirm(page, signature=agency.full_name)
    assert locked() == [False] * 4
    undo(page, agency.full_name)
    assert locked() == [False, True, True, True]


def test_selected_rows_are_marked_as_paid_by_ones_name_and_show_a_lock(
    at_conversions, worker, agency, axe
):
    page = at_conversions
    page.locator("input[name=ids]").nth(0).check()
    page.locator("input[name=ids]").nth(1).check()
    axe(page)
    page.get_by_role("button", name="Mark paid (lock)").click()
    expect(page.locator(".money-preview tr", has_text="Payout EUR")).to_contain_text("8.00")
    axe(page)
    page.get_by_label("Type your full name").fill("Abel Agency")
    page.get_by_role("button", name="Confirm").click()
    expect(page.get_by_role("alert").first).to_contain_text("Type your full name, Ada Agency")
    assert locked() == [False] * 4
    confirm(page, signature="ada agency")
    assert locked() == [False, False, True, True]
    page.keyboard.press("Escape")
    expect(page.locator("tbody").get_by_role("img", name="Locked: paid or invoiced")).to_have_count(
        2
    )
    axe(page)


def test_the_page_of_one_locks_and_unlocks_it(
    page, live_server, signed_in, agency, conversions, worker, axe
):
    signed_in(page, agency)
    page.goto(f"{live_server.url}/v2/conversion/{conversions[0].pk}")
    for act, done in (("Mark paid (lock)", True), ("Unlock", False)):
        page.get_by_role("button", name=act).click()
        confirm(page, signature=agency.full_name)
        page.keyboard.press("Escape")
        expect(page.get_by_text("Paid or invoiced")).to_have_count(int(done))
        assert Conversion.objects.get(pk=conversions[0].pk).locked is done
        page.reload()
        axe(page)


def test_who_may_do_one_of_them_sees_that_one_alone(
    page, live_server, signed_in, conversions, tmp_path, axe
):
    cashier = make_user("cash@example.test", full_name="Cara Cash")
    grant(cashier, ["conversions.lock_conversions"])
    signed_in(page, cashier)
    page.goto(f"{live_server.url}/v2/conversions")
    page.locator("input[name=ids]").nth(0).check()
    expect(page.get_by_role("button", name="Mark paid (lock)")).to_be_visible()
    expect(page.get_by_role("button", name="Approve")).to_have_count(0)
    page.get_by_role("button", name="Upload a CSV file").click()
    expect(page.get_by_role("link", name="locks-by-id.csv")).to_be_visible()
    expect(page.get_by_role("tab")).to_have_count(0)
    axe(page)
    path = tmp_path / "keys.csv"
    path.write_text(f"conversion_id\n{conversions[0].pk}\n")
    upload(page, path)
