"""No cell of any file for people is a formula, whatever stands in the database."""

import csv
import io
import re
import zipfile

from django.core.management import call_command

from convertr.accounts.models import User
from convertr.jobs.models import Job
from leads.exports.columns import all_columns
from tests.attack.poison import poison
from tests.batches.conftest import kept_in

__all__ = ["kept_in"]
PAYLOAD = '=HYPERLINK("http://evil.test")'
# As spreadsheets see it, apart from what the product's own rule says of it.
FORMULA = re.compile(r"\s*[=+\-@\t\r]")
NUMBER = re.compile(r"[+-]?\d+([.,]\d+)?\Z")
LISTS = [
    "/v2/conversions", "/v2/leads", "/v2/jobs", "/v2/audit", "/v2/postbacks", "/v2/offers",
    "/v2/partners", "/v2/advertisers", "/v2/campaigns", "/v2/conversion-requests",
    "/v2/system/campaign-lead-batch/pending-batch", "/v2/system/campaign-lead-batch/sent-batches",
]  # fmt: skip
ADMIN = ["conversions/conversion", "requests_workflow/conversionrequest"]


def content_of(answer):
    return b"".join(answer.streaming_content) if answer.streaming else answer.content


def formulas_of_csv(data):
    rows = csv.reader(io.StringIO(data.decode("utf-8-sig")))
    return [c for row in rows for c in row if FORMULA.match(c) and not NUMBER.match(c)]


def formulas_of_xlsx(data):
    with zipfile.ZipFile(io.BytesIO(data)) as book:
        sheets = [book.read(n).decode() for n in book.namelist() if "worksheets/" in n]
        others = [n for n in book.namelist() if "externalLink" in n or "vba" in n.lower()]
    return others + [found for sheet in sheets for found in re.findall(r"<f[ >]|hyperlink", sheet)]


def files(staff, root, jobs):
    """(where from, the file) of every export that a person can ask for, in both formats."""
    for form in ("csv", "xlsx"):
        for path in LISTS:
            yield path, form, staff.post(path, {"act": "export", "format": form})
        for name in ("export", "export/conversions"):
            yield name, form, staff.get(f"/v2/conversion-requests/{name}?format={form}")
        columns = [column.name for column in all_columns()]
        yield "leads", form, staff.post("/v2/leads/export", {"act": form, "columns": columns})
        for model in ADMIN:
            path = f"/admin/{model}/export/"
            page = root.get(path).content.decode()
            number = re.search(rf'value="(\d+)"[^>]*>\s*{form}<', page)
            fields = dict.fromkeys(re.findall(r'type="checkbox" name="([^"]+)"', page), "on")
            yield path, form, root.post(path, {**fields, "format": number[1] if number else 0})
    for job in jobs:
        yield "job", "csv", staff.get(f"/v2/jobs/{job}/rows.csv")


def test_no_file_for_people_holds_a_formula(db, sign_in):
    call_command("seed_demo", conversions=40, leads=30, verbosity=0)
    staff, root = (
        sign_in(User.objects.filter(role=r).order_by("pk")[0]) for r in ("agency", "admin")
    )
    jobs = [job.pk for job in Job.objects.all() if job.parameters.get("format") != "xlsx"]
    poison(PAYLOAD)

    made, wrong, shown = 0, {}, 0
    for path, form, answer in files(staff, root, jobs):
        data = content_of(answer)
        if "attachment" not in answer.get("Content-Disposition", ""):
            wrong[path, form] = (answer.status_code, "no file")
            continue
        look = formulas_of_csv if form == "csv" else formulas_of_xlsx
        made, shown = made + 1, shown + (b"HYPERLINK" in data)
        if found := look(data):
            wrong[path, form] = found[:3]

    assert wrong == {}
    assert made > 30
    assert shown > 10
