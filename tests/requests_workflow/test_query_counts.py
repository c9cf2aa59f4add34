"""How many queries the requests' pages make: in query_counts.json, the same for few and many rows.

A change is written down by running with UPDATE_QUERY_COUNTS=1, and seen in review.
"""

import json
import os
from pathlib import Path

import pytest

from requests_workflow.services import discussing
from tests.conversions.test_list_queries import queries
from tests.factories import make_conversion, make_offer
from tests.requests_workflow.kit import accept, make_change, make_create, reject
from tests.requests_workflow.kit_pages import file, url

pytestmark = pytest.mark.django_db
FILE = Path(__file__).parent / "query_counts.json"
LIST = "/v2/conversion-requests"
PAGES = [
    LIST, f"{LIST}?status=any", f"{LIST}?status=rejected&range=7d&type=change",
    f"{LIST}?columns=id,conversion_uuid,decided_by,event,currency", f"{LIST}?q=1",
    f"{LIST}?part=filters", f"{LIST}?part=columns", f"{LIST}?part=views",
    f"{LIST}?part=selection", f"{LIST}?part=count",
]  # fmt: skip


def fill(raiser, agency, count):
    """Rows that all differ in what a page could look up one by one."""
    for _ in range(count):
        offer = make_offer(partners=[raiser.partner])
        conversions = [make_conversion(offer=offer, partner=raiser.partner) for _ in range(2)]
        make_create(raiser, offer, raiser.partner)
        make_create(agency, offer, raiser.partner)
        accept(agency, make_change(raiser, conversions[0], payout="7"))
        reject(agency, make_change(raiser, conversions[1], payout="7"))


def talk(request, raiser, agency, count):
    for _ in range(count):
        discussing.comment(actor=raiser, request=request, text="So", files=[file(), file()])
        discussing.comment(actor=agency, request=request, text="No", internal=True)


def test_queries_are_as_written_down_and_do_not_grow(raiser, agency, sign_in):
    people = {"agency": sign_in(agency), "partner": sign_in(raiser)}
    asked = make_change(raiser, make_conversion(partner=raiser.partner), status="approved")

    def counts():
        pages = {page: page for page in PAGES} | {f"{LIST}/{{id}}": url(asked)}
        return {
            f"{name} {key}": queries(client, page)
            for name, client in people.items()
            for key, page in pages.items()
        }

    fill(raiser, agency, 2)
    talk(asked, raiser, agency, 2)
    few = counts()
    fill(raiser, agency, 8)
    talk(asked, raiser, agency, 5)
    assert counts() == few
    if os.environ.get("UPDATE_QUERY_COUNTS"):
        FILE.write_text(json.dumps(few, indent=2) + "\n")
    assert json.loads(FILE.read_text()) == few
