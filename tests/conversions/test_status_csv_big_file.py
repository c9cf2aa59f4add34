"""A file of 10,000 rows with everything in it: each count exact, mended by program, none left."""

import csv
import io
from collections import Counter
from decimal import Decimal

import pytest

from conversions.models import Conversion, ConversionEvent
from conversions.status_csv.services import verify_csv
from convertr.jobs import services
from convertr.jobs.models import BAD_OUTCOMES, State
from convertr.jobs.rows import as_csv, select
from tests.factories import make_conversions, make_offer, make_reason, outcomes, run_job

COLUMNS = ["conversion_id", "status", "cost", "reason", "note"]
GOOD = 4_000
EACH = 450
# What each kind of bad row holds instead of a good row's cells, by the code that it gets.
WRONG = {
    "empty_key": {"conversion_id": ""},
    "bad_number": {"conversion_id": "12x"},
    "empty_status": {"status": " "},
    "bad_status": {"status": "NEW"},
    "bad_cost": {"cost": "1,5"},
    "unknown_reason": {"reason": "bored"},
    "cost_missing": {"cost": ""},
    "amount_too_large": {"cost": "999999999999"},
}


@pytest.fixture
def offer():
    return make_offer(rates={"payout_percent": 10, "revenue_percent": 200})


def good_row(conversion, number):
    status = ("APPROVED", "rejected")[number % 2]
    note = ("", "=SUM(A1)", "two\nlines", 'with "quotes", commas')[number % 4]
    reason = "fraud" if number % 2 else ""
    cells = [conversion.pk, status, f"{number}.25", reason, note]
    return dict(zip(COLUMNS, map(str, cells), strict=True))


def as_bytes(rows, *, columns=COLUMNS):
    out = io.StringIO()
    csv.writer(out).writerows([columns, *rows])
    return out.getvalue().encode()


def cells(row):
    return [row[name] for name in COLUMNS]


def test_each_count_is_exact_and_the_mended_file_leaves_none(agency, offer, settings):
    make_reason("fraud")
    settings.JOB_CHUNK_ROWS = 1_500
    made = make_conversions(10_000, offer=offer)
    rows = [good_row(conversion, number) for number, conversion in enumerate(made)]
    file = File(rows, made)

    job = verify_csv(actor=agency, name="all.csv", data=as_bytes(file.records))
    assert job.total == 10_000
    assert Counter(outcomes(job)) == file.expected
    assert job.counts == {
        "ready": 4_000, "unchanged": 250, "not_found": 450, "duplicate": 450,
        "contradiction": 500, "invalid": 4_350,
    }  # fmt: skip
    job = run_job(services.confirm(actor=agency, job=job))
    assert (job.state, job.counts["applied"]) == (State.DONE, 4_000)
    assert_one_entry_each(job, 4_000)

    mended = verify_csv(actor=agency, name="bad.csv", data=mend(job, file, made))
    assert mended.counts == {"ready": 5_050}
    mended = run_job(services.confirm(actor=agency, job=mended))
    assert mended.counts == {"applied": 5_050}
    assert len(list(as_csv(mended, select(mended, outcomes=BAD_OUTCOMES)))) == 1
    assert_as_wanted(rows[: file.used], set(file.unchanged))


class File:
    """10,000 records, the first 4,000 good. `sources` says of which row each was made."""

    def __init__(self, rows, made):
        self.rows, self.made, self.used = rows, made, GOOD
        self.records = [cells(row) for row in rows[:GOOD]]
        self.sources = list(range(GOOD))
        self.expected = Counter({("ready", None): GOOD})
        for code, wrong in WRONG.items():
            for n in self.take(EACH):
                self.add(n, "invalid", code, **wrong)
        for n in self.take(EACH):
            self.add(n, "not_found", "not_found", conversion_id=str(10**17 + n))
            self.add(n - GOOD - EACH * len(WRONG), "duplicate", "duplicate")
        for n in self.take(250):
            self.add(n, "contradiction", "contradiction")
            self.add(n, "contradiction", "contradiction", cost="7")
        self.add_by_conversion()
        for n in self.take(EACH):
            self.add(n, "invalid", "wrong_cell_count")
            self.records[-1].pop()
        for n in self.take(10_000 - len(self.records)):
            self.add(n, "invalid", "bad_status", status="PENDING")

    def add_by_conversion(self):
        """Rows that are good in themselves: their conversion is locked, invalid or already so."""
        for code, fields in {
            "conversion_locked": {"locked": True},
            "conversion_invalid": {"status": "invalid"},
        }.items():
            for n in self.take(125):
                self.add(n, "invalid", code)
                Conversion.objects.filter(pk=self.made[n].pk).update(**fields)
        self.unchanged = self.take(250)
        for n in self.unchanged:
            self.add(n, "unchanged", "same_status")
            cost = Decimal(self.rows[n]["cost"])
            Conversion.objects.filter(pk=self.made[n].pk).update(
                status=self.rows[n]["status"].lower(),
                sale_amount=cost,
                payout=cost / 10,
                revenue=cost * 2,
            )

    def take(self, count):
        self.used += count
        return range(self.used - count, self.used)

    def add(self, n, outcome, code, **wrong):
        self.records.append(cells({**self.rows[n], **wrong}))
        self.sources.append(n)
        self.expected[outcome, code] += 1


def mend(job, file, made):
    """The downloaded file of erroneous rows, mended where it is wrong and nowhere else."""
    text = "".join(as_csv(job, select(job, outcomes=BAD_OUTCOMES)))
    bad = list(csv.DictReader(io.StringIO(text, newline="")))
    assert list(bad[0]) == [*COLUMNS, "line", "code", "error"]
    assert all(record["error"] for record in bad)
    sources = {line: file.sources[seq - 1] for seq, line in job.rows.values_list("seq", "line")}
    mended = []
    for record in bad:
        right = file.rows[sources[int(record["line"])]]
        wrong = {**WRONG, "not_found": ["conversion_id"], "wrong_cell_count": ["note"]}
        record.update({name: right[name] for name in wrong.get(record["code"], ())})
        if record["code"] != "duplicate" and record["cost"] == right["cost"]:
            mended.append(list(record.values()))
    Conversion.objects.filter(locked=True).update(locked=False)
    Conversion.objects.filter(status="invalid").update(status="pending")
    return as_bytes(mended, columns=list(bad[0]))


def assert_one_entry_each(job, count):
    entries = ConversionEvent.objects.filter(pgh_context__metadata__job_id=job.pk)
    assert entries.count() == entries.values("pgh_obj_id").distinct().count() == count


def assert_as_wanted(rows, unchanged):
    found = {str(c.pk): c for c in Conversion.objects.exclude(status="pending")}
    assert len(found) == len(rows)
    for number, row in enumerate(rows):
        conversion = found[row["conversion_id"]]
        assert conversion.status == row["status"].lower()
        assert conversion.sale_amount == Decimal(row["cost"])
        assert conversion.note == ("" if number in unchanged else row["note"])
