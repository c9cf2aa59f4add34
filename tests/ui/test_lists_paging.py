"""Paging by key: every row once, forwards and backwards, whatever stands in the URL."""

import re
from datetime import timedelta

import pytest
from django.utils import timezone

from conversions.models import Conversion
from tests.factories import make_conversions

pytestmark = pytest.mark.django_db
URL = "/v2/conversions"
NOW = timezone.now().replace(microsecond=123456)


@pytest.fixture
def client(agency, sign_in):
    return sign_in(agency)


@pytest.fixture
def many(db):
    """120 conversions, of which always ten have the same time."""
    return make_conversions(120, converted_at=lambda n: NOW - timedelta(minutes=n // 10))


def ids(response):
    return [int(n) for n in re.findall(r'name="ids" value="(\d+)"', response.text)]


def link(response, rel):
    """The URL of a page's link: next, previous, first, last."""
    label = {"next": "Next", "previous": "Previous", "first": "First", "last": "Last"}[rel]
    pattern = rf'<a class="button button-small"[^>]*href="([^"]+)"[^>]*>(?:<svg.*?</svg>)?{label}'
    found = re.search(pattern, response.text)
    return URL + found[1].replace("&amp;", "&") if found else None


def expected(sort="-converted_at"):
    sign = "-" if sort.startswith("-") else ""
    order = Conversion.objects.order_by(sort, f"{sign}id")
    return list(order.values_list("id", flat=True))


@pytest.mark.parametrize("sort", ["-converted_at", "converted_at"])
def test_walking_forwards_shows_every_row_once(client, many, sort):
    response = client.get(f"{URL}?sort={sort}")
    seen = ids(response)
    while url := link(response, "next"):
        response = client.get(url)
        seen += ids(response)
    assert seen == expected(sort)


def test_walking_back_from_the_last_page_shows_every_row_once(client, many):
    response = client.get(link(client.get(URL), "last"))
    pages = [ids(response)]
    while url := link(response, "previous"):
        response = client.get(url)
        pages.insert(0, ids(response))
    # The first page is a full one, so that it may repeat rows of the one after it.
    assert list(dict.fromkeys(n for page in pages for n in page)) == expected()
    assert len(pages[0]) == 50


def test_a_page_says_which_rows_it_shows(client, many):
    first = client.get(URL)
    assert "1–50 of" in first.text
    second = client.get(link(first, "next"))
    assert "51–100 of" in second.text
    assert "1–50 of" in client.get(link(second, "previous")).text
    assert link(second, "first") == f"{URL}?"


def test_a_page_by_key_stays_put_while_rows_arrive(client, many):
    url = link(client.get(URL), "next")
    before = ids(client.get(url))
    make_conversions(3, converted_at=timezone.now())
    assert ids(client.get(url)) == before


def test_the_number_of_rows_a_page_is_one_of_three(client, many):
    assert len(ids(client.get(f"{URL}?per=100"))) == 100
    assert len(ids(client.get(f"{URL}?per=100000"))) == 50


@pytest.mark.parametrize(
    "place",
    [
        "after=nonsense", "after=~", "after=2026-99-99~1", "before=%00~1", "after=2026-01-01~x",
        "after=2026-01-01T00:00:00Z~99999999999999999999999", "start=-5", "start=1e9",
        "sort=payout", "sort=-status", "sort=id);drop", "per=%00", "last=", "after=~~~~",
    ],
)  # fmt: skip
def test_a_place_that_is_none_shows_the_first_page(client, many, place):
    response = client.get(f"{URL}?{place}")
    assert response.status_code == 200
    assert ids(response) == expected()[:50]


def test_htmx_gets_the_region_and_a_clean_address(client, many):
    htmx = {"HX-Request": "true", "HX-Target": "list"}
    response = client.get(f"{URL}?status=pending&offer=&q=&after=", headers=htmx)
    assert "<html" not in response.text
    assert len(ids(response)) == 50
    assert response["HX-Push-Url"] == f"{URL}?status=pending"
    assert "HX-Request" in response["Vary"]
    assert "<html" in client.get(URL).text
