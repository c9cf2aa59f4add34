"""The main job as people do it: a file on the modal, Verify, Confirm, done, undone (issue 2)."""

import pytest
from playwright.sync_api import expect

from conversions.models import Conversion, ConversionEvent
from conversions.status_csv.examples import EXAMPLES
from convertr.jobs.models import Job
from tests.factories import make_conversion, make_offer, make_reason, verify_csv

FIXED, PERCENT = 8, 12
PAGES = ["/", "/v2/conversions", "/v2/jobs", "/v2/offers", "/v2/partners", "/v2/advertisers"]


@pytest.fixture
def conversions(partner):
    """New ones of a fixed and of a percentage rate, enough for every example."""
    make_reason("fraud", text="Fraud")
    fixed = make_offer(partners=[partner])
    rated = make_offer(partners=[partner], rates={"payout_percent": 10, "revenue_percent": 12})
    made = [make_conversion(offer=fixed, partner=partner) for _ in range(FIXED)]
    return made + [make_conversion(offer=rated, partner=partner) for _ in range(PERCENT)]


@pytest.fixture
def at_conversions(page, live_server, signed_in, agency, conversions):
    signed_in(page, agency)
    page.goto(f"{live_server.url}/v2/conversions")
    return page


def verify(page, path):
    page.get_by_role("button", name="Upload a CSV file").click()
    page.locator("dialog input[type=file]").set_input_files(path)
    page.get_by_role("button", name="Verify").click()
    expect(page.locator(".job[data-state=verified]")).to_be_visible()


def confirm(page):
    if (reason := page.get_by_label("Reason")).count():
        reason.select_option(label="Fraud")
    page.get_by_role("button", name="Confirm").click()
    expect(page.locator(".toast-success").last).to_contain_text("processing has begun")
    expect(page.locator(".job[data-state=done]")).to_be_visible(timeout=60_000)


def undo(page, name):
    page.locator(".job-undo > summary").click()
    page.get_by_label("Type your full name").fill(name)
    page.get_by_role("button", name="Undo the job").click()
    expect(page.locator(".job[data-state=done] .tile", has_text="Reversed")).to_be_visible(
        timeout=60_000
    )


@pytest.mark.parametrize("example", EXAMPLES, ids=lambda example: example.name)
def test_each_example_is_verified_confirmed_applied_and_undone(
    at_conversions, worker, agency, example, tmp_path
):
    page, path = at_conversions, tmp_path / f"{example.name}.csv"
    page.get_by_role("button", name="Upload a CSV file").click()
    with page.expect_download() as download:
        page.get_by_role("link", name=f"{example.name}.csv").click()
    download.value.save_as(path)
    page.keyboard.press("Escape")

    verify(page, path)
    expect(page.locator(".tile", has_text="Will be processed")).to_contain_text("3")
    confirm(page)
    statuses = Conversion.objects.exclude(status="pending").values_list("status", flat=True)
    assert sorted(statuses) == ["approved", "approved", "rejected"]
    changed = ConversionEvent.objects.filter(pgh_label="update")
    job = Job.objects.latest("pk")
    assert {event.pgh_context.metadata["job_id"] for event in changed} == {job.pk}
    assert {event.pgh_context.metadata["actor_label"] for event in changed} == {"Ada Agency"}

    undo(page, agency.full_name)
    assert not Conversion.objects.exclude(status="pending").exists()
    assert Conversion.objects.exclude(reason_code="").count() == 0
    assert ConversionEvent.objects.filter(pgh_label="update").count() == 6


def test_the_modal_tells_money_rows_and_errors_and_is_accessible(
    at_conversions, axe, tmp_path, conversions
):
    page, path = at_conversions, tmp_path / "mixed.csv"
    good, locked, other = conversions[:3]
    Conversion.objects.filter(pk=locked.pk).update(locked=True)
    path.write_text(
        "conversion_id,status,note\n"
        f"{good.pk},APPROVED,<script>alert(1)</script>\n"
        f"{locked.pk},APPROVED,\n999999,REJECTED,\n{other.pk},MAYBE,\n{good.pk},approved,\n"
    )
    page.get_by_role("button", name="Upload a CSV file").click()
    axe(page)
    page.keyboard.press("Escape")
    verify(page, path)
    axe(page)
    expect(page.locator(".money-preview tr", has_text="Payout EUR")).to_contain_text("+4.00")
    page.locator(".tile", has_text="Erroneous data").click()
    rows = page.locator(".job-rows tbody tr")
    expect(rows).to_have_count(3)
    expect(rows.filter(has_text="the conversion is locked")).to_contain_text("3")
    expect(rows.filter(has_text="the same as line 2")).to_contain_text("6")
    axe(page)
    page.get_by_label("Filter these rows").fill("MAYBE")
    expect(rows).to_have_count(1)
    page.locator(".tile", has_text="Will be processed").click()
    expect(rows).to_contain_text("Status: New → Approved")
    page.context.grant_permissions(["clipboard-read", "clipboard-write"])
    page.get_by_role("button", name="Copy", exact=True).click()
    expect(page.locator("button[data-copied]")).to_be_visible()
    assert str(good.pk) in page.evaluate("navigator.clipboard.readText()")
    with page.expect_download() as download:
        page.get_by_role("link", name="Download erroneous rows").click()
    lines = download.value.path().read_text().splitlines()
    assert lines[0] == "conversion_id,status,note,line,code,error"
    assert [line.split(",")[3] for line in lines[1:]] == ["3", "4", "5", "6"]


def test_what_rows_are_filtered_by_is_in_no_address(at_conversions, agency):
    page, asked = at_conversions, []
    page.on("request", lambda request: asked.append(request.url))
    # In turn, so that only the filter brings a page of one of them.
    cells = [["1", "Lovelace", "APPROVED"], ["1", "else", "APPROVED"]] * 60
    job = verify_csv(agency, "offer_id,request_id,status", *cells)
    page.goto(f"{page.url.partition('/v2')[0]}{job.get_absolute_url()}")
    page.locator(".tile", has_text="No conversions found").click()
    # With the button for more.
    rows = page.locator(".job-rows tbody tr")
    expect(rows).to_have_count(51)
    page.get_by_label("Filter these rows").fill("lovelace")
    expect(rows.filter(has_text="Lovelace")).to_have_count(50)
    expect(rows.filter(has_text="Show more")).to_have_count(1)
    page.get_by_role("button", name="Show more").click()
    expect(rows.filter(has_text="Lovelace")).to_have_count(60)
    expect(rows).to_have_count(60)
    assert sum("/rows?" in url for url in asked) >= 3
    assert not any("love" in url.casefold() for url in asked)


def test_a_wrong_file_is_refused_with_its_line_and_the_next_one_is_taken(
    at_conversions, tmp_path, conversions, axe
):
    page = at_conversions
    wrong, right = tmp_path / "wrong.csv", tmp_path / "right.csv"
    wrong.write_text("conversion_id;status\n1;APPROVED\n")
    right.write_text(f"conversion_id,status\n{conversions[0].pk},APPROVED\n")
    page.get_by_role("button", name="Upload a CSV file").click()
    page.locator("dialog input[type=file]").set_input_files(wrong)
    page.get_by_role("button", name="Verify").click()
    expect(page.get_by_role("alert").first).to_contain_text("semicolons")
    axe(page)
    page.locator("dialog input[type=file]").set_input_files(right)
    page.get_by_role("button", name="Verify").click()
    expect(page.get_by_role("button", name="Confirm 1 change")).to_be_visible()


def test_closing_before_confirm_changes_nothing_and_the_job_waits(
    at_conversions, tmp_path, conversions, worker, live_server
):
    page, path = at_conversions, tmp_path / "one.csv"
    path.write_text(f"conversion_id,status\n{conversions[0].pk},APPROVED\n")
    verify(page, path)
    page.get_by_role("button", name="Close").last.click()
    expect(page.locator("#modal")).to_be_hidden()
    assert not Conversion.objects.exclude(status="pending").exists()
    page.goto(f"{live_server.url}/v2/jobs")
    page.get_by_role("link", name="Status CSV").click()
    confirm(page)
    assert Conversion.objects.get(status="approved").pk == conversions[0].pk


def test_the_whole_round_by_keyboard_alone(at_conversions, tmp_path, conversions, worker, agency):
    page, path = at_conversions, tmp_path / "keys.csv"
    path.write_text(f"conversion_id,status\n{conversions[0].pk},APPROVED\n")

    # Listened for from the start: Playwright would catch the first one too late.
    page.on("filechooser", lambda _: None)

    def tab_to(locator):
        for _ in range(60):
            if locator.evaluate("element => element === document.activeElement"):
                return
            page.keyboard.press("Tab")
        pytest.fail(f"{locator} is not reached by Tab")

    tab_to(page.get_by_role("button", name="Upload a CSV file"))
    page.keyboard.press("Enter")
    field = page.locator("dialog input[type=file]")
    expect(field).to_be_focused()
    with page.expect_file_chooser() as chooser:
        page.keyboard.press("Space")
    chooser.value.set_files(path)
    tab_to(page.get_by_role("button", name="Verify"))
    page.keyboard.press("Enter")
    confirm_button = page.get_by_role("button", name="Confirm 1 change")
    expect(confirm_button).to_be_visible()
    tab_to(confirm_button)
    page.keyboard.press("Enter")
    expect(page.locator(".job[data-state=done]")).to_be_visible(timeout=60_000)
    tab_to(page.locator(".job-undo > summary"))
    page.keyboard.press("Enter")
    tab_to(page.get_by_label("Type your full name"))
    page.keyboard.type(agency.full_name)
    page.keyboard.press("Enter")
    expect(page.locator(".tile", has_text="Reversed")).to_be_visible(timeout=60_000)
    page.keyboard.press("Escape")
    expect(page.locator("#modal")).to_be_hidden()
    assert not Conversion.objects.exclude(status="pending").exists()


def test_rows_selected_in_the_list_go_through_the_same_verify_and_confirm(
    at_conversions, worker, axe
):
    page = at_conversions
    boxes = page.locator("input[name=ids]")
    boxes.nth(0).check()
    boxes.nth(1).check()
    page.get_by_role("button", name="Reject").click()
    expect(page.locator(".tile", has_text="Will be processed")).to_contain_text("2")
    axe(page)
    confirm(page)
    page.keyboard.press("Escape")
    expect(page.locator("tbody .pill", has_text="Rejected")).to_have_count(2)


def test_two_people_confirm_one_job_and_one_is_told(
    at_conversions, tmp_path, conversions, worker, agency, browser, live_server, signed_in
):
    path = tmp_path / "one.csv"
    path.write_text(f"conversion_id,status\n{conversions[0].pk},APPROVED\n")
    verify(at_conversions, path)
    job = Job.objects.latest("pk")
    other = browser.new_context().new_page()
    signed_in(other, agency)
    other.goto(f"{live_server.url}{job.get_absolute_url()}")
    confirm(at_conversions)
    other.get_by_role("button", name="Confirm").click()
    expect(other.get_by_role("alert")).to_contain_text("Ada Agency has confirmed this job already")
    other.context.close()


@pytest.mark.parametrize("path", PAGES)
@pytest.mark.parametrize("size", [(1440, 900), (390, 844)], ids=["wide", "narrow"])
def test_every_page_is_accessible(at_conversions, live_server, axe, path, size):
    page = at_conversions
    page.set_viewport_size({"width": size[0], "height": size[1]})
    page.goto(f"{live_server.url}{path}")
    axe(page)


def test_the_pages_of_one_thing_are_accessible(
    at_conversions, live_server, axe, conversions, tmp_path, worker
):
    page, path = at_conversions, tmp_path / "one.csv"
    path.write_text(f"conversion_id,status\n{conversions[0].pk},APPROVED\n")
    verify(page, path)
    confirm(page)
    job = Job.objects.latest("pk")
    for url in (f"/v2/conversion/{conversions[0].pk}", job.get_absolute_url()):
        page.goto(f"{live_server.url}{url}")
        axe(page)
    expect(page.locator(".facts").first).to_contain_text("Ada Agency")
