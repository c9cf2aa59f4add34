"""csv_10k: 10,000 statuses by uuid through HTTP and a real worker, against what SQL alone takes.

The limit is COPY to a temporary table + UPDATE … FROM + INSERT of history in one transaction on
the same database, without triggers. Both change 10,000 conversions picked anew at random, in
turn, so that neither finds the table or the cache in a better state.
"""

import random
import statistics
import time
from collections.abc import Iterator
from typing import Any

import tablib
from django.db import connection, connections, transaction
from import_export import resources

from bench.product import Browser, report, until
from conversions.models import Conversion
from convertr.jobs.models import Job

Rows = list[tuple[str, str]]
ROWS = 10_000
ROUNDS = 5
REASON = "fraud"  # of the demo's catalogue
BAR_LIMIT, BAR_IMPORT_EXPORT = 1.5, 15.0


def measure(browser: Browser, *, rounds: int = ROUNDS) -> dict[str, float]:
    """Prints and answers the figures; all times are medians in seconds."""
    product_times, limit_times, phases = [], [], []
    files = changing()
    for number in range(rounds + 1):
        seconds, phase = applied(browser, next(files))
        limit = at_least(next(files))
        if number:  # the first round warms up both
            product_times.append(seconds)
            limit_times.append(limit)
            phases.append(phase)
    product, limit = statistics.median(product_times), statistics.median(limit_times)
    slow = _import_export(next(files))
    indexed = _limit_with_status_indexed(files)
    figures = {
        "seconds": round(product, 3),
        "limit_seconds": round(limit, 3),
        "ratio_to_limit": round(product / limit, 2),
        "bar": BAR_LIMIT,
        "limit_with_status_indexed_seconds": round(indexed, 3),
        "ratio_to_that": round(product / indexed, 2),
        "import_export_seconds": round(slow, 2),
        "times_faster_than_import_export": round(slow / product, 1),
        "bar_import_export": BAR_IMPORT_EXPORT,
        **{
            name: round(statistics.median(phase[name] for phase in phases), 3)
            for name in ("verify", "confirm", "apply")
        },
    }
    report("csv_10k", conversions=_size(), **figures)
    return figures


def _size() -> int:
    return Conversion.objects.count()


def changing(using: str = "default") -> Iterator[Rows]:
    """Endless files: 10,000 changeable conversions at random, each to another status."""
    seed = random.Random(7)
    conversions = Conversion.objects.using(using)
    top = conversions.order_by("-pk").values_list("pk", flat=True)[0]
    changeable = conversions.filter(
        status__in=["pending", "approved", "rejected", "throttled"], locked=False
    )
    while True:
        ids = seed.sample(range(1, top + 1), min(3 * ROWS, top))
        rows = changeable.filter(pk__in=ids).values_list("uuid", "status")[:ROWS]
        yield [(str(u), "REJECTED" if s == "approved" else "APPROVED") for u, s in rows]


def applied(browser: Browser, rows: Rows, using: str = "default") -> tuple[float, dict[str, float]]:
    """Seconds from the upload until all rows are applied, and those of each phase."""
    jobs = Job.objects.using(using)
    data = "conversion_uuid,status\n" + "".join(f"{uuid},{status}\n" for uuid, status in rows)
    began = time.perf_counter()
    answer = browser.post(
        "/v2/conversions/upload", fields={"file": ("bench.csv", data, "text/csv")}
    )
    verified = time.perf_counter()
    assert answer.status == 200, answer.data
    job = jobs.latest("pk")
    found = time.perf_counter()
    answer = browser.post(
        f"/v2/jobs/{job.pk}/confirm",
        fields={"reason": REASON, "send_postbacks": "1"},
    )
    confirmed = time.perf_counter()
    assert answer.status == 200, answer.data
    until(jobs.filter(pk=job.pk, state="done").exists)
    ended = time.perf_counter()
    job.refresh_from_db()
    assert job.counts.get("applied", 0) == len(rows), job.counts
    looking = found - verified
    phase = {
        "verify": verified - began,
        "confirm": confirmed - found,
        "apply": ended - confirmed,
    }
    return ended - began - looking, phase


def at_least(rows: Rows, using: str = "default") -> float:
    """Seconds of the limit."""
    began = time.perf_counter()
    with transaction.atomic(using), connections[using].cursor() as cursor:
        cursor.execute("SET LOCAL session_replication_role = replica")
        cursor.execute("CREATE TEMP TABLE wanted (uuid uuid, status text) ON COMMIT DROP")
        with cursor.copy("COPY wanted FROM STDIN") as copy:
            copy.write("".join(f"{uuid}\t{status.lower()}\n" for uuid, status in rows))
        cursor.execute(
            "UPDATE conversions_conversion c SET status = w.status, version = version + 1"
            " FROM wanted w WHERE c.uuid = w.uuid"
        )
        cursor.execute(
            "INSERT INTO conversions_event (pgh_created_at, pgh_label, pgh_obj_id, status, payout,"
            " revenue, sale_amount, reason_code, note, locked, order_id,"
            " sub1, sub2, sub3, sub4, sub5, sub6)"
            " SELECT now(), 'update', c.id, c.status, c.payout, c.revenue, c.sale_amount,"
            " c.reason_code, c.note, c.locked, c.order_id,"
            " c.sub1, c.sub2, c.sub3, c.sub4, c.sub5, c.sub6"
            " FROM conversions_conversion c JOIN wanted w ON c.uuid = w.uuid"
        )
    return time.perf_counter() - began


def _limit_with_status_indexed(files: Iterator[Rows]) -> float:
    """The limit on a table that, as is usual, has an index on status: what ours avoids."""
    with connection.cursor() as cursor:
        cursor.execute(
            "CREATE INDEX bench_status ON conversions_conversion (status, converted_at, id)"
        )
        try:
            return statistics.median(at_least(next(files)) for _ in range(ROUNDS))
        finally:
            cursor.execute("DROP INDEX bench_status")


class _StatusResource(resources.ModelResource):  # type: ignore[misc]
    """What a Django project would write with django-import-export for the same file."""

    class Meta:
        model = Conversion
        import_id_fields = ("uuid",)
        fields = ("uuid", "status")
        use_bulk = True
        skip_diff = True
        batch_size = 1000


def _import_export(rows: Rows) -> float:
    """Dry run and import, as its admin does."""
    lines: list[Any] = [(uuid, status.lower()) for uuid, status in rows]
    dataset = tablib.Dataset(*lines, headers=["uuid", "status"])
    began = time.perf_counter()
    for dry_run in (True, False):
        result = _StatusResource().import_data(dataset, dry_run=dry_run, raise_errors=True)
        assert not result.has_errors()
    return time.perf_counter() - began
