"""reprocess: leads a second through their rules by a worker, against the pure rules in a loop.
flagging: 10,000 leads by the wizard's Confirm, against what SQL alone takes.

The limit of flagging is UPDATE … FROM + INSERT of history in one transaction on the same database,
without triggers, of as many leads, in turn with the product.
"""

import json
import os
import statistics
import time
from typing import Any

from django.db import connection, transaction

from bench.product import Browser, Product, report, until
from convertr.accounts.models import User
from convertr.jobs import services
from convertr.jobs.models import Job
from convertr.jobs.staging import StagedRow
from leads import fingerprints, running
from leads.flagging.kinds import KIND_OF
from leads.models import Lead, LeadEvent
from leads.processing import batch, rulesets
from leads.processors import Judged
from leads.rules import Act

LEADS = 30_000
ROWS = 10_000
ROUNDS = 15
PERSON = "agency@demo.test"
BAR_REPROCESS, BAR_TWO_WORKERS, BAR_FLAGGING = 0.7, 1.7, 2.0


def measure(product: Product) -> None:
    """Prints both figures; makes the leads that it needs."""
    product.manage("seed_demo", "--conversions", "0", "--leads", str(LEADS))
    _flagging(Browser(product))
    _reprocess(product)


def _reprocess(product: Product) -> None:
    browser = _with_workers(product, "2")
    with_two = statistics.median(_reprocessed(browser) for _ in range(ROUNDS))
    browser = _with_workers(product, "1")
    # In turn, so that a machine that is faster now and slower then is so for both.
    speeds = [(_reprocessed(browser), _pure()) for _ in range(ROUNDS)]
    product_speed, pure = (statistics.median(of) for of in zip(*speeds, strict=True))
    report(
        "reprocess",
        leads=ROWS,
        leads_per_second=round(product_speed),
        pure_rules_per_second=round(pure),
        ratio=round(statistics.median(ours / rules for ours, rules in speeds), 2),
        bar=BAR_REPROCESS,
        two_workers_times=round(with_two / product_speed, 2),
        bar_on_four_cores=BAR_TWO_WORKERS,
    )


def _with_workers(product: Product, number: str) -> Browser:
    """The product started anew with so many workers, which have carried out a job each."""
    product.stop()
    os.environ["WORKERS"] = number
    try:
        product.start()
    finally:
        del os.environ["WORKERS"]
    connection.close()
    browser = Browser(product)
    _reprocessed(browser)
    return browser


def _reprocessed(browser: Browser) -> float:
    """Leads a second, from Confirm to done."""
    job = _verified(Act.REPROCESS, _free())
    return job.total / _confirmed(browser, job, {"confirm": "1"})


def _pure() -> float:
    """Leads a second through the same rules, in a loop that asks no database."""
    rows = list(Lead.objects.alive().order_by("pk").select_related("campaign")[:ROWS])
    compiled = rulesets.load({lead.campaign_id for lead in rows})
    key, began = batch.fingerprint_key(), time.perf_counter()
    for lead in rows:
        rules = compiled[lead.campaign_id].rules
        assert rules
        data = running.transform(rules, lead.received)
        fingerprints.digests(data, rules.fields, key)
        seen = Judged(data, lead.ip, lead.created_at, rules.fields, lead.campaign_id, 0)
        running.judge(rules, seen)
    return len(rows) / (time.perf_counter() - began)


def _flagging(browser: Browser) -> None:
    times = []
    for number in range(ROUNDS + 1):
        act = Act.INVALID if number % 2 else Act.TEST
        leads = _free()
        seconds = _confirmed(browser, _verified(act, leads), {"own_reason": f"Bench {number}"})
        limit = _limit(f"limit {number}")
        if number:  # the first round warms up both
            times.append((seconds, limit))
    product, limit = (statistics.median(of) for of in zip(*times, strict=True))
    report(
        "flagging",
        leads=ROWS,
        seconds=round(product, 3),
        limit_seconds=round(limit, 3),
        ratio=round(statistics.median(ours / alone for ours, alone in times), 2),
        bar=BAR_FLAGGING,
    )


def _free() -> Any:
    """Leads that any act may have: neither delivered nor on their way."""
    return Lead.objects.alive().filter(delivered=False).exclude(deliveries__state="sending")


def _verified(act: Act, leads: Any) -> Job:
    ids = list(leads.order_by("pk").values_list("pk", flat=True)[:ROWS])
    rows = (StagedRow(n, [str(pk)], key_id=pk, wanted={}) for n, pk in enumerate(ids, start=1))
    actor = User.objects.get(email=PERSON)
    job = services.stage(actor=actor, kind=KIND_OF[act], rows=rows, columns=["lead"])
    assert job.counts == {"ready": len(ids)}, job.counts
    return job


def _confirmed(browser: Browser, job: Job, data: dict[str, str]) -> float:
    assert job.verified_at is not None
    began = time.perf_counter()
    kind = job.kind.removeprefix("leads.")
    fields = {"act": kind, "verified": job.verified_at.isoformat(), "reason": "", **data}
    answer = browser.post(f"/v2/leads/manage/{job.pk}/processing", fields=fields, redirect=False)
    assert answer.status in (200, 302), answer.data
    until(Job.objects.filter(pk=job.pk, state="done").exists)
    seconds = time.perf_counter() - began
    job.refresh_from_db()
    assert job.counts == {"applied": job.total}, json.dumps(job.counts)
    return seconds


def _limit(reason: str) -> float:
    ids = list(_free().order_by("pk").values_list("pk", flat=True)[:ROWS])
    columns = [
        f.column for f in LeadEvent._meta.fields if hasattr(Lead, f.name) and f.name != "pgh_id"
    ]
    names = ", ".join(columns)
    began = time.perf_counter()
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute("SET LOCAL session_replication_role = replica")
        cursor.execute("CREATE TEMP TABLE wanted (id bigint, reason text) ON COMMIT DROP")
        with cursor.copy("COPY wanted FROM STDIN") as copy:
            copy.write("".join(f"{pk}\t{reason}\n" for pk in ids))
        cursor.execute(
            "UPDATE leads_lead l SET status = 'valid', own_reason = w.reason, flagged = true,"
            " reason_code = '', reason_category = '', comment = '', version = version + 1"
            " FROM wanted w WHERE l.id = w.id"
        )
        cursor.execute(
            f"INSERT INTO leads_event (pgh_created_at, pgh_label, pgh_obj_id, {names})"
            f" SELECT now(), 'update', l.id, {', '.join('l.' + c for c in columns)}"
            " FROM leads_lead l JOIN wanted w ON l.id = w.id"
        )
    return time.perf_counter() - began
