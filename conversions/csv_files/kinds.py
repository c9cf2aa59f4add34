"""What all jobs on conversions have in common, and their undoing."""

from collections.abc import Mapping
from decimal import Decimal
from typing import Any
from urllib.parse import urlencode

from django.urls import reverse
from django.utils.translation import gettext as _t
from django.utils.translation import gettext_lazy as _

from conversions import changes
from conversions.csv_files.layout import AMOUNTS
from conversions.csv_files.preview import money_lines
from conversions.models import Conversion
from conversions.rules import Status
from convertr.jobs.kinds import Kind
from convertr.jobs.models import Job, JobChunk
from convertr.jobs.uploaded import uploaded_before
from convertr.ui.lists.columns import figures

MONEY_TEMPLATE = "conversions/csv_files/money.html"


class ConversionKind(Kind):
    """A kind of job on conversions: how its rows read, and the list that it leads to."""

    bucket_labels = {"not_found": _("No conversions found")}

    def context(self, job: Job) -> dict[str, Any]:
        return {
            "money": money_lines(job.summary.get("money", {})),
            "uploaded_before": uploaded_before(job),
        }

    def show_change(self, name: str, value: Any) -> tuple[str, str]:
        label = str(getattr(Conversion._meta.get_field(name), "verbose_name", name)).capitalize()
        if name == "status" and value:
            return label, str(Status(value).label)
        if name in AMOUNTS and value is not None:
            return label, figures(Decimal(value))
        if isinstance(value, bool):
            return label, _t("Yes") if value else _t("No")
        return label, str(value or "")

    def changed_url(self, job: Job) -> str:
        return f"{reverse('conversions:list')}?{urlencode({'job': job.pk})}"


class ChangeKind(ConversionKind):
    """A job that changes statuses, and whose undoing therefore may send postbacks."""

    permission = "conversions.change_conversions"
    undo_kind = "conversions.undo"
    undo_options_template = "conversions/status_csv/undo_options.html"

    def undo_parameters(self, job: Job, data: Mapping[str, str]) -> dict[str, Any]:
        return {"send_postbacks": bool(data.get("send_postbacks"))}


class Undo(ConversionKind):
    """Gives conversions back what a job overwrote."""

    name = "conversions.undo"
    label = _("Undo")
    permission = "conversions.change_conversions"

    def apply(self, job: Job, chunk: JobChunk) -> None:
        changes.apply_reversed(job, chunk)
