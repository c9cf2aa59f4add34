"""batch_file: 1,000,000 frozen lines to a CSV, against COPY TO STDOUT of the leads' columns; also
with the freezing.
due_at_once: 1,000 integrations due at once, sent to an SFTP server on loopback by two workers.

The file is made in a process of its own, so that its memory can be measured: `python -m
bench.batches INTEGRATION`.
"""

import json
import os
import resource
import statistics
import subprocess
import sys
import tempfile
import time
from datetime import timedelta
from typing import Any

from bench.product import ROOT, Product, report

LEADS, INTEGRATIONS, LEADS_EACH = 1_000_000, 1_000, 2
ROUNDS = 3
BAR_FILE, BAR_MEGABYTES, BAR_LATE = 0.3, 150, 1.0
FIELDS = [
    ["ID", "meta:id"], ["Created", "meta:createdDate"], ["Campaign", "meta:campaignName"],
    ["Publisher", "meta:publisherName"], ["First", "field:firstName"],
    ["Last", "field:lastName"], ["E-mail", "field:email"], ["City", "field:city"],
]  # fmt: skip
# Without the triggers of history: what is measured comes after.
_LEADS = """
INSERT INTO leads_lead (hash, campaign_id, partner_id, channel, link_id, received, data, opt_in,
    created_at, updated_at, status, hardfail, processing, round, flagged, reason_code, own_reason,
    reason_category, comment, delivered, undelivered, replacement, replacement_comment, version)
SELECT gen_random_uuid(), %(campaign)s, %(partner)s, '', '', '{}', jsonb_build_object(
        'firstName', 'Ada ' || n, 'lastName', 'Lovelace, née ' || n,
        'email', 'lead' || n || '@bench.example', 'city', 'Köln'),
    true, now(), now(), 'valid', false, 'complete', 1, false, '', '', '', '', false, false,
    'none', '', 1
FROM generate_series(1, %(leads)s) n
"""
_QUEUE = """
INSERT INTO leads_leaddelivery (lead_id, integration, round, state, changed_at)
SELECT id, %(integration)s, round, 'queued', now() FROM leads_lead WHERE campaign_id = %(campaign)s
"""
_COPY = """
COPY (SELECT l.id::text, to_char(l.created_at AT TIME ZONE 'UTC', 'YYYY-MM-DD'), c.name, p.name,
    coalesce(l.data ->> 'firstName', ''), coalesce(l.data ->> 'lastName', ''),
    coalesce(l.data ->> 'email', ''), coalesce(l.data ->> 'city', '')
FROM leads_lead l JOIN network_campaign c ON c.id = l.campaign_id
JOIN network_partner p ON p.id = l.partner_id
WHERE l.campaign_id = %s ORDER BY l.id) TO STDOUT (FORMAT csv)
"""


def measure(product: Product, *, leads: int = LEADS) -> None:
    """Prints both figures; makes the leads that it needs."""
    _batch_file(product, leads)
    _due_at_once(product)


# --- batch_file ---


def _batch_file(product: Product, leads: int) -> None:
    integration = _integration(leads, label="Bench")
    limit = statistics.median(_copied(integration.campaign_id) for _ in range(ROUNDS))
    made = _in_a_child(product, integration.pk)
    report(
        "batch_file",
        leads=leads,
        seconds=round(made["build"], 2),
        freeze_seconds=round(made["freeze"], 2),
        claim_seconds=round(made["claim"], 2),
        copy_seconds=round(limit, 2),
        ratio=round(limit / made["build"], 2),
        bar=BAR_FILE,
        ratio_with_freeze=round(limit / (made["freeze"] + made["build"]), 2),
        megabytes_over_idle=round(made["megabytes"]),
        bar_megabytes=BAR_MEGABYTES,
    )


def _integration(leads: int, **values: Any) -> Any:
    """An integration for which so many leads of a campaign of their own wait, due now."""
    from django.db import connection, transaction
    from django.utils import timezone

    from batches.models import Integration
    from convertr.network.models import Advertiser, Campaign, Partner

    advertiser = Advertiser.objects.create(name="Bench")
    campaign = Campaign.objects.create(name="Bench", advertiser=advertiser)
    integration = Integration.objects.create(
        campaign=campaign,
        schedule={"every": "weekdays", "zone": "UTC", "times": ["23:59"], "weekdays": [0]},
        fields=FIELDS,
        file={"name": "{label}_{batch_id}"},
        next_due_at=timezone.now() + timedelta(days=365),
        **values,
    )
    asked = {
        "campaign": campaign.pk,
        "partner": Partner.objects.create(name="Bench").pk,
        "leads": leads,
        "integration": integration.pk,
    }
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute("SET LOCAL session_replication_role = replica")
        cursor.execute(_LEADS, asked)
        cursor.execute(_QUEUE, asked)
    if leads > 1_000:
        with connection.cursor() as cursor:
            cursor.execute("VACUUM ANALYZE leads_lead, leads_leaddelivery")
    return integration


def _copied(campaign: int) -> float:
    from django.db import connection

    began = time.perf_counter()
    with connection.cursor() as cursor, cursor.copy(_COPY, [campaign]) as copy:
        for _block in copy:
            pass
    return time.perf_counter() - began


def _in_a_child(product: Product, integration: int) -> dict[str, float]:
    command = [sys.executable, "-W", "ignore", "-m", "bench.batches", str(integration)]
    done = subprocess.run(
        command, cwd=ROOT, env=product.environment, check=True, stdout=subprocess.PIPE
    )
    answer: dict[str, float] = json.loads(done.stdout.splitlines()[-1])
    return answer


def _child(integration: int) -> dict[str, float]:
    """Claim, freeze and build one batch here; seconds of each, and megabytes over idle."""
    import django

    django.setup()
    from django.db import connection
    from django.utils import timezone

    from batches import building, claiming
    from batches.models import Batch, Integration
    from convertr.audit.context import recorded

    connection.ensure_connection()
    seconds = {"freeze": 0.0}
    freeze = claiming._freeze

    def timed(*args: Any) -> int:
        began = time.perf_counter()
        lines = freeze(*args)
        seconds["freeze"] = time.perf_counter() - began
        return lines

    claiming._freeze = timed
    idle = _peak()
    began = time.perf_counter()
    with recorded():
        found = Integration.objects.select_for_update().get(pk=integration)
        batch = claiming._claim(found, timezone.now())
        assert batch is not None
        # The product's own workers leave it alone.
        Batch.objects.filter(pk=batch.pk).update(next_attempt_at=timezone.now() + timedelta(days=1))
    seconds["claim"] = time.perf_counter() - began - seconds["freeze"]
    began = time.perf_counter()
    building.build(batch)
    seconds["build"] = time.perf_counter() - began
    built = Batch.objects.get(pk=batch.pk)
    assert built.state == "built"
    assert built.leads > 0
    return {**seconds, "megabytes": _peak() - idle}


def _peak() -> float:
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1_024


# --- due_at_once ---


def _due_at_once(product: Product) -> None:
    from django.utils import timezone

    from batches.models import Batch, Integration
    from tests.batches.servers import SftpServer

    with tempfile.TemporaryDirectory() as folder:
        server = SftpServer(folder)
        second = None
        try:
            ids = _set_up(server)
            second = _second_worker(product)
            due = timezone.now()
            Integration.objects.filter(pk__in=ids).update(next_due_at=due)
            batches = Batch.objects.filter(integration__in=ids)
            while batches.filter(state="sent").count() < INTEGRATIONS:
                time.sleep(0.2)
            assert batches.count() == INTEGRATIONS
            assert sorted(server.uploads.values()) == [1] * INTEGRATIONS
            _report_due(batches, due)
        finally:
            if second is not None:
                second.terminate()
                second.wait()
            server.stop()


def _report_due(batches: Any, due: Any) -> None:
    from batches.models import Attempt

    times = list(Attempt.objects.filter(batch__in=batches).values_list("began_at", "ended_at"))
    transfers = (max(end for _b, end in times) - min(begin for begin, _e in times)).total_seconds()
    opened = max(batches.values_list("created_at", flat=True))
    late = (opened - due).total_seconds()
    report(
        "due_at_once",
        integrations=INTEGRATIONS,
        each_sent_once=len(times) == INTEGRATIONS,
        transfers_seconds=round(transfers, 2),
        latest_opened_seconds=round(late, 2),
        ratio=round(late / transfers, 2),
        bar=BAR_LATE,
    )


def _set_up(server: Any) -> list[int]:
    from batches.models import Credential
    from batches.vault import seal

    credential = Credential.objects.create(
        name="bench", kind="password", ciphertext=seal({"password": server.password})
    )
    return [
        _integration(
            LEADS_EACH,
            label=f"Bench {number}",
            destination=server.options,
            credential=credential,
            host_key=server.host_key,
        ).pk
        for number in range(INTEGRATIONS)
    ]


def _second_worker(product: Product) -> "subprocess.Popen[bytes]":
    command = [
        *(sys.executable, "-W", "ignore", "-m", "celery", "--quiet", "-A", "convertr", "worker"),
        *("--queues", "batches", "--pool", "threads", "--concurrency", "8", "-n", "second@%h"),
        *("--loglevel", "WARNING", "--without-gossip", "--without-mingle"),
    ]
    return subprocess.Popen(command, cwd=ROOT, env={**product.environment, "DATABASE_POOL": "0"})


if __name__ == "__main__":
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "convertr.settings")
    print(json.dumps(_child(int(sys.argv[1]))))
