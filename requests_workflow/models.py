"""Conversion requests, their history, what is said about them, and the evidence."""

from typing import TYPE_CHECKING, Any, Self
from uuid import uuid4

from django.conf import settings
from django.core.serializers.json import DjangoJSONEncoder
from django.db import models
from django.db.models import F, Q
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from conversions.models import Conversion
from convertr.audit.models import make_event_model
from convertr.network.models import Offer, OfferEvent, Partner
from requests_workflow.rules import Status, Type

if TYPE_CHECKING:
    from convertr.accounts.models import User

LONGEST_TEXT = 5_000


class ConversionRequestQuerySet(models.QuerySet["ConversionRequest"]):
    def visible_to(self, user: "User") -> Self:
        """All for agency and admin; a partner's people see what any of them has raised."""
        return self.filter(raiser_partner_id=user.partner_id) if user.is_partner else self


class ConversionRequest(models.Model):  # type: ignore[django-manager-missing]  # its events
    """What somebody asks for: a conversion to be made, or a tracked one to be changed.

    `wanted` names the fields that are asked for, as texts (see `requests_workflow.wanted`). For
    a change, `before` has the values of the same fields when it was raised and `agreed` those
    when it was accepted: what has changed in between is a conflict. `version` counts every move
    and edit; a decision carries the one that was seen. `offer`, `event` and `partner` are the
    conversion's; for a new one, what it is to have.
    """

    type = models.CharField(_("type"), max_length=6, choices=Type.choices)
    status = models.CharField(
        _("status"), max_length=9, choices=Status.choices, default=Status.INQUIRED
    )
    version = models.IntegerField(default=1, editable=False)
    conversion = models.ForeignKey(
        Conversion,
        models.PROTECT,
        verbose_name=_("conversion"),
        null=True,
        db_index=False,
        related_name="requests",
    )
    offer = models.ForeignKey(Offer, models.PROTECT, verbose_name=_("offer"), db_index=False)
    event = models.ForeignKey(OfferEvent, models.PROTECT, verbose_name=_("event"), db_index=False)
    partner = models.ForeignKey(
        Partner, models.PROTECT, verbose_name=_("partner"), db_index=False, related_name="+"
    )
    wanted = models.JSONField(_("wanted"), default=dict, encoder=DjangoJSONEncoder)
    before = models.JSONField(_("when it was raised"), default=dict)
    agreed = models.JSONField(null=True)

    raised_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, verbose_name=_("raised by"), related_name="+"
    )
    # The raiser's partner then; None for the agency's own.
    raiser_partner = models.ForeignKey(
        Partner, models.PROTECT, null=True, db_index=False, related_name="+"
    )
    raised_at = models.DateTimeField(_("raised"), default=timezone.now)
    decided_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        models.PROTECT,
        verbose_name=_("decided by"),
        null=True,
        db_index=False,
        related_name="+",
    )
    decided_at = models.DateTimeField(_("decided"), null=True)
    # Why it was rejected; "withdrawn" where the raiser took it back.
    decision_reason = models.TextField(_("reason"), blank=True, default="")
    # What else belongs to the last move: why it was asked again, or that it was accepted anyway.
    move_note = models.TextField(blank=True, default="", db_default="")
    processed_at = models.DateTimeField(_("processed"), null=True)
    # Why it failed: a code with its parameters (requests_workflow.texts).
    failure_code = models.CharField(max_length=60, blank=True, default="")
    failure_params = models.JSONField(default=dict)

    objects = ConversionRequestQuerySet.as_manager()

    class Meta:
        verbose_name = _("conversion request")
        verbose_name_plural = _("conversion requests")
        permissions = [
            ("raise_create_request", _("Can ask for new conversions")),
            ("raise_change_request", _("Can ask for changes of conversions")),
            ("decide_request", _("Can accept and reject requests")),
            ("decide_own_request", _("Can decide one's own requests")),
        ]
        constraints = [
            models.CheckConstraint(
                condition=~Q(status=Status.REJECTED) | ~Q(decision_reason=""),
                name="rejected_with_a_reason",
            ),
            models.CheckConstraint(
                condition=Q(type=Type.CREATE) | Q(conversion__isnull=False),
                name="a_change_has_a_conversion",
            ),
        ]
        indexes = [
            models.Index(F("raised_at").desc(), F("id").desc(), name="request_newest"),
            models.Index(
                "raiser_partner",
                F("raised_at").desc(),
                F("id").desc(),
                name="request_of_partner",
                condition=Q(raiser_partner__isnull=False),
            ),
            models.Index(
                "conversion",
                F("id").desc(),
                name="request_conversion",
                condition=Q(conversion__isnull=False),
            ),
            # Small ones: of what waits for a decision, of what waits for the system.
            models.Index(
                fields=["id"],
                name="request_waiting",
                condition=Q(status__in=["inquired", "failed"]),
            ),
            models.Index(
                fields=["decided_at", "id"],
                name="request_accepted",
                condition=Q(status="accepted"),
            ),
        ]

    def __str__(self) -> str:
        return str(_("Request %(id)s") % {"id": self.pk})

    def get_absolute_url(self) -> str:
        return reverse("requests:detail", args=[self.pk])


TRACKED_FIELDS = [
    "status", "version", "wanted", "conversion", "decision_reason", "move_note", "failure_code",
    "failure_params",
]  # fmt: skip
_Event = make_event_model(ConversionRequest, "BaseRequestEvent", TRACKED_FIELDS)


class RequestEvent(_Event):  # type: ignore[misc,valid-type]
    """A request after one move. Partitioned by month on pgh_created_at; never rewritten."""

    # The base's Meta holds the trigger that refuses UPDATE and DELETE.
    class Meta(_Event.Meta):  # type: ignore[misc,name-defined]
        abstract = False
        db_table = "requests_workflow_event"
        indexes = [models.Index(fields=["pgh_obj", "pgh_id"], name="event_of_request")]


class Comment(models.Model):
    """A line of a request's discussion. An internal one is the agency's alone."""

    request = models.ForeignKey(ConversionRequest, models.CASCADE, related_name="comments")
    author = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, verbose_name=_("by"), related_name="+"
    )
    at = models.DateTimeField(_("at"), default=timezone.now)
    text = models.TextField(_("comment"), max_length=LONGEST_TEXT, blank=True)
    internal = models.BooleanField(_("internal"), default=False)

    class Meta:
        verbose_name = _("comment")
        verbose_name_plural = _("comments")
        ordering = ["id"]

    def __str__(self) -> str:
        return str(_("Comment %(id)s") % {"id": self.pk})


def _place(attachment: "Attachment", name: str) -> str:
    """Nothing of the file's own name, which is its sender's to choose."""
    return f"requests/{attachment.request_id}/{uuid4().hex}"


class Attachment(models.Model):
    """Evidence: a file that came with a comment. Who may read the comment may have it."""

    request = models.ForeignKey(ConversionRequest, models.CASCADE, related_name="attachments")
    comment = models.ForeignKey(Comment, models.CASCADE, related_name="attachments")
    name = models.CharField(_("name"), max_length=255)
    content_type = models.CharField(max_length=40)
    size = models.PositiveIntegerField(_("bytes"))
    file: Any = models.FileField(upload_to=_place, max_length=200)

    class Meta:
        verbose_name = _("attachment")
        verbose_name_plural = _("attachments")
        ordering = ["id"]

    def __str__(self) -> str:
        return self.name
