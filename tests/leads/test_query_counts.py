"""How many queries the leads' pages make: in query_counts.json, the same for few and many rows.

A change is written down by running with UPDATE_QUERY_COUNTS=1, and seen in review.
"""

import json
import os
from pathlib import Path

import pytest

from leads.models import LeadDelivery
from tests.conversions.test_list_queries import queries
from tests.leads.kit import add_job, again, done, make_lead, make_lead_campaign
from tests.leads.kit_pages import LIST, setup_url, url

pytestmark = pytest.mark.django_db
FILE = Path(__file__).parent / "query_counts.json"
PAGES = [
    LIST, f"{LIST}?range=any", f"{LIST}?status=valid&delivered=0&range=7d",
    f"{LIST}?columns=id,advertiser,partner,reason,category,email,billable",
    f"{LIST}?part=filters", f"{LIST}?part=columns", f"{LIST}?part=selection", f"{LIST}?part=count",
]  # fmt: skip


def fill(agency, count):
    """Rows that all differ in what a page could look up one by one."""
    leads = [make_lead(make_lead_campaign()) for _ in range(2 * count)]
    done(agency, "invalid", leads[::2], reason="returned", own_reason="", category="wrong-number")
    done(agency, "test", leads[1::2])


def grow(agency, lead, count):
    """More runs, verdicts, events, deliveries, fields and rules."""
    for n in range(count):
        done(agency, "reprocess", [again(lead)])
        done(agency, "invalid", [again(lead)], reason="duplicate", own_reason="", comment=str(n))
        number = LeadDelivery.objects.count() + 1_000
        LeadDelivery.objects.create(lead=lead, integration=number, round=1, state="failed")
        lead.campaign.lead_fields.create(name=f"more{number}")
        add_job(lead.campaign, "required", f"more{number}", active=False)
        lead.campaign.value_transforms.create(kind="trim", field=f"more{number}")


def test_queries_are_as_written_down_and_do_not_grow(agency, sign_in, place):
    client = sign_in(agency)
    lead = make_lead(make_lead_campaign())

    def counts():
        pages = {page: page for page in PAGES}
        pages |= {f"{LIST}?q={{id}}": f"{LIST}?q={lead.pk}",
                  "/v2/lead/{id}": url(lead),
                  "/v2/lead/{id}/edit": url(lead, "edit"),
                  "/v2/campaign/{id}/leads-setup": setup_url(lead.campaign),
                  "/v2/campaign/{id}": f"/v2/campaign/{lead.campaign_id}"}  # fmt: skip
        return {key: queries(client, page) for key, page in pages.items()}

    fill(agency, 1)
    grow(agency, lead, 2)
    few = counts()
    fill(agency, 5)
    grow(agency, lead, 5)
    assert counts() == few
    if os.environ.get("UPDATE_QUERY_COUNTS"):
        FILE.write_text(json.dumps(few, indent=2) + "\n")
    assert json.loads(FILE.read_text()) == few
