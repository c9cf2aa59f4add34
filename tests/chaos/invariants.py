"""What must hold when a round has come to rest: a function an invariant, its sentence first.

Each answers what breaks its sentence, as texts; none answers nothing. They read the whole database
by plain SQL (no code of the product's), what the sinks have received, and what callers were told.
"""

import hashlib
from collections import defaultdict
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from functools import partial
from typing import Any

import urllib3
from django.db import connection

from tests.chaos.ledger import Ledger

# More calls at once than a web server's pool has connections (settings: 8).
AT_ONCE = 10
# What has held a lock for so long without doing anything has forgotten it.
LEFT_SECONDS = 3.0


@dataclass
class Seen:
    """What the checker knows beside the database. `faults`: the names of the round's."""

    ledger: Ledger
    # The last ids from before the rounds, when they began, and who raises requests.
    first: dict[str, Any]
    sinks: Any
    ports: list[int]
    faults: list[str]


def rows(sql, **values):
    with connection.cursor() as cursor:
        cursor.execute(sql, values)
        return cursor.fetchall()


def broken(sql, **values):
    """The rows of a query, as texts."""
    return [", ".join(map(str, row)) for row in rows(sql, **values)]


# --- Jobs -----------------------------------------------------------------------------------------


def every_job_ends(seen):
    """Every job that was confirmed or called for ends."""
    return broken("""
        SELECT id, kind, state, attempts FROM jobs_job
        WHERE (confirmed_at IS NOT NULL AND finished_at IS NULL)
           OR state IN ('staging', 'verifying', 'queued', 'running')
    """)


def no_job_gives_up(seen):
    """No job fails for the faults' sake, and no row of one: they are tried until they are done."""
    return broken("""
        SELECT id, kind, state, error_code, counts FROM jobs_job
        WHERE state = 'failed' OR counts ? 'failed' AND kind <> 'leads.reprocess'
    """)


def every_row_is_told(seen):
    """Every row of a job that is done was applied, or told why it was not."""
    return broken("""
        SELECT j.id, j.kind, r.seq, r.outcome FROM jobs_job j
        JOIN jobs_jobrow r ON r.created_on = j.created_on AND r.job_id = j.id
        WHERE j.state = 'done' AND (r.outcome IN ('ready', 'staged')
            OR r.outcome <> 'applied' AND r.outcome <> 'unchanged' AND r.code IS NULL)
    """)


def counts_add_up(seen):
    """A job's counts are those of its rows, and add up to its total."""
    return broken("""
        SELECT j.id, j.kind, j.total, j.counts, told.counts FROM jobs_job j
        JOIN LATERAL (
            SELECT coalesce(sum(rows), 0) AS total,
                coalesce(jsonb_object_agg(outcome, rows), '{}') AS counts
            FROM (
                SELECT outcome, count(*) AS rows FROM jobs_jobrow r
                WHERE r.created_on = j.created_on AND r.job_id = j.id GROUP BY outcome
            ) by_outcome
        ) told ON true
        WHERE j.state IN ('verified', 'done', 'cancelled', 'failed')
          AND (told.total <> j.total OR told.counts <> j.counts)
    """)


def chunks_are_done(seen):
    """A job that is done has no chunk left open, and none of its chunks was cut twice."""
    return broken("""
        SELECT j.id, c.first, c.last, c.state
        FROM jobs_job j JOIN jobs_jobchunk c ON c.job_id = j.id
        WHERE j.state = 'done' AND (c.state = 'open' OR EXISTS (
            SELECT FROM jobs_jobchunk o WHERE o.job_id = j.id AND o.id <> c.id
                AND o.first <= c.last AND o.last >= c.first
        ))
    """)


# --- History --------------------------------------------------------------------------------------

# The rows that changed something, and the entries of history that name their job.
_APPLIED = """
    applied AS MATERIALIZED (
        SELECT r.job_id, r.target_id, r.after FROM jobs_jobrow r JOIN jobs_job j ON j.id = r.job_id
        WHERE r.outcome = 'applied' AND j.kind LIKE '{app}.%%'
    ),
    entries AS MATERIALIZED (
        SELECT (x.metadata->>'job_id')::bigint AS job_id, e.pgh_obj_id, to_jsonb(e) AS value
        FROM {table} e JOIN pghistory_context x ON x.id = e.pgh_context_id
        WHERE x.metadata->>'job_id' IS NOT NULL
    )
"""
_TABLES = {"conversions": "conversions_event", "leads": "leads_event"}


def applied_exactly_once(seen):
    """A row that was applied has exactly one entry in history, and a job's entry has its row."""
    return [
        line
        for app, table in _TABLES.items()
        for line in broken(f"""
            WITH {_APPLIED.format(app=app, table=table)}
            SELECT '{table}', coalesce(a.job_id, e.job_id), coalesce(a.target_id, e.pgh_obj_id),
                coalesce(a.rows, 0) AS rows, coalesce(e.entries, 0) AS entries
            FROM (SELECT job_id, target_id, count(*) AS rows FROM applied GROUP BY 1, 2) a
            FULL JOIN (
                SELECT job_id, pgh_obj_id, count(*) AS entries FROM entries GROUP BY 1, 2
            ) e ON e.job_id = a.job_id AND e.pgh_obj_id = a.target_id
            WHERE a.rows IS DISTINCT FROM 1 OR e.entries IS DISTINCT FROM 1
        """)
    ]


def applied_as_told(seen):
    """What an applied row says to have written is what history has of that moment."""
    return [
        line
        for app, table in _TABLES.items()
        for line in broken(f"""
            WITH {_APPLIED.format(app=app, table=table)}
            SELECT '{table}', a.job_id, a.target_id, w.key, w.value, e.value->>w.key
            FROM applied a
            JOIN entries e ON e.job_id = a.job_id AND e.pgh_obj_id = a.target_id
            CROSS JOIN LATERAL jsonb_each_text(a.after) w
            WHERE w.key <> 'queued' AND CASE
                WHEN w.key IN ('payout', 'revenue', 'sale_amount')
                    THEN w.value::numeric IS DISTINCT FROM (e.value->>w.key)::numeric
                WHEN w.key LIKE '%%_at'
                    THEN w.value::timestamptz IS DISTINCT FROM (e.value->>w.key)::timestamptz
                ELSE w.value IS DISTINCT FROM e.value->>w.key END
        """)
    ]


_TRACKED = {
    ("conversions_event", "conversions_conversion"): (
        "status, payout, revenue, sale_amount, reason_code, note, locked, order_id,"
        " sub1, sub2, sub3, sub4, sub5, sub6"
    ),
    ("leads_event", "leads_lead"): (
        "status, score, hardfail, processing, round, flagged, reason_code, own_reason, comment,"
        " delivered, undelivered, first_delivered_at, replacement, deleted_at, version"
    ),
    ("requests_workflow_event", "requests_workflow_conversionrequest"): (
        "status, version, wanted, conversion_id, decision_reason, failure_code"
    ),
}


def history_ends_with_the_present(seen):
    """The last entry of everything that has a history is what it is now."""
    return [
        line
        for (events, table), names in _TRACKED.items()
        for line in broken(f"""
            WITH last AS (
                SELECT DISTINCT ON (pgh_obj_id) pgh_obj_id, ROW({names}) AS value
                FROM {events} ORDER BY pgh_obj_id, pgh_id DESC
            )
            SELECT '{table}', t.id, ROW({names}), last.value
            FROM {table} t LEFT JOIN last ON last.pgh_obj_id = t.id
            WHERE last.value IS NULL OR last.value::text <> ROW({names})::text
        """)
    ]


def one_entry_a_change(seen):
    """History has one entry a change: of leads and requests each version once, none left out."""
    return [
        line
        for table in ("leads_event", "requests_workflow_event")
        for line in broken(f"""
            SELECT '{table}', pgh_obj_id, array_agg(version ORDER BY pgh_id) FROM {table}
            GROUP BY pgh_obj_id
            HAVING count(DISTINCT version) <> count(*)
                OR max(version) - min(version) + 1 <> count(*)
        """)
    ]


def no_entry_without_a_change(seen):
    """No two entries of a conversion in a row are alike, and it has a version for each change."""
    return broken("""
        WITH entries AS (
            SELECT pgh_obj_id AS id,
                (status, payout, revenue, sale_amount, locked)::text AS counted,
                (to_jsonb(e) - '{pgh_id,pgh_created_at,pgh_label,pgh_context_id}'::text[]) AS whole,
                pgh_id
            FROM conversions_event e
        ),
        steps AS (
            SELECT id, whole = lag(whole) OVER own AS same,
                counted <> lag(counted) OVER own AS counts
            FROM entries WINDOW own AS (PARTITION BY id ORDER BY pgh_id)
        )
        SELECT c.id, c.version, count(*) FILTER (WHERE same), count(*) FILTER (WHERE counts)
        FROM steps JOIN conversions_conversion c ON c.id = steps.id GROUP BY c.id
        HAVING count(*) FILTER (WHERE same) > 0
            OR count(*) FILTER (WHERE counts) > c.version - 1
    """)


# --- Calls ----------------------------------------------------------------------------------------


def what_was_answered_is_there(seen):
    """What a caller was told to be stored is stored: jobs, leads, requests, batches."""
    tables = {
        "jobs": "jobs_job",
        "leads": "leads_lead",
        "requests": "requests_workflow_conversionrequest",
        "batches": "batches_batch",
    }
    return [
        f"{kind} {missing}"
        for kind, ids in seen.ledger.ids.items()
        for (missing,) in rows(
            f"SELECT id FROM unnest(%(ids)s::bigint[]) AS told (id)"
            f" WHERE NOT EXISTS (SELECT FROM {tables[kind]} t WHERE t.id = told.id)",
            ids=list(ids),
        )
    ]


def one_answer_a_key(seen):
    """A call repeated with its Idempotency-Key gets the first answer again."""
    return [f"{key}: {had}" for key, had in seen.ledger.answers.items() if len(had) > 1]


def made_once_a_key(seen):
    """A call made what it made once, however often it was repeated: no other job, lead, request."""
    return broken("""
        WITH answers AS (
            SELECT headers->>'X-Job-Id' AS job, headers->>'Location' AS location,
                body::jsonb AS body
            FROM http_api_idempotentanswer WHERE status < 300
        )
        SELECT 'job', id, kind FROM jobs_job
        WHERE channel = 'api' AND id > %(job)s AND undo_of_id IS NULL
            AND (SELECT count(*) FROM answers WHERE job = jobs_job.id::text) <> 1
        UNION ALL
        SELECT 'request', id, type FROM requests_workflow_conversionrequest
        WHERE id > %(request)s AND raised_by_id = %(partner)s AND (
            SELECT count(*) FROM answers
            WHERE location = '/v1/conversion-requests/' || requests_workflow_conversionrequest.id
        ) <> 1
        UNION ALL
        SELECT 'lead', l.id, '' FROM leads_lead l
        LEFT JOIN (
            SELECT told::bigint AS id, count(*) AS times FROM answers,
                jsonb_array_elements_text(CASE jsonb_typeof(body->'data')
                    WHEN 'array' THEN body->'data' ELSE jsonb_build_array(body->'data') END) told
            WHERE body->>'message' LIKE 'Lead%%' GROUP BY 1
        ) told ON told.id = l.id
        WHERE l.id > %(lead)s AND told.times IS DISTINCT FROM 1
    """, **seen.first)  # fmt: skip


def one_of_two_wins(seen):
    """Of two people at the same moment one confirms, undoes, cancels or decides; once."""
    return [f"{what}: {times}" for what, times in seen.ledger.done.items() if times > 1]


def errors_have_a_reason(seen):
    """No call is answered 500 or more unless the database or a web server was struck."""
    if {"database restarted", "web killed"} & set(seen.faults):
        return []
    return [str(error) for error in seen.ledger.errors if error[2] is not None]


# --- Requests and leads ---------------------------------------------------------------------------


def requests_are_processed_once(seen):
    """An accepted request is processed or has failed; one processed made or changed one thing."""
    return broken("""
        SELECT r.id, r.type, r.status, r.conversion_id FROM requests_workflow_conversionrequest r
        WHERE r.status = 'accepted'
           OR r.status = 'processed' AND NOT EXISTS (
                SELECT FROM conversions_conversion c WHERE c.id = r.conversion_id)
           OR r.status = 'processed' AND r.type = 'create' AND EXISTS (
                SELECT FROM requests_workflow_conversionrequest o
                WHERE o.id <> r.id AND o.type = 'create' AND o.conversion_id = r.conversion_id)
    """)


def requests_change_what_they_name(seen):
    """A processed change wrote what it names, with its own processing."""
    return broken("""
        SELECT r.id, w.key, w.value, h.value->>w.key
        FROM requests_workflow_conversionrequest r
        CROSS JOIN LATERAL (
            SELECT to_jsonb(e) AS value FROM conversions_event e
            WHERE e.pgh_obj_id = r.conversion_id AND e.pgh_created_at <= r.processed_at
            ORDER BY e.pgh_id DESC LIMIT 1
        ) h
        CROSS JOIN LATERAL jsonb_each_text(r.wanted) w
        WHERE r.id > %(request)s AND r.status = 'processed' AND r.type = 'change'
            AND w.key IN ('status', 'sub1') AND w.value IS DISTINCT FROM h.value->>w.key
    """, **seen.first)  # fmt: skip


def leads_are_processed_once_a_round(seen):
    """Every lead that came in was processed, once in each of its rounds."""
    return broken("""
        SELECT l.id, l.processing, l.round, count(r.id), count(DISTINCT r.round)
        FROM leads_lead l LEFT JOIN leads_leadrun r ON r.lead_id = l.id
        WHERE l.id > %(lead)s GROUP BY l.id
        HAVING l.processing = 'queued'
            OR count(r.id) <> l.round OR count(DISTINCT r.round) <> l.round
    """, **seen.first)  # fmt: skip


# --- Partner postbacks ----------------------------------------------------------------------------


def postbacks_come_to_an_end(seen):
    """No postback waits, is under way, or is held by a sender."""
    return broken("""
        SELECT id, state, token FROM conversions_postbackevent
        WHERE state IN ('waiting', 'sending') OR token IS NOT NULL
    """)


def partners_are_told_the_last_status(seen):
    """Of a status that a conversion got last, each postback that wants it has the event."""
    return broken("""
        WITH steps AS (
            SELECT pgh_obj_id AS id, status, pgh_created_at AS at, pgh_id,
                lag(status) OVER (PARTITION BY pgh_obj_id ORDER BY pgh_id) AS was
            FROM conversions_event
        ),
        last AS (
            SELECT DISTINCT ON (id) id, status, at FROM steps WHERE status IS DISTINCT FROM was
            ORDER BY id, pgh_id DESC
        )
        SELECT last.id, last.status, p.id, told.version, told.status
        FROM last JOIN conversions_conversion c ON c.id = last.id
        JOIN conversions_partnerpostback p ON p.partner_id = c.partner_id AND p.active
            AND last.status = ANY(p.statuses)
        LEFT JOIN LATERAL (
            SELECT e.version, e.status FROM conversions_postbackevent e
            WHERE e.conversion_id = c.id AND e.postback_id = p.id ORDER BY e.version DESC LIMIT 1
        ) told ON true
        WHERE last.at > %(began)s AND told.status IS DISTINCT FROM last.status
    """, **seen.first)  # fmt: skip


def every_postback_attempt_is_logged(seen):
    """Each attempt at a postback is logged, once; none after it was delivered."""
    return broken("""
        SELECT e.id, e.state, e.attempts, array_agg(a.outcome ORDER BY a.at, a.id)
        FROM conversions_postbackevent e
        LEFT JOIN conversions_postbackattempt a ON a.event_id = e.id
        GROUP BY e.id, e.created_on, e.state, e.attempts
        HAVING count(a.id) <> e.attempts
            OR count(*) FILTER (WHERE a.outcome = 'delivered') <> (e.state = 'delivered')::int
            OR e.state = 'delivered'
                AND (array_agg(a.outcome ORDER BY a.at DESC, a.id DESC))[1] <> 'delivered'
    """)


_UNKNOWN = "('timeout', 'cut', 'error', 'unknown')"


def postback_repeats_say_so(seen):
    """What follows an unknown outcome is logged as a repeat, and nothing else is."""
    return broken(f"""
        WITH steps AS (
            SELECT event_id, id, outcome, repeat, lag(outcome) OVER (
                PARTITION BY event_id ORDER BY at, id) AS was
            FROM conversions_postbackattempt
        )
        SELECT event_id, id, was, outcome, repeat FROM steps
        WHERE outcome <> 'unknown' AND repeat <> (coalesce(was, '') IN {_UNKNOWN})
    """)


def postbacks_arrive_as_recorded(seen):
    """A partner got each change once, and once more for each unknown outcome at most."""
    told = rows(f"""
        SELECT e.postback_id || ':' || e.conversion_id || '-' || e.version, e.state, e.status,
            count(a.id) FILTER (WHERE a.outcome IN {_UNKNOWN})
        FROM conversions_postbackevent e
        LEFT JOIN conversions_postbackattempt a ON a.event_id = e.id
        GROUP BY e.id, e.created_on, e.postback_id, e.conversion_id, e.version, e.state, e.status
    """)
    takes = seen.sinks.takes("postbacks")
    known = {key for key, *_more in told}
    wrong = [f"{key}: nobody sent it" for key in takes if key not in known]
    wrong += [
        f"{key}: came {takes[key]} times, {unknown} unknown, {state}"
        for key, state, _status, unknown in told
        if takes[key] > unknown + (state == "delivered")
        or (state == "delivered" and not takes[key])
    ]
    statuses = {key: status for key, _state, status, _unknown in told}
    return wrong + [
        f"{one.key}: said {one.query['s']}"
        for one in seen.sinks.arrivals("postbacks")
        if one.key in statuses and one.query["s"] != statuses[one.key]
    ]


# --- Calls of real-time integrations --------------------------------------------------------------


def calls_come_to_an_end(seen):
    """No call of a real-time integration waits, is under way, or is held."""
    return broken("""
        SELECT id, state, token FROM batches_call
        WHERE state IN ('waiting', 'sending') OR token IS NOT NULL
    """)


def calls_arrive_as_recorded(seen):
    """A lead is told once, and once more for each unknown outcome at most, which is logged."""
    told = rows(f"""
        SELECT c.key::text, c.state, count(t.id) FILTER (WHERE t.outcome IN {_UNKNOWN})
        FROM batches_call c LEFT JOIN batches_callattempt t ON t.call_id = c.id
        GROUP BY c.id, c.key, c.state
    """)
    takes = seen.sinks.takes("realtime")
    known = {key for key, *_more in told}
    return [f"{key}: nobody sent it" for key in takes if key not in known] + [
        f"{key}: came {takes[key]} times, {unknown} unknown, {state}"
        for key, state, unknown in told
        if takes[key] > unknown + (state == "sent") or (state == "sent" and not takes[key])
    ]


def call_repeats_say_so(seen):
    """A call that follows an unknown outcome is logged as a repeat, and no other is."""
    return broken(f"""
        WITH steps AS (
            SELECT call_id, id, outcome, repeat, lag(outcome) OVER (
                PARTITION BY call_id ORDER BY id) AS was
            FROM batches_callattempt
        )
        SELECT call_id, id, was, outcome, repeat FROM steps
        WHERE repeat <> (coalesce(was, '') IN {_UNKNOWN})
    """)


# --- Batches --------------------------------------------------------------------------------------


def batches_come_to_an_end(seen):
    """No batch is under way or held by a sender, and every attempt says how it ended."""
    return broken("""
        SELECT b.id, b.state, b.settled, b.token, t.id FROM batches_batch b
        LEFT JOIN batches_attempt t ON t.batch_id = b.id AND t.outcome = ''
        WHERE b.state IN ('claimed', 'built', 'sending') OR NOT b.settled OR b.token IS NOT NULL
            OR t.id IS NOT NULL
    """)


def lines_are_those_that_were_claimed(seen):
    """A batch has as many lines as it says, and as many new leads."""
    return broken("""
        SELECT b.id, b.leads, b.new_leads, count(l.seq), count(*) FILTER (WHERE l.is_new)
        FROM batches_batch b LEFT JOIN batches_batchlead l ON l.batch_id = b.id
        WHERE b.id > %(batch)s GROUP BY b.id
        HAVING count(l.seq) <> b.leads OR count(*) FILTER (WHERE l.is_new) <> b.new_leads
    """, **seen.first)  # fmt: skip


def once_in_a_sent_file(seen):
    """No lead is in two sent files of one Default integration in one processing count."""
    return broken("""
        SELECT b.integration_id, l.lead_id, array_agg(b.id ORDER BY b.id), count(DISTINCT d.round)
        FROM batches_batch b
        JOIN batches_integration i ON i.id = b.integration_id AND i.kind = 'default'
        JOIN batches_batchlead l ON l.batch_id = b.id
        LEFT JOIN leads_leaddelivery d ON d.lead_id = l.lead_id AND d.parcel = b.id
            AND d.integration = b.integration_id
        WHERE b.state = 'sent' AND b.id > %(batch)s
        GROUP BY b.integration_id, l.lead_id
        HAVING count(DISTINCT d.round) <> count(*)
    """, **seen.first)  # fmt: skip


def deliveries_follow_their_batch(seen):
    """A lead's delivery is as its batch is: sent with it, being sent only while that is open."""
    return broken("""
        SELECT d.lead_id, d.state, d.parcel, b.state FROM leads_leaddelivery d
        JOIN batches_integration i ON i.id = d.integration AND i.kind <> 'realtime'
        LEFT JOIN batches_batch b ON b.id = d.parcel
        WHERE d.state = 'sending' AND coalesce(b.state, '') NOT IN ('held', 'failed')
           OR d.state = 'sent' AND b.state IS DISTINCT FROM 'sent'
           OR d.state NOT IN ('sent', 'sending', 'withdrawn') AND b.state = 'sent'
    """)


def sent_leads_are_delivered(seen):
    """A lead in a sent file, or told by a call, was delivered: its history has it."""
    return broken("""
        SELECT d.lead_id, d.integration, d.state FROM leads_leaddelivery d
        WHERE d.state = 'sent' AND d.lead_id > %(lead)s AND NOT EXISTS (
            SELECT FROM leads_event e WHERE e.pgh_obj_id = d.lead_id AND e.delivered)
    """, **seen.first)  # fmt: skip


def _batches(seen, kind):
    """Our batches to one kind of destination, with what their attempts and people say of them."""
    return rows("""
        SELECT b.id, b.name, b.state, b.sha256, b.sent_at IS NOT NULL AS was_sent,
            count(t.id) FILTER (WHERE t.outcome = 'sent') AS sent,
            count(t.id) FILTER (WHERE t.outcome = 'unknown') AS unknown,
            bool_or(t.repeat) AS repeated,
            (SELECT count(*) FROM audit_entry e WHERE e.action = 'batch.resent'
                AND e.subject = 'batch ' || b.id) AS resent,
            EXISTS (SELECT FROM audit_entry e WHERE e.action = 'batch.marked_sent'
                AND e.subject = 'batch ' || b.id) AS marked
        FROM batches_batch b LEFT JOIN batches_attempt t ON t.batch_id = b.id
        WHERE b.id > %(batch)s AND b.frozen->'destination'->>'kind' = %(kind)s
        GROUP BY b.id ORDER BY b.id
    """, kind=kind, **seen.first)  # fmt: skip


def key_of(batch):
    """What goes with every attempt at a batch."""
    return f"convertr-batch-{batch[0]}-{batch[3][:16]}"


def message_id(batch):
    """Of the mail with a batch's file."""
    return f"<{hashlib.sha256(key_of(batch).encode()).hexdigest()[:32]}@localhost>"


def _too_often(batch, times):
    """Whether a file arrived more often than known and unknown attempts account for."""
    _id, _name, _state, _sha, _was_sent, sent, unknown, *_more = batch
    return times > sent + unknown


def repeats_of_batches_say_so(seen):
    """A batch is tried again after an unknown outcome only by a logged repeat, or by a person."""
    return broken("""
        WITH steps AS (
            SELECT t.batch_id, t.id, t.repeat, t.began_at, lag(t.outcome) OVER own AS was,
                lag(t.began_at) OVER own AS before
            FROM batches_attempt t WINDOW own AS (PARTITION BY t.batch_id ORDER BY t.id)
        )
        SELECT batch_id, id, was, repeat FROM steps
        WHERE was IN ('unknown', 'sent') AND NOT repeat AND NOT EXISTS (
            SELECT FROM audit_entry e WHERE e.action = 'batch.resent'
                AND e.subject = 'batch ' || steps.batch_id AND e.at BETWEEN before AND began_at)
    """)


def files_on_sftp_are_whole(seen):
    """No file is half there under its final name, in no moment, and each is that of its batch."""
    batches = {batch[1]: batch for batch in _batches(seen, "sftp")}
    files = {name: sha for name, sha in seen.sinks.files().items() if not _is_temporary(name)}
    wrong = [f"{name}: no batch has that name" for name in files if name not in batches]
    wrong += [f"{name}: was never renamed" for name in files if not seen.sinks.named[name]]
    for name, batch in batches.items():
        hashes = seen.sinks.named[name] + ([files[name]] if name in files else [])
        if set(hashes) - {batch[3]}:
            wrong.append(f"{name}: had other bytes than batch {batch[0]}")
        if _too_often(batch, len(seen.sinks.named[name])):
            wrong.append(f"{name}: arrived {len(seen.sinks.named[name])} times, {batch}")
    return wrong


def _is_temporary(name):
    return name.startswith("convertr-") and name.endswith((".part", ".old"))


def objects_in_s3_are_whole(seen):
    """Each object in the bucket is the file of its batch, and came as often as is recorded."""
    batches = {batch[1]: batch for batch in _batches(seen, "s3")}
    came = defaultdict(int)
    for one in seen.sinks.puts():
        came[one] += 1
    wrong = [f"{name}: no batch has that name" for name in came if name not in batches]
    for name, sha in seen.sinks.objects().items():
        if name in batches and sha != batches[name][3]:
            wrong.append(f"{name}: other bytes than {batches[name]}")
    return wrong + [
        f"{name}: arrived {came[name]} times, {batch}"
        for name, batch in batches.items()
        if _too_often(batch, came[name])
    ]


def http_files_arrive_as_recorded(seen):
    """A file sent by HTTP came once, or again under the same Idempotency-Key after an unknown."""
    batches = {key_of(one): one for one in _batches(seen, "http")}
    takes = seen.sinks.takes("http")
    hashes = defaultdict(set)
    for one in seen.sinks.arrivals("http"):
        hashes[one.key].add(one.sha256)
    wrong = [f"{key}: no batch has that key" for key in hashes if key not in batches]
    for key, batch in batches.items():
        if hashes[key] - {batch[3]}:
            wrong.append(f"{key}: had other bytes")
        if _too_often(batch, takes[key]):
            wrong.append(f"{key}: came {takes[key]} times, {batch}")
    return wrong


def mails_arrive_as_recorded(seen):
    """A file by e-mail came once; again only if a person sent it again."""
    batches = {message_id(one): one for one in _batches(seen, "email")}
    mails = seen.sinks.mails()
    return [f"{name}: no batch has that Message-ID" for name in mails if name not in batches] + [
        f"{name}: came {mails[name]} times, {batch}"
        for name, batch in batches.items()
        if _too_often(batch, mails[name]) or mails[name] > 1 + batch[8]
    ]


def what_is_called_sent_has_arrived(seen):
    """A batch that is called sent has arrived, unless a person said so."""
    files, objects = seen.sinks.files(), seen.sinks.objects()
    takes, mails = seen.sinks.takes("http"), seen.sinks.mails()
    arrived = {
        "sftp": lambda batch: batch[1] in files,
        "s3": lambda batch: batch[1] in objects,
        "http": lambda batch: takes[key_of(batch)],
        "email": lambda batch: mails[message_id(batch)],
    }
    return [
        f"{kind}: {batch}"
        for kind, has_arrived in arrived.items()
        for batch in _batches(seen, kind)
        if batch[2] == "sent" and not batch[9] and not has_arrived(batch)
    ]


# --- Nothing is left behind -----------------------------------------------------------------------


def no_lock_is_left(seen):
    """No lock and no transaction is left behind."""
    return broken("""
        SELECT a.pid, a.state, a.query, l.locktype FROM pg_stat_activity a
        LEFT JOIN pg_locks l ON l.pid = a.pid AND l.locktype = 'advisory'
        WHERE a.datname = current_database() AND a.pid <> pg_backend_pid()
            AND a.state_change <= clock_timestamp() - make_interval(secs => %(seconds)s)
            AND (l.pid IS NOT NULL OR a.state LIKE 'idle in%%' OR a.wait_event_type = 'Lock')
    """, seconds=LEFT_SECONDS)  # fmt: skip


def webs_serve(seen):
    """Each web server is ready, and answers more calls at once than its pool has connections."""
    with ThreadPoolExecutor(AT_ONCE) as callers, urllib3.PoolManager(maxsize=AT_ONCE) as http:
        said = [
            one
            for port in seen.ports
            for one in callers.map(partial(_ready, http), [port] * AT_ONCE)
        ]
    return [one for one in said if one]


def _ready(http, port):
    url = f"http://127.0.0.1:{port}/readyz"
    try:
        answer = http.request("GET", url, timeout=20, retries=2)
    except urllib3.exceptions.HTTPError as error:
        return f"{port}: {error}"
    return "" if answer.status == 200 else f"{port}: {answer.data.decode()}"


INVARIANTS = [
    every_job_ends,
    no_job_gives_up,
    every_row_is_told,
    counts_add_up,
    chunks_are_done,
    applied_exactly_once,
    applied_as_told,
    history_ends_with_the_present,
    one_entry_a_change,
    no_entry_without_a_change,
    what_was_answered_is_there,
    one_answer_a_key,
    made_once_a_key,
    one_of_two_wins,
    errors_have_a_reason,
    requests_are_processed_once,
    requests_change_what_they_name,
    leads_are_processed_once_a_round,
    postbacks_come_to_an_end,
    partners_are_told_the_last_status,
    every_postback_attempt_is_logged,
    postback_repeats_say_so,
    postbacks_arrive_as_recorded,
    calls_come_to_an_end,
    calls_arrive_as_recorded,
    call_repeats_say_so,
    batches_come_to_an_end,
    lines_are_those_that_were_claimed,
    once_in_a_sent_file,
    deliveries_follow_their_batch,
    sent_leads_are_delivered,
    repeats_of_batches_say_so,
    files_on_sftp_are_whole,
    objects_in_s3_are_whole,
    http_files_arrive_as_recorded,
    mails_arrive_as_recorded,
    what_is_called_sent_has_arrived,
    no_lock_is_left,
    webs_serve,
]


def check(seen):
    """All violations, each with the sentence that it breaks."""
    found = [(rule.__doc__, rule(seen)) for rule in INVARIANTS]
    return [(sentence, said) for sentence, said in found if said]
