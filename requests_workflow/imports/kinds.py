"""The kind of job that imports requests."""

from collections.abc import Mapping
from decimal import Decimal
from typing import Any
from urllib.parse import urlencode

from django.urls import reverse
from django.utils.translation import gettext as _t
from django.utils.translation import gettext_lazy as _

from conversions.rules import Status as ConversionStatus
from convertr.accounts.models import User
from convertr.errors import DomainError
from convertr.jobs.kinds import Kind, Resolution
from convertr.jobs.models import Job, JobChunk
from convertr.jobs.uploaded import uploaded_before
from convertr.ui.lists.columns import figures
from requests_workflow.exchange.export import RequestsExport
from requests_workflow.imports import applying
from requests_workflow.imports.resolve import resolve
from requests_workflow.rules import Status
from requests_workflow.wanted import FIELDS

PERMISSION = "jobs.import_data"
_ACTS = {
    "raise": _("to be raised"),
    "edit": _("to be changed"),
    "accept": _("to be accepted"),
    "reject": _("to be rejected"),
    "retry": _("to be tried again"),
    "comment": _("with a comment"),
}


class Import(Kind):
    """Raises, changes and decides requests by a file; taken back by nothing."""

    name = "requests.import"
    label = _("Import of requests")
    permission = PERMISSION
    result_template = "requests_workflow/import_result.html"

    def resolve(self, job: Job) -> Resolution:
        return resolve(job)

    def options(self, job: Job, data: Mapping[str, str], actor: User) -> dict[str, Any]:
        """Nothing is asked; but rows were verified for one person, whose requests they become."""
        if actor.pk != job.requested_by_id:
            text = _("Only who uploaded the file can confirm it: the requests become theirs.")
            raise DomainError("not_uploader", text)
        return {}

    def apply(self, job: Job, chunk: JobChunk) -> None:
        applying.apply(job, chunk)

    def context(self, job: Job) -> dict[str, Any]:
        acts = job.summary.get("acts", {})
        found = [(label, acts[name]) for name, label in _ACTS.items() if acts.get(name)]
        return {"uploaded_before": uploaded_before(job), "acts": found}

    def show_change(self, name: str, value: Any) -> tuple[str, str]:
        if name == "request_status":
            return _t("Request"), str(Status(value).label) if value else ""
        if name not in FIELDS:
            return _t("Comment"), str(value or "")
        label = str(FIELDS[name].label)
        label = label[:1].upper() + label[1:]
        if value is None:
            return label, ""
        if name == "status":
            return label, str(ConversionStatus(value).label)
        return label, figures(Decimal(value)) if FIELDS[name].kind == "money" else str(value)

    def changed_url(self, job: Job) -> str:
        return f"{reverse('requests:list')}?{urlencode({'job': job.pk})}"


KINDS: tuple[Kind, ...] = (Import(), RequestsExport())
