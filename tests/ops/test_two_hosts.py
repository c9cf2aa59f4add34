"""Two hosts that share nothing but URLs and keys (platform.md, "Two commands"): all flows work.

Each host has a web process, a worker of every queue and a beat, in a working folder and a
CONVERTR_DATA of its own. What one host is told or makes, the other goes on with.
"""

import signal
import sys
from contextlib import ExitStack

import httpx
import pytest
from django.conf import settings
from django.test import Client

from batches.models import Attempt, Batch, Credential
from batches.vault import seal
from conversions.models import Conversion, ConversionEvent
from convertr import children
from convertr.accounts.keys import create_key
from convertr.jobs.models import Job
from convertr.up import web_options
from leads.models import Lead, LeadDelivery
from requests_workflow import rules
from requests_workflow.models import ConversionRequest
from tests import workers
from tests.batches.kit import FIELDS, make_integration, now_due
from tests.batches.servers import S3Server
from tests.batches.servers.folders import closed_port
from tests.factories import make_conversions, make_csv, make_offer, make_user
from tests.leads.kit import ADA, make_lead_campaign
from tests.requests_workflow.kit_pages import PDF
from tests.workers import QUEUES, ROOT, until

pytestmark = pytest.mark.django_db(transaction=True)
TOKEN = "t" * 32
# A list of more rows than this is exported by a worker.
EXPORTED_AT_ONCE = 2


class Host:
    """Processes in a folder of their own; `folder` holds whatever they keep."""

    def __init__(self, name, folder, storage):
        self.name, self.folder, self.port = name, folder, closed_port()
        self.url = f"http://127.0.0.1:{self.port}"
        folder.mkdir()
        env = workers.environment(
            CONVERTR_DATA=str(folder / "data"),
            PYTHONPATH=str(ROOT),
            SECRET_KEY=settings.SECRET_KEY,
            VAULT_KEYS=",".join(settings.VAULT_KEYS),
            STORAGE_URL=storage,
            PORT=str(self.port),
            OUTBOUND_ALLOW="127.0.0.0/8",
            EXPORT_AS_JOB_OVER=str(EXPORTED_AT_ONCE),
        )
        web = _without_folder(web_options("127.0.0.1", self.port), "--working-dir")
        web[web.index("--workers") + 1] = "1"
        worker = ["--queues", ",".join(QUEUES), "--concurrency", "4", "--hostname", f"{name}@test"]
        rest = ["--loglevel", "WARNING"]
        self._running = [
            self._start([sys.executable, "-W", "ignore", *command], env)
            for command in (
                ["-m", "granian", *web],
                [*workers.CELERY[3:], "worker", *worker, *rest],
                [*workers.CELERY[3:], "beat", *rest],
            )
        ]

    def _start(self, command, env):
        tied = children.tied_to_parent(signal.SIGKILL)
        log = self.folder / "log"
        return children.spawn([*tied, *command], env=env, log=log, cwd=self.folder)

    def answers(self):
        try:
            return httpx.get(f"{self.url}/readyz", trust_env=False).status_code == 200
        except httpx.TransportError:
            return False

    def visited_by(self, user):
        """A browser in which a person is signed in, wherever it was that they signed in."""
        client = Client()
        client.force_login(user)
        cookies = {"sessionid": client.cookies["sessionid"].value, "csrftoken": TOKEN}
        headers = {"X-CSRFToken": TOKEN, "Origin": self.url, "HX-Request": "true"}
        return self._client(cookies=cookies, headers=headers)

    def called_with(self, key):
        return self._client(headers={"Authorization": f"Bearer {key}"})

    def _client(self, **options):
        return httpx.Client(base_url=self.url, trust_env=False, timeout=30, **options)

    def kept(self):
        """The files in its folder but the log and beat's notes."""
        found = [path for path in self.folder.rglob("*") if path.is_file() and path.name != "log"]
        return [path.name for path in found if not path.name.startswith("beat-schedule")]

    def end(self):
        """Also tells what its processes have said, which is shown of a test that fails."""
        for one in self._running:
            children.end_group(one)
        print((self.folder / "log").read_text(errors="replace"))


def _without_folder(options, name):
    place = options.index(name)
    return [*options[:place], *options[place + 2 :]]


@pytest.fixture
def bucket():
    server = S3Server()
    yield server
    server.stop()


@pytest.fixture
def hosts(bucket, tmp_path):
    workers.forget_messages()
    key = f"{bucket.key['key_id']}:{bucket.key['secret']}"
    storage = f"s3+http://{key}@127.0.0.1:{bucket.port}/{bucket.bucket}"
    with ExitStack() as ending:
        running = []
        for name in ("one", "two"):
            running.append(Host(name, tmp_path / name, storage))
            ending.callback(running[-1].end)
        for host in running:
            until(host.answers, seconds=180, what=f"{host.name} to be ready")
        yield running


@pytest.fixture
def integration(bucket):
    """Leads of its campaign go to the bucket as a file, when they are due."""
    credential = Credential.objects.create(
        name="Bucket", kind="s3_key", ciphertext=seal(bucket.key)
    )
    return make_integration(
        make_lead_campaign(), destination=bucket.options, credential=credential, fields=FIELDS
    )


def done(job_id):
    job = until(
        lambda: Job.objects.filter(pk=job_id, finished_at__isnull=False).first(), what="the job"
    )
    assert job.state == "done", (job.state, job.error_code, job.counts)
    return job


def test_what_one_host_is_told_the_other_goes_on_with(hosts, bucket, integration, agency, partner):
    one, two = hosts
    offer = make_offer(partners=[partner])
    made = make_conversions(5, offer=offer, partner=partner)
    raiser = make_user(
        role="partner", partner=partner, permissions=rules.RAISE_PERMISSIONS.values()
    )
    key, partners_key = (
        create_key(actor=None, user=user, name="hosts").secret for user in (agency, raiser)
    )
    with ExitStack() as closing:
        at_one, at_two = (closing.enter_context(host.visited_by(agency)) for host in hosts)
        calls_one, calls_two, partners_one = (
            closing.enter_context(host.called_with(secret))
            for host, secret in ((one, key), (two, key), (one, partners_key))
        )
        a_status_csv_is_verified_at_one_and_confirmed_at_the_other(at_one, at_two, made[:4])
        a_call_is_seen_at_once(calls_two, calls_one, made[0])
        an_export_is_downloaded_from_both(at_one, at_two)
        a_request_is_raised_at_one_and_decided_at_the_other(
            partners_one, calls_two, at_one, at_two, made[4]
        )
        a_lead_is_brought_processed_and_sent_once(calls_one, integration, partner, bucket)
        sent_files_are_shown_by_both(at_one, at_two)
    assert [host.kept() for host in hosts] == [[], []]


def a_status_csv_is_verified_at_one_and_confirmed_at_the_other(at_one, at_two, conversions):
    rows = [(c.pk, "APPROVED") for c in conversions]
    file = ("statuses.csv", make_csv("conversion_id,status", *rows), "text/csv")
    answer = at_one.post("/v2/conversions/upload", files={"file": file})
    assert answer.status_code == 200, answer.text
    job = Job.objects.latest("pk")
    assert (job.state, job.counts) == ("verified", {"ready": len(rows)})
    assert at_two.post(f"/v2/jobs/{job.pk}/confirm", data={"reason": ""}).status_code == 200
    assert at_one.post(f"/v2/jobs/{job.pk}/confirm", data={"reason": ""}).status_code == 409
    assert done(job.pk).counts == {"applied": len(rows)}
    ids = [c.pk for c in conversions]
    assert Conversion.objects.filter(pk__in=ids, status="approved").count() == len(rows)
    written = ConversionEvent.objects.filter(pgh_context__metadata__job_id=job.pk)
    assert sorted(written.values_list("pgh_obj_id", flat=True)) == ids


def a_call_is_seen_at_once(calls_two, calls_one, conversion):
    body = {"conversion_ids": [conversion.uuid.hex], "conversion_status": "rejected"}
    path = "/v1/networks/reporting/conversions"
    assert calls_two.patch(path, json=body).status_code == 200
    seen = calls_one.get(f"{path}/{conversion.uuid.hex}").json()
    assert seen["status"] == "rejected"


def an_export_is_downloaded_from_both(at_one, at_two):
    data = {"act": "export", "format": "csv", "query": "range=any&columns=id,status"}
    assert at_one.post("/v2/conversions", data=data).status_code == 302
    job = done(Job.objects.latest("pk").pk)
    files = [client.get(f"/v2/jobs/{job.pk}/output") for client in (at_one, at_two)]
    assert [answer.status_code for answer in files] == [200, 200]
    assert files[0].content == files[1].content
    assert files[0].text.count("\n") == 1 + Conversion.objects.count()
    for client in (at_one, at_two):
        assert f"/v2/jobs/{job.pk}" in client.get("/ui/bell").text


def a_request_is_raised_at_one_and_decided_at_the_other(
    partners_one, calls_two, at_one, at_two, conversion
):
    body = {"request_type": "CHANGE", "conversion_id": conversion.uuid.hex, "payout": 7.25}
    answer = partners_one.post("/v1/conversion-requests", json=body)
    assert answer.status_code == 201, answer.text
    made = ConversionRequest.objects.get()
    page = f"/v2/conversion-requests/{made.pk}"
    evidence = {"files": ("evidence.pdf", PDF, "application/pdf")}
    said = at_one.post(f"{page}/comments", data={"text": "As agreed"}, files=evidence)
    assert said.status_code == 200, said.text
    file = made.attachments.get()
    assert at_two.get(f"{page}/files/{file.pk}").content == PDF
    answer = calls_two.post(f"/v1{page[3:]}/accept", json={"version": made.version})
    assert answer.status_code == 200, answer.text
    processed = ConversionRequest.objects.filter(status="processed")
    until(processed.exists, what="the request")
    conversion.refresh_from_db()
    assert float(conversion.payout) == 7.25


def a_lead_is_brought_processed_and_sent_once(calls_one, integration, partner, bucket):
    lead = {"campaign": integration.campaign_id, "publisher": partner.pk, "leadData": ADA}
    answer = calls_one.post("/api/v4/leads", json=lead)
    assert answer.status_code == 201, answer.text
    [pk] = [answer.json()["data"]]
    waiting = LeadDelivery.objects.filter(lead=pk, state="queued")
    until(waiting.exists, what="the lead to be processed")
    assert Lead.objects.get(pk=pk).status == "valid"
    now_due(integration)
    until(Batch.objects.filter(state="sent").exists, what="the batch")
    until(LeadDelivery.objects.filter(lead=pk, state="sent").exists, what="the lead to be told")
    arrived = {name: file for name, file in bucket.files().items() if name.startswith("in/")}
    [content] = arrived.values()
    assert content.decode().splitlines() == ["ID,E-mail,City", f"{pk},{ADA['email']},{ADA['city']}"]
    assert (Batch.objects.count(), Attempt.objects.count()) == (1, 1)


def sent_files_are_shown_by_both(at_one, at_two):
    batch = Batch.objects.get()
    path = f"/v2/system/campaign-lead-batch/sent-batches/{batch.pk}/download"
    first, second = (client.get(path) for client in (at_one, at_two))
    assert (first.status_code, first.content) == (200, second.content)
    assert len(first.content) == batch.size
