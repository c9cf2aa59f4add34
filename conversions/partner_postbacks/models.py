"""Partner postbacks: where a partner wants to be told, what it was told, and each attempt."""

from typing import TYPE_CHECKING, Self

from django.conf import settings
from django.contrib.postgres.fields import ArrayField
from django.contrib.postgres.indexes import BrinIndex
from django.core.validators import MaxValueValidator
from django.db import models
from django.db.models import F, Q
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from conversions.rules import Status
from convertr.network.models import MONEY_DIGITS, MONEY_PLACES, Offer, Partner

if TYPE_CHECKING:
    from convertr.accounts.models import User

MOST_DELAY_SECONDS = 300
LONGEST_URL = 2_000
# Told about these only: conversions are never told to be New again.
TOLD = (Status.APPROVED, Status.REJECTED)


class Method(models.TextChoices):
    GET = "GET", "GET"
    POST = "POST", "POST"


class PartnerPostbackQuerySet(models.QuerySet["PartnerPostback"]):
    def visible_to(self, user: "User") -> Self:
        """All for agency and admin; a partner's people see their partner's."""
        return self.filter(partner_id=user.partner_id) if user.is_partner else self


class PartnerPostback(models.Model):
    """An address that a partner wants called when a conversion of its gets one of the statuses.

    The address may hold a secret of the partner's: it is shown only to those who manage it.
    `failures` counts failed attempts since the last that succeeded, `failing_since` their first.
    """

    partner = models.ForeignKey(
        Partner, models.CASCADE, verbose_name=_("partner"), related_name="postbacks"
    )
    offer = models.ForeignKey(
        Offer,
        models.CASCADE,
        verbose_name=_("offer"),
        null=True,
        blank=True,
        related_name="partner_postbacks",
    )
    method = models.CharField(_("method"), max_length=4, choices=Method.choices, default=Method.GET)
    url = models.CharField(_("URL"), max_length=LONGEST_URL)
    statuses = ArrayField(
        models.CharField(max_length=9, choices=Status.choices), verbose_name=_("statuses")
    )
    delay_seconds = models.PositiveSmallIntegerField(
        _("delay in seconds"), default=0, validators=[MaxValueValidator(MOST_DELAY_SECONDS)]
    )
    active = models.BooleanField(_("active"), default=True)
    failures = models.PositiveIntegerField(default=0, editable=False)
    failing_since = models.DateTimeField(null=True, editable=False)
    # Until when its server asked to be left alone (429 with Retry-After).
    hold_until = models.DateTimeField(null=True, editable=False)
    # When it was switched off because it kept failing.
    switched_off_at = models.DateTimeField(null=True, editable=False)
    created_at = models.DateTimeField(_("created"), default=timezone.now, editable=False)
    created_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.SET_NULL, null=True, related_name="+", editable=False
    )

    objects = PartnerPostbackQuerySet.as_manager()

    class Meta:
        verbose_name = _("partner postback")
        verbose_name_plural = _("partner postbacks")
        permissions = [("manage_postbacks", _("Can set up partner postbacks"))]
        constraints = [
            models.CheckConstraint(condition=~Q(statuses=[]), name="postback_wants_a_status"),
            models.CheckConstraint(
                condition=Q(delay_seconds__lte=MOST_DELAY_SECONDS), name="postback_delay"
            ),
        ]

    def __str__(self) -> str:
        return str(_("Postback %(id)s") % {"id": self.pk})

    def get_absolute_url(self) -> str:
        return reverse("conversions:partner_postbacks:detail", args=[self.pk])


class PostbackEvent(models.Model):
    """One change told, or to be told, to one postback. Partitioned by month on created_on.

    What it tells (`status`, `payout`) is as of the change; `version` is the conversion's after it,
    so that the unique key makes a second event of one change impossible. `stale`: a later change
    came while it was under way, so that it isn't tried again.
    """

    class State(models.TextChoices):
        WAITING = "waiting", _("Waiting")
        SENDING = "sending", _("Being sent")
        DELIVERED = "delivered", _("Delivered")
        FAILED = "failed", _("Failed")
        SUPERSEDED = "superseded", _("Superseded")
        STOPPED = "stopped", _("Stopped")

    created_on = models.DateField()
    postback_id = models.BigIntegerField()
    conversion_id = models.BigIntegerField()
    version = models.IntegerField()
    status = models.CharField(max_length=9, choices=Status.choices)
    payout = models.DecimalField(max_digits=MONEY_DIGITS, decimal_places=MONEY_PLACES)
    job_id = models.BigIntegerField(null=True)
    is_test = models.BooleanField(default=False)
    state = models.CharField(max_length=10, choices=State.choices, default=State.WAITING)
    stale = models.BooleanField(default=False)
    created_at = models.DateTimeField(default=timezone.now)
    due_at = models.DateTimeField()
    attempts = models.PositiveSmallIntegerField(default=0)
    # Set by the first attempt: until then it is tried again.
    give_up_at = models.DateTimeField(null=True)
    token = models.UUIDField(null=True)
    claimed_at = models.DateTimeField(null=True)
    code = models.CharField(max_length=30, blank=True, default="")

    class Meta:
        verbose_name = _("postback event")
        verbose_name_plural = _("postback events")
        constraints = [
            models.UniqueConstraint(
                fields=["conversion_id", "version", "postback_id", "created_on"],
                condition=Q(is_test=False),
                name="postback_once_a_change",
            )
        ]
        # Small ones: of what waits, of what is under way, of what didn't arrive; and the log.
        indexes = [
            models.Index(
                fields=["postback_id", "due_at"], name="postback_due", condition=Q(state="waiting")
            ),
            models.Index(
                fields=["conversion_id"],
                name="postback_unsent",
                condition=Q(state__in=["waiting", "sending"]),
            ),
            models.Index(
                fields=["claimed_at"], name="postback_sending", condition=Q(state="sending")
            ),
            models.Index(
                "postback_id",
                "state",
                F("id").desc(),
                name="postback_not_arrived",
                condition=Q(state__in=["failed", "stopped", "superseded"]),
            ),
            models.Index("postback_id", F("id").desc(), name="postback_log"),
        ]

    def __str__(self) -> str:
        return self.change_id

    @property
    def change_id(self) -> str:
        """The macro {change_id}: the same for every attempt at telling one change."""
        return f"test-{self.pk}" if self.is_test else f"{self.conversion_id}-{self.version}"


class PostbackAttempt(models.Model):
    """One call that was made, and what came of it. Partitioned by month on created_on.

    `outcome` is a word of convertr.outbound.answers.Outcome, or "unknown" where its sender was gone
    before it could say. `repeat`: the one before it may have arrived.
    """

    UNKNOWN = "unknown"

    created_on = models.DateField()
    postback_id = models.BigIntegerField()
    event_id = models.BigIntegerField()
    at = models.DateTimeField()
    outcome = models.CharField(max_length=20)
    repeat = models.BooleanField(default=False)
    status = models.PositiveSmallIntegerField(null=True)
    milliseconds = models.PositiveIntegerField(null=True)
    answer = models.TextField(blank=True, default="")

    class Meta:
        verbose_name = _("postback attempt")
        verbose_name_plural = _("postback attempts")
        indexes = [
            models.Index("postback_id", F("id").desc(), name="postback_attempt_log"),
            models.Index(fields=["event_id"], name="postback_attempt_event"),
            # They come in the order of time: a few pages say what the last day was like.
            BrinIndex(fields=["at"], name="postback_attempt_time", autosummarize=True),
        ]

    def __str__(self) -> str:
        return f"{self.outcome} {self.pk}"
