"""Conversions, their history, the reasons for rejecting them, and the log of intake calls."""

import uuid
from decimal import Decimal
from typing import TYPE_CHECKING, Any, Self

from django.contrib.postgres.indexes import BrinIndex
from django.db import models
from django.db.models import F, Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from conversions.partner_postbacks.models import PartnerPostback, PostbackAttempt, PostbackEvent
from conversions.rules import Status
from convertr.audit.models import make_event_model
from convertr.network.models import (
    MONEY_DIGITS,
    MONEY_PLACES,
    Offer,
    OfferEvent,
    Partner,
    RateField,
)

if TYPE_CHECKING:
    from convertr.accounts.models import User

# Their folder is part of this app: Django finds them here.
__all__ = [
    "Conversion", "ConversionEvent", "MoneyField", "PartnerPostback", "PostbackAttempt",
    "PostbackCall", "PostbackEvent", "Reason", "ShortText",
]  # fmt: skip


class MoneyField(models.DecimalField[Decimal | int | str | None, Any]):
    """An amount in the offer's currency, four decimals."""

    def __init__(self, *args: object, **kwargs: object) -> None:
        kwargs |= {"max_digits": MONEY_DIGITS, "decimal_places": MONEY_PLACES}
        super().__init__(*args, **kwargs)  # type: ignore[arg-type]


class ShortText(models.CharField[str, str]):
    """A short text that may be empty."""

    def __init__(self, *args: object, **kwargs: object) -> None:
        kwargs |= {"max_length": kwargs.get("max_length", 255), "blank": True}
        kwargs.setdefault("default", "")
        super().__init__(*args, **kwargs)  # type: ignore[arg-type]


class ConversionQuerySet(models.QuerySet["Conversion"]):
    def visible_to(self, user: "User") -> Self:
        """All for agency and admin; a partner's people see their partner's."""
        return self.filter(partner_id=user.partner_id) if user.is_partner else self


class Conversion(models.Model):  # type: ignore[django-manager-missing]  # pghistory's events
    """A tracked sale, lead or action (conversions.md, "A conversion").

    `version` counts the changes of status, amounts and lock, so that a change verified against
    one version is not applied to another. No index holds a column that a status change writes:
    such updates stay on their page (HOT) and cost the same at any size of the table.
    """

    uuid = models.UUIDField(_("conversion UUID"), default=uuid.uuid4, unique=True)
    offer = models.ForeignKey(Offer, models.PROTECT, verbose_name=_("offer"), db_index=False)
    event = models.ForeignKey(OfferEvent, models.PROTECT, verbose_name=_("event"), db_index=False)
    partner = models.ForeignKey(Partner, models.PROTECT, verbose_name=_("partner"), db_index=False)
    transaction_id = ShortText(_("transaction ID"))
    request_id = ShortText(_("request ID"))
    click_id = ShortText(_("click ID"))
    order_id = ShortText(_("order ID"))

    status = models.CharField(
        _("status"), max_length=9, choices=Status.choices, default=Status.PENDING
    )
    payout = MoneyField(_("payout"), default=0)
    revenue = MoneyField(_("revenue"), default=0)
    sale_amount = MoneyField(_("sale amount"), null=True, blank=True)
    reason_code = ShortText(_("reason"), max_length=60)
    note = models.TextField(_("note"), blank=True, default="")
    locked = models.BooleanField(_("locked"), default=False)
    version = models.IntegerField(default=1, editable=False)

    # The event's rates as they were when the conversion was made.
    payout_fixed = RateField(_("payout, fixed"))
    payout_percent = RateField(_("payout, percent of sale"))
    revenue_fixed = RateField(_("revenue, fixed"))
    revenue_percent = RateField(_("revenue, percent of sale"))

    sub1, sub2, sub3, sub4, sub5, sub6 = (ShortText(f"sub{n}") for n in range(1, 7))
    adv1, adv2, adv3, adv4, adv5 = (ShortText(f"adv{n}") for n in range(1, 6))
    source = ShortText(_("source"))
    country = ShortText(_("country"), max_length=2)
    device = ShortText(_("device"), max_length=40)
    ip = models.GenericIPAddressField(_("IP address"), null=True, blank=True)
    converted_at = models.DateTimeField(_("conversion time"), default=timezone.now)
    clicked_at = models.DateTimeField(_("click time"), null=True, blank=True)
    created_at = models.DateTimeField(_("created"), default=timezone.now, editable=False)

    objects = ConversionQuerySet.as_manager()

    class Meta:
        verbose_name = _("conversion")
        verbose_name_plural = _("conversions")
        permissions = [
            ("change_conversions", _("Can change statuses of conversions")),
            ("change_amounts", _("Can change amounts of conversions")),
            ("lock_conversions", _("Can lock and unlock conversions")),
        ]
        constraints = [
            models.UniqueConstraint(
                fields=["request_id", "offer"],
                condition=~Q(request_id=""),
                name="request_id_once_per_offer",
            ),
        ]
        indexes = [
            models.Index(F("converted_at").desc(), F("id").desc(), name="conversion_newest"),
            models.Index(
                "offer",
                F("converted_at").desc(),
                F("id").desc(),
                name="conversion_offer",
            ),
            models.Index(
                "partner",
                F("converted_at").desc(),
                F("id").desc(),
                name="conversion_partner",
            ),
            models.Index(
                fields=["transaction_id"],
                condition=~Q(transaction_id=""),
                name="conversion_transaction",
            ),
            models.Index(fields=["order_id"], condition=~Q(order_id=""), name="conversion_order"),
            models.Index(fields=["click_id"], condition=~Q(click_id=""), name="conversion_click"),
        ]

    def __str__(self) -> str:
        return str(self.pk)


# What can change after a conversion was made, and therefore what history keeps.
TRACKED_FIELDS = [
    "status", "payout", "revenue", "sale_amount", "reason_code", "note", "locked", "order_id",
    "sub1", "sub2", "sub3", "sub4", "sub5", "sub6",
]  # fmt: skip


_Event = make_event_model(Conversion, "BaseConversionEvent", TRACKED_FIELDS)


class ConversionEvent(_Event):  # type: ignore[misc,valid-type]
    """A conversion after one change. Partitioned by month on pgh_created_at; never rewritten."""

    # The base's Meta holds the trigger that refuses UPDATE and DELETE.
    class Meta(_Event.Meta):  # type: ignore[misc,name-defined]
        abstract = False
        db_table = "conversions_event"
        indexes = [
            models.Index(fields=["pgh_obj", "pgh_id"], name="event_of_conversion"),
            # Entries come in the order of time: a few pages say what changed since then.
            BrinIndex(fields=["pgh_created_at"], name="event_time", autosummarize=True),
        ]


class Reason(models.Model):
    """Why a conversion is rejected; partners read `text`. Used ones are retired, not deleted."""

    code = models.SlugField(_("code"), max_length=60, unique=True)
    text = models.CharField(_("text"), max_length=200)
    retired = models.BooleanField(_("retired"), default=False)

    class Meta:
        verbose_name = _("reason")
        verbose_name_plural = _("reasons")
        ordering = ["text"]

    def __str__(self) -> str:
        return self.text


class PostbackCall(models.Model):
    """One call of an offer's postback address: what came, the secret left out, and its outcome."""

    offer = models.ForeignKey(Offer, models.CASCADE, null=True, related_name="postback_calls")
    at = models.DateTimeField(_("at"), auto_now_add=True)
    parameters = models.JSONField(_("parameters"), default=dict)
    outcome = models.CharField(_("outcome"), max_length=20)
    code = models.CharField(_("code"), max_length=60, blank=True)
    conversion_id = models.BigIntegerField(null=True)

    class Meta:
        verbose_name = _("postback call")
        verbose_name_plural = _("postback calls")
        indexes = [models.Index("offer", F("id").desc(), name="postback_call_newest")]

    def __str__(self) -> str:
        return f"{self.outcome} {self.pk}"
