"""A kind of job for each act on leads, the draft of the wizard, and their undoing."""

from collections.abc import Mapping
from functools import partial
from typing import Any, ClassVar
from urllib.parse import urlencode

from django.urls import reverse
from django.utils.translation import gettext as _t
from django.utils.translation import gettext_lazy as _

from convertr.accounts.models import User
from convertr.jobs.kinds import Kind, Resolution
from convertr.jobs.models import Job, JobChunk, Outcome, State
from leads import rules
from leads.access import VIEW
from leads.flagging import changes, options
from leads.flagging.resolve import resolve
from leads.models import Lead
from leads.processing import reprocessing
from leads.rules import Act, Status

BUCKETS = {"not_found": _("No leads found"), "erroneous": _("Left alone")}


class LeadKind(Kind):
    """How the rows of a job on leads read, and the list that it leads to."""

    bucket_labels = BUCKETS
    permission = rules.FLAG
    # Its rows hold whatever text somebody pasted as an ID.
    view_permission = VIEW

    def show_change(self, name: str, value: Any) -> tuple[str, str]:
        if name == "queued":
            return _t("Queued to"), ", ".join(map(str, value or []))
        field = Lead._meta.get_field(name)
        label = str(getattr(field, "verbose_name", name)).capitalize()
        if isinstance(value, bool):
            return label, _t("Yes") if value else _t("No")
        if name == "status":
            return label, str(Status(value).label) if value is not None else ""
        return label, str(value or "")

    def page_of(self, job: Job) -> str | None:
        """The wizard, until it is confirmed there."""
        steps = {State.DRAFT: "leads:manage_leads", State.VERIFIED: "leads:manage_processing"}
        if job.channel != "page" or job.state not in steps:
            return None
        return reverse(steps[State(job.state)], args=[job.pk])

    def changed_url(self, job: Job) -> str:
        return f"{reverse('leads:list')}?{urlencode({'job': job.pk})}"


class ActKind(LeadKind):
    """One act on leads, chosen in the wizard or called through the API."""

    act: ClassVar[Act]

    def resolve(self, job: Job) -> Resolution:
        return resolve(job, self.act)

    def options(self, job: Job, data: Mapping[str, Any], actor: User) -> dict[str, Any]:
        return options.read(self.act, data, actor, partial(campaigns_of, job))

    def apply(self, job: Job, chunk: JobChunk) -> None:
        changes.apply_verified(job, chunk, self.act)


class Valid(ActKind):
    act, name, undo_kind = Act.VALID, "leads.valid", "leads.undo_flag"
    label = _("Flag leads valid")


class Invalid(ActKind):
    act, name, undo_kind = Act.INVALID, "leads.invalid", "leads.undo_flag"
    label = _("Flag leads invalid")


class Test(ActKind):
    act, name, undo_kind = Act.TEST, "leads.test", "leads.undo_flag"
    label = _("Flag leads as tests")


class Delivered(ActKind):
    act, name, undo_kind = Act.DELIVERED, "leads.delivered", "leads.undo_delivery"
    label = _("Mark leads delivered")
    permission = rules.DELIVER


class Undelivered(ActKind):
    act, name, undo_kind = Act.UNDELIVERED, "leads.undelivered", "leads.undo_delivery"
    label = _("Mark leads undelivered")
    permission = rules.DELIVER


class Replacement(ActKind):
    act, name, undo_kind = Act.REPLACEMENT, "leads.replacement", "leads.undo_flag"
    label = _("Mark leads as replacements")


class NoReplacement(ActKind):
    act, name, undo_kind = Act.NO_REPLACEMENT, "leads.no_replacement", "leads.undo_flag"
    label = _("Unmark leads as replacements")


class Reprocess(ActKind):
    """What it did is taken back by nothing."""

    act, name = Act.REPROCESS, "leads.reprocess"
    label = _("Reprocess leads")

    def apply(self, job: Job, chunk: JobChunk) -> None:
        reprocessing.apply(job, chunk)


class Delete(ActKind):
    act, name, undo_kind = Act.DELETE, "leads.delete", "leads.undo_delete"
    label = _("Delete leads")
    permission = rules.DELETE


class UndoFlag(LeadKind):
    """Gives leads back what a job overwrote."""

    name = "leads.undo_flag"
    label = _("Undo of a flag")

    def apply(self, job: Job, chunk: JobChunk) -> None:
        changes.apply_reversed(job, chunk, ACT_OF[job.undo_of.kind])  # type: ignore[union-attr]


class UndoDelivery(UndoFlag):
    name = "leads.undo_delivery"
    label = _("Undo of a delivery mark")
    permission = rules.DELIVER


class UndoDelete(UndoFlag):
    name = "leads.undo_delete"
    label = _("Undo of a deletion")
    permission = rules.DELETE


class Draft(LeadKind):
    """The wizard before a type is chosen: its rows are the leads that were chosen so far."""

    name = "leads.manage"
    label = _("Flag or manage leads")
    permission = VIEW


ACT_KINDS: tuple[ActKind, ...] = (
    Valid(), Invalid(), Test(), Delivered(), Undelivered(), Replacement(), NoReplacement(),
    Reprocess(), Delete(),
)  # fmt: skip
KINDS: tuple[Kind, ...] = (Draft(), *ACT_KINDS, UndoFlag(), UndoDelivery(), UndoDelete())
KIND_OF = {kind.act: kind.name for kind in ACT_KINDS}
ACT_OF = {kind.name: kind.act for kind in ACT_KINDS}


def campaigns_of(job: Job) -> set[int]:
    """The campaigns of the leads that a verified job will write."""
    ready = job.rows.filter(outcome=Outcome.READY).values("target_id")
    return set(Lead.objects.filter(pk__in=ready).values_list("campaign_id", flat=True).distinct())
