"""Asked to end (SIGTERM), web and workers finish what they have begun, and begin nothing."""

import http.client
import json
import socket
import threading
from contextlib import contextmanager

import pytest
from django.db import connection, transaction

from batches.models import Attempt, Batch
from conversions.models import Conversion, ConversionEvent
from convertr.celery import app
from convertr.jobs.models import Job
from tests import web, workers
from tests.batches.kit import make_integration, make_waiting
from tests.factories import make_conversions, make_csv, verify_csv
from tests.http_api.conftest import Caller
from tests.jobs.test_workers import confirm_elsewhere
from tests.outbound.sink import Sink
from tests.workers import until

TOKEN = "t" * 32
pytestmark = pytest.mark.django_db(transaction=True)


class Slow(threading.Thread):
    """One request in a thread of its own: its body in two pieces, with a pause of our choice."""

    def __init__(self, port, method, path, body=b"", headers=None):
        super().__init__(daemon=True)
        self.go_on = threading.Event()
        self.begun = threading.Event()
        self.socket = socket.socket()
        self.socket.settimeout(60)
        self.socket.connect(("127.0.0.1", port))
        lines = {"Host": "localhost", "Content-Length": len(body), **(headers or {})}
        head = "".join(f"{name}: {value}\r\n" for name, value in lines.items())
        self.pieces = [
            f"{method} {path} HTTP/1.1\r\n{head}\r\n".encode() + body[:1000],
            body[1000:],
        ]
        self.status = self.error = None
        self.content = b""
        self.start()

    def run(self):
        try:
            self.socket.sendall(self.pieces[0])
            self.begun.set()
            if self.pieces[1]:
                assert self.go_on.wait(60)
                self.socket.sendall(self.pieces[1])
            response = http.client.HTTPResponse(self.socket)
            response.begin()
            self.status = response.status
            self.content = response.read()
        except (OSError, http.client.HTTPException) as error:
            self.error = error
        finally:
            self.socket.close()


@contextmanager
def holding(conversion):
    """Its row locked by us for the time of a block."""
    with transaction.atomic():
        Conversion.objects.select_for_update().get(pk=conversion.pk)
        yield


def multipart(name, content):
    head = f'--xx\r\nContent-Disposition: form-data; name="file"; filename="{name}"\r\n\r\n'
    return head.encode() + content + b"\r\n--xx--\r\n"


def test_no_request_that_web_has_begun_is_cut(agency, sign_in):
    made = make_conversions(500)
    session = sign_in(agency).cookies["sessionid"].value
    cookies = f"sessionid={session}; csrftoken={TOKEN}"
    form = {
        "Cookie": cookies,
        "X-CSRFToken": TOKEN,
        "Content-Type": "multipart/form-data; boundary=xx",
    }
    rows = [(one.pk, "APPROVED") for one in made]
    file = multipart("statuses.csv", make_csv("conversion_id,status", *rows))
    key = {"X-Eflow-API-Key": Caller(agency).secret, "Content-Type": "application/json"}
    patch = json.dumps(
        {"conversion_ids": [str(made[0].uuid)], "conversion_status": "approved"}
    ).encode()
    with web.serving(JOB_INLINE_LOCK_SECONDS="30") as served:
        with holding(made[0]):
            changing = Slow(served.port, "PATCH", "/v1/networks/reporting/conversions", patch, key)
            uploading = Slow(served.port, "POST", "/v2/conversions/upload", file, form)
            until(lambda: somebody_waits() or not changing.is_alive(), what="the call to wait")
            assert changing.is_alive(), (changing.status, changing.content, changing.error)
            assert uploading.begun.wait(60)
            served.ask_to_end()
            until(served.refuses, what="no new connection to be taken")
            assert served.alive
            uploading.go_on.set()
        for one in (changing, uploading):
            one.go_on.set()
            one.join(60)
            assert (one.error, one.status) == (None, 200), served.log.read_text()
        until(lambda: not served.alive, what="web to end")
    assert Conversion.objects.get(pk=made[0].pk).status == "approved"
    assert b"Confirm 499 changes" in uploading.content


def somebody_waits():
    with connection.cursor() as cursor:
        cursor.execute("SELECT count(*) FROM pg_locks WHERE NOT granted")
        return cursor.fetchone()[0]


# --- workers ---


@pytest.fixture
def sink():
    made = Sink()
    yield made
    made.stop()


def ended(process):
    until(lambda: not process.alive, what="the worker to end")


def test_a_worker_writes_the_chunk_that_it_has_begun_and_leaves_the_rest_at_once(agency, settings):
    settings.JOB_CHUNK_ROWS = 10
    workers.forget_messages()
    made = make_conversions(100)
    job = verify_csv(agency, "conversion_id,status", *([one.pk, "APPROVED"] for one in made))
    # So long that nothing is taken over because somebody was silent.
    silent = {"JOB_SILENT_SECONDS": "600", "TICK_SECONDS": "600"}
    queues = {"queues": "celery"}
    with workers.stopped_after(workers.worker("first", **queues, **silent)) as (first,):
        with holding(made[15]):
            confirm_elsewhere(agency, job)
            until(somebody_waits, what="the second chunk to wait for our row")
            workers.forget_messages()
            first.ask_to_end()
        ended(first)
    done = list(job.chunks.order_by("first").values_list("state", "heartbeat_at", "attempts"))
    assert [state for state, *_more in done] == ["done"] * 2 + ["open"] * 8
    assert set(done[2:]) == {("open", None, 0)}
    # It has told the others; no tick is needed.
    with workers.stopped_after(workers.worker("second", **queues, **silent)):
        until(lambda: Job.objects.get(pk=job.pk).finished_at, what="the job to end")
    job = Job.objects.get(pk=job.pk)
    assert (job.state, job.counts) == ("done", {"applied": 100})
    written = ConversionEvent.objects.filter(pgh_label="update")
    assert sorted(written.values_list("pgh_obj", flat=True)) == [one.pk for one in made]


def test_a_sender_finishes_its_transfer_and_begins_no_other(sink):
    workers.forget_messages()
    to = {"destination": {"kind": "http", "url": sink.url("/slow/2")}}
    for n in range(2):
        make_waiting(1, make_integration(due=True, label=f"Shop {n}", **to))
    one = {"queues": "batches", "OUTBOUND_ALLOW": "127.0.0.0/8"}
    with workers.stopped_after(workers.worker("sender", **one)) as (sender,):
        app.send_task("batches.work")
        until(lambda: sink.busy, what="the transfer to begin")
        sender.ask_to_end()
        ended(sender)
    assert len(sink.received) == 1
    assert sorted(Batch.objects.values_list("state", "token")) == [
        ("claimed", None),
        ("sent", None),
    ]
    assert Attempt.objects.get().outcome == "sent"
