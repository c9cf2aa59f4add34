"""What people keep for another time."""

from typing import Any

from django.conf import settings
from django.core.serializers.json import DjangoJSONEncoder
from django.db import models
from django.utils.translation import gettext_lazy as _


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
