"""The files to start from."""

import io

import openpyxl
import pytest
from django.urls import reverse

from convertr.accounts.permissions import grant
from requests_workflow.exchange.columns import COLUMNS
from requests_workflow.imports.services import verify_import
from requests_workflow.models import ConversionRequest
from tests.requests_workflow.importing.kit import cells_of, confirm

pytestmark = pytest.mark.django_db
# requests.md, "Import".
NAMES = [
    "conversion_request_id", "request_type", "request_status", "request_id", "conversion_id",
    "conversion_uuid", "offer_id", "partner_id", "conversion_time", "status", "revenue", "payout",
    "sale_amount", "currency", "order_id", "transaction_id",
    "sub1", "sub2", "sub3", "sub4", "sub5", "sub6", "reason", "comment",
]  # fmt: skip
HIDDEN = {"revenue", "request_id"}


def workbook(client):
    response = client.get(reverse("requests:import_template", args=["xlsx"]))
    assert response.status_code == 200
    return openpyxl.load_workbook(io.BytesIO(response.content))


def test_the_columns_are_those_of_the_specification():
    assert [column.name for column in COLUMNS] == NAMES


def test_every_column_is_there_and_explained(agency, sign_in):
    form, explained = workbook(sign_in(agency)).worksheets

    assert [cell.value for cell in form[1]] == NAMES
    assert [row[0].value for row in explained.iter_rows(min_row=2)] == NAMES
    assert all(row[2].value for row in explained.iter_rows(min_row=2))


def test_what_is_needed_is_marked(agency, sign_in):
    form = workbook(sign_in(agency)).worksheets[0]
    marked = {cell.value for cell in form[1] if cell.fill.fill_type}

    assert marked == {
        "request_type", "conversion_id", "conversion_uuid", "offer_id", "partner_id",
    }  # fmt: skip


def test_drop_downs_and_checks(agency, sign_in):
    form = workbook(sign_in(agency)).worksheets[0]
    checks = {str(check.sqref): check for check in form.data_validations.dataValidation}

    def of(name):
        letter = openpyxl.utils.get_column_letter(NAMES.index(name) + 1)
        return checks[f"{letter}2:{letter}10001"]

    assert of("request_type").formula1 == '"CREATE,CHANGE"'
    assert of("request_status").formula1 == '"INQUIRED,ACCEPTED,REJECTED"'
    assert of("status").formula1 == '"OPEN,CONFIRMED,REJECTED"'
    assert of("payout").type == "decimal"
    assert of("offer_id").type == "whole"
    assert of("conversion_time").type == "date"


def test_a_partner_gets_its_columns(raiser, sign_in):
    grant(raiser, ["jobs.import_data"])
    client = sign_in(raiser)
    form, explained = workbook(client).worksheets
    csv = cells_of(client.get(reverse("requests:import_template", args=["csv"])))

    expected = [name for name in NAMES if name not in HIDDEN]
    assert [cell.value for cell in form[1]] == expected
    assert csv == [expected]
    assert not any("revenue" in str(cell.value) for row in explained.rows for cell in row)


def test_a_filled_in_template_is_imported(agency, offer, partner, sign_in):
    book = workbook(sign_in(agency))
    for name, value in {
        "request_type": "CREATE",
        "offer_id": offer.pk,
        "partner_id": partner.pk,
        "payout": 12.5,
        "order_id": "A-1",
    }.items():
        book.worksheets[0].cell(2, NAMES.index(name) + 1).value = value
    out = io.BytesIO()
    book.save(out)

    job = confirm(verify_import(actor=agency, name="mine.xlsx", data=out.getvalue()))

    assert job.counts == {"applied": 1}
    assert ConversionRequest.objects.get().wanted == {"payout": "12.5000", "order_id": "A-1"}


def test_templates_are_for_those_who_may_import(agency2, sign_in):
    for form in ("csv", "xlsx"):
        url = reverse("requests:import_template", args=[form])
        assert sign_in(agency2).get(url).status_code == 403
