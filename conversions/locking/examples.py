"""Example files of keys, of approved conversions that are not locked yet."""

from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from conversions.csv_files.examples import Example
from conversions.rules import Status

_LABELS = {
    "uuid": _("By conversion UUID"),
    "id": _("By conversion ID"),
    "request": _("By offer and request ID"),
}
ROWS = 3

EXAMPLES = [
    Example(
        name=f"locks-by-{key}",
        label=label,
        key=key,
        values=(),
        cells=((),) * ROWS,
        fits=Q(status=Status.APPROVED, locked=False),
    )
    for key, label in _LABELS.items()
]
