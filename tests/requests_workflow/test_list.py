"""The Explorer: its default, filters and search, columns, selection, and what a partner sees."""

from datetime import timedelta

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from requests_workflow.models import ConversionRequest
from requests_workflow.rules import Status
from tests.factories import make_advertiser, make_conversion, make_offer, make_user
from tests.requests_workflow.conftest import RAISES
from tests.requests_workflow.kit import make_change, make_create, processed, reject
from tests.requests_workflow.kit_pages import URL, columns, shown

pytestmark = pytest.mark.django_db


@pytest.fixture
def client(agency, sign_in):
    return sign_in(agency)


@pytest.fixture
def conversion(offer, partner):
    return make_conversion(offer=offer, partner=partner, order_id="O-1", transaction_id="T-1")


def raised(request, days):
    """Make as if it had been raised so many days ago."""
    at = timezone.now() - timedelta(days=days)
    ConversionRequest.objects.filter(pk=request.pk).update(raised_at=at)


def in_status(request, status):
    reason = "No" if status == Status.REJECTED else ""
    changes = {"status": status, "decision_reason": reason}
    ConversionRequest.objects.filter(pk=request.pk).update(**changes)


# --- what it begins with ---


@pytest.mark.parametrize(
    ("status", "there"),
    [("inquired", True), ("accepted", True), ("failed", True),
     ("processed", False), ("rejected", False)],
)  # fmt: skip
def test_it_begins_with_what_is_open(client, asked, status, there):
    in_status(asked, status)
    assert shown(client) == ({asked.pk} if there else set())
    assert shown(client, f"status={status}") == {asked.pk}
    assert shown(client, "status=any") == {asked.pk}


def test_it_begins_with_the_last_14_days(client, asked):
    raised(asked, 13)
    assert shown(client) == {asked.pk}
    raised(asked, 15)
    assert shown(client) == set()
    assert "Last 14 days" in client.get(URL).text
    assert shown(client, "range=any&status=inquired") == {asked.pk}


def test_both_defaults_are_chips_that_can_be_removed(client, asked):
    in_status(asked, "processed")
    raised(asked, 20)
    page = client.get(URL).text
    assert "Inquired, Accepted, Failed" in page
    assert 'href="?status=any"' in page
    assert shown(client, "status=any&range=any") == {asked.pk}
    assert "Show everything" in page
    assert 'href="?range=any&amp;status=any"' in page


# --- filters and search ---


def test_filters_narrow_the_list(client, raiser, agency, offer, partner, asked):
    elsewhere = make_offer(advertiser=make_advertiser(name="Kite"), partners=[partner])
    created = make_create(agency, elsewhere, partner)
    for query in (
        "type=create", f"offer={elsewhere.pk}", f"advertiser={elsewhere.advertiser_id}",
        f"raiser={agency.pk}",
    ):  # fmt: skip
        assert shown(client, query) == {created.pk}, query
    for query in ("type=change", f"raiser={raiser.pk}", f"conversion={asked.conversion_id}"):
        assert shown(client, query) == {asked.pk}, query
    assert shown(client, f"partner={partner.pk}") == {asked.pk, created.pk}
    today = timezone.localdate().isoformat()
    assert shown(client, f"since={today}&until={today}") == {asked.pk, created.pk}
    assert shown(client, "until=2020-01-01&status=inquired") == set()


def test_it_is_searched_by_any_id_whenever_it_was_raised(client, asked, conversion):
    raised(asked, 300)
    in_status(asked, "rejected")
    for key in (asked.pk, conversion.pk, conversion.uuid, conversion.uuid.hex, "O-1", "T-1",
                conversion.request_id):  # fmt: skip
        assert shown(client, f"q={key}") == {asked.pk}, key
    assert shown(client, "q=O-2") == set()


def test_a_key_that_is_only_asked_for_finds_its_request(client, raiser, offer, partner):
    asked = make_create(raiser, offer, partner, order_id="W-7")
    assert shown(client, "q=W-7") == {asked.pk}


@pytest.mark.parametrize(
    "query", ["status=failed", "type=create", "status=inquired&type=create&status=processed"]
)
def test_all_time_needs_a_filter_that_an_index_serves(client, asked, query):
    page = client.get(f"{URL}?range=any&{query}").text
    assert "Narrow it: choose a time range, a conversion or who raised it." in page


@pytest.mark.parametrize(
    "query",
    ["offer=x", "raiser=0", "conversion=99999999999999999999", "conversion=-1", "type=x",
     "status=x", "since=x", "q=%00", "after=~", "sort=payout"],
)  # fmt: skip
def test_a_bad_value_is_told_or_ignored(client, asked, query):
    assert client.get(f"{URL}?{query}").status_code == 200


# --- columns and export ---


def test_the_agency_sees_all_columns(client, asked):
    assert columns(client)[1:] == [
        "ID", "Raised", "By", "Type", "Status", "Conversion", "Offer", "Advertiser", "Partner",
        "Payout", "Revenue",
    ]  # fmt: skip


def test_amounts_are_those_asked_for_else_the_conversions(client, raiser, conversion):
    make_change(raiser, conversion, payout="7.25")
    page = client.get(URL).text
    assert "7.25" in page
    assert "5.00" in page


def test_it_is_exported_as_shown(client, raiser, conversion):
    asked = make_change(raiser, conversion, payout="7.25")
    post = {"act": "export", "format": "csv", "query": "columns=id,status,payout,raised_by"}
    answer = client.post(URL, post)
    lines = b"".join(answer.streaming_content).decode("utf-8-sig").splitlines()
    assert lines == ["ID,Status,Payout,By", f"{asked.pk},inquired,7.2500,Rosa Raiser"]


def test_the_number_of_queries_does_not_grow_with_the_rows(client, raiser, agency, partner):
    def queries():
        client.get(f"{URL}?status=any")
        with CaptureQueriesContext(connection) as asked:
            client.get(f"{URL}?status=any")
        return len(asked)

    def more(count):
        for _ in range(count):
            offer = make_offer(partners=[partner])
            make_create(agency, offer, partner)
            make_change(raiser, make_conversion(partner=partner))

    more(1)
    few = queries()
    more(4)
    assert queries() == few


# --- who sees what ---


def test_a_partner_sees_its_own_peoples_requests_and_no_others(
    raiser, other_raiser, other_partner, partner, agency, sign_in, asked
):
    colleague = make_user(role="partner", partner=partner, permissions=RAISES)
    of_colleague = make_change(colleague, make_conversion(partner=partner))
    others = make_change(other_raiser, make_conversion(partner=other_partner))
    of_agency = make_change(agency, make_conversion(partner=partner))
    own = {asked.pk, of_colleague.pk}
    client = sign_in(raiser)
    assert shown(client) == own
    for query in (f"q={others.pk}", f"conversion={others.conversion_id}", f"q={of_agency.pk}",
                  f"raiser={other_raiser.pk}", f"q={others.conversion.uuid}"):  # fmt: skip
        assert shown(client, query) == set(), query
    assert shown(sign_in(agency)) == own | {others.pk, of_agency.pk}


def test_a_partner_has_no_advertiser_revenue_or_staff(
    raiser, agency, sign_in, client, asked, offer, conversion
):
    done = processed(agency, asked, revenue="9.87")
    partners = sign_in(raiser)
    every = "columns=id,revenue,advertiser,partner,decided_by,decided_at,payout&status=any"
    page = partners.get(f"{URL}?{every}").text
    assert done.status == Status.PROCESSED
    for hidden in ("9.87", offer.advertiser.name, "Ada Agency"):
        assert hidden not in page
        assert hidden in client.get(f"{URL}?{every}").text
    assert columns(partners, every) == ["ID", "Decided", "Payout"]
    # Filters and keys that name what isn't shown find nothing out.
    assert shown(partners, f"q={conversion.request_id}") == set()
    assert shown(partners, "advertiser=1&status=any") == {done.pk}
    for part in ("filters", "columns"):
        words = partners.get(f"{URL}?part={part}").text
        assert "Advertiser" not in words
        assert "Ada Agency" not in words


def test_only_deciders_select(client, agency2, raiser, sign_in, asked):
    assert 'name="ids"' in client.get(URL).text
    for person in (agency2, raiser):
        assert 'name="ids"' not in sign_in(person).get(URL).text


def test_the_navigation_counts_what_waits(client, agency, raiser, other_raiser, sign_in, asked):
    count = '<span class="count">1</span>'
    assert count in client.get("/").text
    assert count in sign_in(raiser).get("/").text
    assert count not in sign_in(other_raiser).get("/").text
    reject(agency, asked)
    assert count not in client.get("/").text
    assert count not in sign_in(raiser).get("/").text
    assert count not in sign_in(other_raiser).get("/").text


def test_an_empty_list_says_what_would_be_here(client, raiser, sign_in):
    assert "Nothing matches these filters" in client.get(URL).text
    assert "not tracked" in sign_in(raiser).get(f"{URL}?range=any&status=any").text


def test_methods_and_the_door(client, db):
    assert client.put(URL).status_code == 405
    client.logout()
    answer = client.get(URL)
    assert (answer.status_code, answer.url) == (302, f"/accounts/login/?next={URL}")
