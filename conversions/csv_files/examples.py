"""Example files to download, made of the newest conversions that fit."""

import csv
import io
from dataclasses import dataclass

from django.db.models import Q
from django.utils.functional import Promise

from conversions.csv_files.layout import KEYS
from conversions.models import Conversion
from convertr.accounts.models import User

# Found among the newest this many, so that no example searches the whole table.
NEWEST = 5_000


@dataclass(frozen=True)
class Example:
    """One format: a key, further columns, and what stands in them in each row."""

    name: str
    label: str | Promise
    key: str
    values: tuple[str, ...]
    cells: tuple[tuple[str, ...], ...]
    fits: Q

    @property
    def columns(self) -> list[str]:
        return [*KEYS[self.key], *self.values]


def make(example: Example, user: User) -> str:
    """The example as CSV text; only its header where nothing fits."""
    newest = Conversion.objects.visible_to(user).order_by("-converted_at", "-id")[:NEWEST]
    fitting = Conversion.objects.filter(example.fits, pk__in=newest.values("pk"))
    if example.key == "request":
        fitting = fitting.exclude(request_id="")
    out = io.StringIO()
    writer = csv.writer(out)
    writer.writerow(example.columns)
    found = fitting.order_by("-converted_at", "-id")[: len(example.cells)]
    for conversion, cells in zip(found, example.cells, strict=False):
        writer.writerow([*_key(example.key, conversion), *cells])
    return out.getvalue()


def _key(key: str, conversion: Conversion) -> list[str]:
    if key == "uuid":
        return [str(conversion.uuid)]
    if key == "id":
        return [str(conversion.pk)]
    return [str(conversion.offer_id), conversion.request_id]
