"""What a verified job will do to the money, and whether its file came before."""

from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from convertr.jobs.models import Job


@dataclass(frozen=True)
class MoneyLine:
    """Counted money of one side in one currency, before and after the job."""

    label: str | Promise
    currency: str
    before: Decimal
    after: Decimal

    @property
    def difference(self) -> Decimal:
        return self.after - self.before


def money_lines(money: Mapping[str, Mapping[str, str]]) -> list[MoneyLine]:
    """Two lines a currency, payout and revenue, from the job's summary."""
    sides = (("payout", _("Payout")), ("revenue", _("Revenue")))
    return [
        MoneyLine(label, currency, Decimal(sums[f"{s}_before"]), Decimal(sums[f"{s}_after"]))
        for currency, sums in sorted(money.items())
        for s, label in sides
    ]


def uploaded_before(job: Job) -> Job | None:
    """The latest earlier job of the same bytes, a confirmed one before one that was not.

    Of those that whoever uploaded it may see: to a partner, others' uploads are not there.
    """
    if not job.input_sha256:
        return None
    seen = Job.objects.visible_to(job.requested_by)
    same = seen.filter(input_sha256=job.input_sha256, kind=job.kind, pk__lt=job.pk).select_related(
        "requested_by"
    )
    return same.filter(confirmed_at__isnull=False).last() or same.last()
