"""Exports: what is filtered, with the chosen columns, safe to open; big ones as a job."""

import csv
import io
from decimal import Decimal

import openpyxl
import pytest
from django.core.files.storage import FileSystemStorage
from django.urls import reverse

from conversions.views import ConversionList
from convertr.accounts.models import Role, User
from convertr.jobs import engine
from convertr.jobs.models import Job, State
from convertr.jobs.texts import render
from convertr.ui.formula import restore
from convertr.ui.lists import export as exports
from tests.factories import make_conversion, make_conversions, make_offer, make_reason
from tests.workers import until

pytestmark = pytest.mark.django_db
URL = "/v2/conversions"


def csv_rows(response):
    data = b"".join(response.streaming_content)
    return list(csv.DictReader(io.StringIO(data.decode("utf-8-sig"))))


def export(client, query="", form="csv"):
    return client.post(URL, {"act": "export", "format": form, "query": query})


@pytest.fixture
def client(agency, sign_in):
    return sign_in(agency)


def test_a_csv_holds_what_is_filtered_with_the_chosen_columns(client):
    make_reason("fraud", "Fraudulent")
    offer = make_offer(name="Offer", currency="USD", rates={"payout_percent": 10})
    row = make_conversion(
        offer=offer, status="rejected", sale_amount=Decimal("1000.5"), reason_code="fraud"
    )
    make_conversion(status="approved")
    columns = "id,uuid,status,payout,currency,sale_amount,reason,converted_at,locked"
    response = export(client, f"status=rejected&columns={columns}")
    assert response["Content-Disposition"] == 'attachment; filename="conversions.csv"'
    assert csv_rows(response) == [{
        "ID": str(row.pk), "Conversion UUID": str(row.uuid), "Status": "rejected",
        "Payout": "100.0500", "Currency": "USD", "Sale amount": "1000.5000",
        "Reason": "Fraudulent", "Locked": "no",
        "Conversion time": row.converted_at.isoformat(timespec="seconds"),
    }]  # fmt: skip


def test_texts_are_formula_safe_and_come_back_as_they_were(client):
    texts = ["=1+1", "+491701234567", "-5", "-5-5", "@x", "'=1", "two\nlines", 'a "quote", so', ""]
    make_conversions(len(texts), sub1=lambda n: texts[n], sub2=lambda n: str(n))
    rows = csv_rows(export(client, "columns=sub1,sub2"))
    found = {int(row["sub2"]): row["sub1"] for row in rows}
    assert [restore(found[n]) for n in range(len(texts))] == texts
    assert found[0] == "'=1+1"
    assert found[1] == "+491701234567"


def test_every_row_is_exported_once_in_the_lists_order(client, monkeypatch):
    monkeypatch.setattr(exports, "_BATCH", 7)
    rows = make_conversions(30)
    exported = csv_rows(export(client, "columns=id&sort=converted_at"))
    assert [int(row["ID"]) for row in exported] == [row.pk for row in rows]


def test_xlsx_has_text_cells_and_numbers(client):
    make_conversion(sub1="=1+1", note="x" * 40_000, payout=Decimal("4.25"))
    response = export(client, "columns=sub1,payout,note,id", "xlsx")
    book = openpyxl.load_workbook(io.BytesIO(b"".join(response.streaming_content)))
    head, row = book.active.iter_rows()
    assert [cell.value for cell in head] == ["sub1", "Payout", "Note", "ID"]
    assert (row[0].value, row[0].data_type) == ("=1+1", "s")
    assert (row[1].value, row[1].data_type) == (4.25, "n")
    assert len(row[2].value) == 32_767


@pytest.mark.parametrize(
    ("query", "form", "said"),
    [("", "exe", "Export as CSV or XLSX"), ("status=nonsense", "csv", "A filter is not valid")],
)
def test_what_can_not_be_exported_is_said(client, query, form, said):
    response = export(client, query, form)
    assert response.status_code == 302
    assert said in client.get(URL).text


@pytest.mark.parametrize("form", ["csv", "xlsx"])
def test_a_big_export_is_a_job_with_a_download(client, agency, settings, form):
    settings.EXPORT_AS_JOB_OVER = 5
    settings.STORAGES = {**settings.STORAGES, "default": {
        "BACKEND": "django.core.files.storage.InMemoryStorage"}}  # fmt: skip
    make_conversions(6, status="rejected")
    make_conversions(6, status="approved")
    response = export(client, "status=rejected&columns=id,status", form)
    assert response.status_code == 302
    job = Job.objects.get(kind="list_export")
    assert (job.state, job.requested_by) == (State.QUEUED, agency)
    engine.advance(job.pk)
    job.refresh_from_db()
    assert job.state == State.DONE
    data = b"".join(client.get(reverse("jobs:output", args=[job.pk])).streaming_content)
    if form == "csv":
        rows = list(csv.reader(io.StringIO(data.decode("utf-8-sig"))))
    else:
        rows = [[c.value for c in r] for r in openpyxl.load_workbook(io.BytesIO(data)).active.rows]
    assert len(rows) == 7
    assert {row[1] for row in rows[1:]} == {"rejected"}


def test_a_partners_big_export_holds_only_its_own(partner_user, partner, sign_in, settings):
    settings.EXPORT_AS_JOB_OVER = 2
    own = make_conversions(3, partner=partner, revenue=Decimal(99))
    make_conversions(3)
    export(sign_in(partner_user), "columns=id,revenue,payout")
    job = Job.objects.get(kind="list_export")
    engine.advance(job.pk)
    job.refresh_from_db()
    with job.output.open() as file:
        rows = list(csv.reader(io.StringIO(file.read().decode("utf-8-sig"))))
    assert rows[0] == ["ID", "Payout"]
    assert {int(row[0]) for row in rows[1:]} == {row.pk for row in own}


@pytest.mark.parametrize(
    ("change", "code"),
    [
        ("closed", "export_not_allowed"),
        ("partner", "export_not_allowed"),
        ("list", "export_not_allowed"),
        ("offer", "bad_filter"),
    ],
)
def test_an_export_is_refused_where_its_asker_may_not_see_it_any_more(
    client, agency, partner, settings, monkeypatch, change, code
):
    settings.EXPORT_AS_JOB_OVER = 2
    offer = make_offer()
    make_conversions(3, offer=offer)
    export(client, f"offer={offer.pk}&columns=id")
    job = Job.objects.get(kind="list_export")
    if change == "closed":
        User.objects.filter(pk=agency.pk).update(is_active=False)
    elif change == "partner":
        User.objects.filter(pk=agency.pk).update(role=Role.PARTNER, partner=partner)
    elif change == "list":
        monkeypatch.setattr(ConversionList, "allows", lambda _: False)
    else:
        Job.objects.update(parameters={**job.parameters, "query": "offer=999999999"})
    engine.advance(job.pk)

    job.refresh_from_db()
    assert (job.state, job.error_code, job.output.name) == (State.FAILED, code, "")
    assert render(job.error_code, job.error_params) != code


@pytest.mark.parametrize("moment", ["reading", "storing"])
def test_a_maker_that_was_taken_for_dead_leaves_the_others_file(
    client, settings, monkeypatch, tmp_path, moment
):
    settings.EXPORT_AS_JOB_OVER, settings.JOB_SILENT_SECONDS = 2, 0
    storage = FileSystemStorage(tmp_path)
    monkeypatch.setattr(exports, "default_storage", storage)
    monkeypatch.setattr(Job._meta.get_field("output"), "storage", storage)
    make_conversions(3)
    export(client, "columns=id")
    job = Job.objects.get(kind="list_export")
    place, name = (exports, "rows") if moment == "reading" else (storage, "save")
    real = getattr(place, name)

    def with_another_in_between(*given):
        monkeypatch.setattr(place, name, real)
        engine.advance(job.pk)
        return real(*given)

    monkeypatch.setattr(place, name, with_another_in_between)
    engine.advance(job.pk)

    job.refresh_from_db()
    assert job.state == State.DONE
    with job.output.open() as file:
        assert file.read().count(b"\n") == 4


@pytest.mark.django_db(transaction=True)
def test_a_maker_shows_that_it_lives_while_a_bucket_takes_its_time(
    client, settings, monkeypatch, tmp_path
):
    settings.EXPORT_AS_JOB_OVER, settings.JOB_SILENT_SECONDS = 2, 0.4
    storage = FileSystemStorage(tmp_path)
    monkeypatch.setattr(exports, "default_storage", storage)
    monkeypatch.setattr(Job._meta.get_field("output"), "storage", storage)
    make_conversions(3)
    export(client, "columns=id")
    jobs = Job.objects.filter(kind="list_export")
    save, seen = storage.save, []

    def slowly(*given):
        seen.append(jobs.get().heartbeat_at)
        until(lambda: jobs.get().heartbeat_at > seen[0], what="a sign of life")
        return save(*given)

    monkeypatch.setattr(storage, "save", slowly)
    engine.advance(jobs.get().pk)

    assert (jobs.get().state, len(seen)) == (State.DONE, 1)
