"""The conversions list: filters, search by any id, bad values, and what a partner never sees."""

import re
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from uuid import uuid4

import pytest
from django.test import RequestFactory
from django.utils import timezone

from conversions import visibility
from conversions.models import Conversion
from conversions.views import ConversionList
from convertr.errors import DomainError
from convertr.jobs.models import Job, JobRow, Outcome
from convertr.ui.lists.selection import Selection
from tests.factories import (
    make_advertiser,
    make_conversion,
    make_conversions,
    make_offer,
    make_partner,
    make_reason,
)

pytestmark = pytest.mark.django_db
URL = "/v2/conversions"


@pytest.fixture
def client(agency, sign_in):
    return sign_in(agency)


def shown(client, query=""):
    """The ids of the rows that the list shows."""
    response = client.get(f"{URL}?{query}")
    assert response.status_code == 200
    return {int(n) for n in re.findall(r'<tr [^>]*data-href="/v2/conversion/(\d+)"', response.text)}


# --- filters ---


def test_filters_narrow_the_list_and_stand_as_chips(client):
    advertiser, partner = make_advertiser(name="Kite"), make_partner(name="Reef")
    offer = make_offer(name="Phone", advertiser=advertiser)
    one = make_conversion(offer=offer, partner=partner, status="approved", locked=True)
    two = make_conversion(status="rejected")
    for query, chip in [
        ("status=approved", "Approved"), (f"offer={offer.pk}", "Phone"), ("locked=1", "Locked"),
        (f"partner={partner.pk}", "Reef"), (f"advertiser={advertiser.pk}", "Kite"),
    ]:  # fmt: skip
        assert shown(client, query) == {one.pk}
        assert f'title="{chip}"' in client.get(f"{URL}?{query}").text
    assert shown(client, "status=approved&status=rejected") == {one.pk, two.pk}
    assert shown(client, f"status=rejected&offer={offer.pk}") == set()


def test_the_list_begins_with_the_last_30_days(client):
    new, old = make_conversion(), make_conversion(converted_at=timezone.now() - timedelta(days=31))
    assert shown(client) == {new.pk}
    page = client.get(URL).text
    assert "Last 30 days" in page
    assert 'href="?range=any"' in page
    assert shown(client, "range=any") == {new.pk, old.pk}


WIDE = [
    "status=approved",
    "locked=1",
    "status=approved&until=2026-01-01",
    "advertiser={advertiser}",
]


@pytest.mark.parametrize("query", WIDE)
def test_all_time_needs_a_filter_that_an_index_serves(
    client, partner_user, partner, sign_in, agency, query
):
    row = make_conversion(partner=partner, status="approved", locked=True)
    query = f"range=any&{query.format(advertiser=row.offer.advertiser_id)}"
    page = client.get(f"{URL}?{query}").text
    assert "Narrow it: choose a time range, an offer or a partner." in page
    assert shown(client, query) == set()
    refused = client.post(URL, {"act": "export", "format": "csv", "query": query})
    assert refused.status_code == 302
    with pytest.raises(DomainError):
        selection_of(agency, query)
    if "until" not in query:
        for narrow in (
            f"offer={row.offer_id}", f"partner={partner.pk}", f"q={row.pk}", "since=2026-01-01",
        ):  # fmt: skip
            assert shown(client, f"{query}&{narrow}") == {row.pk}
    if "status" in query and "until" not in query:
        assert shown(sign_in(partner_user), query) == {row.pk}


def selection_of(user, query):
    """All rows that match, as the selection bar's form posts them."""
    request = RequestFactory().post(URL, {"all": "1", "query": query, "ceiling": str(10**9)})
    request.user = user
    return Selection.from_request(request, ConversionList)


def test_days_are_those_of_the_persons_zone(agency, sign_in):
    agency.time_zone = "America/New_York"
    agency.save()
    # 3:30 in UTC is still the day before in New York.
    at = datetime(2026, 3, 10, 3, 30, tzinfo=UTC)
    row = make_conversion(converted_at=at)
    client = sign_in(agency)
    assert shown(client, "since=2026-03-09&until=2026-03-09") == {row.pk}
    assert shown(client, "since=2026-03-10&until=2026-03-10") == set()


def test_a_job_leads_to_what_it_changed(client, agency, partner_user, sign_in):
    old = timezone.now() - timedelta(days=300)
    changed, conflict = make_conversion(converted_at=old), make_conversion()
    job = Job.objects.create(kind="conversions.status_csv", requested_by=agency)
    for seq, (target, outcome) in enumerate(
        [(changed, Outcome.APPLIED), (conflict, Outcome.CONFLICT)]
    ):
        JobRow.objects.create(
            created_on=job.created_on, job_id=job.pk, seq=seq, target_id=target.pk, outcome=outcome
        )
    assert shown(client, f"job={job.pk}") == {changed.pk}
    assert shown(sign_in(partner_user), f"job={job.pk}") == set()


BAD = [
    "status=nonsense", "status=approved&status=x", "offer=x", "offer=999999999", "partner=-1",
    "offer=99999999999999999999999999", "range=nonsense", "since=yesterday", "until=2026-13-45",
    "locked=maybe", "job=1e9", "status=%00", "offer=%00", "q=%00", f"q={'x' * 300}", "since=%00",
]  # fmt: skip


@pytest.mark.parametrize("query", BAD)
def test_a_bad_filter_is_said_and_never_means_all(client, query):
    make_conversion()
    response = client.get(f"{URL}?{query}")
    assert response.status_code == 200
    assert "note-error" in response.text
    assert shown(client, query) == set()


ODD = [
    "since=0001-01-01", "until=9999-12-31", "since=9999-12-31&until=0001-01-01", "nonsense=1",
    "status=", "columns=", "columns=,,,", "q=%ED%A0%80", "q=%F0%9F%98%80", "offer=&partner=&q=",
]  # fmt: skip


@pytest.mark.parametrize("zone", ["UTC", "Pacific/Kiritimati", "Pacific/Pago_Pago"])
def test_odd_values_are_taken_as_they_are(agency, sign_in, zone):
    agency.time_zone = zone
    agency.save()
    client = sign_in(agency)
    for query in ODD:
        assert client.get(f"{URL}?{query}").status_code == 200


# --- search ---


def test_any_id_finds_its_conversion_whenever_it_was_made(client):
    row = make_conversion(
        converted_at=timezone.now() - timedelta(days=400), transaction_id="tx 1", order_id="ö-9",
        click_id="clk", request_id="req",
    )  # fmt: skip
    make_conversion()
    keys = [
        row.pk,
        row.uuid,
        row.uuid.hex,
        str(row.uuid).upper(),
        "tx 1",
        " tx 1 ",
        "ö-9",
        "clk",
        "req",
    ]
    for key in keys:
        assert shown(client, f"q={key}") == {row.pk}, key
    for key in (uuid4(), "tx", "1 OR 1=1", "%", "-1", "1" * 40, "''"):
        assert shown(client, f"q={key}") == set(), key


def test_an_id_of_several_finds_them_all(client):
    rows = make_conversions(3, transaction_id="shared")
    assert shown(client, "q=shared") == {row.pk for row in rows}


def test_empty_lists_say_what_to_do(client):
    assert "No conversions yet" in client.get(f"{URL}?range=any").text
    make_conversion()
    page = client.get(f"{URL}?status=invalid").text
    assert "Nothing matches these filters" in page
    assert "Show everything" in page


# --- who may act ---


def test_only_who_may_change_conversions_can_tick_and_upload(
    agency, agency2, partner_user, sign_in
):
    make_conversion(partner=partner_user.partner)
    for user, may in ((agency, True), (agency2, False), (partner_user, False)):
        page = sign_in(user).get(URL).text
        assert ('name="ids"' in page) is may
        assert ("Upload a CSV file" in page) is may


def test_signed_out_leads_to_sign_in(client):
    from django.test import Client

    response = Client().get(f"{URL}?status=approved")
    assert response.status_code == 302
    assert response.url.startswith("/accounts/login/?next=/v2/conversions")


# --- the partner's whitelist ---

SECRETS = {
    "revenue": Decimal("77.77"), "note": "SECRET note", "ip": "203.0.113.9",
    "request_id": "SECRET-request", **{f"adv{n}": f"SECRET-adv{n}" for n in range(1, 6)},
}  # fmt: skip
SECRET_WORDS = ["77.77", "SECRET", "203.0.113.9"]


@pytest.fixture
def own(partner_user):
    """A conversion of the partner, full of what it must not see."""
    offer = make_offer(
        name="Phone", advertiser=make_advertiser(name="SECRET advertiser"),
        partners=[partner_user.partner],
    )  # fmt: skip
    return make_conversion(offer=offer, partner=partner_user.partner, payout=Decimal(5), **SECRETS)


@pytest.fixture
def theirs(other_partner_user):
    return make_conversion(partner=other_partner_user.partner, transaction_id="theirs")


@pytest.fixture
def portal(partner_user, sign_in):
    return sign_in(partner_user)


def everything():
    return ",".join(ConversionList.table_class.names())


def assert_nothing_secret(text):
    assert [word for word in SECRET_WORDS if word in text] == []


def test_a_partner_sees_its_own_conversions_only(portal, own, theirs):
    assert shown(portal, "range=any") == {own.pk}
    for key in (theirs.pk, theirs.uuid, "theirs"):
        assert shown(portal, f"q={key}") == set()
    assert shown(portal, f"partner={theirs.partner_id}") == {own.pk}  # no such filter
    assert shown(portal, f"after=2999-01-01T00:00:00Z~{theirs.pk}") == {own.pk}


def test_no_column_shows_a_partner_what_is_not_its_own(portal, own):
    assert_nothing_secret(portal.get(f"{URL}?columns={everything()}").text)
    text = portal.get(f"{URL}?columns=revenue,advertiser,request_id").text
    assert_nothing_secret(text)
    assert "5.00" in text  # the default columns


@pytest.mark.parametrize("part", ["filters", "columns", "views", "count", "selection"])
def test_no_menu_shows_a_partner_what_is_not_its_own(portal, own, theirs, part):
    text = portal.get(f"{URL}?part={part}&columns={everything()}").text
    assert_nothing_secret(text)
    for word in ("Revenue", "Advertiser", "adv1", theirs.offer.name, theirs.partner.name):
        assert word not in text


def test_no_search_finds_what_a_partner_does_not_see(portal, own):
    for key in ("SECRET-request", "SECRET-adv1", "203.0.113.9"):
        assert shown(portal, f"q={key}") == set()


def test_no_filter_or_sort_tells_a_partner_what_it_does_not_see(portal, own):
    other = make_advertiser()
    for query in (f"advertiser={other.pk}", "locked=1", "sort=revenue", "sort=-adv1", "ip=1.1.1.1"):
        assert shown(portal, query) == {own.pk}


def test_no_offer_of_others_can_be_filtered_by(portal, own, theirs):
    assert "note-error" in portal.get(f"{URL}?offer={theirs.offer_id}").text
    assert shown(portal, f"offer={own.offer_id}") == {own.pk}


@pytest.mark.parametrize("form", ["csv", "xlsx"])
def test_no_export_holds_what_a_partner_does_not_see(portal, own, theirs, form):
    import io
    import zipfile

    query = f"range=any&columns={everything()}"
    response = portal.post(URL, {"act": "export", "format": form, "query": query})
    data = b"".join(response.streaming_content)
    if form == "xlsx":
        book = zipfile.ZipFile(io.BytesIO(data))
        data = b"".join(book.read(name) for name in book.namelist())
    text = data.decode()
    assert_nothing_secret(text)
    assert str(own.uuid) in text
    assert str(theirs.uuid) not in text
    assert "Revenue" not in text


def test_a_saved_view_gives_a_partner_no_other_column(portal, own):
    saved = {"act": "save_view", "name": "x", "query": f"columns={everything()}&advertiser=1"}
    portal.post(URL, saved, headers={"HX-Request": "true"})
    from convertr.ui.models import SavedView

    query = SavedView.objects.get().query
    assert "revenue" not in query
    assert "advertiser" not in query


def test_the_whitelist_names_only_what_exists():
    known = {*ConversionList.table_class.names(), "payout_rate"}
    assert known.issuperset(visibility.PARTNER_SEES)
    assert visibility.PARTNER_HISTORY <= visibility.PARTNER_SEES
    hidden = {"revenue", "revenue_rate", "advertiser", "request_id", "ip", "note", "partner"}
    assert not visibility.PARTNER_SEES & (hidden | {f"adv{n}" for n in range(1, 6)})


def test_a_partner_reads_the_public_reason(portal, own):
    make_reason("fraud", "Fraudulent")
    Conversion.objects.filter(pk=own.pk).update(status="rejected", reason_code="fraud")
    assert "Fraudulent" in portal.get(f"{URL}?columns=reason").text
