"""What is exported can be imported, and changes nothing: whatever is in it."""

import io
import itertools
from decimal import Decimal

import openpyxl
import pytest
from django.urls import reverse

from convertr.accounts.permissions import grant
from convertr.audit.context import recorded
from requests_workflow.imports.services import verify_import
from requests_workflow.models import ConversionRequest
from requests_workflow.rules import Status
from tests.factories import make_conversion, make_conversions, make_offer
from tests.requests_workflow.importing.kit import confirm

pytestmark = pytest.mark.django_db
FORMS = ["csv", "xlsx"]
ALL = {"range": "any", "status": "any"}
# Texts that files are known to break.
ODD = [
    "plain", "=1+1", "'=1+1", "''=1", "+49 30 1234", "-1", "@sum", "'", "''", '"', 'a"b,c;d',
    "two\nlines", "two\r\nlines", "tab\there", "007", "1e5", "1,5", "TRUE", "2025-03-01",
    "ümläut 漢字 🦊", "\u202ertl", "_x000D_", "_x005F_", "a\x01\x1fb", "a\u00a0b", "<b>&amp;",
    "\\N", "{}", "null", "#REF!", "\ufeffbom", "=", "a\u2028line", "\uff1d1",
]  # fmt: skip
AMOUNTS = ["0.0000", "4.2500", "0.0001", "1234567.8901", "999999999999.9999", "100000000000.0001"]


def exported(client, form, name="requests:export", **params):
    every = ALL if name == "requests:export" else {"range": "any"}
    response = client.get(reverse(name), {**every, **params, "format": form})
    assert response.status_code == 200, response.content
    return b"".join(response.streaming_content)


def make_requests(count, *, raiser, offer, partner, decider=None):
    """Requests in turn of every type and status, with odd texts, made at once."""
    conversions = make_conversions(min(count, 500), offer=offer, partner=partner)
    event = offer.events.all()[0]
    statuses, odd, amounts = map(itertools.cycle, (list(Status), ODD, AMOUNTS))

    def one(n):
        change = n % 2 == 0
        status = next(statuses)
        wanted = {"order_id": next(odd), "sub3": next(odd), "payout": next(amounts)}
        wanted |= [
            {"status": "rejected", "reason_code": "retired"},
            {"status": "approved", "note": "kept"},
            {"sub1": "", "revenue": next(amounts)},
            {"reason_code": "alone"},
        ][n % 4]
        if not change:
            wanted |= {"transaction_id": next(odd), "request_id": f"r-{n}"}
            wanted |= {"converted_at": "2025-03-01T14:30:05.123456+00:00"}
        return ConversionRequest(
            type="change" if change else "create",
            status=status,
            conversion=conversions[n // 2 % len(conversions)] if change else None,
            offer=offer,
            event=event,
            partner=partner,
            wanted=wanted,
            before=dict.fromkeys(wanted, "then") if change else {},
            raised_by=raiser,
            raiser_partner=raiser.partner,
            decided_by=decider,
            decision_reason=next(odd).strip() or "why" if status == "rejected" else "",
            failure_code="request_failed" if status == "failed" else "",
        )

    with recorded():
        return ConversionRequest.objects.bulk_create([one(n) for n in range(count)])


@pytest.mark.parametrize("form", FORMS)
def test_requests_come_back_unchanged(agency, raiser, offer, partner, sign_in, form):
    count = len(ODD) * 4
    make_requests(count // 2, raiser=agency, offer=offer, partner=partner)
    make_requests(count // 2, raiser=raiser, offer=offer, partner=partner)
    before = list(ConversionRequest.objects.order_by("pk").values())

    data = exported(sign_in(agency), form)
    job = verify_import(actor=agency, name=f"x.{form}", data=data)

    wrong = job.rows.exclude(outcome="unchanged").values_list("input", "code", "params")
    assert not list(wrong)
    assert job.counts == {"unchanged": count}
    assert list(ConversionRequest.objects.order_by("pk").values()) == before


@pytest.mark.parametrize("form", FORMS)
def test_a_partners_requests_come_back_unchanged(agency, raiser, offer, partner, sign_in, form):
    """Without what the agency set; others' requests aren't in the file."""
    grant(raiser, ["jobs.import_data"])
    make_requests(40, raiser=raiser, offer=offer, partner=partner)
    make_requests(6, raiser=agency, offer=offer, partner=partner)

    data = exported(sign_in(raiser), form)
    job = verify_import(actor=raiser, name=f"x.{form}", data=data)

    assert job.counts == {"unchanged": 40}
    assert "revenue" not in job.columns
    assert "request_id" not in job.columns


@pytest.mark.parametrize("form", FORMS)
def test_conversions_come_back_as_changes_of_nothing(agency, raiser, offer, partner, sign_in, form):
    grant(raiser, ["jobs.import_data"])
    texts, amounts = itertools.cycle(ODD), itertools.cycle(AMOUNTS)
    make_conversions(
        len(ODD),
        offer=offer,
        partner=partner,
        status=lambda n: ["pending", "approved", "rejected", "invalid", "throttled"][n % 5],
        reason_code=lambda n: "retired" if n % 5 == 2 else "",
        order_id=lambda _n: next(texts),
        transaction_id=lambda _n: f" {next(texts)} ",
        sub2=lambda _n: f" {next(texts)} ",
        payout=lambda _n: Decimal(next(amounts)),
        sale_amount=lambda n: Decimal(next(amounts)) if n % 2 else None,
        locked=lambda n: n % 7 == 0,
    )
    make_conversion(offer=make_offer(currency="USD"), partner=partner)
    for person in (agency, raiser):
        data = exported(sign_in(person), form, "requests:export_conversions")
        job = verify_import(actor=person, name=f"x.{form}", data=data)

        wrong = job.rows.exclude(outcome="unchanged").values_list("input", "code", "params")
        assert not list(wrong)
        assert job.counts == {"unchanged": len(ODD) + 1}


@pytest.mark.parametrize("form", FORMS)
def test_a_conversions_row_filled_in_raises_a_change(agency, offer, partner, sign_in, form):
    make_conversion(offer=offer, partner=partner)
    data = exported(sign_in(agency), form, "requests:export_conversions")
    if form == "csv":
        data = data.replace(b"OPEN", b"CONFIRMED")
    else:
        book = openpyxl.load_workbook(io.BytesIO(data))
        sheet = book.active
        columns = [cell.value for cell in sheet[1]]
        sheet.cell(2, columns.index("status") + 1).value = "CONFIRMED"
        out = io.BytesIO()
        book.save(out)
        data = out.getvalue()
    job = confirm(verify_import(actor=agency, name=f"x.{form}", data=data))

    assert job.counts == {"applied": 1}
    request = ConversionRequest.objects.get()
    assert request.wanted == {"status": "approved"}
    assert request.before == {"status": "pending"}


def test_ten_thousand_requests_come_back_unchanged(agency, offer, partner, sign_in):
    make_requests(10_000, raiser=agency, offer=offer, partner=partner)
    before = list(ConversionRequest.objects.order_by("pk").values())
    for form in FORMS:
        data = exported(sign_in(agency), form)
        job = verify_import(actor=agency, name=f"x.{form}", data=data)

        assert job.counts == {"unchanged": 10_000}
    assert list(ConversionRequest.objects.order_by("pk").values()) == before
