"""Example files of amounts, of conversions whose amounts can be changed."""

from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from conversions.csv_files.examples import Example
from conversions.csv_files.layout import AMOUNTS
from conversions.rules import PRICED

_LABELS = {"uuid": _("By conversion UUID"), "id": _("By conversion ID")}
# The second and third row leave some amounts as they are.
_CELLS = (("4.25", "5.50", "199.90"), ("3.75", "", ""), ("", "6.10", "89"))

EXAMPLES = [
    Example(
        name=f"amounts-by-{key}",
        label=label,
        key=key,
        values=AMOUNTS,
        cells=_CELLS,
        fits=Q(status__in=PRICED, locked=False),
    )
    for key, label in _LABELS.items()
]
