import pytest

from convertr.audit.context import acting
from convertr.audit.entries import note


@pytest.fixture
def entries(agency, admin_user):
    with acting(admin_user, channel="admin"):
        note("offer.changed", "offer 12", changes=["name"])
    with acting(agency, channel="page"):
        note("key.revoked", "key 5")


def page(client, query=""):
    answer = client.get(f"/v2/audit{query}")
    assert answer.status_code == 200
    return answer.content.decode()


def test_says_who_did_what(sign_in, agency, admin_user, entries):
    shown = page(sign_in(agency))

    for text in (str(admin_user), "offer: changed", "offer 12", "key: revoked", "Admin"):
        assert text in shown


def test_filters_by_person_channel_and_thing(sign_in, agency, admin_user, entries):
    client = sign_in(agency)

    for query in (f"?actor_id={admin_user.pk}", "?channel=admin", "?q=offer+12"):
        shown = page(client, query)
        assert "offer: changed" in shown
        assert "key: revoked" not in shown


@pytest.mark.parametrize("query", ["?actor_id=x", "?channel=x", "?range=x", "?after=x"])
def test_bad_filters_are_no_server_error(sign_in, agency, entries, query):
    page(sign_in(agency), query)


def test_is_for_those_who_may_read_it(sign_in, agency2, partner_user, client):
    assert sign_in(agency2).get("/v2/audit").status_code == 403
    assert sign_in(partner_user).get("/v2/audit").status_code == 403
    assert client.get("/v2/audit").status_code == 302
