"""What people keep of a list: columns in their order, views private or shared with one's side."""

import re

import pytest

from convertr.accounts.models import Role
from convertr.ui.models import ListColumns, SavedView
from tests.factories import make_conversions, make_user

pytestmark = pytest.mark.django_db
URL = "/v2/conversions"
HTMX = {"HX-Request": "true", "HX-Target": "list"}


@pytest.fixture
def client(agency, sign_in):
    make_conversions(2)
    return sign_in(agency)


def heads(response):
    """The headings of the columns, without the one of the boxes."""
    return re.findall(r"<th scope[^>]*>\s*(?:<a[^>]*>)?([A-Za-z0-9 ]+[a-zA-Z0-9])", response.text)


def test_columns_are_kept_in_their_order_and_reset(client, agency):
    chosen = {"act": "columns", "columns": ["revenue", "id", "nonsense", "id"]}
    response = client.post(URL, chosen, headers=HTMX)
    assert heads(response) == ["Revenue", "ID"]
    assert ListColumns.objects.get(user=agency).columns == ["revenue", "id"]
    assert heads(client.get(URL)) == ["Revenue", "ID"]
    response = client.post(URL, {"act": "reset_columns"}, headers=HTMX)
    assert heads(response)[:3] == ["ID", "Status", "Conversion time"]


def test_the_address_goes_before_ones_own_columns(client, agency):
    ListColumns.objects.create(user=agency, list_name="conversions", columns=["id"])
    assert heads(client.get(f"{URL}?columns=sub6,status,<x>,tick,offer__token")) == [
        "sub6",
        "Status",
    ]
    assert heads(client.get(f"{URL}?columns=nonsense"))[0] == "ID"


def test_columns_that_no_longer_exist_are_left_out(client, agency):
    ListColumns.objects.create(user=agency, list_name="conversions", columns=["gone", "id"])
    assert heads(client.get(URL)) == ["ID"]


def test_no_column_at_all_is_refused(client):
    response = client.post(URL, {"act": "columns"}, headers=HTMX)
    assert response.status_code == 422
    assert "at least one column" in response["HX-Trigger"]


def test_a_view_keeps_filters_order_and_columns(client, agency):
    query = "status=rejected&sort=converted_at&after=x~1"
    client.post(URL, {"act": "save_view", "name": " Mine ", "query": query}, headers=HTMX)
    view = SavedView.objects.get(user=agency, name="Mine")
    assert "status=rejected" in view.query
    assert "sort=converted_at" in view.query
    assert "columns=id" in view.query
    assert "after" not in view.query
    assert "Mine" in client.get(f"{URL}?part=views").text
    assert client.get(f"{URL}?{view.query}").status_code == 200


@pytest.mark.parametrize("name", ["", "   ", "x" * 81, "\0"])
def test_a_view_needs_a_name(client, name):
    response = client.post(URL, {"act": "save_view", "name": name}, headers=HTMX)
    assert response.status_code == 422
    assert not SavedView.objects.exists()


def test_a_view_of_the_same_name_is_replaced(client):
    for query in ("status=approved", "status=rejected"):
        client.post(URL, {"act": "save_view", "name": "One", "query": query}, headers=HTMX)
    assert "rejected" in SavedView.objects.get(name="One").query


def test_a_shared_view_is_seen_by_ones_own_side_only(
    client, agency, agency2, partner, partner_user, other_partner_user, sign_in
):
    colleague = make_user(role=Role.PARTNER, partner=partner)
    for user, name in ((agency, "Staff"), (partner_user, "Clickwell")):
        sign_in(user).post(URL, {"act": "save_view", "name": name, "shared": "on"}, headers=HTMX)
    sign_in(agency).post(URL, {"act": "save_view", "name": "Private"}, headers=HTMX)
    seen = {u: sign_in(u).get(f"{URL}?part=views").text for u in
            (agency2, colleague, other_partner_user)}  # fmt: skip
    assert [name in seen[agency2] for name in ("Staff", "Clickwell", "Private")] == [
        True,
        False,
        False,
    ]
    assert [name in seen[colleague] for name in ("Staff", "Clickwell")] == [False, True]
    assert [name in seen[other_partner_user] for name in ("Staff", "Clickwell")] == [False, False]


def test_only_ones_own_view_can_be_deleted(client, agency2, sign_in):
    client.post(URL, {"act": "save_view", "name": "One", "shared": "on"}, headers=HTMX)
    view = SavedView.objects.get()
    delete = {"act": "delete_view", "view": view.pk}
    assert sign_in(agency2).post(URL, delete, headers=HTMX).status_code == 404
    assert client.post(URL, {**delete, "view": "x"}, headers=HTMX).status_code == 404
    assert client.post(URL, delete, headers=HTMX).status_code == 200
    assert not SavedView.objects.exists()


def test_an_unknown_act_or_part_is_a_404(client):
    assert client.post(URL, {"act": "drop"}).status_code == 404
    assert client.get(f"{URL}?part=nonsense").status_code == 404


def test_without_htmx_the_list_comes_back_with_a_message(client):
    response = client.post(URL, {"act": "save_view", "name": "One", "query": "status=approved"})
    assert response.status_code == 302
    assert response.url == f"{URL}?status=approved"
    assert "is saved" in client.get(response.url).text
