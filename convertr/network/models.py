"""The parties and what they run: advertisers pay, partners bring, offers say for what."""

import secrets
from decimal import Decimal

from django.core.validators import MinValueValidator, RegexValidator
from django.db import models
from django.utils.translation import gettext_lazy as _

MONEY_DIGITS, MONEY_PLACES = 16, 4


def new_token() -> str:
    """A secret of 32 URL-safe characters for an offer's postback address."""
    return secrets.token_urlsafe(24)


class Status(models.TextChoices):
    ACTIVE = "active", _("Active")
    PAUSED = "paused", _("Paused")


class Party(models.Model):
    name = models.CharField(_("name"), max_length=200)
    status = models.CharField(
        _("status"), max_length=10, choices=Status.choices, default=Status.ACTIVE
    )
    created_at = models.DateTimeField(_("created"), auto_now_add=True)

    class Meta:
        abstract = True
        ordering = ["name", "id"]

    def __str__(self) -> str:
        return self.name


class Advertiser(Party):
    class Meta(Party.Meta):
        verbose_name = _("advertiser")
        verbose_name_plural = _("advertisers")


class PartnerManager(models.Manager["Partner"]):
    def house(self) -> "Partner":
        """The one that conversions go to whose partner nobody told."""
        return self.get_or_create(is_house=True, defaults={"name": "Unattributed"})[0]


class Partner(Party):
    is_house = models.BooleanField(_("for what is unattributed"), default=False, editable=False)

    objects = PartnerManager()

    class Meta(Party.Meta):
        verbose_name = _("partner")
        verbose_name_plural = _("partners")
        constraints = [
            models.UniqueConstraint(
                fields=["is_house"], condition=models.Q(is_house=True), name="one_house_partner"
            )
        ]


class Campaign(Party):
    """What leads come in for; its fields and rules belong to the leads app."""

    advertiser = models.ForeignKey(
        Advertiser,
        models.PROTECT,
        verbose_name=_("advertiser"),
        related_name="campaigns",
    )
    ends_on = models.DateField(_("end date"), null=True, blank=True)

    class Meta(Party.Meta):
        verbose_name = _("campaign")
        verbose_name_plural = _("campaigns")


class Offer(Party):
    advertiser = models.ForeignKey(
        Advertiser, models.PROTECT, verbose_name=_("advertiser"), related_name="offers"
    )
    partners = models.ManyToManyField(
        Partner, verbose_name=_("partners"), related_name="offers", blank=True
    )
    currency = models.CharField(
        _("currency"),
        max_length=3,
        default="EUR",
        validators=[RegexValidator(r"^[A-Z]{3}$", _("Write a currency code such as EUR."))],
    )
    postback_token = models.CharField(_("postback secret"), max_length=64, default=new_token)

    class Meta(Party.Meta):
        verbose_name = _("offer")
        verbose_name_plural = _("offers")
        permissions = [("view_postback_secret", _("Can see the secrets of postback addresses"))]


class RateField(models.DecimalField[Decimal | int | str, Decimal]):
    """A non-negative amount or percentage with four decimals."""

    def __init__(self, *args: object, **kwargs: object) -> None:
        kwargs |= {
            "max_digits": MONEY_DIGITS,
            "decimal_places": MONEY_PLACES,
            "default": kwargs.get("default", Decimal(0)),
            "validators": [MinValueValidator(0)],
        }
        super().__init__(*args, **kwargs)  # type: ignore[arg-type]


class OfferEvent(models.Model):
    """What an offer pays for one event: fixed parts in its currency, percentages of the sale."""

    BASE = "Base"

    offer = models.ForeignKey(Offer, models.CASCADE, related_name="events")
    name = models.CharField(_("event"), max_length=100, default=BASE)
    payout_fixed = RateField(_("payout, fixed"))
    payout_percent = RateField(_("payout, percent of sale"))
    revenue_fixed = RateField(_("revenue, fixed"))
    revenue_percent = RateField(_("revenue, percent of sale"))

    class Meta:
        verbose_name = _("event and its rates")
        verbose_name_plural = _("events and their rates")
        ordering = ["id"]
        constraints = [
            models.UniqueConstraint(fields=["offer", "name"], name="offer_event_once"),
        ]

    def __str__(self) -> str:
        return self.name
