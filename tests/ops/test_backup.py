"""Backup and restore, tried: dumped in the middle of things, restored elsewhere, and it goes on."""

import subprocess
import sys

import psycopg
import pytest
from django.conf import settings as configured
from django.db import connection

from batches.claiming import claim_one_due
from batches.working import work
from convertr import embedded
from convertr.celery import app
from convertr.jobs import chunks, engine, services
from convertr.jobs.models import Job
from convertr.outbound.addresses import networks
from convertr.programs import clean_environment, postgres_programs
from tests import workers
from tests.batches.kit import make_integration, make_waiting, now_due
from tests.factories import (
    make_conversion,
    make_conversions,
    make_postback,
    make_postback_event,
    verify_csv,
)
from tests.outbound.sink import Sink
from tests.servers import DATA
from tests.workers import ROOT, Process, environment, until

pytestmark = pytest.mark.django_db(transaction=True)
ROWS, CHUNK = 60, 20
# As docs/production.md tells it, and what the first minute after it should be like.
STEPS = """
from django.core.management import call_command as call
call("migrate", verbosity=1, interactive=False)
call("doctor", only=["database", "broker", "storage", "migrations", "clock"])
call("after_restore")
"""
FINISHED = "SELECT finished_at FROM jobs_job WHERE id = %s"
CHANGES = """
SELECT count(*), count(DISTINCT pgh_obj_id) FROM conversions_event
WHERE pgh_label = 'update' AND status = 'approved'
"""


@pytest.fixture
def sink():
    made = Sink()
    yield made
    made.stop()


@pytest.fixture
def restored(tmp_path):
    """A fresh server and folder of files, as another host would have them."""
    with embedded.Servers(tmp_path / "there", valkey=False, durable=False) as servers:
        yield servers


def postgres(program, *options):
    command = [str(postgres_programs() / program), "-p", str(embedded.PORT), "-U", embedded.USER]
    done = subprocess.run(
        [*command, *options], env=clean_environment(), capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr
    return done


def half_done(agency):
    """A job whose first chunk is written, and whose second a worker has just claimed."""
    made = make_conversions(ROWS)
    job = verify_csv(agency, "conversion_id,status", *([c.pk, "APPROVED"] for c in made))
    services.confirm(actor=agency, job=job, data={"note": "x"})
    Job.objects.filter(pk=job.pk).update(state="running", started_at=job.confirmed_at)
    engine.apply_chunk(job, chunks.claim(job.pk))
    assert chunks.claim(job.pk).state == "open"
    return job


class There:
    """The restored database, and a worker on it."""

    def __init__(self, servers):
        self.address = embedded.database_url(servers.data)
        self.host = str(servers.sockets)
        self.env = {
            "CONVERTR_DATA": str(servers.data),
            "DATABASE_URL": self.address,
            "OUTBOUND_ALLOW": "127.0.0.0/8",
            "SECRET_KEY": configured.SECRET_KEY,
            "VAULT_KEYS": ",".join(configured.VAULT_KEYS),
        }

    def ask(self, sql, *values):
        with psycopg.connect(
            host=self.host, port=embedded.PORT, user=embedded.USER, dbname=embedded.DATABASE
        ) as found:
            return found.execute(sql, values).fetchall()

    def run(self, code):
        command = [sys.executable, "-W", "ignore", "manage.py", "shell", "-v", "0", "-c", code]
        done = subprocess.run(
            command, cwd=ROOT, env=environment(**self.env), capture_output=True, text=True,
            timeout=120, check=False,
        )  # fmt: skip
        assert done.returncode == 0, done.stdout + done.stderr
        return done.stdout

    def worker(self):
        queues = ",".join(workers.QUEUES)
        options = ("--queues", queues, "--pool", "solo", "--loglevel", "WARNING")
        apart = ("--without-gossip", "--without-mingle", "--hostname", "restored@test")
        return Process("restored", "worker", *options, *apart, **self.env)


def test_dumped_in_the_middle_and_restored_it_goes_on_and_sends_nothing_unasked(
    settings, agency, sink, restored, tmp_path
):
    settings.JOB_CHUNK_ROWS = CHUNK
    settings.OUTBOUND_ALLOW = networks(["127.0.0.0/8"])
    job = half_done(agency)
    told = make_conversion()
    make_postback_event(make_postback(told.partner, sink.url("/200/told?c={change_id}")), told)
    to_shop = {"destination": {"kind": "http", "url": sink.url("/200/file")}}
    integration = make_integration(due=True, **to_shop)
    make_waiting(2, integration)
    batch = claim_one_due()
    later = make_integration(**to_shop)
    make_waiting(1, later)

    dump = tmp_path / "convertr.dump"
    here = ("-h", str(embedded.socket_folder(DATA)))
    name = connection.settings_dict["NAME"]
    postgres("pg_dump", *here, "--format=custom", "-f", str(dump), name)
    # Life goes on after the dump: what it sends, no restored database can know of.
    now_due(later)
    work()
    assert [one.path for one in sink.received] == ["/200/file"] * 2

    there = There(restored)
    onto = ("-h", there.host, "-d", embedded.DATABASE)
    postgres("pg_restore", *onto, "--exit-on-error", "--no-owner", str(dump))
    said = there.run(STEPS)
    assert "No migrations to apply" in said
    assert "All is well." in said
    assert f"Integration {later.pk} (Shop) is off." in said
    assert f"Batch {batch.pk} ({batch.name}) is held." in said
    assert "1 postbacks are told as repeats" in said

    workers.forget_messages()
    with workers.stopped_after(there.worker()):
        for task in ("jobs.tick", "batches.tick", "postbacks.send"):
            app.send_task(task)
        until(lambda: there.ask(FINISHED, job.pk)[0][0], what="the job to end")
        until(lambda: len(sink.received) > 2, what="the postback")
        assert there.ask("SELECT state, counts FROM jobs_job WHERE id = %s", job.pk) == [
            ("done", {"applied": ROWS})
        ]
        assert there.ask(CHANGES) == [(ROWS, ROWS)]
        # The postback carries its change, and says that it may be a repeat.
        assert [one.query.get("c") for one in sink.received[2:]] == [f"{told.pk}-1"]
        assert there.ask("SELECT repeat FROM conversions_postbackattempt") == [(True,)]
        assert there.ask("SELECT state, code FROM batches_batch") == [("held", "restored")]
    assert len(sink.received) == 3
