"""Partners' keys read their own, network keys theirs, and neither the other's address."""

import pytest

from convertr.accounts.models import Scope
from tests.factories import make_conversion
from tests.http_api.asking import NETWORK, NOON, PARTNER, asked, hexes, ids, refusal
from tests.http_api.conftest import Caller

pytestmark = pytest.mark.django_db
READS = [
    ("POST", ""),
    ("POST", "/summary"),
    ("POST", "/export"),
    ("GET", "/{id}"),
    ("GET", "/{id}/history"),
]


@pytest.fixture
def others(other_partner):
    return make_conversion(partner=other_partner, converted_at=NOON)


def read(caller, method, address, what, conversion):
    path = address + what.format(id=conversion.uuid.hex)
    return caller.call(method, path, asked() if method == "POST" else None)


@pytest.mark.parametrize(("method", "what"), READS)
def test_each_kind_of_key_has_its_addresses(network, affiliate, others, method, what):
    refusal(read(network, method, PARTNER, what, others), 403)
    refusal(read(affiliate, method, NETWORK, what, others), 403)


@pytest.mark.parametrize(("method", "what"), READS)
def test_without_a_key_there_is_nothing(client, others, method, what):
    for address in (NETWORK, PARTNER):
        path = address + what.format(id=others.uuid.hex)
        refusal(client.generic(method, path, b"{}", "application/json"), 401)


@pytest.mark.parametrize(("method", "what"), READS)
def test_a_key_that_may_not_read_reads_nothing(agency, others, method, what):
    writes = Caller(agency, scopes=[Scope.CONVERSIONS])
    assert "“read”" in refusal(read(writes, method, NETWORK, what, others), 403)


@pytest.mark.parametrize("what", ["/{id}", "/{id}/history"])
def test_anothers_is_not_there(affiliate, partner, others, what):
    refusal(read(affiliate, "GET", PARTNER, what, others), 404)
    own = make_conversion(partner=partner)
    assert read(affiliate, "GET", PARTNER, what, own).status_code == 200


def test_each_partner_lists_its_own(affiliate, other_partner_user, partner, others):
    own = make_conversion(partner=partner, converted_at=NOON)
    assert ids(affiliate.call("POST", PARTNER, asked())) == hexes(own)
    assert ids(Caller(other_partner_user).call("POST", PARTNER, asked())) == hexes(others)


def test_who_only_reads_may_read(agency2, others):
    assert ids(Caller(agency2).call("POST", NETWORK, asked())) == hexes(others)


@pytest.mark.parametrize("method", ["PATCH", "PUT", "DELETE"])
def test_a_partner_writes_nothing(affiliate, partner, method):
    own = make_conversion(partner=partner)
    refusal(affiliate.call(method, f"{PARTNER}/{own.uuid.hex}", {}), 405)
    refusal(affiliate.call(method, PARTNER, {}), 405)
