"""The kind of job that imports leads, and the one that takes an import back."""

from collections.abc import Mapping
from typing import Any
from urllib.parse import urlencode

from django.urls import reverse
from django.utils.translation import gettext as _t
from django.utils.translation import gettext_lazy as _

from convertr.accounts.models import User
from convertr.errors import DomainError
from convertr.jobs.kinds import Kind, Resolution
from convertr.jobs.models import Job, JobChunk, State
from convertr.jobs.uploaded import uploaded_before
from convertr.network.models import Campaign, Partner
from leads.access import VIEW
from leads.imports import applying
from leads.imports.resolve import resolve
from leads.intake import fields_of, require_open
from leads.rules import DELETE

PERMISSION = "jobs.import_data"


class LeadFile(Kind):
    """Rows that hold what people have told: seen by those who may see leads."""

    permission = PERMISSION
    view_permission = VIEW

    def show_change(self, name: str, value: Any) -> tuple[str, str]:
        return _t("Lead"), str(value or "")

    def changed_url(self, job: Job) -> str:
        return f"{reverse('leads:list')}?{urlencode({'job': job.pk})}"


class Import(LeadFile):
    """Makes a lead of each row that can become one."""

    name = "leads.import"
    label = _("Import of leads")
    undo_kind = "leads.undo_import"
    result_template = "leads/imports/result.html"
    undo_options_template = "leads/imports/undo_options.html"
    bucket_labels = {"ready": _("Will become leads"), "applied": _("Became leads")}

    def resolve(self, job: Job) -> Resolution:
        return resolve(job)

    def page_of(self, job: Job) -> str | None:
        """Its columns, until they are chosen."""
        return reverse("leads:import_file", args=[job.pk]) if job.state == State.DRAFT else None

    def options(self, job: Job, data: Mapping[str, str], actor: User) -> dict[str, Any]:
        """Nothing is asked; but what was verified must still hold of the campaign."""
        campaign = Campaign.objects.get(pk=job.parameters["campaign"])
        require_open(campaign)
        if [list(field) for field in fields_of(campaign)] != job.parameters["fields"]:
            text = _("The campaign's fields have changed. Go back to the columns and verify again.")
            raise DomainError("fields_changed", text)
        return {}

    def apply(self, job: Job, chunk: JobChunk) -> None:
        applying.apply(job, chunk)

    def context(self, job: Job) -> dict[str, Any]:
        wanted = job.parameters
        return {
            "uploaded_before": uploaded_before(job),
            "campaign": Campaign.objects.filter(pk=wanted.get("campaign")).first(),
            "partner": Partner.objects.filter(pk=wanted.get("partner")).first(),
            "replacement": wanted.get("replacement"),
        }


class UndoImport(LeadFile):
    """Deletes the leads that an import made; what left or leaves, or has changed since, stays."""

    name = "leads.undo_import"
    permission = DELETE
    label = _("Undo of an import of leads")
    bucket_labels = {"applied": _("Deleted")}

    def apply(self, job: Job, chunk: JobChunk) -> None:
        applying.take_back(job, chunk)


KINDS: tuple[Kind, ...] = (Import(), UndoImport())
