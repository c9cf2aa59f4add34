"""What is kept beside a lead: its runs, by what it is recognised, where it goes, its erasing."""

from django.db import models
from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from leads.models.lead import Lead
from leads.rules import DeliveryState, Status


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
