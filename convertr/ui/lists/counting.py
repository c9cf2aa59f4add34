"""How many rows a list has, without counting a large table (platform.md, "Lists")."""

import json
from dataclasses import dataclass
from typing import Any

from django.core.paginator import Paginator
from django.db.models import QuerySet
from django.utils.functional import cached_property
from django.utils.translation import gettext as _

EXACT_UP_TO = 10_000
# The planner may be off by as much before a small number is taken for a large one.
_SURELY_MORE = 2 * EXACT_UP_TO
# The planner's price of reading what a bounded count has to read: above, a page would wait for it.
_AFFORDABLE = 25_000


@dataclass(frozen=True)
class Count:
    number: int
    exact: bool = True

    def __str__(self) -> str:
        if self.exact:
            return f"{self.number:,}"
        return _("about %(number)s") % {"number": rounded(self.number)}


def rounded(number: int) -> str:
    """An estimate with two digits that mean something: 3.2 M, 340,000."""
    if number >= 1_000_000:
        return f"{number / 1_000_000:.1f}".removesuffix(".0") + " M"
    power = 10 ** max(len(str(number)) - 2, 0)
    return f"{round(number / power) * power:,}"


def count(queryset: QuerySet[Any], *, exactly: bool = False) -> Count:
    """Exact up to 10,000 rows and when asked for; else the planner's estimate."""
    bare = queryset.select_related(None).order_by()
    if exactly:
        return Count(bare.count())
    estimate, price = _plan(bare)
    if estimate > _SURELY_MORE or price > _AFFORDABLE:
        return Count(estimate, exact=False)
    number = bare[: EXACT_UP_TO + 1].count()
    return Count(number) if number <= EXACT_UP_TO else Count(max(number, estimate), exact=False)


def _plan(queryset: QuerySet[Any]) -> tuple[int, float]:
    """The planner's row estimate and total cost."""
    said = queryset.values("pk").explain(format="json")
    if not said:  # nothing can match, so Django asked nothing
        return 0, 0
    plan = json.loads(said)[0]["Plan"]
    return plan["Plan Rows"], plan["Total Cost"]


class EstimatedPaginator(Paginator[Any]):
    """The admin's: it counts a large table by the planner's estimate."""

    @cached_property
    def count(self) -> int:
        return count(self.object_list).number  # type: ignore[arg-type]
