"""What the APIs remember: answers by Idempotency-Key, listings being paged through, last calls."""

from django.db import models
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from convertr.accounts.models import ApiKey


class IdempotentAnswer(models.Model):
    """The first answer to a write with an Idempotency-Key; stored with what it wrote."""

    key = models.ForeignKey(ApiKey, models.CASCADE, related_name="+")
    name = models.CharField(max_length=255)
    # SHA-256 of method, path and body: another call under the same name is refused.
    digest = models.CharField(max_length=64)
    status = models.PositiveSmallIntegerField()
    headers = models.JSONField(default=dict)
    body = models.TextField()
    created_at = models.DateTimeField(default=timezone.now)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["key", "name"], name="answer_once")]

    def __str__(self) -> str:
        return f"{self.key_id}: {self.name}"


class Listing(models.Model):
    """What the first page of a listing saw, so that the later ones neither overlap nor skip.

    `edges` holds, by page number, the sort values and id of that page's last row.
    """

    key = models.ForeignKey(ApiKey, models.CASCADE, related_name="+")
    # SHA-256 of path, body and page size.
    digest = models.CharField(max_length=64)
    ceiling = models.BigIntegerField()
    history_ceiling = models.BigIntegerField(null=True)
    total = models.BigIntegerField()
    edges = models.JSONField(default=dict)
    created_at = models.DateTimeField(default=timezone.now)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["key", "digest"], name="listing_once")]

    def __str__(self) -> str:
        return f"{self.key_id}: {self.total}"


class ApiCall(models.Model):
    """One call of an API: no body, no query, a sample of them under load."""

    key = models.ForeignKey(ApiKey, models.CASCADE, related_name="calls")
    at = models.DateTimeField(_("at"), default=timezone.now)
    method = models.CharField(_("method"), max_length=10)
    path = models.CharField(_("path"), max_length=200)
    status = models.PositiveSmallIntegerField(_("status"))
    milliseconds = models.PositiveIntegerField(_("time"))

    class Meta:
        verbose_name = _("call")
        verbose_name_plural = _("calls")
        indexes = [models.Index(fields=["key", "-id"], name="call_of_key")]

    def __str__(self) -> str:
        return f"{self.method} {self.path}: {self.status}"

    @property
    def outcome(self) -> str:
        """`done`, `refused` (the caller's fault) or `failed` (ours)."""
        return "done" if self.status < 400 else "refused" if self.status < 500 else "failed"
