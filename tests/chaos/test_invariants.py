"""The checker can fail: a sound database breaks no sentence, and each breakage its own."""

import hashlib
from collections import Counter, defaultdict
from datetime import timedelta

import pytest
from django.db import connection, transaction
from django.db.models import F
from django.utils import timezone

from batches.models import Attempt, Batch, BatchLead, Call, CallAttempt
from convertr.accounts.keys import create_key
from convertr.accounts.models import Role
from convertr.audit.context import recorded
from convertr.http_api.models import IdempotentAnswer
from convertr.jobs import services
from leads.models import Lead, LeadDelivery
from tests.batches.kit import make_integration
from tests.batches.servers import closed_port
from tests.chaos import invariants
from tests.chaos.ledger import Ledger
from tests.chaos.sinks import Arrival
from tests.factories import (
    make_conversions,
    make_offer,
    make_postback,
    make_user,
    run_job,
    verify_csv,
)
from tests.leads.kit import done, make_lead_campaign, make_leads
from tests.requests_workflow.kit import make_change, make_create, processed

pytestmark = pytest.mark.django_db
CONTENT = b"ID,E-mail\n1,a@b.test\n"
SHA = hashlib.sha256(CONTENT).hexdigest()
KINDS = ("sftp", "s3", "http", "email")


class Received:
    """What sinks.Sinks tells of what has arrived."""

    def __init__(self):
        self.named, self.of_place = defaultdict(list), defaultdict(list)
        self.on_sftp, self.in_s3, self.put, self.mailed = {}, {}, [], Counter()

    def take(self, place, key, sha256="", **query):
        self.of_place[place].append(Arrival(place, "", query, key, sha256, 200))

    def arrivals(self, place):
        return self.of_place[place]

    def takes(self, place):
        return Counter(one.key for one in self.of_place[place])

    def files(self):
        return self.on_sftp

    def objects(self):
        return self.in_s3

    def puts(self):
        return self.put

    def mails(self):
        return self.mailed


@pytest.fixture
def seen(partner, agency):
    """A sound database with something of everything, and what sinks and callers saw of it."""
    asker = make_user(role=Role.PARTNER, partner=partner, permissions="all")
    received, ledger = Received(), Ledger()
    offer = make_offer(partners=[partner])
    conversions = make_conversions(4, offer=offer, partner=partner)
    make_postback(partner)
    rows = [[one.pk, "APPROVED"] for one in conversions[:2]]
    job = verify_csv(agency, "conversion_id,status", *rows, [0, "APPROVED"])
    run_job(services.confirm(actor=agency, job=job, data={"send_postbacks": "1"}))
    processed(agency, make_change(asker, conversions[3], status="rejected", reason_code=""))
    processed(agency, make_create(asker, offer, partner, order_id="made"))
    tell_partner(received)
    send_leads(agency, received)
    ledger.told("jobs", job.pk)
    answer(agency, asker)
    first = {"job": 0, "lead": 0, "request": 0, "batch": 0, "partner": asker.pk}
    first["began"] = timezone.now() - timedelta(hours=1)
    return invariants.Seen(ledger, first, received, [], [])


def tell_partner(received):
    """All postbacks were delivered at once."""
    sql("UPDATE conversions_postbackevent SET state = 'delivered', attempts = 1")
    sql("""
        INSERT INTO conversions_postbackattempt
            (created_on, postback_id, event_id, at, outcome, repeat, answer)
        SELECT created_on, postback_id, id, now(), 'delivered', false, ''
        FROM conversions_postbackevent
    """)
    told = "SELECT postback_id || ':' || conversion_id || '-' || version, status"
    for key, status in invariants.rows(f"{told} FROM conversions_postbackevent"):
        received.take("postbacks", key, s=status)


def send_leads(agency, received):
    """A lead by each kind of destination, one by a call, one flagged."""
    campaign = make_lead_campaign()
    leads = make_leads(len(KINDS) + 2, campaign)
    done(agency, "test", leads[-1:])
    with recorded():
        Lead.objects.filter(pk__in=[one.pk for one in leads[:-1]]).update(
            delivered=True, first_delivered_at=timezone.now(), version=F("version") + 1
        )
    for lead, kind in zip(leads, KINDS, strict=False):
        batch = send(lead, kind, campaign)
        arrive(received, kind, batch)
    call = make_call(leads[len(KINDS)], campaign)
    received.take("realtime", str(call.key))


def send(lead, kind, campaign):
    made = make_integration(campaign, label=kind, destination={"kind": kind})
    batch = Batch.objects.create(
        integration=made, due_at=timezone.now(), frozen={"destination": {"kind": kind}},
        state="sent", leads=1, new_leads=1, name=f"{kind}.csv", size=len(CONTENT), sha256=SHA,
        sent_at=timezone.now(), attempts=1,
    )  # fmt: skip
    BatchLead.objects.create(batch=batch, seq=1, lead_id=lead.pk, cells=["1"])
    Attempt.objects.create(batch=batch, stage="finishing", outcome="sent")
    LeadDelivery.objects.create(
        lead=lead, integration=made.pk, round=1, state="sent", parcel=batch.pk
    )
    return batch


def arrive(received, kind, batch):
    facts = (batch.pk, batch.name, batch.state, batch.sha256)
    if kind == "sftp":
        received.on_sftp[batch.name] = SHA
        received.named[batch.name].append(SHA)
    elif kind == "s3":
        received.in_s3[batch.name] = SHA
        received.put.append(batch.name)
    elif kind == "http":
        received.take("http", invariants.key_of(facts), SHA)
    else:
        received.mailed[invariants.message_id(facts)] += 1


def make_call(lead, campaign):
    made = make_integration(campaign, kind="realtime")
    call = Call.objects.create(
        integration=made, lead_id=lead.pk, round=1, key="c" * 32, state="sent", attempts=1
    )
    CallAttempt.objects.create(call=call, outcome="delivered")
    LeadDelivery.objects.create(lead=lead, integration=made.pk, round=1, state="sent")
    return Call.objects.get()


def answer(agency, asker):
    """Leads and requests were made by calls."""
    key = create_key(actor=None, user=agency, name="of tests").key
    ids = list(Lead.objects.values_list("pk", flat=True))
    body = f'{{"message": "Lead was created successfully", "data": {ids}}}'
    IdempotentAnswer.objects.create(key=key, name="leads", digest="", status=201, body=body)
    for (pk,) in invariants.rows("SELECT id FROM requests_workflow_conversionrequest"):
        headers = {"Location": f"/v1/conversion-requests/{pk}"}
        IdempotentAnswer.objects.create(
            key=key, name=f"request {pk}", digest="", status=201, headers=headers, body="{}"
        )


@pytest.fixture
def other():
    """Another connection, on which a lock can be left."""
    made = connection.copy()
    yield made
    made.close()


def leave_a_lock(other):
    with other.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_lock(7)")


def sql(*statements):
    with connection.cursor() as cursor:
        for statement in statements:
            cursor.execute(statement)


COPY_EVENT = """
    CREATE TEMP TABLE copied ON COMMIT DROP AS SELECT * FROM {0} WHERE pgh_id = (
        SELECT max(pgh_id) FROM {0});
    UPDATE copied SET pgh_id = (SELECT max(pgh_id) + 1 FROM {0});
    INSERT INTO {0} SELECT * FROM copied
"""
A_JOB = """
    INSERT INTO jobs_job SELECT (jsonb_populate_record(j, jsonb_build_object('id', 999999,
        'channel', 'api'))).* FROM jobs_job j ORDER BY id LIMIT 1
"""
# What breaks each invariant: SQL, or what is done to what was seen.
BREAKS = {
    invariants.every_job_ends: "UPDATE jobs_job SET state = 'running', finished_at = NULL",
    invariants.no_job_gives_up: "UPDATE jobs_job SET state = 'failed'",
    invariants.every_row_is_told: "UPDATE jobs_jobrow SET outcome = 'ready'",
    invariants.counts_add_up: "UPDATE jobs_job SET counts = '{\"applied\": 1}'",
    invariants.chunks_are_done: "UPDATE jobs_jobchunk SET state = 'open'",
    invariants.applied_exactly_once: COPY_EVENT.format("conversions_event").replace(
        "max(pgh_id) FROM conversions_event);",
        "max(pgh_id) FROM conversions_event e JOIN pghistory_context x ON x.id = pgh_context_id"
        " WHERE x.metadata->>'job_id' IS NOT NULL);",
        1,
    ),
    invariants.applied_as_told: "UPDATE jobs_jobrow SET after = '{\"status\": \"rejected\"}'",
    invariants.history_ends_with_the_present: "UPDATE conversions_conversion SET payout = 77",
    invariants.one_entry_a_change: COPY_EVENT.format("leads_event"),
    invariants.no_entry_without_a_change: COPY_EVENT.format("conversions_event"),
    invariants.what_was_answered_is_there: lambda seen: seen.ledger.told("leads", 999_999),
    invariants.one_answer_a_key: lambda seen: seen.ledger.answers["key"].update({"one", "two"}),
    invariants.made_once_a_key: A_JOB,
    invariants.one_of_two_wins: lambda seen: seen.ledger.done.update({("confirm", 1): 2}),
    invariants.errors_have_a_reason: lambda seen: seen.ledger.errors.append(("flow", "/", 500)),
    invariants.requests_are_processed_once: """
        UPDATE requests_workflow_conversionrequest SET type = 'create', conversion_id = (
            SELECT min(id) FROM conversions_conversion)""",
    invariants.requests_change_what_they_name: """
        UPDATE requests_workflow_conversionrequest SET wanted = '{"status": "approved"}'""",
    invariants.leads_are_processed_once_a_round: """
        INSERT INTO leads_leadrun (lead_id, round, at, status, hardfail, verdicts, error)
        SELECT lead_id, round, at, status, hardfail, verdicts, error FROM leads_leadrun""",
    invariants.postbacks_come_to_an_end: "UPDATE conversions_postbackevent SET state = 'sending'",
    invariants.partners_are_told_the_last_status: "DELETE FROM conversions_postbackevent",
    invariants.every_postback_attempt_is_logged: "DELETE FROM conversions_postbackattempt",
    invariants.postback_repeats_say_so: "UPDATE conversions_postbackattempt SET repeat = true",
    invariants.postbacks_arrive_as_recorded: lambda seen: seen.sinks.of_place["postbacks"].append(
        seen.sinks.of_place["postbacks"][0]
    ),
    invariants.calls_come_to_an_end: "UPDATE batches_call SET state = 'waiting'",
    invariants.calls_arrive_as_recorded: lambda seen: seen.sinks.take("realtime", "another"),
    invariants.call_repeats_say_so: "UPDATE batches_callattempt SET repeat = true",
    invariants.batches_come_to_an_end: "UPDATE batches_attempt SET outcome = ''",
    invariants.lines_are_those_that_were_claimed: "DELETE FROM batches_batchlead",
    invariants.once_in_a_sent_file: """
        INSERT INTO batches_batchlead (batch_id, seq, lead_id, is_new, cells)
        SELECT batch_id, 2, lead_id, true, cells FROM batches_batchlead""",
    invariants.deliveries_follow_their_batch: "UPDATE leads_leaddelivery SET state = 'sending'",
    invariants.sent_leads_are_delivered: "UPDATE leads_event SET delivered = false",
    invariants.repeats_of_batches_say_so: """
        INSERT INTO batches_attempt (batch_id, began_at, stage, outcome, repeat, code, words)
        SELECT batch_id, now(), stage, outcome, false, '', '' FROM batches_attempt""",
    invariants.files_on_sftp_are_whole: lambda seen: seen.sinks.named["sftp.csv"].append("half"),
    invariants.objects_in_s3_are_whole: lambda seen: seen.sinks.put.append("s3.csv"),
    invariants.http_files_arrive_as_recorded: lambda seen: seen.sinks.of_place["http"].append(
        seen.sinks.of_place["http"][0]
    ),
    invariants.mails_arrive_as_recorded: lambda seen: seen.sinks.mailed.update(
        list(seen.sinks.mailed)
    ),
    invariants.what_is_called_sent_has_arrived: lambda seen: seen.sinks.on_sftp.clear(),
    invariants.no_lock_is_left: leave_a_lock,
    invariants.webs_serve: lambda seen: seen.ports.append(closed_port()),
}  # fmt: skip


def test_each_invariant_holds_for_a_sound_database_and_breaks_for_its_own_reason(
    seen, subtests, monkeypatch, other
):
    assert invariants.check(seen) == []
    assert set(BREAKS) == set(invariants.INVARIANTS)
    monkeypatch.setattr(invariants, "LEFT_SECONDS", 0)
    for rule, breaking in BREAKS.items():
        with subtests.test(rule.__name__), transaction.atomic():
            if breaking is leave_a_lock:
                leave_a_lock(other)
            elif callable(breaking):
                breaking(seen)
            else:
                # Without the triggers that would write history, or keep it as it is.
                sql("SET LOCAL session_replication_role = replica", breaking)
            assert rule(seen)
            transaction.set_rollback(True)
