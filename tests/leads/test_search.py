"""A search for what a lead's person has told: posted, kept as digests, in no address and no log."""

import logging
from datetime import timedelta

import pytest
from django.utils import timezone

from leads import searching
from leads.models import KeptSearch, Lead
from tests.factories import make_user
from tests.leads.kit import done, make_lead
from tests.leads.kit_pages import LIST, REGION, rows_of, shown

pytestmark = pytest.mark.django_db
TEXTS = {"email": "grace@hopper.example", "firstName": "Grace Brewster", "lastName": "Hopper",
         "telephone": "+4917612345678", "country": "DE"}  # fmt: skip


@pytest.fixture
def client(agency, sign_in):
    return sign_in(agency)


@pytest.fixture
def lead(campaign):
    make_lead(campaign, {"email": "other@else.example", "telephone": "+442079460000"})
    return make_lead(campaign, TEXTS)


def search(client, text, **more):
    return client.post(LIST, {"act": "search", "text": text, **more})


@pytest.mark.parametrize(
    "text",
    ["grace@hopper.example", " GRACE@hopper.example ", "+49 176 12345678", "0049 176/12345678",
     "4917612345678", "0176 12345678", "Grace Brewster Hopper", "hopper", "grace  brewster"],
)  # fmt: skip
def test_what_is_personal_finds_its_lead_and_stands_in_no_address(client, lead, text, caplog):
    caplog.set_level(logging.DEBUG)
    answer = search(client, text)
    kept = KeptSearch.objects.get()

    assert answer.url == f"{LIST}?f={kept.pk}"
    page = client.get(answer.url)
    assert rows_of(page.text) == {lead.pk}
    # The chip says that there is a search, and not for what.
    assert "Remove the filter Search" in page.text
    told = f"{answer.headers} {page.headers} {caplog.text} {kept.digests}".casefold()
    for word in (text.strip().casefold(), "hopper", "12345678"):
        assert word not in told


@pytest.mark.parametrize("text", ["nobody@hopper.example", "+4917612345679", "Grace Lovelace"])
def test_what_is_nobodys_finds_nothing(client, lead, text):
    assert shown(client, search(client, text).url.partition("?")[2]) == set()


def test_ids_and_hashes_are_in_the_address(client, lead):
    for key in (lead.pk, lead.hash, lead.hash.hex):
        answer = search(client, str(key))
        assert answer.url == f"{LIST}?q={key}"
        assert rows_of(client.get(answer.url).text) == {lead.pk}
    assert not KeptSearch.objects.exists()


def test_digits_stand_in_an_address_only_where_they_are_a_leads_number(
    client, lead, campaign, agency
):
    gone = make_lead(campaign, {"telephone": "+442079460001"})
    done(agency, "delete", [gone])
    # Above all of them, so that none is above the newest lead.
    newest = Lead.objects.create(pk=10**13, campaign=campaign, partner=lead.partner)
    numbers = [newest.pk, gone.pk, "02079460000", "2079460000", f"0{lead.pk}", "9" * 19]
    for text in map(str, numbers):
        url = search(client, text).url
        assert url == f"{LIST}?f={KeptSearch.objects.latest('created_at').pk}", text
        assert int(text) not in rows_of(client.get(url).text), text


def test_other_filters_stay_and_an_empty_search_ends_it(client, lead):
    first = search(client, "hopper", query="status=valid&q=5")
    assert "status=valid" in first.url
    assert "q=" not in first.url
    ended = search(client, " ", query=first.url.partition("?")[2])
    assert ended.url == f"{LIST}?status=valid"


def test_htmx_gets_the_rows_and_the_address(client, lead):
    answer = client.post(LIST, {"act": "search", "text": "hopper"}, headers=REGION)
    assert answer["HX-Push-Url"] == f"{LIST}?f={KeptSearch.objects.get().pk}"
    assert rows_of(answer.text) == {lead.pk}
    assert "hopper" not in str(answer.headers).casefold()


def test_a_search_is_ones_own(client, lead, sign_in):
    url = search(client, "hopper").url
    other = sign_in(make_user(permissions=["leads.view_leads"])).get(url)
    assert rows_of(other.text) == set()
    assert "This search is not kept any more." in other.text


def test_a_deleted_lead_is_found_by_nothing(client, lead, agency):
    done(agency, "delete", [lead])
    assert shown(client, search(client, "hopper").url.partition("?")[2]) == set()


def test_no_view_keeps_a_search(client, lead, agency):
    query = search(client, "hopper").url.partition("?")[2]
    client.post(LIST, {"act": "save_view", "name": "Mine", "query": f"{query}&status=valid"})
    assert "f=" not in agency.saved_views.get().query
    assert "status=valid" in agency.saved_views.get().query


def test_what_cannot_be_searched_is_refused(client, lead):
    for text in ("x" * 256, "+00"):
        answer = client.post(LIST, {"act": "search", "text": text}, headers=REGION)
        assert answer.status_code == 422
    assert not KeptSearch.objects.exists()


def test_yesterdays_are_forgotten(client, lead):
    search(client, "hopper")
    searching.forget()
    assert KeptSearch.objects.count() == 1
    KeptSearch.objects.update(created_at=timezone.now() - timedelta(days=1, minutes=1))
    searching.forget()
    assert not KeptSearch.objects.exists()
