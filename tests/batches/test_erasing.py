"""An erased lead: what its person has told is nowhere any more, and nothing else is lost."""

import io
import json
import logging
import zipfile

import pytest
from django.contrib.sessions.models import Session
from django.core.exceptions import PermissionDenied
from django.core.files.storage import default_storage
from django.db import connection
from django.test import Client

from batches import claiming, pending
from batches import services as batches
from batches.models import Batch, BatchLead, Removal
from batches.realtime import calling
from convertr.accounts.models import Role
from convertr.audit.models import Entry
from convertr.errors import DomainError
from convertr.jobs import services as jobs
from convertr.jobs.models import Job
from convertr.logs import JsonFormatter
from convertr.outbound.addresses import networks
from leads import editing
from leads.erasing import copies, services
from leads.exports.services import start_api_export
from leads.models import Erasing, Fingerprint, FingerprintLock, KeptSearch, Lead, LeadRun
from leads.processing import queue
from leads.rules import Act
from leads.wizard import services as wizard
from leads.wizard.typed import Key
from tests.batches.kit import CSV, FIELDS, make_integration, make_waiting, now_due, work
from tests.batches.test_no_secrets import _TABLES
from tests.factories import make_partner, make_user, run_job
from tests.http_api.conftest import Caller
from tests.leads.kit import ADA, again, done, make_lead, make_lead_campaign, verify
from tests.leads.kit_files import imported
from tests.outbound.sink import Sink

pytestmark = pytest.mark.django_db
ERASE = "/admin/leads/lead/erase/"
LEADS = "/api/v4/leads"
WAYS = {"json": 61, "many": 62, "form": 63, "csv": 64, "xlsx": 65}
JUDGING_BY_EMAIL = (
    "duplicate", "", {"options": {"kind": "email", "days": 30, "scope": "campaign"}},
)  # fmt: skip
# A comment, an own reason, and what is said of a replacement.
SAID = ["Knows zoe-of-qx", "Own reason of qx", "Swap for qx"]
ALL = ["id", "email", "telephone", "firstName", "lastName", "city", "comment", "ip", "link_id"]


def told(way):
    """What a lead says of its person, found nowhere else."""
    return {
        "firstName": f"Zoe{way}qx", "lastName": f"Quux{way}qx", "email": f"{way}qx@analytical.org",
        "telephone": f"+4420794600{WAYS[way]}", "country": "GB", "city": f"Town{way}qx",
    }  # fmt: skip


def more(way):
    return {"channel": f"chan{way}qx", "ip": f"203.0.113.{WAYS[way]}", "linkId": f"link{way}qx"}


def markers(way):
    known = {**told(way), **more(way)}
    del known["country"]
    return list(known.values())


@pytest.fixture
def admin(db):
    return make_user("eraser@example.test", role=Role.ADMIN, full_name="Ruth Root")


@pytest.fixture
def campaign(db):
    return make_lead_campaign(name="Solar Leads")


@pytest.fixture
def sink():
    made = Sink()
    yield made
    made.stop()


@pytest.fixture
def logged(caplog):
    """Every line that was logged, as it is written."""
    caplog.set_level(logging.DEBUG)
    return lambda: "\n".join(
        JsonFormatter().format(record)
        for record in caplog.records
        # What the tests' own settings log of SQL is logged nowhere else.
        if record.name != "django.db.backends"
    )


def in_tables(marks):
    """{marker: tables any of whose rows, written as text, holds it}; all partitions among them."""
    found = {}
    with connection.cursor() as cursor:
        cursor.execute(_TABLES)
        for (table,) in cursor.fetchall():
            cursor.execute(
                "SELECT mark FROM unnest(%s::text[]) mark WHERE EXISTS"
                f' (SELECT FROM "{table}" row WHERE strpos(row::text, mark) > 0)',
                [marks],
            )
            for (mark,) in cursor.fetchall():
                found.setdefault(mark, []).append(table)
    return found


def stored_text(folder=""):
    """All that is in files, with what is packed in them."""
    folders, names = default_storage.listdir(folder)
    texts = [stored_text(f"{folder}/{one}".strip("/")) for one in folders]
    for name in names:
        with default_storage.open(f"{folder}/{name}".strip("/")) as file:
            texts.append(unpacked(file.read()))
    return "\n".join(texts)


def unpacked(content):
    if not zipfile.is_zipfile(io.BytesIO(content)):
        return content.decode(errors="replace")
    with zipfile.ZipFile(io.BytesIO(content)) as archive:
        return "\n".join(unpacked(archive.read(name)) for name in archive.namelist())


def come_in(agency, campaign, partner):
    """A lead through each way in."""
    caller = Caller(agency)

    def body(way):
        about = {"campaign": campaign.pk, "publisher": partner.pk, "leadData": told(way)}
        return {**about, **more(way), "optIn": True}

    caller.call("POST", LEADS, body("json"), **{"Idempotency-Key": "one"})
    caller.call("POST", LEADS, [body("many")])
    fields = {f"form[{name}]": value for name, value in told("form").items()}
    about = {"channel": "channel", "ip": "ip", "linkId": "linkId"}
    fields |= {about[name]: value for name, value in more("form").items()}
    path = f"/api/v4/publisher/{partner.pk}/campaign/{campaign.pk}/leads"
    answer = Client().post(path, fields, headers={"X-Eflow-API-Key": caller.secret})
    assert answer.status_code == 201, answer.content
    for way in ("csv", "xlsx"):
        row = (*told(way).values(), *more(way).values())
        header = ",".join([*told(way), "channel", "ip", "link_id"])
        # The row that repeats it is refused, and holds the same.
        job = imported(agency, campaign, header, row, row, form=way, partner=partner)
        assert job.counts == {"applied": 1, "duplicate": 1}
    assert queue.process() == len(WAYS)
    found = {lead.data["firstName"]: lead for lead in Lead.objects.all()}
    return {way: found[told(way)["firstName"]] for way in WAYS}


def go_through_everything(agency, leads, integrations):
    """Flagged, marked, undone, edited, processed again, taken off and put back, chosen."""
    said = {"comment": SAID[0], "own_reason": SAID[1]}
    marked = done(agency, "replacement", leads, comment=SAID[2])
    run_job(jobs.undo(actor=agency, job=marked, signature=str(agency)))
    done(agency, "replacement", leads, comment=SAID[2])
    done(agency, "reprocess", leads)
    done(agency, "invalid", leads, **said)
    lead = again(leads[0])
    typed = {**lead.received, "city": f"{lead.received['city']} again"}
    editing.edit(actor=agency, lead=lead, version=lead.version, typed=typed)
    done(agency, "valid", leads, **said, integrations=[str(one.pk) for one in integrations])
    jobs.cancel(actor=agency, job=verify(agency, "test", leads))
    ids = [lead.pk for lead in leads]
    off = {"integration": integrations[0], "lead_ids": ids}
    pending.remove(actor=agency, **off, reason=SAID[0])
    pending.put_back(actor=agency, **off)
    pending.remove(actor=agency, integration=integrations[-1], lead_ids=ids, reason=SAID[0])
    # Begun in the wizard, and not gone on with.
    draft = wizard.start(actor=agency, keys=[Key(str(pk), id=pk) for pk in ids])
    wizard.choose(actor=agency, job=draft, act=Act.INVALID)
    wizard.keep(actor=agency, job=draft, typed=said)
    jobs.cancel(actor=agency, job=draft)


def test_nothing_of_it_is_left_in_any_table_file_or_log(
    settings, agency, admin, sign_in, sink, memory, logged
):
    settings.OUTBOUND_ALLOW = networks(["127.0.0.0/8"])
    campaign, partner = make_lead_campaign(jobs=[JUDGING_BY_EMAIL]), make_partner()
    fields = [*FIELDS, ["Tel", "field:telephone"], ["IP", "meta:ip"], ["Ch", "meta:channel"]]
    daily = make_integration(campaign, fields=fields)
    zipped = {**CSV, "format": "xlsx", "zipped": True}
    whole = make_integration(campaign, kind="cumulative", fields=fields, file=zipped, label="All")
    at = {"kind": "realtime", "url": sink.url("/200")}
    realtime = make_integration(campaign, kind="realtime", destination=at, label="Now")
    off = make_integration(campaign, label="Off")
    leads = come_in(agency, campaign, partner)
    go_through_everything(agency, list(leads.values()), [daily, whole, realtime, off])
    make_waiting(2, daily)
    for integration in (daily, whole):
        now_due(integration)
        assert claiming.claim_one_due()
    calling.run()
    work()
    exports = [start_api_export(actor=agency, columns=ALL[:6], conditions={}) for _ in range(2)]
    assert [run_job(job).state for job in exports] == ["done", "done"]
    searched = sign_in(agency).post("/v2/leads", {"act": "search", "text": told("csv")["email"]})
    assert searched.status_code == 302
    everything = [*SAID, *(marker for way in WAYS for marker in markers(way))]
    before = stored_text()
    assert all(any(m in before for m in told(way).values()) for way in WAYS)
    assert set(in_tables(everything)) == set(everything)
    assert Batch.objects.filter(state="sent").count() == 2
    assert any(told("json")["email"].encode() in one.body for one in sink.received)

    ids = ",".join(str(lead.pk) for lead in leads.values())
    client = sign_in(admin)
    shown = client.get(ERASE, {"ids": ids})
    assert shown.status_code == 200
    assert not [marker for marker in everything if marker in shown.text]
    erased = client.post(ERASE, {"ids": ids, "signature": "Ruth Root"}, follow=True)
    assert "5 leads are erased" in erased.text
    assert copies.clear() == len(WAYS)

    assert in_tables(everything) == {}
    left = stored_text()
    assert [marker for marker in everything if marker in left] == []
    lines = logged()
    assert [marker for marker in everything if marker in lines] == []
    sessions = json.dumps([one.get_decoded() for one in Session.objects.all()], default=str)
    assert [marker for marker in everything if marker in sessions] == []
    own = [lead.pk for lead in leads.values()]
    assert not Fingerprint.objects.filter(lead__in=own).exists()
    alone = FingerprintLock.objects.exclude(digest__in=Fingerprint.objects.values("digest"))
    assert (alone.count(), FingerprintLock.objects.count()) == (0, 3)
    assert not KeptSearch.objects.exists()
    assert not Removal.objects.exists()
    assert not LeadRun.objects.filter(lead__in=own).exclude(verdicts=[]).exists()


def test_an_empty_row_stays_and_counts_and_who_did_it_is_written_down(
    agency, admin, sign_in, campaign
):
    lead, other = make_lead(campaign), make_lead(campaign, {"email": "bob@analytical.org"})
    version = lead.version
    answer = sign_in(admin).post(ERASE, {"ids": f"{lead.pk} 999999", "signature": "Ruth Root"})
    assert answer.status_code == 302

    empty = again(lead)
    assert (empty.data, empty.received, empty.ip) == ({}, {}, None)
    assert (empty.status, empty.campaign_id, empty.version) == ("valid", campaign.pk, version + 1)
    assert again(other).data["email"] == "bob@analytical.org"
    assert Lead.objects.visible_to(agency).count() == 2
    entry = Entry.objects.get(action="lead.erased")
    assert (entry.actor_id, entry.subject, entry.channel) == (admin.pk, f"lead {lead.pk}", "admin")
    assert entry.details == {"severity": "high"}
    page = sign_in(agency).get(f"/v2/lead/{lead.pk}").text
    assert "was erased on" in page
    assert "erased its data" in page
    assert Lead.objects.filter(erased_at=None).get() == other


@pytest.mark.parametrize("user", ["agency", "partner_user"])
def test_only_an_administrator_erases_and_signs_for_it(user, request, sign_in, admin, campaign):
    lead = make_lead(campaign)
    other = request.getfixturevalue(user)
    with pytest.raises(PermissionDenied):
        services.erase(actor=other, lead_ids=[lead.pk], signature=str(other))
    assert sign_in(other).post(ERASE, {"ids": lead.pk}).status_code in (302, 403)
    unsigned = sign_in(admin).post(ERASE, {"ids": lead.pk, "signature": "Somebody"})
    assert "Type your full name" in unsigned.text
    assert again(lead).erased_at is None
    chosen = {"action": "erase", "_selected_action": [lead.pk]}
    led = sign_in(admin).post("/admin/leads/lead/", chosen)
    assert (led.status_code, led.url) == (302, f"{ERASE}?ids={lead.pk}")


def test_nothing_can_be_done_with_it_any_more(agency, admin, campaign):
    make_integration(campaign)
    lead = make_lead(campaign)
    flagged = done(agency, "invalid", [lead], comment="Said so")
    deleted = done(agency, "delete", [lead])
    waiting = verify(agency, "replacement", [make_lead(campaign)])
    second = Lead.objects.order_by("-pk").first()
    services.erase(actor=admin, lead_ids=[lead.pk, second.pk], signature="Ruth Root")
    copies.clear()
    assert services.erase(actor=admin, lead_ids=[lead.pk], signature="Ruth Root") == {
        lead.pk: "erased"
    }

    was = (again(lead), again(second))
    for job in (flagged, deleted):
        undone = run_job(jobs.undo(actor=agency, job=job, signature=str(agency)))
        assert undone.counts == {"conflict": 1}
    jobs.confirm(actor=agency, job=waiting, data={"confirm": "1"})
    assert run_job(waiting).counts == {"conflict": 1}
    for act in ("valid", "invalid", "test", "delivered", "replacement", "reprocess", "delete"):
        job = verify(agency, act, [second])
        assert list(job.rows.values_list("outcome", "code")) == [("invalid", "erased")]
    assert queue.process() == 0
    with pytest.raises(DomainError, match="was erased"):
        editing.edit(actor=agency, lead=second, version=was[1].version, typed={"city": "X"})
    for one in was:
        now = again(one)
        assert (now.version, now.data, now.comment, now.deleted_at) == (
            one.version, {}, "", one.deleted_at
        )  # fmt: skip


def test_what_is_being_sent_is_left_alone_until_that_has_ended(agency, admin, memory):
    memory.fail(permanent=True)
    integration = make_integration(due=True)
    lead, other = make_waiting(2, integration)
    claiming.claim_one_due()
    sign = {"actor": admin, "signature": "Ruth Root"}
    assert services.erase(lead_ids=[lead.pk], **sign) == {lead.pk: "being_sent"}
    work()
    batch = Batch.objects.get(state="failed")
    # Somebody may still send it again.
    assert services.erase(lead_ids=[lead.pk], **sign) == {lead.pk: "being_sent"}
    batches.cancel(actor=agency, batch=batch)
    work()
    assert services.erase(lead_ids=[lead.pk], **sign) == {}
    copies.clear()
    assert list(BatchLead.objects.order_by("seq").values_list("lead_id", "cells")) == [
        (lead.pk, ["", "", ""]),
        (other.pk, [str(other.pk), "lead1@analytical.org", "London"]),
    ]
    now_due(integration)
    work()
    assert list(memory.files) == [Batch.objects.get(state="sent").name]
    assert b"lead1@" in memory.files[memory.sent[-1]]
    assert b"lead0@" not in memory.files[memory.sent[-1]]


def test_a_cumulative_file_being_sent_keeps_leads_of_earlier_ones_too(admin, memory):
    integration = make_integration(kind="cumulative", due=True)
    [lead] = make_waiting(1, integration)
    work()
    assert again(lead).delivered
    make_waiting(
        1,
        integration,
    )
    now_due(integration)
    memory.fail()
    claiming.claim_one_due()
    sign = {"actor": admin, "signature": "Ruth Root"}
    assert services.erase(lead_ids=[lead.pk], **sign) == {lead.pk: "being_sent"}
    work()
    Batch.objects.update(next_attempt_at="2026-01-01T00:00Z")
    work()
    assert services.erase(lead_ids=[lead.pk], **sign) == {}
    copies.clear()
    first, second = Batch.objects.order_by("pk")
    assert (first.stored, second.stored) == ("", "")
    assert second.sha256
    make_waiting(1, integration)
    now_due(integration)
    work()
    assert [line.lead_id for line in Batch.objects.order_by("pk").last().lines.all()] == [
        pk for pk in Lead.objects.order_by("pk").values_list("pk", flat=True) if pk != lead.pk
    ]


def test_an_export_that_was_being_made_is_removed_once_it_is_there(agency, admin, campaign):
    lead = make_lead(campaign)
    job = start_api_export(actor=agency, columns=["email"], conditions={})
    elsewhere = start_api_export(
        actor=agency, columns=["email"], conditions={"campaign.id": make_lead_campaign().pk}
    )
    run_job(elsewhere)
    Job.objects.filter(pk=job.pk).update(state="running", started_at=lead.created_at)
    services.erase(actor=admin, lead_ids=[lead.pk], signature="Ruth Root")
    assert (copies.clear(), Erasing.objects.count()) == (0, 1)

    name = default_storage.save("jobs/made", io.BytesIO(ADA["email"].encode()))
    Job.objects.filter(pk=job.pk).update(state="done", output=name)
    assert (copies.clear(), Erasing.objects.count()) == (1, 0)
    assert not default_storage.exists(name)
    assert Job.objects.get(pk=job.pk).output == ""
    assert Job.objects.get(pk=elsewhere.pk).output
