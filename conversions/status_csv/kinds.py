"""The kinds of job that change statuses: from a file, and from rows selected in the list."""

from collections.abc import Mapping
from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from conversions import changes
from conversions.csv_files.kinds import MONEY_TEMPLATE, ChangeKind
from conversions.models import Reason
from conversions.status_csv.resolve import resolve
from convertr.accounts.models import User
from convertr.errors import DomainError
from convertr.jobs.kinds import Resolution
from convertr.jobs.models import Job, JobChunk

PERMISSION = ChangeKind.permission
STATUS_COLUMNS = ("status", "reason_code", "note")
_REFUSALS = {"reason": "unknown_reason", "note": "bad_note"}


class ConfirmForm(forms.Form):
    """What Confirm asks for."""

    reason = forms.CharField(max_length=60, required=False)
    note = forms.CharField(max_length=500, required=False)
    send_postbacks = forms.BooleanField(required=False)

    def clean_reason(self) -> str:
        code: str = self.cleaned_data["reason"]
        if code and not Reason.objects.filter(code=code, retired=False).exists():
            raise forms.ValidationError(_("Choose a reason of the catalogue."))
        return code


class StatusCsv(ChangeKind):
    """A file of keys and statuses."""

    name = "conversions.status_csv"
    label = _("Status CSV")
    result_template = MONEY_TEMPLATE
    options_template = "conversions/status_csv/options.html"

    def context(self, job: Job) -> dict[str, Any]:
        return {**super().context(job), "reasons": Reason.objects.filter(retired=False)}

    def resolve(self, job: Job) -> Resolution:
        return resolve(job)

    def options(self, job: Job, data: Mapping[str, str], actor: User) -> dict[str, Any]:
        """`send_postbacks`, and `defaults` for rows that reject and bring no reason."""
        form = ConfirmForm(data)
        if not form.is_valid():
            field, errors = next(iter(form.errors.items()))
            raise DomainError(_REFUSALS[field], str(errors[0]))
        given = {"reason_code": form.cleaned_data["reason"], "note": form.cleaned_data["note"]}
        defaults = {name: value for name, value in given.items() if value}
        if job.summary.get("without_reason") and not defaults:
            text = _("Choose a reason for the rows that reject and bring none.")
            raise DomainError("reason_missing", text)
        return {"send_postbacks": form.cleaned_data["send_postbacks"], "defaults": defaults}

    def apply(self, job: Job, chunk: JobChunk) -> None:
        columns = changes.VALUES if job.parameters.get("has_cost") else STATUS_COLUMNS
        changes.apply_verified(job, chunk, columns)


class StatusSelection(StatusCsv):
    """Conversions ticked in the list, or all that match its filters, to one status."""

    name = "conversions.status_selection"
    label = _("Status of selected conversions")
