"""Global Leads: filters, columns, what each cell says, export, selection, and for whom it is."""

from datetime import timedelta

import pytest
from django.utils import timezone

from convertr.accounts.models import Role
from convertr.audit.context import recorded
from convertr.ui.registry import cards_for, nav_for
from leads.models import Lead
from tests.factories import make_partner, make_user
from tests.leads.kit import done, make_lead, make_lead_campaign
from tests.leads.kit_pages import BESIDE, LIST, columns, rows_of, shown

pytestmark = pytest.mark.django_db
VIEW = "leads.view_leads"


@pytest.fixture
def client(agency, sign_in):
    return sign_in(agency)


@pytest.fixture
def lead(campaign, partner):
    return make_lead(campaign, {"city": "Old Town"}, partner=partner)


def write(lead, **fields):
    with recorded():
        Lead.objects.filter(pk=lead.pk).update(**fields)


def test_filters_narrow_the_list(client, lead, agency):
    other = make_lead(make_lead_campaign(), partner=make_partner())
    write(other, status="", delivered=True, replacement="replacement", processing="on_hold")
    for query in (
        f"campaign={other.campaign_id}", f"partner={other.partner_id}", "status=none",
        f"advertiser={other.campaign.advertiser_id}", "delivered=1", "replacement=replacement",
        "processing=on_hold", f"q={other.pk}", f"q={other.hash}", f"q={other.hash.hex}",
    ):  # fmt: skip
        assert shown(client, query) == {other.pk}, query
    for query in (f"campaign={lead.campaign_id}", "status=valid", "status=valid&status=test",
                  "delivered=0", "replacement=none", "processing=complete"):  # fmt: skip
        assert shown(client, query) == {lead.pk}, query
    job = done(agency, "test", [other])
    assert shown(client, f"job={job.pk}") == {other.pk}
    assert shown(client, "q=nothing") == set()


def test_it_begins_with_the_last_30_days(client, lead):
    write(lead, created_at=timezone.now() - timedelta(days=31))
    assert shown(client) == set()
    for query in (
        f"q={lead.pk}",
        "range=any",
        f"range=any&campaign={lead.campaign_id}&status=valid",
    ):
        assert shown(client, query) == {lead.pk}, query


@pytest.mark.parametrize("query", ["status=valid", "delivered=1", "processing=queued"])
def test_all_time_needs_a_filter_that_an_index_serves(client, lead, query):
    page = client.get(f"{LIST}?range=any&{query}").text
    assert "Narrow it: choose a time range, a campaign or a partner." in page


@pytest.mark.parametrize(
    "query",
    ["campaign=x", "status=x", "f=1", "f=x", "job=0", "q=%00", "since=x", "after=~", "sort=score",
     "columns=received,version", "delivered=2"],
)  # fmt: skip
def test_a_bad_value_is_told_or_ignored(client, lead, query):
    assert client.get(f"{LIST}?{query}").status_code == 200


def test_deleted_leads_are_in_no_list_count_or_export(client, lead, agency):
    done(agency, "delete", [lead])
    for query in ("", "range=any", f"q={lead.pk}"):
        assert shown(client, query) == set()
    assert client.get(f"{LIST}?part=count").text.strip() == "0"
    answer = client.post(LIST, {"act": "export", "format": "csv", "query": "range=any"})
    assert len(b"".join(answer.streaming_content).decode().splitlines()) == 1


def test_every_column_is_there_and_says_what_it_is(client, lead, agency):
    done(agency, "invalid", [lead], reason="returned", own_reason="", category="wrong-number")
    names = "status,delivery,billable,billable_partner,reason,category,email,city,hardfail,comment"
    page = client.get(f"{LIST}?columns=id,{names}").text
    for words in ("Invalid", "Returned", "Wrong number", "ada@analytical.org", "Old Town",
                  'title="Returned"'):  # fmt: skip
        assert words in page, words
    assert columns(client, f"columns={names}")[1:] == [
        "Status", "Delivery", "Billable", "Billable to partner", "Reason", "Category", "E-mail",
        "City", "Hardfail", "Comment",
    ]  # fmt: skip
    write(lead, status="valid", delivered=True)
    assert client.get(f"{LIST}?columns=billable,billable_partner").text.count(">Billable<") == 2
    write(lead, delivered=False)
    assert client.get(f"{LIST}?columns=billable,billable_partner").text.count(">Billable<") == 1


def test_it_is_exported_as_shown(client, lead):
    query = "columns=id,status,firstName,delivery,billable,billable_partner,score,processing"
    answer = client.post(LIST, {"act": "export", "format": "csv", "query": query})
    lines = b"".join(answer.streaming_content).decode("utf-8-sig").splitlines()
    assert lines == [
        "ID,Status,First name,Delivery,Billable,Billable to partner,Score,Processing",
        f"{lead.pk},valid,Ada,undelivered,no,yes,100.00,complete",
    ]


def test_view_looks_into_the_first_that_is_ticked(client, lead):
    answer = client.post(LIST, {"act": "view", "ids": [lead.pk]}, headers=BESIDE)
    assert f"Lead {lead.pk}" in answer.text
    assert "<html" not in answer.text
    nothing = client.post(LIST, {"act": "view"}, headers=BESIDE)
    assert (nothing.status_code, nothing["HX-Reswap"]) == (422, "none")


def test_it_is_sorted_by_time_and_by_id(client, campaign):
    first, second = make_lead(campaign), make_lead(campaign, {"email": "b@b.org"})
    write(first, created_at=timezone.now() + timedelta(seconds=5))

    def order(query):
        table = client.get(f"{LIST}?{query}").context["table"]
        return [row.record.pk for row in table.rows]

    assert order("") == [first.pk, second.pk]
    assert order("sort=created_at") == [second.pk, first.pk]
    assert order("sort=-id") == [second.pk, first.pk]


def test_an_empty_list_says_what_would_be_here(client):
    assert "Show everything" in client.get(LIST).text
    assert "Nothing matches these filters" in client.get(f"{LIST}?status=test").text


def test_only_who_may_view_leads_has_any(agency2, partner_user, partner, sign_in, client, lead):
    holding = make_user(role=Role.PARTNER, partner=partner, permissions="all")
    reader = make_user(permissions=[VIEW])
    for person in (agency2, partner_user, holding):
        for answer in (
            sign_in(person).get(LIST),
            sign_in(person).post(LIST, {"act": "export", "format": "csv"}),
            sign_in(person).post(LIST, {"act": "search", "text": "ada@analytical.org"}),
            sign_in(person).get(f"/v2/lead/{lead.pk}"),
        ):
            assert answer.status_code == 403
        assert "leads" not in {item.key for item in nav_for(person)}
        assert "leads" not in {card.key for card in cards_for(person)}
    assert rows_of(sign_in(reader).get(LIST).text) == {lead.pk}
    assert client.put(LIST).status_code == 405
    client.logout()
    assert client.get(LIST).url == f"/accounts/login/?next={LIST}"


def test_the_dashboard_has_leads_by_status_with_a_table_behind(client, lead, sign_in, agency2):
    page = client.get("/").text
    assert "Leads by day and status" in page
    assert '<td class="num">1</td>' in page
    assert "Leads by day and status" not in sign_in(agency2).get("/").text
