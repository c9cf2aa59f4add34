"""The export "Conversion Requests" of the Explorer and of the conversions page."""

import pytest
from django.urls import reverse

from convertr.jobs.models import Job
from tests.factories import make_conversion, make_reason, run_job
from tests.requests_workflow.importing.kit import cells_of
from tests.requests_workflow.kit import make_change, make_create, reject

pytestmark = pytest.mark.django_db
FORMS = ["csv", "xlsx"]


def exported(client, form, name="requests:export", **params):
    response = client.get(reverse(name), {**params, "format": form})
    assert response.status_code == 200
    header, *rows = cells_of(response)
    return [dict(zip(header, row, strict=True)) for row in rows]


@pytest.fixture
def conversion(offer, partner):
    return make_conversion(offer=offer, partner=partner, order_id="A-0")


@pytest.mark.parametrize("form", FORMS)
def test_what_a_request_asks_for(agency, conversion, offer, partner, sign_in, form):
    make_reason("fraud")
    change = make_change(agency, conversion, status="rejected", reason_code="fraud", payout="5")
    create = make_create(
        agency, offer, partner, order_id="=1+1", converted_at="2025-03-01 14:30", revenue="7"
    )
    rows = {row["conversion_request_id"]: row for row in exported(sign_in(agency), form)}

    first, second = rows[str(change.pk)], rows[str(create.pk)]
    assert {name: value for name, value in first.items() if value} == {
        "conversion_request_id": str(change.pk),
        "request_type": "CHANGE",
        "request_status": "INQUIRED",
        "conversion_id": str(conversion.pk),
        "conversion_uuid": str(conversion.uuid),
        "offer_id": str(offer.pk),
        "partner_id": str(partner.pk),
        "status": "REJECTED",
        "payout": first["payout"],
        "currency": "EUR",
        "reason": "fraud",
    }
    assert float(first["payout"]) == 5
    assert second["request_type"] == "CREATE"
    assert second["conversion_time"] == "2025-03-01T14:30:00+00:00"
    # A CSV is safe for a spreadsheet; in a workbook it is a text cell.
    assert second["order_id"] == ("'=1+1" if form == "csv" else "=1+1")
    assert float(second["revenue"]) == 7


def test_only_what_the_filters_name(agency, conversion, offer, partner, sign_in):
    make_change(agency, conversion, payout="5")
    other = make_create(agency, offer, partner, order_id="A-1")
    rows = exported(sign_in(agency), "csv", type="create")

    assert [row["conversion_request_id"] for row in rows] == [str(other.pk)]


def test_why_a_request_was_rejected(agency, raiser, conversion, sign_in):
    request = make_change(raiser, conversion)
    reject(agency, request, reason="No such sale")
    rows = exported(sign_in(agency), "csv", status="rejected")

    assert rows[0]["request_status"] == "REJECTED"
    assert rows[0]["reason"] == "No such sale"


def test_a_partner_gets_its_own_without_what_is_hidden(
    agency, raiser, other_raiser, conversion, offer, other_partner, sign_in
):
    mine = make_change(raiser, conversion, payout="5")
    others = make_conversion(offer=offer, partner=other_partner)
    make_change(other_raiser, others, payout="6")
    make_change(agency, conversion, revenue="6")
    rows = exported(sign_in(raiser), "csv")

    assert [row["conversion_request_id"] for row in rows] == [str(mine.pk)]
    assert not {"revenue", "request_id"} & set(rows[0])
    conversions = exported(sign_in(raiser), "csv", "requests:export_conversions")
    assert [row["conversion_id"] for row in conversions] == [str(conversion.pk)]
    assert not {"revenue", "request_id"} & set(conversions[0])


@pytest.mark.parametrize("form", FORMS)
def test_a_conversion_is_a_change_ready_to_fill_in(agency, conversion, sign_in, form):
    row = exported(sign_in(agency), form, "requests:export_conversions")[0]

    assert row["conversion_request_id"] == ""
    assert row["request_type"] == "CHANGE"
    assert row["request_status"] == ""
    assert row["conversion_uuid"] == str(conversion.uuid)
    assert row["status"] == "OPEN"
    assert float(row["payout"]) == 4
    assert row["order_id"] == "A-0"


def test_a_large_export_is_a_job(agency, conversion, offer, partner, sign_in, settings):
    settings.EXPORT_AS_JOB_OVER = 1
    make_change(agency, conversion, payout="5")
    make_create(agency, offer, partner, order_id="A-1")
    client = sign_in(agency)
    response = client.get(reverse("requests:export"), {"format": "csv"})

    assert response.status_code == 302
    job = run_job(Job.objects.get())
    assert (job.kind, job.state) == ("requests.export", "done")
    rows = cells_of(client.get(reverse("jobs:output", args=[job.pk])))
    assert len(rows) == 3
    assert rows[0][0] == "conversion_request_id"


@pytest.mark.parametrize("params", [{"format": "pdf"}, {"format": "csv", "type": "nothing"}])
def test_what_can_not_be_exported_leads_back(agency, sign_in, params):
    response = sign_in(agency).get(reverse("requests:export"), params)

    assert response.status_code == 302
    assert response.url.startswith(reverse("requests:list"))


def test_the_export_menus_offer_it(agency, agency2, sign_in):
    requests = sign_in(agency).get(reverse("requests:list")).content.decode()
    conversions = sign_in(agency).get(reverse("conversions:list")).content.decode()
    reading = sign_in(agency2).get(reverse("conversions:list")).content.decode()

    assert reverse("requests:export") in requests
    assert reverse("requests:export_conversions") in conversions
    assert reverse("requests:export_conversions") not in reading


def test_changing_exports_need_the_permission(agency2, sign_in):
    url = reverse("requests:export_conversions")

    assert sign_in(agency2).get(url, {"format": "csv"}).status_code == 403
