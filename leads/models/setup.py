"""What a campaign asks of its leads, how it judges them, and the catalogue of flags."""

from django.core.validators import MaxValueValidator, RegexValidator
from django.db import models
from django.utils.translation import gettext_lazy as _

from convertr.network.models import Campaign

FIELD_NAME = RegexValidator(
    r"^[A-Za-z][A-Za-z0-9_]{0,59}\Z",
    _("Letters, digits and underscores, beginning with a letter, such as firstName."),
)


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
