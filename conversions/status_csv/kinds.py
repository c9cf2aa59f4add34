"""The kinds of job that change statuses: from a file, from rows selected in the list, and back."""

from collections.abc import Mapping
from typing import Any
from urllib.parse import urlencode

from django import forms
from django.template.defaultfilters import floatformat
from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from conversions import changes
from conversions.models import Conversion, Reason
from conversions.rules import Status
from conversions.status_csv.preview import money_lines, uploaded_before
from conversions.status_csv.resolve import resolve
from convertr.accounts.models import User
from convertr.errors import DomainError
from convertr.jobs.kinds import Kind, Resolution
from convertr.jobs.models import Job, JobChunk

STATUS_COLUMNS = ("status", "reason_code", "note")
AMOUNTS = ("payout", "revenue", "sale_amount")
PERMISSION = "conversions.change_conversions"


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


class ChangeKind(Kind):
    """What all jobs on conversions have in common."""

    permission = PERMISSION
    bucket_labels = {"not_found": _("No conversions found")}
    undo_options_template = "conversions/status_csv/undo_options.html"

    def undo_parameters(self, job: Job, data: Mapping[str, str]) -> dict[str, Any]:
        return {"send_postbacks": bool(data.get("send_postbacks"))}

    def show_change(self, name: str, value: Any) -> tuple[str, str]:
        label = str(getattr(Conversion._meta.get_field(name), "verbose_name", name)).capitalize()
        if name == "status" and value:
            return label, str(Status(value).label)
        if name in AMOUNTS and value is not None:
            return label, floatformat(value, "-2g")
        return label, str(value or "")

    def changed_url(self, job: Job) -> str:
        return f"{reverse('conversions:list')}?{urlencode({'job': job.pk})}"


class StatusCsv(ChangeKind):
    """A file of keys and statuses."""

    name = "conversions.status_csv"
    label = _("Status CSV")
    undo_kind = "conversions.undo"
    result_template = "conversions/status_csv/money.html"
    options_template = "conversions/status_csv/options.html"

    def context(self, job: Job) -> dict[str, Any]:
        earlier = uploaded_before(job)
        return {
            "reasons": Reason.objects.filter(retired=False),
            "money": money_lines(job.summary.get("money", {})),
            "uploaded_before": earlier,
        }

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
        columns = changes.COLUMNS if job.parameters.get("has_cost") else STATUS_COLUMNS
        changes.apply_verified(job, chunk, columns)


class StatusSelection(StatusCsv):
    """Conversions ticked in the list, or all that match its filters, to one status."""

    name = "conversions.status_selection"
    label = _("Status of selected conversions")


class Undo(ChangeKind):
    """Gives conversions back what a job overwrote."""

    name = "conversions.undo"
    label = _("Undo")

    def apply(self, job: Job, chunk: JobChunk) -> None:
        changes.apply_reversed(job, chunk)
