"""A change of many things is a Job, and the Job lives here (design.md, "The one idea")."""

from typing import TYPE_CHECKING, Self

from django.conf import settings
from django.contrib.postgres.fields import ArrayField
from django.core.serializers.json import DjangoJSONEncoder
from django.db import models
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from convertr.accounts.permissions import PARTNER_PERMISSIONS
from convertr.jobs import kinds

if TYPE_CHECKING:
    from convertr.accounts.models import User


class State(models.TextChoices):
    DRAFT = "draft", _("Draft")
    STAGING = "staging", _("Reading")
    VERIFYING = "verifying", _("Verifying")
    VERIFIED = "verified", _("Verified")
    QUEUED = "queued", _("Queued")
    RUNNING = "running", _("Running")
    DONE = "done", _("Done")
    REFUSED = "refused", _("Refused")
    CANCELLED = "cancelled", _("Cancelled")
    EXPIRED = "expired", _("Expired")
    FAILED = "failed", _("Failed")


OPEN_STATES = (
    State.DRAFT,
    State.STAGING,
    State.VERIFYING,
    State.VERIFIED,
    State.QUEUED,
    State.RUNNING,
)
ACTIVE_STATES = (State.QUEUED, State.RUNNING)


class Outcome(models.TextChoices):
    """What will happen, or did happen, to one row. STAGED: not yet looked at."""

    STAGED = "staged", _("Not looked at")
    READY = "ready", _("Will be processed")
    UNCHANGED = "unchanged", _("Unchanged")
    NOT_FOUND = "not_found", _("Not found")
    INVALID = "invalid", _("Erroneous")
    DUPLICATE = "duplicate", _("Duplicate")
    CONTRADICTION = "contradiction", _("Contradiction")
    APPLIED = "applied", _("Applied")
    CONFLICT = "conflict", _("Left alone")
    FAILED = "failed", _("Failed")


# Rows that come back in the error file, ready to be mended and uploaded again.
BAD_OUTCOMES = (
    Outcome.NOT_FOUND,
    Outcome.INVALID,
    Outcome.DUPLICATE,
    Outcome.CONTRADICTION,
    Outcome.CONFLICT,
    Outcome.FAILED,
)
ERRONEOUS_OUTCOMES = (Outcome.INVALID, Outcome.DUPLICATE, Outcome.CONTRADICTION)


class JobQuerySet(models.QuerySet["Job"]):
    def visible_to(self, user: "User") -> Self:
        """Agency and admin see all jobs, a partner's person its own of kinds that it may ask for.

        The kinds count, too: whoever became a partner's person asked for others before. Nobody
        sees those of a kind whose `view_permission` they lack.
        """
        hidden = [kind.name for kind in kinds.all_kinds() if not kind.may_be_seen_by(user)]
        seen = self.exclude(kind__in=hidden) if hidden else self
        if not user.is_partner:
            return seen
        allowed = PARTNER_PERMISSIONS | {""}
        names = [kind.name for kind in kinds.all_kinds() if kind.permission in allowed]
        return seen.filter(requested_by=user, kind__in=names)


class Job(models.Model):
    """One bulk change (or export): who asked for it, how far it is, what came of it."""

    kind = models.CharField(_("kind"), max_length=60)
    state = models.CharField(
        _("state"), max_length=10, choices=State.choices, default=State.STAGING
    )
    channel = models.CharField(_("channel"), max_length=20, default="page")
    requested_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        models.PROTECT,
        verbose_name=_("requested by"),
        related_name="jobs",
    )
    confirmed_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, null=True, related_name="+"
    )
    # What the kind needs to know: the layout of a file, the reason for rejecting, …
    parameters = models.JSONField(default=dict, encoder=DjangoJSONEncoder)
    # The header of the input as it came, and what the input was.
    columns = ArrayField(models.TextField(), default=list)
    input_name = models.CharField(max_length=255, blank=True)
    input_sha256 = models.CharField(max_length=64, blank=True)
    total = models.PositiveIntegerField(_("rows"), default=0)
    # Rows by outcome, and what the kind sums up (counted money before and after, by currency).
    counts = models.JSONField(default=dict)
    summary = models.JSONField(default=dict, encoder=DjangoJSONEncoder)
    error_code = models.CharField(max_length=60, blank=True)
    error_params = models.JSONField(default=dict)
    output = models.FileField(upload_to="jobs/%Y/%m/", blank=True)
    undo_of = models.OneToOneField(
        "self",
        models.PROTECT,
        null=True,
        related_name="undone_by",
        verbose_name=_("undo of"),
    )
    created_at = models.DateTimeField(_("created"), default=timezone.now, editable=False)
    created_on = models.DateField(editable=False)
    verified_at = models.DateTimeField(null=True)
    confirmed_at = models.DateTimeField(null=True)
    started_at = models.DateTimeField(null=True)
    finished_at = models.DateTimeField(_("finished"), null=True)
    expires_at = models.DateTimeField(null=True)
    # Of the step that is being tried (verifying, making a file); chunks count their own.
    heartbeat_at = models.DateTimeField(null=True)
    attempts = models.PositiveSmallIntegerField(default=0)

    objects = JobQuerySet.as_manager()

    class Meta:
        verbose_name = _("job")
        verbose_name_plural = _("jobs")
        permissions = [
            ("undo_jobs", _("Can undo jobs")),
            ("import_data", _("Can import data")),
        ]
        indexes = [
            models.Index(fields=["-created_at", "-id"], name="job_newest"),
            # What the jobs page shows: calls of the API are many, and stay out.
            models.Index(
                fields=["-created_at", "-id"],
                name="job_newest_of_people",
                condition=~models.Q(channel="api"),
            ),
            models.Index(fields=["requested_by", "-created_at"], name="job_by_person"),
            models.Index(fields=["state"], name="job_open", condition=models.Q(finished_at=None)),
            models.Index(
                fields=["input_sha256"],
                name="job_input",
                condition=~models.Q(input_sha256=""),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.kind} {self.pk}"

    def save(self, *args: object, **kwargs: object) -> None:
        # The partition of its rows: fixed when the job is made.
        if self.created_on is None:
            self.created_on = self.created_at.date()
        super().save(*args, **kwargs)  # type: ignore[arg-type]

    def get_absolute_url(self) -> str:
        return reverse("jobs:detail", args=[self.pk])

    @property
    def rows(self) -> "models.QuerySet[JobRow]":
        return JobRow.objects.filter(created_on=self.created_on, job_id=self.pk)

    @property
    def is_finished(self) -> bool:
        return self.finished_at is not None


class JobRow(models.Model):
    """One row of a job's input and its fate. Partitioned by month; nothing refers to it.

    `input` is the row as it came, `key_*` the typed keys that it resolves by, `wanted` what is
    asked for, `before` and `after` only the fields that are written.
    """

    pk = models.CompositePrimaryKey("created_on", "job_id", "seq")
    created_on = models.DateField()
    job_id = models.BigIntegerField()
    seq = models.IntegerField()
    line = models.IntegerField(null=True)
    input = ArrayField(models.TextField(), null=True)
    key_uuid = models.UUIDField(null=True)
    key_id = models.BigIntegerField(null=True)
    key_parent = models.BigIntegerField(null=True)
    key_text = models.TextField(null=True)
    wanted = models.JSONField(null=True)
    target_id = models.BigIntegerField(null=True)
    seen_version = models.IntegerField(null=True)
    before = models.JSONField(null=True)
    after = models.JSONField(null=True)
    outcome = models.CharField(max_length=13, choices=Outcome.choices, default=Outcome.STAGED)
    code = models.CharField(max_length=60, null=True)
    params = models.JSONField(null=True)

    class Meta:
        verbose_name = _("row")
        verbose_name_plural = _("rows")

    def __str__(self) -> str:
        return f"{self.job_id}/{self.seq}"


class JobInput(models.Model):
    """The keys of a job whose rows are still to be made: one a line, gone once they are rows.

    A call with ten thousand ids is answered when this is stored, which takes one row.
    """

    job = models.OneToOneField(Job, models.CASCADE, primary_key=True, related_name="input")
    keys = models.TextField()

    def __str__(self) -> str:
        return str(self.job_id)


class JobChunk(models.Model):
    """A range of a job's rows, applied in one transaction by whoever claims it.

    `first` and `last` are target ids; seqs, where nothing was verified.
    `heartbeat_at` is when its claimer took it; while the claimer's transaction lives, the row is
    locked as well, so that only a chunk whose worker is gone can be claimed again.
    """

    class State(models.TextChoices):
        OPEN = "open"
        DONE = "done"

    job = models.ForeignKey(Job, models.CASCADE, related_name="chunks")
    first = models.BigIntegerField()
    last = models.BigIntegerField()
    rows = models.IntegerField()
    state = models.CharField(max_length=4, choices=State.choices, default=State.OPEN)
    token = models.UUIDField(null=True)
    heartbeat_at = models.DateTimeField(null=True)
    attempts = models.PositiveSmallIntegerField(default=0)

    class Meta:
        indexes = [
            models.Index(
                fields=["job", "first"],
                name="chunk_open",
                condition=models.Q(state="open"),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.job_id}: {self.first}–{self.last}"


class Heartbeat(models.Model):
    """When a worker and beat were last seen, for /readyz and `manage.py doctor`."""

    name = models.CharField(max_length=20, primary_key=True)
    seen_at = models.DateTimeField()

    def __str__(self) -> str:
        return self.name
