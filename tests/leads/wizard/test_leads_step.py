"""Leads: typed, from a CSV, and those that are found."""

import pytest

from leads.models import Lead
from tests.leads.wizard.kit import HTMX, begin, copy_leads, now, upload, url

pytestmark = pytest.mark.django_db


def test_typed_ids_with_doubles_unknown_ones_and_hashes(staff, agency, leads):
    job = begin(agency, leads[0])
    first, second, third = leads
    typed = f"{first.pk},#{second.pk}; {second.hash}\n{third.hash.hex.upper()}\t{third.pk} nope 0"

    answer = staff.post(url(job, "leads"), {"ids": typed, "go": "add"}, headers=HTMX)

    assert "2 leads added, 3 chosen already, 2 not found." in answer["HX-Trigger"]
    assert (answer.context["found"], answer.context["missing"]) == (3, 2)
    assert [lead.pk for lead in leads] == [
        int(line) for line in text(staff.get(url(job, "leads/found.txt"))).split()
    ]
    assert text(staff.get(url(job, "leads/missing.txt"))).split() == ["nope", "0"]
    listed = staff.get(url(job, "leads/found")).text
    assert all(f">{lead.pk}<" in listed for lead in leads)
    assert "Solar Leads" in listed
    assert "nope" in staff.get(url(job, "leads/missing")).text

    staff.post(url(job, "drop"), {"what": "missing"})
    assert now(job).total == 3
    staff.post(url(job, "drop"), {"what": "all"})
    assert now(job).total == 0
    # Taken off, they can be chosen again.
    assert staff.post(url(job, "leads"), {"ids": typed, "go": "add"}).status_code == 302
    assert now(job).total == 5


def text(answer):
    return b"".join(answer).decode()


def test_next_goes_on_where_all_were_found(staff, agency, leads):
    job = begin(agency)
    nothing = staff.post(url(job, "leads"), {"ids": " ,\n", "go": "next"})
    assert nothing.status_code == 422
    assert "Choose at least one lead first" in nothing.text
    missed = staff.post(url(job, "leads"), {"ids": f"{leads[0].pk} nope", "go": "next"})
    assert missed["Location"] == url(job, "leads")
    assert staff.post(url(job, "leads"), {"go": "next"})["Location"] == url(job, "type")
    more = staff.post(url(job, "leads"), {"ids": str(leads[1].pk), "go": "next"}, headers=HTMX)
    assert more["HX-Redirect"] == url(job, "type")
    assert now(job).total == 3


def test_a_long_list_is_shown_page_by_page(staff, agency, leads):
    copy_leads(leads[0], 60)
    job = begin(agency, *Lead.objects.order_by("pk"))
    first = staff.get(url(job, "leads/found")).text
    assert first.count("<tr") == 52  # head, fifty, "Show more"
    assert "after=50" in first
    second = staff.get(url(job, "leads/found"), {"after": "50"}).text
    assert second.count("<tr") == 13
    assert "<thead" not in second
    assert staff.get(url(job, "leads/found"), {"after": "x"}).text.count("<tr") == 52


@pytest.mark.parametrize(
    ("head", "wrap"),
    [("Lead ID", "{}"), ("email,Hash", "x@y.org,{}"), ("", "{}"), ("anything", "  {} ")],
)
def test_a_csv_names_leads_in_its_column_of_ids(staff, agency, leads, head, wrap):
    job = begin(agency)
    keys = [leads[0].pk, leads[1].hash, leads[0].hash, leads[2].pk]
    lines = [head, *(wrap.format(key) for key in keys)] if head else [str(key) for key in keys]

    answer = upload(staff, job, "\n".join(lines).encode())

    assert answer.status_code == 302
    found = list(job.rows.order_by("seq").values_list("key_id", flat=True))
    assert found == [lead.pk for lead in leads]


def test_a_csv_of_one_id_needs_no_header(staff, agency, leads):
    job = begin(agency)
    assert upload(staff, job, str(leads[1].hash).encode()).status_code == 302
    assert job.rows.get().key_id == leads[1].pk


@pytest.mark.parametrize(
    ("data", "told"),
    [
        (b"", "The file is empty"),
        (b"lead_id\n", "no rows after line 1"),
        (b"PK\x03\x04zip", "no CSV but a file of another kind (workbook)"),
        (b"lead_id\n1\n\xff\xfe1", "Line 3: not UTF-8"),
        (b'lead_id\n1\n"2', "Line 3: a quotation mark"),
        (b"lead_id\n1\na,\0", "Line 3, column 2 holds a NUL"),
        (b"lead_id;campaign\n1;2", "Line 1: the cells are not separated by commas"),
        (b"\nemail,country\na,b", "Line 2: no column is called lead_id"),
        (b"lead_id\n" + b"1\n" * 11, "Line 12: more than 10 rows"),
    ],
)
def test_a_refused_file_keeps_what_was_typed(staff, agency, leads, settings, data, told):
    settings.CSV_MAX_ROWS = 10
    job = begin(agency, leads[0])
    answer = upload(staff, job, data, ids="17 mine")
    assert answer.status_code == 422
    # An empty file comes as none.
    assert (told if data else "Type or paste lead IDs") in answer.text or told in answer.text
    assert "17 mine</textarea>" in answer.text
    assert now(job).total == 1


def test_more_than_fit_are_refused_together(staff, agency, leads, settings):
    settings.CSV_MAX_ROWS = 3
    job = begin(agency, *leads[:2])
    both = f"{leads[2].pk} {leads[2].hash}"
    assert staff.post(url(job, "leads"), {"ids": both, "go": "add"}).status_code == 302
    for ids in ("nope", " ".join(f"x{n}" for n in range(20))):
        refused = staff.post(url(job, "leads"), {"ids": ids, "go": "add"})
        assert refused.status_code == 422
        assert "At most 3 leads at once: choose fewer." in refused.text
    assert now(job).total == 3
