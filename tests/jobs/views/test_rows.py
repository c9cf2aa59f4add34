"""The rows of a bucket: page by page, filtered by a text that stands in no address."""

import re
from functools import partial
from html import unescape
from urllib.parse import urlencode

import pytest

from tests.factories import verify_csv
from tests.jobs.views.kit import HTMX, text_of


def rows(client, job, bucket="not_found", q="", **query):
    """With a text to filter by posted, as the page does."""
    address = f"/v2/jobs/{job.pk}/rows?{urlencode({'bucket': bucket, **query})}"
    ask = partial(client.post, data={"q": q}) if q else client.get
    shown = ask(address, headers=HTMX)
    assert shown.status_code == 200
    return shown


def found(shown):
    """The line numbers shown."""
    return [int(n) for n in re.findall(r'<tr>\s*<td class="num">(\d+)</td>', text_of(shown))]


@pytest.mark.parametrize(
    ("bucket", "line", "words"),
    [
        ("ready", 2, "<del>New</del> → <ins>Approved</ins>"),
        ("unchanged", 3, "already so"),
        ("not_found", 4, "no conversion has this key"),
        ("erroneous", 5, "conversion_id “x” is no number; status “NEW”"),
    ],
)
def test_each_bucket_shows_its_rows_and_why(staff, job, bucket, line, words):
    shown = rows(staff, job, bucket)

    assert found(shown) == [line]
    assert words in text_of(shown)


def test_rows_come_fifty_at_a_time_in_the_order_of_the_file(staff, agency):
    job = verify_csv(agency, "conversion_id,status", *([10**9 + n, "x"] for n in range(120)))
    pages, after = [], ""
    for _ in range(3):
        shown = rows(staff, job, after=after)
        pages.append(found(shown))
        after = (re.findall(r"after=(\d+)", text_of(shown)) or [""])[0]

    assert [len(page) for page in pages] == [50, 50, 20]
    assert [line for page in pages for line in page] == list(range(2, 122))
    assert after == ""


HARD = ['5" pipe', "a,b", "{x}", "back\\slash", "100%", "under_score", "tab\tbed", "ÄÖ", "NULL"]


@pytest.mark.parametrize("text", HARD)
def test_the_filter_finds_a_cell_by_any_text_in_it(staff, agency, text):
    cells = [*HARD, "nothing of it"]
    job = verify_csv(
        agency, "offer_id,request_id,status", *(["1", cell, "APPROVED"] for cell in cells)
    )

    assert found(rows(staff, job, q=text)) == [HARD.index(text) + 2]
    assert found(rows(staff, job, q=text.lower())) == [HARD.index(text) + 2]


def test_the_filter_finds_a_line_by_its_number(staff, agency):
    job = verify_csv(agency, "conversion_id,status", *([10**9 + n, "x"] for n in range(30)))

    assert found(rows(staff, job, q="23")) == [23, 25]
    assert "No row matches" in text_of(rows(staff, job, q="nothing"))


def test_what_is_filtered_by_stands_in_no_address(staff, agency):
    cells = [["1", "Lovelace", "APPROVED"]] * 60 + [["1", "else", "APPROVED"]] * 60
    job = verify_csv(agency, "offer_id,request_id,status", *cells)
    shown = rows(staff, job, q="lovelace")
    addresses = re.findall(r'hx-(?:get|post)="([^"]+)"', text_of(shown))
    more = unescape(next(address for address in addresses if "after=" in address))

    assert found(shown) == list(range(2, 52))
    assert not any("lovelace" in address or "q=" in address for address in addresses)
    assert found(staff.post(more, {"q": "lovelace"}, headers=HTMX)) == list(range(52, 62))
    # Without the posted text an address filters nothing.
    assert len(found(staff.get(f"/v2/jobs/{job.pk}/rows?bucket=not_found&q=else"))) == 50


def test_the_filter_looks_into_cells_and_not_between_them(staff, job):
    for text in ("{", '"', ",", "999999,APPROVED"):
        assert found(rows(staff, job, q=text)) == []


@pytest.mark.parametrize("query", ["code=%00", "code=x", "after=x", "after=99999999999", "after=²"])
def test_a_strange_query_is_no_server_error(staff, job, query):
    assert staff.get(f"/v2/jobs/{job.pk}/rows?bucket=ready&{query}").status_code == 200


@pytest.mark.parametrize("body", ["q=%00", "q=%ff", "q=%ed%a0%80"])
def test_a_strange_filter_is_no_server_error(staff, job, body):
    form = "application/x-www-form-urlencoded"
    answer = staff.generic("POST", f"/v2/jobs/{job.pk}/rows?bucket=ready", body, form)
    assert answer.status_code == 200


def test_a_bucket_that_isnt_there_is_a_404(staff, job):
    for address in ("rows?bucket=applied", "rows?bucket=", "rows", "rows.csv?bucket=nothing"):
        assert staff.get(f"/v2/jobs/{job.pk}/{address}").status_code == 404
