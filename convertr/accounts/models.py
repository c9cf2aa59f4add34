"""People, what they may do, and the keys that act for them."""

import zoneinfo
from functools import cache
from typing import Any

from django.contrib.auth.models import (
    AbstractBaseUser,
    BaseUserManager,
    PermissionsMixin,
)
from django.core.exceptions import ValidationError
from django.db import models
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from convertr.network.models import Partner


@cache
def time_zones() -> frozenset[str]:
    """The names that this machine knows; asked once, for it looks into hundreds of files."""
    return frozenset(zoneinfo.available_timezones())


def check_time_zone(name: str) -> None:
    """ValidationError for a name that the time zone database doesn't have."""
    if name not in time_zones():
        raise ValidationError(_("Write a time zone such as Europe/Berlin."))


class Role(models.TextChoices):
    ADMIN = "admin", _("Admin")
    AGENCY = "agency", _("Agency")
    PARTNER = "partner", _("Partner")


class Scope(models.TextChoices):
    """What a key may be narrowed to; a key without scopes may all that its person may."""

    READ = "read", _("Read")
    CONVERSIONS = "conversions", _("Change conversions")
    REQUESTS = "requests", _("Write requests")
    LEADS = "leads", _("Write leads")


class UserManager(BaseUserManager["User"]):
    def create_user(self, email: str, password: str | None = None, **fields: Any) -> "User":
        user = self.model(email=self.normalize_email(email).lower(), **fields)
        user.set_password(password)
        user.save(using=self._db)
        return user

    def create_superuser(self, email: str, password: str | None = None, **fields: Any) -> "User":
        return self.create_user(email, password, role=Role.ADMIN, **fields)


class User(AbstractBaseUser, PermissionsMixin):
    """A person. Roles say what one sees, permissions what one may do (platform.md)."""

    email = models.EmailField(_("e-mail"), unique=True)
    full_name = models.CharField(_("full name"), max_length=150)
    role = models.CharField(_("role"), max_length=10, choices=Role.choices, default=Role.AGENCY)
    partner = models.ForeignKey(
        Partner,
        models.PROTECT,
        verbose_name=_("partner"),
        null=True,
        blank=True,
        related_name="users",
    )
    time_zone = models.CharField(
        _("time zone"), max_length=50, default="UTC", validators=[check_time_zone]
    )
    mail_notices = models.BooleanField(
        _("mail what the bell says"),
        default=False,
        help_text=_("What is decided and said about one's requests comes by e-mail, too."),
    )
    is_active = models.BooleanField(_("active"), default=True)
    date_joined = models.DateTimeField(_("joined"), default=timezone.now)

    objects = UserManager()

    USERNAME_FIELD = "email"
    EMAIL_FIELD = "email"
    REQUIRED_FIELDS = ["full_name"]

    class Meta:
        verbose_name = _("person")
        verbose_name_plural = _("people")
        constraints = [
            models.CheckConstraint(
                condition=models.Q(role="partner", partner__isnull=False)
                | (~models.Q(role="partner") & models.Q(partner__isnull=True)),
                name="partner_people_have_a_partner",
                violation_error_message=_(
                    "Choose a partner for a partner's person, and only then."
                ),
            ),
        ]
        permissions = [("manage_api_keys", _("Can manage API keys"))]

    def __str__(self) -> str:
        return self.full_name or self.email

    @property
    def is_staff(self) -> bool:
        """Django admin's door."""
        return self.role == Role.ADMIN

    @property
    def is_partner(self) -> bool:
        return self.role == Role.PARTNER


class ApiKey(models.Model):
    """A key that acts for its user; only its hash is kept.

    One with an end is the access token of a sign-in through the API. Its row is the family of all
    tokens that follow from that sign-in: `family_hash` stays, the other hashes are renewed.
    """

    user = models.ForeignKey(User, models.CASCADE, related_name="api_keys")
    name = models.CharField(_("name"), max_length=100)
    prefix = models.CharField(_("begins with"), max_length=12)
    hash = models.CharField(max_length=64, unique=True, editable=False)
    scopes = models.JSONField(_("scopes"), default=list, blank=True)
    created_at = models.DateTimeField(_("created"), auto_now_add=True)
    last_used_at = models.DateTimeField(_("last used"), null=True, editable=False)
    revoked_at = models.DateTimeField(_("revoked"), null=True, editable=False)
    expires_at = models.DateTimeField(_("valid until"), null=True, editable=False)
    family_hash = models.CharField(max_length=64, null=True, unique=True, editable=False)
    refresh_hash = models.CharField(max_length=64, blank=True, default="", editable=False)
    refresh_expires_at = models.DateTimeField(null=True, editable=False)

    class Meta:
        verbose_name = _("API key")
        verbose_name_plural = _("API keys")
        ordering = ["-id"]

    def __str__(self) -> str:
        return f"{self.name} ({self.prefix}…)"

    def allows(self, scope: str) -> bool:
        """Whether the key was given this scope (or none, which means all)."""
        return not self.scopes or scope in self.scopes


class Invitation(models.Model):
    """A link sent by mail with which an invited person makes an account; sign-up is closed."""

    email = models.EmailField(_("e-mail"))
    full_name = models.CharField(_("full name"), max_length=150, blank=True)
    role = models.CharField(_("role"), max_length=10, choices=Role.choices, default=Role.AGENCY)
    partner = models.ForeignKey(Partner, models.CASCADE, null=True, blank=True)
    hash = models.CharField(max_length=64, unique=True, editable=False)
    invited_by = models.ForeignKey(User, models.SET_NULL, null=True, editable=False)
    created_at = models.DateTimeField(_("invited"), auto_now_add=True)
    expires_at = models.DateTimeField(_("valid until"), editable=False)
    accepted_at = models.DateTimeField(_("accepted"), null=True, editable=False)

    class Meta:
        verbose_name = _("invitation")
        verbose_name_plural = _("invitations")
        ordering = ["-id"]

    def __str__(self) -> str:
        return self.email

    @property
    def is_open(self) -> bool:
        """Whether it can still be accepted."""
        return self.accepted_at is None and self.expires_at > timezone.now()
