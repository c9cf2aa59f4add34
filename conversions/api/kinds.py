"""The kinds of job behind the API's writes: applied as they come, undone as any other."""

from collections.abc import Sequence
from typing import ClassVar

from django.utils.translation import gettext_lazy as _

from conversions.csv_files.kinds import ChangeKind, ConversionKind
from conversions.direct import judging
from conversions.partner_postbacks.firing import fire
from conversions.rules import CHANGEABLE, PRICED, Status
from convertr.jobs import direct
from convertr.jobs.direct import Judging, Told
from convertr.jobs.models import Job, JobChunk

AMOUNTS_PERMISSION = "conversions.change_amounts"


class ApiChange(ConversionKind):
    """A call's change; what is wanted stands in the job's parameter `after`."""

    verifies = False
    permission = "conversions.change_conversions"
    undo_kind = "conversions.undo"
    # Of which statuses it changes conversions, and the code that the others are told.
    changeable: ClassVar[Sequence[Status]] = CHANGEABLE
    excluded: ClassVar[str] = "status_excluded"

    def apply(self, job: Job, chunk: JobChunk) -> None:
        self._fire(job, direct.apply_chunk(job, chunk, self._judging(job)))

    def apply_keys(self, job: Job, keys: str) -> None:
        self._fire(job, direct.apply_call(job, keys, self._judging(job)))

    def _judging(self, job: Job) -> Judging:
        changeable = job.parameters.get("changeable", self.changeable)
        return judging(job, changeable=changeable, excluded=self.excluded)

    def _fire(self, job: Job, told: Told) -> None:
        if "status" in job.parameters["after"]:
            fire(told.written, send=job.parameters["send_postbacks"], job_id=job.pk)


class ApiStatus(ApiChange, ChangeKind):
    name = "conversions.api_status"
    label = _("API: status")


class ApiPayoutRevenue(ApiChange):
    name = "conversions.api_payout_revenue"
    label = _("API: payout and revenue")
    permission = AMOUNTS_PERMISSION
    undo_kind = "conversions.undo_amounts"
    changeable = PRICED
    excluded = "amounts_fixed"


class ApiSaleAmount(ApiChange):
    name = "conversions.api_sale_amount"
    label = _("API: sale amount")
    permission = AMOUNTS_PERMISSION
    undo_kind = "conversions.undo_amounts"


class ApiNote(ApiChange):
    name = "conversions.api_note"
    label = _("API: note")


API_KINDS = (ApiStatus(), ApiPayoutRevenue(), ApiSaleAmount(), ApiNote())
