"""The kind of job that changes amounts from a file, and its undoing."""

from django.utils.translation import gettext_lazy as _

from conversions import changes
from conversions.amounts_csv.resolve import resolve
from conversions.csv_files.kinds import MONEY_TEMPLATE, ConversionKind, Undo
from conversions.csv_files.layout import AMOUNTS
from convertr.jobs.kinds import Resolution
from convertr.jobs.models import Job, JobChunk

PERMISSION = "conversions.change_amounts"


class AmountsCsv(ConversionKind):
    """A file of keys and amounts. No status changes, so that no postback is asked about."""

    name = "conversions.amounts_csv"
    label = _("Amounts CSV")
    permission = PERMISSION
    undo_kind = "conversions.undo_amounts"
    result_template = MONEY_TEMPLATE

    def resolve(self, job: Job) -> Resolution:
        return resolve(job)

    def apply(self, job: Job, chunk: JobChunk) -> None:
        changes.apply_verified(job, chunk, AMOUNTS)


class UndoAmounts(Undo):
    """Its own kind, so that whoever may change amounts may cancel and resume it."""

    name = "conversions.undo_amounts"
    label = _("Undo of amounts")
    permission = PERMISSION
