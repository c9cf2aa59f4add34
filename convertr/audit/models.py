"""History that no code path can forget: statement-level triggers write it (django-pghistory)."""

from collections.abc import Sequence
from typing import Any

import pghistory
import pghistory.models
import pgtrigger
from django.db import models
from django.utils.translation import gettext_lazy as _


class Event(pghistory.models.Event):
    """Base of every history table: one row a change, holding the values after it.

    Who, through which channel and job stands in the context (`pgh_context.metadata`), written
    once a transaction by `convertr.audit.context.recorded`.
    """

    pgh_id = models.BigAutoField(primary_key=True)

    class Meta:
        abstract = True


def make_event_model(tracked: type[models.Model], name: str, fields: Sequence[str]) -> Any:
    """The abstract base, called `name`, of a model's history: its rows at birth and at each change.

    One statement writes the entries of all rows that a statement changed. Nothing rewrites them,
    and no foreign key holds a row that is to be deleted.
    """
    changed = pghistory.AnyChange(*fields)
    return pghistory.create_event_model(
        tracked,
        pghistory.InsertEvent(level=pgtrigger.Statement),
        pghistory.UpdateEvent(level=pgtrigger.Statement, condition=changed),
        fields=list(fields),
        base_model=Event,
        model_name=name,
        append_only=True,
        obj_field=pghistory.ObjForeignKey(
            related_name="events", db_index=False, db_constraint=False
        ),
        context_field=pghistory.ContextForeignKey(null=True, db_index=False, db_constraint=False),
    )


class Entry(models.Model):
    """An act of a person that changes no tracked row: a sign-in, a key made, a batch sent now."""

    at = models.DateTimeField(_("at"), auto_now_add=True)
    actor_id = models.BigIntegerField(null=True)
    actor_label = models.CharField(_("who"), max_length=200, blank=True)
    channel = models.CharField(_("channel"), max_length=20)
    action = models.CharField(_("action"), max_length=60)
    subject = models.CharField(_("subject"), max_length=100, blank=True)
    job_id = models.BigIntegerField(_("job"), null=True)
    details = models.JSONField(default=dict)

    class Meta:
        verbose_name = _("audit entry")
        verbose_name_plural = _("audit")
        permissions = [("read_audit", _("Can read the audit"))]
        indexes = [models.Index(fields=["-at", "-id"], name="audit_newest")]

    def __str__(self) -> str:
        return f"{self.action} {self.subject}".strip()
