"""The wizard's draft: which leads were chosen so far, and from a type on a verified job.

Its rows are the leads, found or not, each once. Choosing a type verifies them for it; going back
makes the job a draft again.
"""

from collections.abc import Collection, Mapping, Sequence
from datetime import timedelta
from typing import Any

from django.conf import settings
from django.db import connection, transaction
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from convertr.accounts.access import require
from convertr.accounts.models import User
from convertr.audit.context import recorded
from convertr.errors import DomainError
from convertr.jobs import chunks, engine
from convertr.jobs import services as jobs
from convertr.jobs.chunks import of_job
from convertr.jobs.models import Job, JobRow, Outcome, State
from convertr.jobs.planner import join_by_hash
from leads.flagging.kinds import ACT_OF, KIND_OF, Draft
from leads.rules import ACTS, Act
from leads.wizard.typed import Key, distinct

OPEN = (State.DRAFT, State.VERIFIED)
FAR_OVER = 5
# Each lead, and each text that names none, once; numbered on from what is there.
_ADD = """
WITH typed AS (
    SELECT t.*, l.id AS lead
    FROM unnest(%(texts)s::text[], %(ids)s::bigint[], %(hashes)s::uuid[]) WITH ORDINALITY
        AS t (text, id, hash, place)
    LEFT JOIN LATERAL (
        SELECT l.id FROM leads_lead l
        WHERE (l.id = t.id OR l.hash = t.hash) AND l.deleted_at IS NULL OFFSET 0
    ) l ON true
),
fresh AS (
    SELECT DISTINCT ON (coalesce(lead::text, text)) * FROM typed
    -- Each by an equality alone, so that it is looked for by hash.
    WHERE NOT EXISTS (
        SELECT FROM jobs_jobrow r WHERE r.created_on = %(day)s AND r.job_id = %(job)s
            AND r.target_id = typed.lead
    ) AND NOT EXISTS (
        SELECT FROM jobs_jobrow r WHERE r.created_on = %(day)s AND r.job_id = %(job)s
            AND r.key_text = CASE WHEN typed.lead IS NULL THEN typed.text END
    )
    ORDER BY coalesce(lead::text, text), place
)
INSERT INTO jobs_jobrow (created_on, job_id, seq, line, input, key_id, key_text, target_id,
    outcome, code)
SELECT %(day)s, %(job)s, n + %(last)s, n + %(last)s, ARRAY[text], lead,
    CASE WHEN lead IS NULL THEN text END, lead,
    CASE WHEN lead IS NULL THEN 'not_found' ELSE 'staged' END,
    CASE WHEN lead IS NULL THEN 'lead_not_found' END
FROM (SELECT *, row_number() OVER (ORDER BY place) AS n FROM fresh) numbered
"""
_AGAIN = """
UPDATE jobs_jobrow SET before = NULL, after = NULL, params = NULL,
    outcome = CASE WHEN key_id IS NULL THEN 'not_found' ELSE 'staged' END,
    code = CASE WHEN key_id IS NULL THEN 'lead_not_found' END
WHERE created_on = %(day)s AND job_id = %(job)s
"""


def start(*, actor: User, keys: Sequence[Key] = ()) -> Job:
    """A new draft, with these leads."""
    require(actor, Draft.permission)
    with transaction.atomic():
        job = Job.objects.create(
            kind=Draft.name,
            state=State.DRAFT,
            requested_by=actor,
            columns=["lead"],
            expires_at=_expiry(),
        )
        if keys:
            add(actor=actor, job=job, keys=keys)
    return job


def add(*, actor: User, job: Job, keys: Sequence[Key]) -> int:
    """Choose further leads; answers how many are new. DomainError over the limit."""
    keys = distinct(keys)
    # An id and a hash can name the same lead: the rows tell. Far over it they aren't looked up.
    if len(keys) > FAR_OVER * settings.CSV_MAX_ROWS:
        raise too_many()
    with transaction.atomic():
        held = _held(actor, job)
        values: dict[str, Any] = {
            **of_job(held),
            "last": _last(held),
            "texts": [key.text for key in keys],
            "ids": [key.id for key in keys],
            "hashes": [key.hash for key in keys],
        }
        join_by_hash()
        with connection.cursor() as cursor:
            cursor.execute(_ADD, values)
            added = int(cursor.rowcount)
        if held.rows.count() > settings.CSV_MAX_ROWS:
            raise too_many()
        _draft(held)
    return added


def drop(*, actor: User, job: Job, outcomes: Collection[str]) -> None:
    """Take leads off the draft: those not found, or all."""
    with transaction.atomic():
        held = _held(actor, job)
        held.rows.filter(outcome__in=outcomes).delete()
        _draft(held)


def choose(*, actor: User, job: Job, act: Act) -> Job:
    """Verify the leads for a type: the job is then `verified`, and can be confirmed."""
    require(actor, ACTS[act].permission)
    with recorded():
        held = _held(actor, job)
        if not held.rows.filter(key_id__isnull=False).exists():
            raise DomainError("no_leads", _("Choose at least one lead first."))
        _draft(held)
        held.kind = KIND_OF[act]
        held.save(update_fields=["kind"])
        engine.resolve(held)
        # With the rows that name no lead, which it has not looked at.
        held.counts = chunks.count(held)
        held.save(update_fields=["counts"])
        if not held.counts.get(Outcome.READY):
            raise DomainError("none_applies", _("To none of these leads can this be applied."))
    return held


def keep(*, actor: User, job: Job, typed: Mapping[str, Any]) -> None:
    """Keep what the form of the chosen type holds so far (wizard.form.Typed), a type at a time."""
    with transaction.atomic():
        held = _held(actor, job)
        all_typed = {**held.parameters.get("typed", {}), str(act_of(held)): dict(typed)}
        held.parameters = {**held.parameters, "typed": all_typed}
        held.save(update_fields=["parameters"])


def confirm(*, actor: User, job: Job, verified: str, data: Mapping[str, Any]) -> Job:
    """Queue the leads that were verified at the moment `verified` (ISO 8601), as `data` asks.

    DomainError: `already_confirmed`, naming who was first; `not_verified` for a job that has
    ended; `verified_anew` where another tab has changed the leads or the type since; or what
    `flagging.options.read` says.
    """
    with transaction.atomic():
        held = Job.objects.select_for_update().get(pk=job.pk)
        if held.state in OPEN:
            held = _held(actor, job)
            if held.verified_at is None or held.verified_at.isoformat() != verified:
                text = _("The leads or the type were changed in another tab. Look again.")
                raise DomainError("verified_anew", text)
        held.parameters.pop("typed", None)
        return jobs.confirm(actor=actor, job=held, data=data)


def act_of(job: Job) -> Act | None:
    """The type that is chosen, or was before one went back."""
    act = ACT_OF.get(job.kind) or job.parameters.get("act")
    return Act(act) if act else None


def _held(actor: User, job: Job) -> Job:
    """The draft, held; whoever has begun it goes on with it."""
    held = Job.objects.select_for_update().get(pk=job.pk)
    if held.requested_by_id != actor.pk:
        raise DomainError("not_yours", _("Somebody else has begun this. Start your own."))
    if held.state not in OPEN:
        raise DomainError("not_open", _("This has been confirmed or has ended already."))
    return held


def _draft(held: Job) -> None:
    """Forget what was verified, but the type, and count what is chosen."""
    held.parameters = {**held.parameters, "act": act_of(held)}
    with connection.cursor() as cursor:
        cursor.execute(_AGAIN, of_job(held))
    held.kind, held.state, held.counts, held.summary = Draft.name, State.DRAFT, {}, {}
    held.total, held.verified_at, held.expires_at = held.rows.count(), None, _expiry()
    held.save()


def too_many() -> DomainError:
    text = _("At most %(max)s leads at once: choose fewer.")
    return DomainError("too_many_leads", text % {"max": f"{settings.CSV_MAX_ROWS:,}"})


def _last(job: Job) -> int:
    row: JobRow | None = job.rows.order_by("-seq").first()
    return row.seq if row else 0


def _expiry() -> Any:
    return timezone.now() + timedelta(hours=settings.JOB_VERIFIED_HOURS)
