"""How many queries each page makes: kept in tests/query_counts.json, the same for 5 and 50 rows.

A change is written down by running with UPDATE_QUERY_COUNTS=1, and seen in review.
"""

import json
import os
from pathlib import Path

import pytest
from django.core.cache import cache
from django.db import connection
from django.test.utils import CaptureQueriesContext

from tests.factories import make_conversion, make_conversions, make_offer, make_partner, make_reason

pytestmark = pytest.mark.django_db
FILE = Path(__file__).parent.parent / "query_counts.json"
PAGES = [
    "/", "/v2/conversions", "/v2/conversions?status=rejected&range=7d",
    "/v2/conversions?columns=id,reason,offer,partner,advertiser,event", "/v2/conversions?q=shared",
    "/v2/conversions?part=filters", "/v2/conversions?part=columns", "/v2/conversions?part=views",
    "/v2/conversions?part=selection", "/v2/conversions?part=count",
]  # fmt: skip


def fill(partner, count):
    """Rows that all differ in what a page could look up one by one."""
    for n in range(count):
        offer = make_offer(partners=[partner])
        make_reason(f"reason-{offer.pk}")
        fields = {"offer": offer, "transaction_id": "shared", "reason_code": f"reason-{offer.pk}"}
        status = ["rejected", "approved"][n % 2]
        make_conversion(partner=partner, status=status, **fields)
        make_conversions(1, partner=make_partner(), status=status, **fields)


def queries(client, page):
    cache.clear()
    client.get(page)  # what is looked up once in a process doesn't count
    cache.clear()
    with CaptureQueriesContext(connection) as captured:
        assert client.get(page).status_code == 200
    return len(captured)


def counts(people):
    return {
        f"{name} {page}": queries(client, page) for name, client in people.items() for page in PAGES
    }


def test_queries_are_as_written_down_and_do_not_grow(agency, partner_user, sign_in):
    people = {"agency": sign_in(agency), "partner": sign_in(partner_user)}
    fill(partner_user.partner, 5)
    few = counts(people)
    fill(partner_user.partner, 20)
    assert counts(people) == few
    if os.environ.get("UPDATE_QUERY_COUNTS"):
        FILE.write_text(json.dumps(few, indent=2) + "\n")
    assert json.loads(FILE.read_text()) == few
