"""An example file for each of the six formats, of conversions that are New."""

from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from conversions.csv_files.examples import Example
from conversions.csv_files.layout import KEYS
from conversions.rules import Status

_LABELS = {
    "uuid": (_("By conversion UUID"), _("By conversion UUID, percentage rates")),
    "id": (_("By conversion ID"), _("By conversion ID, percentage rates")),
    "request": (_("By offer and request ID"), _("By offer and request ID, percentage rates")),
}
_STATUSES = ("APPROVED", "APPROVED", "REJECTED")
_COST = "199.90"
_NEW = Q(status=Status.PENDING, locked=False)
_RATED = Q(payout_percent__gt=0) | Q(revenue_percent__gt=0)


def _example(key: str, *, with_cost: bool) -> Example:
    return Example(
        name=f"status-by-{key}{'-with-cost' if with_cost else ''}",
        label=_LABELS[key][with_cost],
        key=key,
        values=("status", "cost") if with_cost else ("status",),
        cells=tuple((status, _COST) if with_cost else (status,) for status in _STATUSES),
        fits=_NEW & (_RATED if with_cost else ~_RATED),
    )


EXAMPLES = [_example(key, with_cost=with_cost) for with_cost in (False, True) for key in KEYS]
