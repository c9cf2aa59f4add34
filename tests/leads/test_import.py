"""Importing leads from a CSV or XLSX: what its columns become, its rows, and what is refused."""

import io
import uuid

import pytest
import xlsxwriter
from django.core.exceptions import PermissionDenied
from django.db import connection
from django.test.utils import CaptureQueriesContext

from convertr.accounts.permissions import grant
from convertr.errors import DomainError
from convertr.jobs import services as jobs
from convertr.jobs.models import Job
from convertr.jobs.texts import render
from leads import nudge
from leads.imports import columns, services
from leads.imports.columns import Field
from leads.models import CampaignField, Lead, LeadDelivery, LeadEvent
from leads.processing import queue
from tests.factories import (
    make_campaign,
    make_csv,
    make_partner,
    make_user,
    outcomes,
    run_job,
)
from tests.leads.kit_files import imported, upload, verify

pytestmark = pytest.mark.django_db
NAMES = "firstName,lastName,email"
ADA = ("Ada", "Lovelace", "ada@analytical.org")
BOB = ("Bob", "Babbage", "bob@analytical.org")
FIELDS = [
    Field("firstName", "Given name", False),
    Field("email", "E-mail", True),
    Field("ip", "", False),
]


# --- the columns ---


@pytest.mark.parametrize(
    ("header", "mapping"),
    [
        (["firstName", "email"], ["data.firstName", "data.email"]),
        (["FIRST_NAME", " E-Mail "], ["data.firstName", "data.email"]),
        (["given name"], ["data.firstName"]),
        (["first name", "firstname"], ["data.firstName", ""]),
        (["Link ID", "opt in", "CHANNEL"], ["link_id", "opt_in", "channel"]),
        (["IP", "ip address"], ["data.ip", "ip"]),
        (["", "line", "code", "error", "_"], ["", "", "", "", ""]),
    ],
)
def test_columns_are_guessed_by_name_and_label(header, mapping):
    assert columns.guess(header, FIELDS) == mapping


@pytest.mark.parametrize(
    ("mapping", "told"),
    [
        (["data.email"], []),
        (["data.firstName"], ["E-mail is required"]),
        (["data.email", "data.email"], ["Several columns become E-mail"]),
        (["data.email", "data.secret"], ["no field “data.secret”"]),
        (["channel", ""], ["E-mail is required", "at least one column"]),
    ],
)
def test_all_that_is_wrong_with_a_mapping_is_told(mapping, told):
    wrong = columns.wrong(mapping, FIELDS)
    assert len(wrong) == len(told)
    assert all(part in sentence for part, sentence in zip(told, wrong, strict=True))


def test_a_mapping_is_chosen_again_before_confirm_and_not_after(agency, campaign):
    job = upload(agency, campaign, "name,mail", ("Ada", "ada@a.org"), ("Bob", "bob@a.org"))
    assert (job.state, job.parameters["mapping"]) == ("draft", ["", ""])
    with pytest.raises(DomainError, match="at least one column"):
        services.map_columns(actor=agency, job=job, mapping=["", ""])

    first = services.map_columns(actor=agency, job=job, mapping=["data.city", "ip"])
    assert outcomes(first) == [("invalid", "bad_ip")] * 2
    again = services.map_columns(actor=agency, job=job, mapping=["data.firstName", "data.email"])
    assert (again.state, again.counts) == ("verified", {"ready": 2})

    run_job(jobs.confirm(actor=agency, job=again))
    assert [lead.data for lead in Lead.objects.order_by("pk")] == [
        {"firstName": "Ada", "email": "ada@a.org"},
        {"firstName": "Bob", "email": "bob@a.org"},
    ]
    for act in (
        lambda: services.map_columns(actor=agency, job=job, mapping=["data.email", ""]),
        lambda: services.drop(actor=agency, job=job),
    ):
        with pytest.raises(DomainError) as refused:
            act()
        assert refused.value.code == "not_open"


def test_a_dropped_file_leaves_nothing(agency, campaign):
    job = upload(agency, campaign, NAMES, ADA)
    services.drop(actor=agency, job=job)
    assert not job.rows.exists()
    assert not Job.objects.filter(pk=job.pk).exists()


# --- the rows ---


@pytest.mark.parametrize("form", ["csv", "xlsx"])
def test_rows_become_leads_in_the_order_of_the_file(agency, campaign, form, monkeypatch):
    nudged = []
    monkeypatch.setattr("leads.imports.applying.nudge", lambda: nudged.append(1))
    partner = make_partner()
    head = f"{NAMES},Link ID,channel,IP,opt-in,internal number"
    rows = [
        (*ADA, "L-1", "mail", "192.0.2.7", "Yes", "77"),
        (*BOB, "", "", "2001:db8::1", "no", "78"),
        ("Cyd", "", "cyd@analytical.org", "", "", "", "", ""),
    ]
    job = imported(agency, campaign, head, *rows, form=form, partner=partner)

    assert (job.state, job.counts) == ("done", {"applied": 3})
    first, second, third = Lead.objects.order_by("pk")
    assert first.data == dict(zip(NAMES.split(","), ADA, strict=True)) == first.received
    assert (first.link_id, first.channel, first.ip, first.opt_in) == (
        "L-1", "mail", "192.0.2.7", True,
    )  # fmt: skip
    assert (second.ip, second.opt_in, second.link_id) == ("2001:db8::1", False, "")
    # An empty cell says nothing.
    assert third.data == {"firstName": "Cyd", "email": "cyd@analytical.org"}
    assert {lead.partner for lead in (first, second, third)} == {partner}
    assert {lead.replacement for lead in (first, second, third)} == {"none"}
    assert len({lead.hash for lead in (first, second, third)}) == 3
    assert isinstance(first.hash, uuid.UUID)
    targets = list(job.rows.order_by("seq").values_list("target_id", flat=True))
    assert targets == [first.pk, second.pk, third.pk]
    event = LeadEvent.objects.get(pgh_obj=first)
    assert event.pgh_context.metadata["channel"] == form
    assert event.pgh_context.metadata["job_id"] == job.pk

    queue.process()
    first.refresh_from_db()
    assert (first.processing, first.status) == ("complete", "valid")


def test_processing_is_told_after_the_commit(
    agency, campaign, monkeypatch, django_capture_on_commit_callbacks
):
    told = []
    monkeypatch.setattr(nudge, "tell", lambda name, **_more: told.append(name))
    with django_capture_on_commit_callbacks(execute=True):
        imported(agency, campaign, NAMES, ADA)
    assert "leads.process" in told


def test_leads_can_come_as_replacements(agency, campaign):
    imported(agency, campaign, NAMES, ADA, replacement=True)
    assert Lead.objects.get().replacement == "replacement"


def test_all_that_is_wrong_with_a_row_is_told_without_its_values(agency, campaign):
    CampaignField.objects.filter(campaign=campaign, name="email").update(required=True)
    head = f"{NAMES},ip,opt in,channel"
    job = verify(
        agency, campaign, head,
        (*ADA, "192.0.2.7", "1", "c"),
        ("Secret", "Person", "", "300.1.1.1", "perhaps", "c" * 61),
        (*ADA, "fe80::1%eth0", "", ""),
        ("x" * 5_001, "", "b@a.org", "", "", ""),
        ("Short", "row"),
        (*ADA, "192.0.2.7", "1", "c"),
        (*BOB, "", "X", "c" * 60),
    )  # fmt: skip
    assert outcomes(job) == [
        ("ready", None),
        ("invalid", "bad_ip"),
        ("invalid", "bad_ip"),
        ("invalid", "field_too_long"),
        ("invalid", "wrong_cell_count"),
        ("duplicate", "duplicate"),
        ("ready", None),
    ]
    rows = list(job.rows.order_by("seq"))
    assert render(rows[1].code, rows[1].params) == (
        "column ip holds no IP address; column opt in: write yes or no;"
        " column channel has more than 60 characters; email is required"
    )
    assert render(rows[5].code, rows[5].params) == "the same as line 2"
    told = " ".join(render(row.code, row.params) for row in rows)
    assert not any(word in told for word in ("Secret", "Person", "perhaps", "300", "ada@"))

    done = run_job(jobs.confirm(actor=agency, job=job))
    assert done.counts == {"applied": 2, "invalid": 4, "duplicate": 1}
    assert Lead.objects.count() == 2


def test_a_formula_matters_only_where_its_column_is_used(agency, campaign):
    out = io.BytesIO()
    book = xlsxwriter.Workbook(out, {"in_memory": True})
    sheet = book.add_worksheet()
    sheet.write_row(0, 0, ["email", "sum"])
    sheet.write_row(1, 0, ["ada@a.org"])
    sheet.write_formula(1, 1, "=1+1")
    book.close()
    job = services.upload(
        actor=agency, campaign=campaign, partner=make_partner(), name="a.xlsx", data=out.getvalue()
    )
    used = services.map_columns(actor=agency, job=job, mapping=["data.email", "data.city"])
    assert outcomes(used) == [("invalid", "formula")]
    assert (
        render("formula", used.rows.get().params) == "column sum holds a formula; write its value"
    )
    left_out = services.map_columns(actor=agency, job=job, mapping=["data.email", ""])
    assert outcomes(left_out) == [("ready", None)]


TEXTS = [
    " spaced ", "O'Hara", "'quoted", "=1+1", "+44 20 7946 0018", "+442079460018", "@home", "-1",
    "Ünï\u200dcøde",
    "👩\u200d👩\u200d👧", "مرحبا", "two\nlines", "tab\there", 'say "hi"', "back\\slash",
    "{curly},[x]", "\\N", "NULL", "\u00a0nbsp", "e\u0301", "<b>&amp;</b>", "%(x)s", "_x0041_",
]  # fmt: skip


@pytest.mark.parametrize("form", ["csv", "xlsx"])
def test_every_text_comes_back_byte_for_byte(agency, campaign, form):
    rows = [(text, f"lead{n}@a.org") for n, text in enumerate(TEXTS)]
    job = imported(agency, campaign, "firstName,email", *rows, form=form)
    assert job.counts == {"applied": len(TEXTS)}
    got = [lead.received["firstName"] for lead in Lead.objects.order_by("pk")]
    # A CSV for people has a quote before a formula: exactly that is taken off, as our own puts it.
    assert got == TEXTS


def test_a_csv_from_our_own_export_loses_its_quotes(agency, campaign):
    imported(agency, campaign, "firstName,email", ("'=1+1", "a@a.org"), ("''=1", "b@a.org"))
    assert [lead.data["firstName"] for lead in Lead.objects.order_by("pk")] == ["=1+1", "'=1"]


def test_no_query_is_made_for_a_row(agency, campaign):
    def queries(rows):
        partner = make_partner()
        data = make_csv(NAMES, *[(f"F{n}", "L", f"{rows}-{n}@a.org") for n in range(rows)])
        with CaptureQueriesContext(
            connection,
        ) as asked:
            job = services.upload(
                actor=agency, campaign=campaign, partner=partner, name="a.csv", data=data
            )
            services.map_columns(actor=agency, job=job, mapping=job.parameters["mapping"])
            job = run_job(jobs.confirm(actor=agency, job=Job.objects.get(pk=job.pk)))
        assert job.counts == {"applied": rows}
        return len(asked)

    queries(5)  # what is cached for later ones
    assert queries(10) == queries(200)


def test_ten_thousand_rows_come_in_in_order(agency, campaign):
    rows = [("F", f"{n:05}", f"lead{n}@a.org") for n in range(10_000)]
    job = imported(agency, campaign, NAMES, *rows)
    assert job.counts == {"applied": 10_000}
    assert job.chunks.count() > 1
    names = [
        data["lastName"] for data in Lead.objects.order_by("pk").values_list("data", flat=True)
    ]
    assert names == [f"{n:05}" for n in range(10_000)]


# --- what is refused ---


@pytest.mark.parametrize(
    ("data", "code"),
    [
        (b"", "file_empty"),
        (b"email\n", "no_rows"),
        (b"%PDF-1.7", "not_csv"),
        (b"PK\x03\x04 but no workbook", "bad_workbook"),
        (b"email\n\xff\xfe\xfa", "not_utf8"),
        (b"email\na\x00b", "nul"),
        (b'email\n"a', "unbalanced_quote"),
        (b"email\n" + b"x" * 100_001, "cell_too_long"),
        (b"email\n" + b"a@a.org\n" * 10_001, "too_many_rows"),
        (",".join(f"c{n}" for n in range(201)).encode() + b"\n1", "too_many_columns"),
    ],
)
def test_a_bad_file_is_refused_as_a_whole_and_kept_as_refused(agency, campaign, data, code):
    with pytest.raises(DomainError) as refused:
        services.upload(
            actor=agency, campaign=campaign, partner=make_partner(), name="f.csv", data=data
        )
    assert refused.value.code == code
    job = Job.objects.get(kind="leads.import")
    assert (job.state, job.error_code, job.rows.count()) == ("refused", code, 0)


def test_a_campaign_that_takes_no_leads_is_refused_each_time(agency, campaign):
    with pytest.raises(DomainError, match="no fields"):
        upload(agency, make_campaign(), NAMES, ADA)
    draft, job = upload(agency, campaign, NAMES, ADA), verify(agency, campaign, NAMES, BOB)
    campaign.status = "paused"
    campaign.save()
    for act in (
        lambda: upload(agency, campaign, NAMES, ADA),
        lambda: services.map_columns(actor=agency, job=draft, mapping=["", "", "data.email"]),
        lambda: jobs.confirm(actor=agency, job=job),
    ):
        with pytest.raises(DomainError) as refused:
            act()
        assert refused.value.code == "campaign_closed"


def test_fields_that_changed_since_verify_ask_for_it_again(agency, campaign):
    job = verify(agency, campaign, NAMES, ADA)
    CampaignField.objects.filter(name="city").update(required=True)
    with pytest.raises(DomainError) as refused:
        jobs.confirm(actor=agency, job=job)
    assert refused.value.code == "fields_changed"


@pytest.mark.parametrize("held", [["jobs.import_data"], ["leads.view_leads"]])
def test_both_permissions_are_needed(campaign, held):
    with pytest.raises(PermissionDenied):
        upload(make_user(permissions=held), campaign, NAMES, ADA)


def test_nobody_goes_on_with_anothers_file(agency, agency2, campaign):
    job = upload(agency, campaign, NAMES, ADA)
    grant(agency2, ["jobs.import_data", "leads.view_leads"])
    with pytest.raises(DomainError) as refused:
        services.map_columns(actor=agency2, job=job, mapping=["", "", "data.email"])
    assert refused.value.code == "not_yours"


# --- taking it back ---


def test_an_import_is_undone_but_for_what_left(agency, place, campaign):
    place.add(campaign)
    rows = [("F", "L", f"lead{n}@a.org") for n in range(4)]
    job = imported(agency, campaign, NAMES, *rows)
    queue.process()
    free, delivered, sending, deleted = Lead.objects.order_by("pk")
    Lead.objects.filter(pk=delivered.pk).update(delivered=True)
    Lead.objects.filter(pk=deleted.pk).update(deleted_at="2026-01-01T00:00:00Z")
    LeadDelivery.objects.filter(lead=sending).update(state="sending")

    undone = run_job(jobs.undo(actor=agency, job=job, signature=str(agency)))
    assert outcomes(undone) == [
        ("applied", None),
        ("conflict", "is_delivered"),
        ("conflict", "being_sent"),
        ("conflict", "gone"),
    ]
    assert set(Lead.objects.alive()) == {delivered, sending}
    assert LeadDelivery.objects.get(lead=free).state == "withdrawn"
    assert LeadEvent.objects.filter(pgh_obj=free).latest("pgh_id").deleted_at is not None
