"""The import of requests as people do it: template, file, Verify, Confirm, mend what was wrong."""

import openpyxl
import pytest
from playwright.sync_api import expect

from requests_workflow.exchange.columns import COLUMNS
from requests_workflow.models import ConversionRequest
from tests import workers
from tests.factories import make_conversion, make_offer
from tests.requests_workflow.importing.kit import make_xlsx
from tests.requests_workflow.kit_pages import URL

NAMES = [column.name for column in COLUMNS]
HEADER = "request_type,conversion_uuid,offer_id,partner_id,payout,order_id,comment"
# A worker that has yet to start, on a machine that does other things.
WORKED = 60_000


@pytest.fixture
def offer(partner):
    return make_offer(name="Solar Lead", partners=[partner])


@pytest.fixture
def conversion(offer, partner):
    """A new one, which pays 4 and earns 5."""
    return make_conversion(offer=offer, partner=partner, order_id="A-0")


@pytest.fixture
def at_import(page, live_server, signed_in, agency):
    workers.forget_messages()
    signed_in(page, agency)
    page.goto(f"{live_server.url}{URL}/import")
    return page


@pytest.fixture
def mixed(tmp_path, conversion, offer, partner):
    """A workbook of two good rows and three bad ones."""
    path = tmp_path / "mixed.xlsx"
    rows = [
        ["CHANGE", str(conversion.uuid), None, None, 7.5, "", "See invoice"],
        ["CREATE", "", offer.pk, partner.pk, "much", "A-1", ""],
        ["CREATE", "", offer.pk, partner.pk, 3, "A-2", ""],
        ["CHANGE", "00000000-0000-4000-8000-000000000000", None, None, 9, "", ""],
        ["CREATE", "", 999_999, partner.pk, 3, "A-3", ""],
    ]
    path.write_bytes(make_xlsx(HEADER, *rows))
    return path


def upload(page, path):
    page.locator("input[type=file]").set_input_files(path)
    page.get_by_role("button", name="Verify").click()


def confirm(page, count):
    """Press Confirm while no worker is there, see it wait, and let one come."""
    page.get_by_role("button", name=f"Confirm {count} change").click()
    expect(page.locator(".job[data-state=queued] progress")).to_be_visible()
    expect(page.locator(".job .progress-line")).to_contain_text(f"0 of {count}")
    worker = workers.worker()
    with workers.stopped_after(worker):
        # It goes on by itself: nobody reloads the page.
        expect(page.locator(".job[data-state=done]")).to_be_visible(timeout=WORKED)


def tile(page, words):
    return page.locator(".tile", has_text=words)


def download(page, name, path):
    with page.expect_download() as found:
        page.get_by_role("link", name=name).click()
    found.value.save_as(path)
    return found.value.suggested_filename


def test_the_page_explains_the_format_and_gives_the_template(at_import, axe, tmp_path):
    page, path = at_import, tmp_path / "template.xlsx"
    axe(page)
    expect(page.get_by_role("table").get_by_role("rowheader")).to_have_text(NAMES)
    expect(page.get_by_role("link", name="Back", exact=True)).to_have_attribute("href", URL)

    assert download(page, "Template, XLSX", path) == "conversion-requests.xlsx"

    form, explained = openpyxl.load_workbook(path).worksheets
    assert [cell.value for cell in form[1]] == NAMES
    assert [row[0].value for row in explained.iter_rows(min_row=2)] == NAMES


def test_a_file_is_verified_confirmed_and_its_bad_rows_mended(
    at_import, axe, mixed, tmp_path, conversion, offer, live_server
):
    page = at_import
    upload(page, mixed)
    expect(page.locator(".job[data-state=verified]")).to_be_visible()
    for words, count in (("Will be processed", 2), ("Not found", 2), ("Erroneous data", 1)):
        expect(tile(page, words).locator(".tile-number")).to_have_text(str(count))
    expect(page.locator(".facts", has_text="To be raised")).to_contain_text("2")
    tile(page, "Erroneous data").click()
    rows = page.locator(".job-rows tbody tr")
    expect(rows).to_contain_text("payout “much”")
    axe(page)
    tile(page, "Will be processed").click()
    expect(rows.first).to_contain_text("Payout: 4.00 → 7.50")
    axe(page)
    assert not ConversionRequest.objects.exists()

    confirm(page, 2)
    expect(tile(page, "Processed").locator(".tile-number")).to_have_text("2")
    axe(page)
    change, create = ConversionRequest.objects.order_by("type")
    assert (change.conversion, change.wanted) == (conversion, {"payout": "7.5000"})
    assert change.comments.get().text == "See invoice"
    assert (create.offer, create.wanted) == (offer, {"payout": "3.0000", "order_id": "A-2"})

    path = tmp_path / "bad.xlsx"
    assert download(page, "Download erroneous rows", path).endswith(".xlsx")
    mend(path, conversion, offer)
    page.goto(f"{live_server.url}{URL}/import")
    upload(page, path)
    expect(tile(page, "Will be processed").locator(".tile-number")).to_have_text("3")
    confirm(page, 3)
    page.get_by_role("link", name="Show what was changed").click()
    expect(page.locator("tbody tr[data-href]")).to_have_count(3)
    assert ConversionRequest.objects.count() == 5


def mend(path, conversion, offer):
    """The file of bad rows, made right where its column "error" says what is wrong."""
    book = openpyxl.load_workbook(path)
    sheet = book.active
    header, *rows = sheet.iter_rows()
    names = [cell.value for cell in header]
    assert names == [*HEADER.split(","), "line", "code", "error"]
    by_line = {row[names.index("line")].value: row for row in rows}
    assert sorted(by_line) == ["3", "5", "6"]
    assert all(row[names.index("error")].value for row in rows)
    by_line["3"][names.index("payout")].value = 5
    by_line["5"][names.index("conversion_uuid")].value = str(conversion.uuid)
    by_line["6"][names.index("offer_id")].value = offer.pk
    book.save(path)


def test_a_file_that_can_not_be_read_says_why_and_the_next_is_taken(
    at_import, axe, tmp_path, mixed
):
    page, path = at_import, tmp_path / "wrong.csv"
    path.write_text("request_type,offer_id,colour\nCREATE,1,red\n")
    upload(page, path)
    expect(page.get_by_role("alert")).to_contain_text("“colour”, is unknown")
    axe(page)

    upload(page, mixed)

    expect(page.locator(".job[data-state=verified]")).to_be_visible()
