"""The lead, and its history."""

import uuid
from typing import TYPE_CHECKING, Self

from django.contrib.postgres.indexes import BrinIndex
from django.db import models
from django.db.models import F, Q
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from convertr.audit.models import make_event_model
from convertr.network.models import Campaign, Partner
from leads.rules import (
    Processing,
    Replacement,
    Status,
    billable_to_advertiser,
    billable_to_partner,
)

if TYPE_CHECKING:
    from convertr.accounts.models import User

LONGEST_REASON, LONGEST_COMMENT = 255, 2_000


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
_Event = make_event_model(Lead, "BaseLeadEvent", TRACKED_FIELDS)


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
