"""An example file for each of the six formats, made of the newest conversions that are New."""

import csv
import io
from dataclasses import dataclass

from django.db.models import Q
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from conversions.models import Conversion
from conversions.rules import Status
from conversions.status_csv.layouts import KEYS
from convertr.accounts.models import User

ROWS = 3
# Found among the newest this many, so that no example searches the whole table.
NEWEST = 5_000


@dataclass(frozen=True)
class Example:
    """One format; `with_cost` for conversions with percentage rates."""

    key: str
    with_cost: bool
    label: str | Promise

    @property
    def name(self) -> str:
        return f"status-by-{self.key}{'-with-cost' if self.with_cost else ''}"

    @property
    def columns(self) -> list[str]:
        return [*KEYS[self.key], "status", *(["cost"] if self.with_cost else [])]


_LABELS = {
    "uuid": (_("By conversion UUID"), _("By conversion UUID, percentage rates")),
    "id": (_("By conversion ID"), _("By conversion ID, percentage rates")),
    "request": (_("By offer and request ID"), _("By offer and request ID, percentage rates")),
}
EXAMPLES = [
    Example(key, with_cost, _LABELS[key][with_cost]) for with_cost in (False, True) for key in KEYS
]
BY_NAME = {example.name: example for example in EXAMPLES}


def make(example: Example, user: User) -> str:
    """The example as CSV text; only its header where nothing fits."""
    rated = Q(payout_percent__gt=0) | Q(revenue_percent__gt=0)
    newest = Conversion.objects.visible_to(user).order_by("-converted_at", "-id")[:NEWEST]
    fitting = Conversion.objects.filter(
        rated if example.with_cost else ~rated,
        pk__in=newest.values("pk"),
        status=Status.PENDING,
        locked=False,
    )
    if example.key == "request":
        fitting = fitting.exclude(request_id="")
    out = io.StringIO()
    writer = csv.writer(out)
    writer.writerow(example.columns)
    for number, conversion in enumerate(fitting.order_by("-converted_at", "-id")[:ROWS]):
        status = "REJECTED" if number == ROWS - 1 else "APPROVED"
        cost = ["199.90"] if example.with_cost else []
        writer.writerow([*_key(example.key, conversion), status, *cost])
    return out.getvalue()


def _key(key: str, conversion: Conversion) -> list[str]:
    if key == "uuid":
        return [str(conversion.uuid)]
    if key == "id":
        return [str(conversion.pk)]
    return [str(conversion.offer_id), conversion.request_id]
