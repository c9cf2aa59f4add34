"""Leads, what campaigns ask of them, what was said of them, and where they go (leads.md)."""

import uuid
from typing import TYPE_CHECKING, Any, Self

import pghistory
import pgtrigger
from django.conf import settings
from django.contrib.postgres.indexes import BrinIndex
from django.core.serializers.json import DjangoJSONEncoder
from django.core.validators import MaxValueValidator, RegexValidator
from django.db import models
from django.db.models import F, Q
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from convertr.audit.models import Event
from convertr.network.models import Campaign, Partner
from leads.rules import (
    DeliveryState,
    Processing,
    Replacement,
    Status,
    billable_to_advertiser,
    billable_to_partner,
)

if TYPE_CHECKING:
    from convertr.accounts.models import User

FIELD_NAME = RegexValidator(
    r"^[A-Za-z][A-Za-z0-9_]{0,59}\Z",
    _("Letters, digits and underscores, beginning with a letter, such as firstName."),
)
LONGEST_REASON, LONGEST_COMMENT = 255, 2_000


# --- what a campaign asks of its leads ---


class CampaignField(models.Model):
    """A field of a campaign's leads; `kind` says what it holds, whatever it is called."""

    class Kind(models.TextChoices):
        TEXT = "text", _("Text")
        FIRST_NAME = "first_name", _("First name")
        LAST_NAME = "last_name", _("Last name")
        EMAIL = "email", _("E-mail")
        TELEPHONE = "telephone", _("Telephone")
        COUNTRY = "country", _("Country")
        DATE = "date", _("Date")

    campaign = models.ForeignKey(Campaign, models.CASCADE, related_name="lead_fields")
    name = models.CharField(_("name"), max_length=60, validators=[FIELD_NAME])
    label = models.CharField(_("label"), max_length=100, blank=True)
    kind = models.CharField(_("kind"), max_length=10, choices=Kind.choices, default=Kind.TEXT)
    # Without it a lead is refused when it comes in; the job "required" judges it instead.
    required = models.BooleanField(_("required"), default=False)
    position = models.PositiveSmallIntegerField(_("position"), default=0)

    class Meta:
        verbose_name = _("field")
        verbose_name_plural = _("fields")
        ordering = ["position", "id"]
        constraints = [
            models.UniqueConstraint(fields=["campaign", "name"], name="campaign_field_once"),
        ]

    def __str__(self) -> str:
        return self.label or self.name


class Rule(models.Model):
    """One step of a campaign's processing: a kind of the registry with its options."""

    position = models.PositiveSmallIntegerField(_("position"), default=0)
    kind = models.CharField(_("kind"), max_length=40)
    # The field that it reads; empty where the kind needs none or names them in its options.
    field = models.CharField(_("field"), max_length=60, blank=True)
    options = models.JSONField(_("options"), default=dict, blank=True)
    active = models.BooleanField(_("active"), default=True)

    class Meta:
        abstract = True
        ordering = ["position", "id"]

    def __str__(self) -> str:
        return f"{self.kind} {self.field}".strip()


class ValueTransform(Rule):
    """Changes values before they are judged (leads.transforms)."""

    campaign = models.ForeignKey(Campaign, models.CASCADE, related_name="value_transforms")

    class Meta(Rule.Meta):
        verbose_name = _("value transform")
        verbose_name_plural = _("value transforms")


class ProcessorJob(Rule):
    """Judges a lead (leads.processors): passed or not, for so many points."""

    campaign = models.ForeignKey(Campaign, models.CASCADE, related_name="processor_jobs")
    score = models.PositiveSmallIntegerField(
        _("score"), default=10, validators=[MaxValueValidator(1_000)]
    )
    hardfail = models.BooleanField(
        _("hardfail"), default=False, help_text=_("Who fails it is invalid, whatever the score.")
    )
    # It runs only for leads whose field has this value.
    condition_field = models.CharField(_("only if"), max_length=60, blank=True)
    condition_value = models.CharField(_("is"), max_length=255, blank=True)

    class Meta(Rule.Meta):
        verbose_name = _("processor job")
        verbose_name_plural = _("processor jobs")


# --- the catalogue ---


class Flag(models.TextChoices):
    VALID = "valid", _("Valid")
    INVALID = "invalid", _("Invalid")
    TEST = "test", _("Test")


class Entry(models.Model):
    """A line of the catalogue of a flag. A used one is retired, not deleted."""

    flag = models.CharField(_("flag"), max_length=7, choices=Flag.choices, default=Flag.INVALID)
    code = models.SlugField(_("code"), max_length=60)
    text = models.CharField(_("text"), max_length=200)
    retired = models.BooleanField(_("retired"), default=False)

    class Meta:
        abstract = True
        ordering = ["flag", "text"]

    def __str__(self) -> str:
        return self.text


class FlagReason(Entry):
    """Why a lead is valid, invalid or a test."""

    # Of an invalid lead: whether the advertiser gave it back, which asks for a category.
    returned = models.BooleanField(_("returned"), default=False)

    class Meta(Entry.Meta):
        verbose_name = _("flag reason")
        verbose_name_plural = _("flag reasons")
        constraints = [models.UniqueConstraint(fields=["flag", "code"], name="reason_once")]


class FlagReasonCategory(Entry):
    """What kind of return it is."""

    class Meta(Entry.Meta):
        verbose_name = _("reason category")
        verbose_name_plural = _("reason categories")
        constraints = [models.UniqueConstraint(fields=["flag", "code"], name="category_once")]


# --- leads ---


class LeadQuerySet(models.QuerySet["Lead"]):
    def visible_to(self, user: "User") -> Self:
        """What isn't deleted, for those who may view leads; nothing for others."""
        if user.is_partner or not user.has_perm("leads.view_leads"):
            return self.none()
        return self.alive()

    def alive(self) -> Self:
        return self.filter(deleted_at=None)


class Lead(models.Model):  # type: ignore[django-manager-missing]  # pghistory's events
    """A person's interest in what a campaign offers, as a partner brought it.

    `received` is the data as it came first, `data` as the transforms left it; both name fields of
    the campaign and hold texts. `round` counts the processings. `version` counts every change, so
    that what was verified against one version is not applied to another. No index holds what
    processing, flags and deliveries write.
    """

    hash = models.UUIDField(_("hash"), default=uuid.uuid4, unique=True)
    campaign = models.ForeignKey(
        Campaign, models.PROTECT, verbose_name=_("campaign"), db_index=False, related_name="leads"
    )
    partner = models.ForeignKey(
        Partner, models.PROTECT, verbose_name=_("partner"), db_index=False, related_name="+"
    )
    channel = models.CharField(_("channel"), max_length=60, blank=True, default="")
    link_id = models.CharField(_("link ID"), max_length=100, blank=True, default="")
    received = models.JSONField(_("as received"), default=dict)
    data = models.JSONField(_("data"), default=dict)
    ip = models.GenericIPAddressField(_("IP address"), null=True, blank=True)
    opt_in = models.BooleanField(_("opt-in"), default=False)
    created_at = models.DateTimeField(_("created"), default=timezone.now, editable=False)
    updated_at = models.DateTimeField(_("updated"), default=timezone.now, editable=False)

    status = models.CharField(
        _("status"), max_length=7, choices=Status.choices, default=Status.NONE, blank=True
    )
    score = models.DecimalField(_("score"), max_digits=5, decimal_places=2, null=True)
    hardfail = models.BooleanField(_("hardfail"), default=False)
    processing = models.CharField(
        _("processing"), max_length=8, choices=Processing.choices, default=Processing.QUEUED
    )
    round = models.PositiveIntegerField(_("processing count"), default=1)
    # Whether a person has set the status in this round: processing then leaves it as it is.
    flagged = models.BooleanField(_("flagged"), default=False)
    reason_code = models.CharField(_("reason"), max_length=60, blank=True, default="")
    own_reason = models.CharField(
        _("own reason"), max_length=LONGEST_REASON, blank=True, default=""
    )
    reason_category = models.CharField(_("category"), max_length=60, blank=True, default="")
    comment = models.TextField(_("comment"), blank=True, default="")

    delivered = models.BooleanField(_("delivered"), default=False)
    # Whether a person has marked it as undelivered: then no batch takes it.
    undelivered = models.BooleanField(_("marked undelivered"), default=False)
    first_delivered_at = models.DateTimeField(_("first delivered"), null=True)
    replacement = models.CharField(
        _("replacement"), max_length=11, choices=Replacement.choices, default=Replacement.NONE
    )
    replacement_comment = models.TextField(_("replacement comment"), blank=True, default="")
    deleted_at = models.DateTimeField(_("deleted"), null=True)
    # When all that its person has told was removed, for good (leads.erasing).
    erased_at = models.DateTimeField(_("erased"), null=True)
    version = models.IntegerField(default=1, editable=False)

    objects = LeadQuerySet.as_manager()

    class Meta:
        verbose_name = _("lead")
        verbose_name_plural = _("leads")
        permissions = [
            ("view_leads", _("Can see leads")),
            ("flag_leads", _("Can flag and reprocess leads")),
            ("deliver_leads", _("Can mark leads as delivered and undelivered")),
            ("delete_leads", _("Can delete leads")),
            ("configure_campaigns", _("Can set up the fields and rules of campaigns")),
        ]
        indexes = [
            models.Index(
                F("created_at").desc(),
                F("id").desc(),
                name="lead_newest",
                condition=Q(deleted_at=None),
            ),
            models.Index(
                "campaign",
                F("created_at").desc(),
                F("id").desc(),
                name="lead_of_campaign",
                condition=Q(deleted_at=None),
            ),
            models.Index(
                "partner",
                F("created_at").desc(),
                F("id").desc(),
                name="lead_of_partner",
                condition=Q(deleted_at=None),
            ),
            # Small: what waits for a worker.
            models.Index(fields=["id"], name="lead_queued", condition=Q(processing="queued")),
            # What retention may still erase, the oldest first.
            models.Index(fields=["id"], name="lead_with_data", condition=Q(erased_at=None)),
        ]

    def __str__(self) -> str:
        return str(_("Lead %(id)s") % {"id": self.pk})

    def get_absolute_url(self) -> str:
        return reverse("leads:detail", args=[self.pk])

    @property
    def is_billable(self) -> bool:
        """Whether the advertiser pays for it."""
        return billable_to_advertiser(self.status, delivered=self.delivered)

    @property
    def is_billable_to_partner(self) -> bool:
        return billable_to_partner(self.status)


# What history keeps: nothing that a lead's person has told.
TRACKED_FIELDS = [
    "status", "score", "hardfail", "processing", "round", "flagged", "reason_code", "own_reason",
    "reason_category", "comment", "delivered", "undelivered", "first_delivered_at", "replacement",
    "replacement_comment", "deleted_at", "erased_at", "version",
]  # fmt: skip
_Event = pghistory.create_event_model(
    Lead,
    pghistory.InsertEvent(level=pgtrigger.Statement),
    pghistory.UpdateEvent(
        level=pgtrigger.Statement, condition=pghistory.AnyChange(*TRACKED_FIELDS)
    ),
    fields=TRACKED_FIELDS,
    base_model=Event,
    model_name="BaseLeadEvent",
    append_only=True,
    obj_field=pghistory.ObjForeignKey(related_name="events", db_index=False, db_constraint=False),
    context_field=pghistory.ContextForeignKey(null=True, db_index=False, db_constraint=False),
)


class LeadEvent(_Event):  # type: ignore[misc,valid-type]
    """A lead after one change. Partitioned by month on pgh_created_at; never rewritten."""

    # The base's Meta holds the trigger that refuses UPDATE and DELETE.
    class Meta(_Event.Meta):  # type: ignore[misc,name-defined]
        abstract = False
        db_table = "leads_event"
        indexes = [
            models.Index(fields=["pgh_obj", "pgh_id"], name="event_of_lead"),
            # Entries come in the order of time: a few pages say what changed since then.
            BrinIndex(fields=["pgh_created_at"], name="lead_event_time", autosummarize=True),
        ]


class Erasing(models.Model):
    """A lead whose own rows are empty, and of which copies are still to be removed.

    `since`: a moment from which on nothing can have read the lead as it was; none until somebody
    has looked. `by_age`: by retention, which gives exports a day of their own.
    """

    lead_id = models.BigIntegerField(primary_key=True)
    since = models.DateTimeField(null=True)
    by_age = models.BooleanField(default=False)

    def __str__(self) -> str:
        return str(self.lead_id)


class LeadRun(models.Model):
    """One processing of a lead: which job said what. Values of the lead aren't repeated in it.

    `verdicts`: [{"kind", "field", "points", "passed", "hardfail", "code"}], in the order of the
    jobs. `error` is the text of a rule that raised.
    """

    lead = models.ForeignKey(Lead, models.CASCADE, related_name="runs", db_index=False)
    round = models.PositiveIntegerField()
    at = models.DateTimeField(default=timezone.now)
    status = models.CharField(max_length=7, choices=Status.choices, blank=True)
    score = models.DecimalField(max_digits=5, decimal_places=2, null=True)
    hardfail = models.BooleanField(default=False)
    verdicts = models.JSONField(default=list)
    error = models.TextField(blank=True, default="")

    class Meta:
        indexes = [models.Index(fields=["lead", "id"], name="run_of_lead")]

    def __str__(self) -> str:
        return f"{self.lead_id}: {self.round}"


class Fingerprint(models.Model):
    """By what a lead is found and recognised: a keyed digest of one value, never the value.

    `id` is the order in which leads came to have it: an earlier one is what a later duplicates.
    """

    class Kind(models.TextChoices):
        EMAIL = "email"
        TELEPHONE = "telephone"
        NAME = "name"

    lead = models.ForeignKey(Lead, models.CASCADE, db_index=False, related_name="fingerprints")
    kind = models.CharField(max_length=9, choices=Kind.choices)
    digest = models.UUIDField()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["lead", "digest"], name="fingerprint_once"),
        ]
        indexes = [models.Index(fields=["digest", "id"], name="fingerprint_of")]

    def __str__(self) -> str:
        return f"{self.kind} of {self.lead_id}"


class FingerprintLock(models.Model):
    """A row to hold while leads with this digest are judged, so that of two at once one counts."""

    digest = models.UUIDField(primary_key=True)

    def __str__(self) -> str:
        return str(self.digest)


class LeadDelivery(models.Model):
    """A lead with one integration in one round; whoever offers integrations writes its states.

    Through leads.deliveries only. `integration` is that app's id.
    """

    lead = models.ForeignKey(Lead, models.CASCADE, related_name="deliveries", db_index=False)
    integration = models.BigIntegerField()
    round = models.PositiveIntegerField()
    state = models.CharField(
        _("state"), max_length=9, choices=DeliveryState.choices, default=DeliveryState.QUEUED
    )
    # What it leaves with, or has left with: the provider's number.
    parcel = models.BigIntegerField(null=True)
    changed_at = models.DateTimeField(default=timezone.now)

    class Meta:
        verbose_name = _("delivery")
        verbose_name_plural = _("deliveries")
        constraints = [
            models.UniqueConstraint(
                fields=["lead", "integration", "round"], name="delivery_once_a_round"
            ),
        ]
        indexes = [
            models.Index(
                fields=["integration", "lead"],
                name="delivery_open",
                condition=Q(state__in=["queued", "sending"]),
            ),
            # What an integration has had, and with which parcel.
            models.Index(
                fields=["integration", "lead"], name="delivery_sent", condition=Q(state="sent")
            ),
            models.Index(
                fields=["parcel", "lead"], name="delivery_leaving", condition=Q(state="sending")
            ),
        ]

    def __str__(self) -> str:
        return f"{self.lead_id} → {self.integration}: {self.state}"


# --- what people keep ---


class ExportTemplate(models.Model):
    """Columns and conditions of an export, to use again."""

    owner = models.ForeignKey(settings.AUTH_USER_MODEL, models.CASCADE, related_name="+")
    name = models.CharField(_("name"), max_length=100)
    columns = models.JSONField(default=list)
    conditions = models.JSONField(default=dict, encoder=DjangoJSONEncoder)
    shared = models.BooleanField(_("shared"), default=False)
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        verbose_name = _("export template")
        verbose_name_plural = _("export templates")
        ordering = ["name"]
        constraints = [
            models.UniqueConstraint(fields=["owner", "name"], name="export_template_once"),
        ]

    def __str__(self) -> str:
        return self.name


class KeptSearch(models.Model):
    """A search on personal data: posted, kept for a day, and named `?f=<id>` in the address."""

    owner = models.ForeignKey(settings.AUTH_USER_MODEL, models.CASCADE, related_name="+")
    digests: Any = models.JSONField(default=list)
    created_at = models.DateTimeField(auto_now_add=True)

    def __str__(self) -> str:
        return str(self.pk)
