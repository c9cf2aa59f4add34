"""Integrations of campaigns, their credentials, and the batches that they send (batches.md)."""

from typing import TYPE_CHECKING, Any, Self

from django.conf import settings
from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import F, Q
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from batches.rules import OPEN, Kind, Outcome, Stage, State
from convertr.network.models import Campaign

if TYPE_CHECKING:
    from convertr.accounts.models import User


class Credential(models.Model):
    """A secret under a name. `ciphertext` is what batches.vault made of it; it is never shown."""

    class Kind(models.TextChoices):
        PASSWORD = "password", _("Password")
        SSH_KEY = "ssh_key", _("SSH key")
        S3_KEY = "s3_key", _("S3 key")
        HTTP_HEADER = "http_header", _("HTTP header")
        FILE_PASSWORD = "file_password", _("Password of files")

    name = models.CharField(_("name"), max_length=100, unique=True)
    kind = models.CharField(_("kind"), max_length=13, choices=Kind.choices)
    ciphertext = models.BinaryField()
    # To which servers it may be sent, separated by spaces; to any where it is empty.
    hosts = models.CharField(_("only to these servers"), max_length=500, blank=True, default="")
    created_at = models.DateTimeField(_("created"), default=timezone.now, editable=False)
    changed_at = models.DateTimeField(_("changed"), default=timezone.now, editable=False)
    created_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.SET_NULL, null=True, related_name="+", editable=False
    )

    class Meta:
        verbose_name = _("credential")
        verbose_name_plural = _("credentials")
        ordering = ["name"]

    def __str__(self) -> str:
        return self.name


class OfLeadsQuerySet(models.QuerySet[Any]):
    def visible_to(self, user: "User") -> Self:
        """All for those who may see leads; nothing for others."""
        if user.is_partner or not user.has_perm("leads.view_leads"):
            return self.none()
        return self.all()


class Integration(models.Model):
    """Where a campaign's valid leads go to, when, and in what form.

    `schedule`, `file` and `destination` are what batches.schedules, batches.files and
    batches.destinations store and read; `fields` are pairs [output header, source] of
    batches.mapping. `next_due_at` is worked out from the schedule; none while it rests.
    """

    label = models.CharField(_("label"), max_length=100)
    campaign = models.ForeignKey(
        Campaign, models.PROTECT, verbose_name=_("campaign"), related_name="integrations"
    )
    kind = models.CharField(_("type"), max_length=10, choices=Kind.choices, default=Kind.DEFAULT)
    active = models.BooleanField(_("active"), default=True)
    schedule = models.JSONField(default=dict)
    next_due_at = models.DateTimeField(_("next run"), null=True, editable=False)
    # A run that is left out, and until when none is made.
    skip_due_at = models.DateTimeField(null=True, blank=True, editable=False)
    hold_until = models.DateTimeField(_("hold until"), null=True, blank=True)
    # The end date after which it has run once more.
    rests_since = models.DateField(null=True, editable=False)
    send_empty = models.BooleanField(_("send an empty file"), default=False)
    fields: Any = models.JSONField(_("fields"), default=list)
    file = models.JSONField(default=dict)
    destination = models.JSONField(default=dict)
    credential = models.ForeignKey(
        Credential, models.PROTECT, null=True, blank=True, related_name="integrations"
    )
    file_credential = models.ForeignKey(
        Credential, models.PROTECT, null=True, blank=True, related_name="file_integrations"
    )
    # Of the SFTP server, as seen by the first test: "ssh-ed25519 AAAA…".
    host_key = models.TextField(blank=True, default="")
    sequence = models.PositiveIntegerField(default=0, editable=False)
    version = models.PositiveIntegerField(default=1, editable=False)
    created_at = models.DateTimeField(_("created"), default=timezone.now, editable=False)
    # Its owner: told when a batch fails.
    created_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.SET_NULL, null=True, related_name="+", editable=False
    )

    objects = OfLeadsQuerySet.as_manager()

    class Meta:
        verbose_name = _("integration")
        verbose_name_plural = _("integrations")
        permissions = [
            ("configure_batches", _("Can set up integrations")),
            ("batch_now", _("Can send batches now, again, and take leads off them")),
        ]
        indexes = [
            models.Index(
                fields=["next_due_at"],
                name="integration_due",
                condition=Q(active=True, next_due_at__isnull=False),
            ),
        ]

    def __str__(self) -> str:
        return self.label

    def get_absolute_url(self) -> str:
        return reverse("batches:configure", args=[self.pk])


class Removal(models.Model):
    """Why a lead was taken off an integration's list; gone once it is put back."""

    integration = models.ForeignKey(Integration, models.CASCADE, related_name="removals")
    lead_id = models.BigIntegerField()
    reason = models.CharField(_("reason"), max_length=255)
    removed_at = models.DateTimeField(default=timezone.now)
    removed_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.SET_NULL, null=True, related_name="+"
    )

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["integration", "lead_id"], name="removed_once"),
        ]

    def __str__(self) -> str:
        return f"{self.lead_id} off {self.integration_id}"


class Batch(models.Model):
    """One file of leads of one integration, from the moment that its leads were claimed.

    `frozen` is what was set up at that moment: {"label", "kind", "fields", "file", "destination",
    "credential", "file_credential", "host_key"}. What was set up is changed for later batches only.
    """

    integration = models.ForeignKey(Integration, models.PROTECT, related_name="batches")
    # When it was due; of one sent at once, when that was asked for.
    due_at = models.DateTimeField()
    at_once = models.BooleanField(default=False)
    frozen = models.JSONField()
    state = models.CharField(_("state"), max_length=9, choices=State.choices, default=State.CLAIMED)
    leads = models.PositiveIntegerField(_("leads"), default=0)
    # Of a cumulative file: those that it delivers.
    new_leads = models.PositiveIntegerField(default=0)
    # The name at the destination; fixed.
    name = models.CharField(_("file"), max_length=255)
    # The name in storage; empty until it is built, and after retention.
    stored = models.CharField(max_length=255, blank=True, default="")
    size = models.BigIntegerField(_("size"), null=True)
    sha256 = models.CharField(_("SHA-256"), max_length=64, blank=True, default="")
    created_at = models.DateTimeField(_("claimed"), default=timezone.now)
    built_at = models.DateTimeField(null=True)
    sent_at = models.DateTimeField(_("sent"), null=True)
    # Whether its leads know what became of it.
    settled = models.BooleanField(default=True)
    # Who sends it now, and when that was last heard of.
    token = models.UUIDField(null=True)
    seen_at = models.DateTimeField(null=True)
    attempts = models.PositiveSmallIntegerField(_("attempts"), default=0)
    next_attempt_at = models.DateTimeField(null=True)
    give_up_at = models.DateTimeField(null=True)
    # The last error's code (batches.texts).
    code = models.CharField(max_length=30, blank=True, default="")
    requested_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.SET_NULL, null=True, related_name="+"
    )

    objects = OfLeadsQuerySet.as_manager()

    class Meta:
        verbose_name = _("batch")
        verbose_name_plural = _("batches")
        constraints = [
            models.UniqueConstraint(fields=["integration", "due_at"], name="batch_once_a_run"),
            models.UniqueConstraint(
                fields=["integration"],
                name="one_open_batch",
                condition=Q(state__in=[str(state) for state in OPEN]),
            ),
        ]
        indexes = [
            models.Index(F("sent_at").desc(), F("id").desc(), name="batch_newest"),
            # Small: what a sender looks for.
            models.Index(
                fields=["next_attempt_at"],
                name="batch_open",
                condition=Q(state__in=[str(state) for state in OPEN]),
            ),
            models.Index(fields=["id"], name="batch_unsettled", condition=Q(settled=False)),
            # What needs a person: counted beside the door.
            models.Index(
                fields=["id"], name="batch_stuck", condition=Q(state__in=["failed", "held"])
            ),
        ]

    def __str__(self) -> str:
        return str(_("Batch %(id)s") % {"id": self.pk})

    def get_absolute_url(self) -> str:
        return reverse("batches:batch", args=[self.pk])

    @property
    def may_have_arrived(self) -> bool:
        """Whether an attempt ended without anybody knowing: the receiver may have the file."""
        return self.tries.filter(outcome=Outcome.UNKNOWN).exists()

    @property
    def was_sent(self) -> bool:
        """Whether it has arrived once: then sending it again can't take that back."""
        return self.sent_at is not None


class BatchLead(models.Model):
    """One line of a batch's file: the lead as it was claimed, cell by cell.

    No foreign key to the lead: a file keeps what was sent. `is_new`: this batch delivers it. There
    are millions of them, written at once: they have one index, and their lead's ids ascend in it.
    """

    pk = models.CompositePrimaryKey("batch_id", "seq")
    batch = models.ForeignKey(
        Batch, models.CASCADE, db_index=False, db_constraint=False, related_name="lines"
    )
    seq = models.IntegerField()
    lead_id = models.BigIntegerField()
    is_new = models.BooleanField(default=True)
    cells = ArrayField(models.TextField())

    class Meta:
        verbose_name = _("line of a batch")
        verbose_name_plural = _("lines of batches")

    def __str__(self) -> str:
        return f"{self.batch_id}: {self.seq}"


class Attempt(models.Model):
    """One try at sending a batch; its row is written before, its outcome after.

    `words` is what the server said, without a secret. `repeat`: the one before it may have arrived.
    """

    batch = models.ForeignKey(Batch, models.CASCADE, related_name="tries")
    began_at = models.DateTimeField(default=timezone.now)
    ended_at = models.DateTimeField(null=True)
    stage = models.CharField(max_length=9, choices=Stage.choices, default=Stage.BEGUN)
    outcome = models.CharField(max_length=9, choices=Outcome.choices, blank=True, default="")
    repeat = models.BooleanField(default=False)
    code = models.CharField(max_length=30, blank=True, default="")
    words = models.CharField(max_length=1_000, blank=True, default="")

    class Meta:
        ordering = ["id"]

    def __str__(self) -> str:
        return f"{self.batch_id}: {self.outcome}"


class Call(models.Model):
    """One lead with one real-time integration in one round: told by HTTP, once.

    `key` goes with every attempt (Idempotency-Key), so that a repeat is recognised.
    """

    class State(models.TextChoices):
        WAITING = "waiting", _("Waiting")
        SENDING = "sending", _("Being sent")
        SENT = "sent", _("Sent")
        FAILED = "failed", _("Failed")

    integration = models.ForeignKey(Integration, models.CASCADE, db_index=False)
    lead_id = models.BigIntegerField()
    round = models.PositiveIntegerField()
    key = models.UUIDField()
    state = models.CharField(max_length=7, choices=State.choices, default=State.WAITING)
    due_at = models.DateTimeField(default=timezone.now)
    attempts = models.PositiveSmallIntegerField(default=0)
    give_up_at = models.DateTimeField(null=True)
    token = models.UUIDField(null=True)
    claimed_at = models.DateTimeField(null=True)
    # Of the last attempt: a word of convertr.outbound.answers.Outcome, or "unknown".
    outcome = models.CharField(max_length=20, blank=True, default="")
    created_at = models.DateTimeField(default=timezone.now)
    ended_at = models.DateTimeField(null=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["integration", "lead_id", "round"], name="call_once_a_round"
            ),
        ]
        indexes = [
            models.Index(fields=["due_at"], name="call_due", condition=Q(state="waiting")),
            models.Index(fields=["claimed_at"], name="call_sending", condition=Q(state="sending")),
            models.Index("integration", F("id").desc(), name="call_log"),
            models.Index(fields=["lead_id"], name="call_of_lead"),
        ]

    def __str__(self) -> str:
        return f"{self.lead_id} → {self.integration_id}: {self.state}"


class CallAttempt(models.Model):
    """One call that was made, and what came of it; no word of the lead's data is kept."""

    call = models.ForeignKey(Call, models.CASCADE, related_name="tries")
    at = models.DateTimeField(default=timezone.now)
    outcome = models.CharField(max_length=20)
    repeat = models.BooleanField(default=False)
    status = models.PositiveSmallIntegerField(null=True)
    milliseconds = models.PositiveIntegerField(null=True)

    class Meta:
        ordering = ["id"]

    def __str__(self) -> str:
        return f"{self.call_id}: {self.outcome}"
