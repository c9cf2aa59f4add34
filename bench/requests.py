"""requests_import: 10,000 requests of a CSV, verified; then raised, accepted and processed.

Of changes, and of new conversions (…_new). Through HTTP and a real worker, as csv_10k, whose time
of the same run is the measure. One person uploads and confirms; another accepts all of them in the
Explorer (four eyes).
"""

import itertools
import random
import statistics
import time
from collections.abc import Iterator
from typing import Any
from urllib.parse import urlencode

from django.db.models import Max

from bench.product import Browser, Product, report, until
from conversions.models import Conversion
from convertr.accounts.models import User
from convertr.jobs.models import Job
from convertr.network.models import Offer
from requests_workflow.models import ConversionRequest

ROWS = 10_000
ROUNDS = 3
RAISER, DECIDER = "agency@demo.test", "admin@demo.test"
BAR_VERIFY, BAR_PROCESSED = 3.0, 5.0
CHANGES = "request_type,conversion_uuid,payout,order_id,sub1\n"
CREATES = "request_type,offer_id,partner_id,payout,order_id,request_id,sub1\n"


def measure(product: Product, *, limit: float, rounds: int = ROUNDS, rows: int = ROWS) -> None:
    """Prints the figures; `limit` is what the status CSV of 10,000 rows took, in seconds."""
    raiser, decider = Browser(product, RAISER), Browser(product, DECIDER)
    for name, files in (("", _changes(rows)), ("_new", _creates(rows))):
        phases = [_round(raiser, decider, next(files)) for _ in range(rounds + 1)]
        # The first round warms up.
        medians = {n: statistics.median(phase[n] for phase in phases[1:]) for n in phases[0]}
        _tell(name, medians, limit)


def _tell(name: str, medians: dict[str, float], limit: float) -> None:
    verify = medians.pop("verify")
    processed = sum(medians.values())
    told = {"conversions": Conversion.objects.count(), "status_csv_seconds": round(limit, 3)}
    report(
        f"requests_import{name}_verify",
        **told,
        seconds=round(verify, 3),
        ratio=round(verify / limit, 2),
        bar=BAR_VERIFY,
    )
    report(
        f"requests_import{name}_processed",
        **told,
        seconds=round(processed, 3),
        ratio=round(processed / limit, 2),
        bar=BAR_PROCESSED,
        **{phase: round(seconds, 3) for phase, seconds in medians.items()},
    )


def _changes(rows: int) -> Iterator[str]:
    """Endless files: conversions that can be changed, at random, each with three new values."""
    seed, number = random.Random(11), 0
    top = Conversion.objects.order_by("-pk").values_list("pk", flat=True)[0]
    free = Conversion.objects.filter(status__in=["pending", "approved", "rejected"], locked=False)
    while True:
        number += 1
        ids = seed.sample(range(1, top + 1), min(3 * rows, top))
        uuids = free.filter(pk__in=ids).values_list("uuid", flat=True)[:rows]
        lines = (
            f"CHANGE,{uuid},{1_000 + n}.{number:02},b-{number}-{n},bench {number}\n"
            for n, uuid in enumerate(uuids)
        )
        yield CHANGES + "".join(lines)


def _creates(rows: int) -> Iterator[str]:
    """Endless files: new conversions of every offer and who runs it, with keys of their own."""
    running = list(Offer.objects.filter(partners__isnull=False).values_list("pk", "partners"))
    for number in itertools.count(1):
        pairs = itertools.islice(itertools.cycle(running), rows)
        lines = (
            f"CREATE,{offer},{partner},{1 + n}.{number:02},n-{number}-{n},r-{number}-{n},bench\n"
            for n, (offer, partner) in enumerate(pairs)
        )
        yield CREATES + "".join(lines)


def _round(raiser: Browser, decider: Browser, data: str) -> dict[str, float]:
    began = time.perf_counter()
    path = "/v2/conversion-requests/import"
    fields = {"file": ("bench.csv", data, "text/csv")}
    answer = raiser.post(path, fields=fields, redirect=False)
    phases = {"verify": time.perf_counter() - began}
    assert answer.status == 302, answer.data
    job = Job.objects.latest("pk")
    rows = data.count("\n") - 1
    assert job.counts == {"ready": rows}, job.counts
    newest = ConversionRequest.objects.aggregate(Max("pk"))["pk__max"] or 0
    phases["raised"] = _confirmed(raiser, job)
    raised = ConversionRequest.objects.filter(pk__gt=newest, raised_by__email=RAISER)
    assert raised.count() == rows
    began = time.perf_counter()
    answer = decider.post("/v2/conversion-requests/decide", fields=_selection(raised))
    phases["accept_verified"] = time.perf_counter() - began
    assert answer.status == 200, answer.data
    phases["accepted"] = _confirmed(decider, Job.objects.latest("pk"))
    began = time.perf_counter()
    until(lambda: not raised.exclude(status__in=("processed", "failed")).exists())
    assert not raised.filter(status="failed").exists()
    phases["processed"] = time.perf_counter() - began
    return phases


def _selection(raised: Any) -> dict[str, str]:
    """What the Explorer posts for "select all matching": what this person has raised just now."""
    raiser = User.objects.get(email=RAISER)
    query = urlencode({"range": "any", "status": "inquired", "raiser": raiser.pk})
    waiting = ConversionRequest.objects.filter(status="inquired", raised_by=raiser)
    top = raised.aggregate(Max("pk"))["pk__max"]
    count = str(waiting.filter(pk__lte=top).count())
    return {
        "all": "1",
        "query": query,
        "ceiling": str(top),
        "confirm_count": count,
        "move": "accept",
    }


def _confirmed(browser: Browser, job: Job) -> float:
    began = time.perf_counter()
    answer = browser.post(f"/v2/jobs/{job.pk}/confirm", fields={"reason": ""})
    assert answer.status == 200, answer.data
    until(Job.objects.filter(pk=job.pk, state="done").exists)
    return time.perf_counter() - began
