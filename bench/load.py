"""load: 50 people and 20 API clients for two minutes, at rest and beside 10,000-row applies.
load_memory: what web and workers hold in the first and in the last minute of it.
load_uploads: everybody else's pages while 20 people upload over slow lines.

Rest and applies take turns of some seconds, so that both see the same minutes; each request is
judged by what ran when. Those who ask are a process of their own (bench.people), whose share of
the machine is told.
"""

import itertools
import json
import math
import re
import statistics
import subprocess
import sys
import threading
import time
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import asdict
from typing import Any, NamedTuple

from django.db import connection
from django.test import Client

from bench import csv_10k
from bench.people import UPLOAD_EVERY, Plan
from bench.processes import WORKERS, Processes, Span
from bench.product import ROOT, Browser, Product, report
from conversions.models import Conversion
from convertr.accounts.keys import create_key
from convertr.accounts.models import Role, User
from convertr.accounts.permissions import grant, grantable_at_once
from convertr.jobs.models import Job, Outcome
from convertr.network.models import Campaign, Offer, Partner
from leads.models import Lead

PEOPLE, PARTNERS, CLIENTS, UPLOADS = 50, 10, 20, 20
UPLOAD_ROWS, KNOWN = 2_000, 20_000
FILES = 24
POLL_SECONDS = 0.02
# How far p95 may go up, and what is held.
BAR_APPLY, BAR_UPLOADS, BAR_MEMORY = 2.0, 1.5, 1.05
LISTS, API = ("list",), ("api",)


class Times(NamedTuple):
    """Seconds of each part; turns of rest and applies make the two minutes.

    Caches and the memory of each thread fill while it warms up. What a turn of applies has left
    waiting is answered before the next turn of rest is judged.
    """

    warm_up: float = 60.0
    settle: float = 5.0
    turn: float = 20.0
    turns: int = 6
    uploads: float = 30.0


SHORT = Times(warm_up=6.0, settle=1.0, turn=5.0, turns=4, uploads=8.0)


def measure(product: Product, *, leads: int, short: bool = False) -> None:
    """Prints the three figures; the product has the conversions, and gets leads where needed."""
    times = SHORT if short else Times()
    product.seed(leads=leads)
    connection.close()
    product.stop()
    product.start()
    run = Run(product, times)
    run.go()
    run.tell()


class Run:
    """One load: who asks, the jobs beside it, and what was seen."""

    def __init__(self, product: Product, times: Times) -> None:
        self.browser = Browser(product)
        self.files = _files()
        made_of = _made_of(product)
        begin = time.monotonic() + 2.0
        self.turns = [
            (begin + times.warm_up + n * times.turn, begin + times.warm_up + (n + 1) * times.turn)
            for n in range(times.turns)
        ]
        self.resting = [(begin + times.settle, end) for begin, end in self.turns[::2]]
        until = self.turns[-1][1]
        self.plan = Plan(
            begin=begin,
            end=until + times.uploads + 2 * UPLOADS * UPLOAD_EVERY,
            uploads_at=until,
            upload_seconds=times.uploads,
            **made_of,
        )
        # From Confirm to done, and from the upload on.
        self.applies: list[Span] = []
        self.jobs: list[Span] = []
        assert product.process
        self.processes = Processes(product.process.pid)
        self.asked: list[tuple[str, float, float, int]] = []
        self.own_seconds = 0.0

    def go(self) -> None:
        """Act it all out."""
        ended = threading.Event()
        watching = threading.Thread(target=self.processes.watch, args=[ended])
        asking = subprocess.Popen(
            [sys.executable, "-m", "bench.people"],
            cwd=ROOT,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
        )
        try:
            watching.start()
            assert asking.stdin
            asking.stdin.write(json.dumps(asdict(self.plan)).encode())
            asking.stdin.close()
            _wait(self.plan.begin)
            self._apply_until(self.turns[0][0])
            for number, (begin, end) in enumerate(self.turns):
                _wait(begin)
                if number % 2:
                    self._apply_until(end)
            assert asking.stdout
            told = json.loads(asking.stdout.read())
        finally:
            ended.set()
            watching.join()
            asking.kill()
            asking.wait()
        self.asked = [(kind, a, b, status) for kind, a, b, status in told["asked"]]
        self.refused: list[str] = told["refused"]
        self.own_seconds = told["cpu_seconds"]

    def _apply_until(self, end: float) -> None:
        """Files of 10,000 rows, one after the other, as one person could upload them."""
        while time.monotonic() < end:
            began = time.monotonic()
            confirmed, done = self._apply(next(self.files))
            self.jobs.append((began, done))
            self.applies.append((confirmed, done))

    def _apply(self, rows: csv_10k.Rows) -> Span:
        data = "conversion_uuid,status\n" + "".join(f"{uuid},{to}\n" for uuid, to in rows)
        path = "/v2/conversions/upload"
        answer = self.browser.post(path, fields={"file": ("load.csv", data, "text/csv")})
        assert answer.status == 200, answer.data
        found = re.search(rb'id="job-(\d+)"', answer.data)
        assert found
        job = Job.objects.get(pk=int(found[1]))
        began = time.monotonic()
        fields = {"reason": csv_10k.REASON, "send_postbacks": "1"}
        answer = self.browser.post(f"/v2/jobs/{job.pk}/confirm", fields=fields)
        assert answer.status == 200, answer.data
        while Job.objects.values_list("state", flat=True).get(pk=job.pk) != "done":
            time.sleep(POLL_SECONDS)
        done = time.monotonic()
        job.refresh_from_db()
        assert not job.counts.get(Outcome.FAILED), job.counts
        return began, done

    # --- What was seen ---

    def tell(self) -> None:
        """Print it."""
        span = (self.turns[0][0], self.turns[-1][1])
        self._tell_load(span)
        self._tell_memory(span)
        self._tell_uploads()

    def _tell_load(self, span: Span) -> None:
        whole = [one for one in self.asked if span[0] <= one[1] < span[1]]
        for address, times in Counter(self.refused).most_common(20):
            print(f"Refused {times} times: {address}", file=sys.stderr)
        for kind in sorted({kind for kind, *_rest in self.asked}):
            took = self._times((kind,), self.resting, within=True)
            median = _ms(_quantile(took, 50))
            print(f"At rest {len(took)} × {kind}: {median} ms in the median", file=sys.stderr)
        jobs = [one for one in self.jobs if one[0] >= span[0]]
        applied = [one for one in self.applies if one[0] >= span[0]]
        figures: dict[str, Any] = {}
        for name, kinds in (("list", LISTS), ("api", API)):
            rest = self._times(kinds, self.resting, within=True)
            beside = self._times(kinds, applied)
            figures |= {
                f"{name}_p50_ms": _ms(_quantile(rest, 50)),
                f"{name}_p95_ms": _ms(_quantile(rest, 95)),
                f"{name}_applying_p50_ms": _ms(_quantile(beside, 50)),
                f"{name}_applying_p95_ms": _ms(_quantile(beside, 95)),
                f"{name}_ratio": round(_quantile(beside, 95) / _quantile(rest, 95), 2),
            }
        files = self._times(LISTS, jobs)
        report(
            "load",
            conversions=Conversion.objects.count(),
            leads=Lead.objects.count(),
            people=PEOPLE,
            clients=CLIENTS,
            seconds=round(span[1] - span[0]),
            requests_per_second=round(len(whole) / (span[1] - span[0]), 1),
            errors=len(self.refused),
            bar_errors=0,
            **figures,
            bar_list_ratio=BAR_APPLY,
            **self._cores("resting", self.resting),
            **self._cores("applying", self.turns[1::2]),
            jobs=len(jobs),
            job_seconds=round(statistics.median(end - begin for begin, end in jobs), 2),
            list_from_upload_on_p95_ms=_ms(_quantile(files, 95)),
            list_from_upload_on_ratio=round(_quantile(files, 95) / _of(figures, "list"), 2),
            share_of_a_core_of_those_who_ask=round(
                self.own_seconds / (self.plan.end - self.plan.begin), 2
            ),
        )

    def _cores(self, when: str, spans: list[Span]) -> dict[str, float]:
        groups = {"web": ("web",), "workers": WORKERS, "postgres": ("postgres",)}
        return {
            f"{when}_cores_of_{group}": round(self.processes.cores(names, spans), 2)
            for group, names in groups.items()
        }

    def _tell_memory(self, span: Span) -> None:
        half = min(60.0, (span[1] - span[0]) / 2)
        minutes = (span[0], span[0] + half), (span[1] - half, span[1])
        figures: dict[str, Any] = {}
        for group, names in (("web", ("web",)), ("workers", WORKERS)):
            first, last = (self.processes.megabytes(names, minute) for minute in minutes)
            figures |= {
                f"{group}_first_mb": round(first, 1),
                f"{group}_last_mb": round(last, 1),
                f"{group}_ratio": round(last / first, 3),
                f"{group}_mb_by_turn": [
                    round(self.processes.megabytes(names, turn)) for turn in self.turns
                ],
            }
        report("load_memory", seconds_each=round(half), **figures, bar=BAR_MEMORY)

    def _tell_uploads(self) -> None:
        uploads = [one for one in self.asked if one[0] == "upload"]
        rest = self._times(LISTS, self.resting, within=True)
        begin = self.plan.uploads_at + len(uploads) * UPLOAD_EVERY
        during = (begin, min(answered for _kind, answered, _end, _status in uploads))
        slow = self._times(LISTS, [during], within=True)
        size = len(self.plan.uploads[0])
        report(
            "load_uploads",
            clients=len(uploads),
            bytes_per_second_each=round(size / self.plan.upload_seconds),
            taken=sum(status == 200 for *_rest, status in uploads),
            seconds=round(during[1] - during[0], 1),
            list_p95_ms=_ms(_quantile(rest, 95)),
            list_uploading_p95_ms=_ms(_quantile(slow, 95)),
            ratio=round(_quantile(slow, 95) / _quantile(rest, 95), 2),
            bar=BAR_UPLOADS,
        )

    def _times(
        self, kinds: tuple[str, ...], spans: list[Span], *, within: bool = False
    ) -> list[float]:
        """Seconds of the requests that ran while one of the spans did; `within`: from its
        beginning to its end."""
        chosen: Callable[[Span, Span], bool] = _inside if within else _meets
        return [
            end - begin
            for kind, begin, end, _status in self.asked
            if kind in kinds and any(chosen((begin, end), span) for span in spans)
        ]


def _meets(one: Span, span: Span) -> bool:
    return one[0] < span[1] and one[1] > span[0]


def _inside(one: Span, span: Span) -> bool:
    return span[0] <= one[0] and one[1] <= span[1]


def _quantile(times: list[float], percent: int) -> float:
    """The median and so on; endless where nothing was answered."""
    if len(times) < 2:
        return math.inf
    return statistics.quantiles(times, n=100, method="inclusive")[percent - 1]


def _ms(seconds: float) -> float:
    return round(seconds * 1000, 1)


def _of(figures: dict[str, Any], name: str) -> float:
    return float(figures[f"{name}_p95_ms"]) / 1000


def _wait(moment: float) -> None:
    time.sleep(max(0.0, moment - time.monotonic()))


# --- What the load is made of ---


def _made_of(product: Product) -> dict[str, Any]:
    """What a Plan has but for its moments."""
    known = Conversion.objects.filter(locked=False, status__in=["approved", "rejected"])
    uuids = [uuid.hex for uuid in known.order_by("-pk").values_list("uuid", flat=True)[:KNOWN]]
    slow = "conversion_uuid,status\n" + "".join(
        f"{uuid},APPROVED\n" for uuid in uuids[:UPLOAD_ROWS]
    )
    user = User.objects.get(email="agency@demo.test")
    keys = [create_key(actor=None, user=user, name=f"load {n}") for n in range(CLIENTS)]
    free = Lead.objects.alive().filter(status="valid", delivered=False)
    publishers = Partner.objects.filter(is_house=False)
    campaigns = Campaign.objects.filter(lead_fields__isnull=False).distinct()
    return {
        "port": product.port,
        "uploads": ["conversion_uuid,status\n" + slow] * UPLOADS,
        "people": list(_people()),
        "keys": [key.secret for key in keys],
        "offers": list(Offer.objects.values_list("pk", flat=True)),
        "campaigns": list(campaigns.values_list("pk", flat=True)),
        "publishers": list(publishers.values_list("pk", flat=True)),
        "conversions": uuids,
        "leads": list(free.order_by("-pk").values_list("pk", flat=True)[:KNOWN]),
    }


def _people() -> Iterator[tuple[str, bool]]:
    """(a session of each, is a partner's): people of their own, as one has one bell."""
    partners = list(Partner.objects.filter(is_house=False).order_by("pk")[:PARTNERS])
    for number in range(PEOPLE):
        partner = partners[number % len(partners)] if number >= PEOPLE - PARTNERS else None
        user, new = User.objects.get_or_create(
            email=f"load{number}@demo.test",
            defaults={
                "full_name": f"Load {number}",
                "role": Role.PARTNER if partner else Role.AGENCY,
                "partner": partner,
            },
        )
        if new and partner is None:
            grant(user, grantable_at_once())
        client = Client()
        client.force_login(user)
        yield client.cookies["sessionid"].value, partner is not None


def _files() -> Iterator[csv_10k.Rows]:
    """Endless files of 10,000 rows; those that come again want the other status."""
    made = list(itertools.islice(csv_10k.changing(), FILES))

    def endless() -> Iterator[csv_10k.Rows]:
        for turned in itertools.cycle((False, True)):
            for rows in made:
                yield [(uuid, _other(to)) for uuid, to in rows] if turned else rows

    return endless()


def _other(status: str) -> str:
    return "APPROVED" if status == "REJECTED" else "REJECTED"
